"""What a browser fetches beside the pages, over HTTP.

models    a model's files, its latents as a table, pictures of its items
networks  a decode, an encode, which latents of two models match
maps      maps, clusters and columns that are computed of a model's items
static    the studio's bundle, Plotly
address   the model that an address names, and how long an answer may be kept
"""
