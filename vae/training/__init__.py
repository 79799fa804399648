"""Training: from a model, pictures and settings to a model that has learned them.

fit          `fit` and `train`, the loop as callers use it
session      one run in memory: steps, reports, schedules, averaged weights
resume       the state of an unfinished run in a folder
distributed  one run on several GPUs or machines
"""
