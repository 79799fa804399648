"""Probabilistic PCA, exactly: the optimum of a linear VAE with one learned σ, and the squared error of PCA.

scikit-learn's PCA is both: its `score_samples` is log N(x | mean, W Wᵀ + σ² I) in nats, σ² the mean of the variances
that are left out (Tipping and Bishop, 1999, eqs. 7 and 8).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.records import Bytes


def pixels(images: Bytes) -> NDArray[np.float64]:
    """Pictures (N, C, H, W) as rows of numbers in [0, 1], (N, C·H·W)."""
    return images.reshape(len(images), -1) / 255


def fit(x: NDArray[np.float64], k: int) -> Any:
    """scikit-learn's PCA of pixels (N, P) with k components."""
    from sklearn.decomposition import PCA

    return PCA(k, svd_solver="covariance_eigh").fit(x)


def squared_error(pca: Any, x: NDArray[np.float64]) -> float:
    """The mean over pixels (N, P) of their squared distance to the projection on the components."""
    return float(np.square(x - pca.inverse_transform(pca.transform(x))).mean())
