"""Records -> pictures, figures, words and files. Pure: nothing here knows Streamlit, models or pages.

palette    the colours of symbols and classes
images     arrays as picture files, strips, films, dots
words      numbers as sentences, small tables and formulas
charts     training curves, KL per dimension, and what all figures share
backdrop   a map as a picture
landing    where a picture lands, and how it compares with the items
space3d    three latent dimensions, to be turned
batch      many encoded pictures: their record, their table, their files
files      latents as CSV and NPZ
"""
