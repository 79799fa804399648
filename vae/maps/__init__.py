"""Two numbers for every encoded item, and a z for every place: what the maps of the explorer show.

projection   the maps themselves, linear, UMAP and t-SNE; where a z lies on one, which z a place stands for
neighbours   the nearest items of a latent, and their weights
requests     which map or clustering is wanted, its settings and their ranges
make         a request computed: a map, or clusters
shelf        results on disk, by their content
columns      a value for every item, from a CSV file
"""
