"""Probabilistic PCA, exactly: what a linear VAE with one learned σ must come to, and what PCA redraws of a picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vae.records import Bytes

Array = NDArray[np.float64]


class Pca:
    """Probabilistic PCA by maximum likelihood: W W^T + σ² I, σ² the mean of the variances left out.

    (Tipping and Bishop, 1999, eqs. 7 and 8.)
    """

    def __init__(self, images: Bytes) -> None:
        x = images.reshape(len(images), -1).astype(np.float32) / 255
        self.mean = x.mean(0, dtype=np.float64)
        covariance = (x.T @ x).astype(np.float64) / len(x) - np.outer(self.mean, self.mean)
        values, vectors = np.linalg.eigh(covariance)
        self.variances, self.axes = values[::-1], vectors[:, ::-1]

    def mse(self, x: Array, k: int) -> float:
        """Of pixels (N, P) against their projection on the first k axes, a pixel."""
        left, axes = x - self.mean, self.axes[:, :k]
        return float(((left - left @ axes @ axes.T) ** 2).mean())

    def log_prob(self, x: Array, k: int) -> Array:
        """log N(x | mean, W W^T + σ² I) of pixels (N, P) with k axes, nats (N,): exact."""
        left, axes, variances, noise = x - self.mean, self.axes[:, :k], self.variances[:k], self.variances[k:].mean()
        along = (left @ axes) ** 2
        square = (along / variances).sum(1) + ((left**2).sum(1) - along.sum(1)) / noise
        log_det = np.log(variances).sum() + (len(axes) - k) * math.log(noise)
        return np.asarray(-0.5 * (square + log_det + len(axes) * math.log(2 * math.pi)))
