"""Papers: published figures and the protocols that reproduce them.

rows       the figures, their tolerances, and `vae reproduce`
protocols  networks, data and training of every figure
networks   the networks of publications
pca        probabilistic PCA, the exact optimum of a linear VAE
"""
