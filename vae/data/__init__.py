"""From a name, a folder, a zip or an array to a Dataset; from a file to a picture.

load        the one way in: `vae.dataset`
named       the data sets that have a name, and where their files are
sprites     shapes with their true factors, drawn by a formula
folders     folders and zips of pictures
names       which file is a picture, which class its folder is, which part is held out
zips        zip files from strangers, for training and uploads alike
arrays      NumPy files of pictures
collection  a person's own pictures as a record: limits, random rows, the tenth for testing
memmap      data larger than memory
pictures    any file becomes a picture, or a sentence; the one crop
centring    where a drawing lies, and where the model expects it
uploads     many files at once, zips among them
"""
