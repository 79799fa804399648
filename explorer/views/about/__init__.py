"""About: what the model is and how well it does.

page   the script
"""
