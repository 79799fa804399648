"""What a browser fetches beside pages, over HTTP.

models    a model's files, its pictures, the studio's bundle, a decode
maps      maps, clusters and columns of a model's items, on request
"""
