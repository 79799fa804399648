"""The row above every page.

picker          the open model, and the gallery of all there are
lecture         the menu of the steps of a lecture
lecture_steps   what its buttons do
stage           the row of a presentation, turned by a clicker
"""
