"""Paths: a line between two pictures.

page   the script: both ends, the line, its strip and its files
ends   the two ends
"""
