"""From a name, a folder, an archive or an array to a Dataset; from a file to a picture.

load       the one way in: `vae.dataset`
named      the data sets that have a name, and where their files are
sprites    shapes with their true factors, drawn on the fly
folders    folders and zips of pictures
zips       zips that strangers made, for training and uploads alike
arrays     NumPy files of pictures
memmap     data larger than memory
pictures   any file becomes a picture, or a sentence
centring   where a drawing lies, and where the model expects it
uploads    many files at once, zips among them
"""
