"""Long work in processes of its own: started here, read from its files, outliving tab and server.

process   a detached process and how far it is
runs      training runs
maps      maps, clusters and columns of encoded items
"""
