"""Measures: numbers about a trained model and its latents, and the papers that define them.

evaluate         ELBO, NLL, active units, MSE, PSNR, SSIM
amortisation     the ELBO that one picture gains by optimisation of its own
disentanglement  MIG, DCI, SAP and the FactorVAE score
frechet          the Fréchet distance of samples to real pictures
typicality       the rank of a picture's costs and distance among the data
matching         which latent of one model corresponds to which of another
aggregate        the aggregate posterior as a mixture, to sample from
"""
