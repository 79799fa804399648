"""Encode: pictures through the encoder.

page          the script: one picture, several, or none yet
source        where pictures come from, and how they are prepared
one_picture   everything about one picture
improve       the Improve button: a picture's own q(z|x) by gradient steps
table         several pictures as a table and on a map
"""
