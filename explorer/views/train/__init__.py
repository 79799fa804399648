"""Train: a form, and the runs.

page   the script: what is asked for, and the list of runs
form   configuration dataclasses as widgets
run    one run as it goes
"""
