"""The pages. A page is a short script: guard, inputs, one call, draw.

shared    what several pages share
header    the row above every page: model picker, steps of a lecture, stage
explore   map, picture and sliders that move together
encode    pictures through the encoder
paths     a line between two pictures
train     a form, and the runs
about     what the model is and how well it does
"""
