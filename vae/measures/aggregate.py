"""The aggregate posterior q(z) = 1/N Σ_n q(z|x_n) as a Gaussian mixture, to sample from.

A VAE samples from p(z), which has regions that the encoder uses for no picture. This samples from an estimate of q(z)
instead, fitted after training to an unchanged model; `vae.latents.decode` turns the samples into pictures. Knows
nothing of torch; scikit-learn loads inside `fit`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae.records import Floats, Latents, _Frozen

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Aggregate(_Frozen):
    """q(z) ≈ Σ_k w_k N(z | m_k, L_k L_kᵀ)."""

    weight: Reals  # (K,), adds up to 1
    mean: Reals  # (K, D)
    scale: Reals  # (K, D, D), the lower triangular L

    def sample(self, n: int, temperature: float = 1.0, seed: int = 0) -> Floats:
        """n latents (n, D): a component k ~ w, then m_k + temperature · L_k ε, ε ~ N(0, 1).

        Errors: ValueError where n or temperature is negative.
        """
        if n < 0 or not temperature >= 0:
            raise ValueError(f"n (={n}) and temperature (={temperature}) must be 0 or more: 1 draws from q(z) itself.")
        rng = np.random.default_rng(seed)
        component = rng.choice(len(self.weight), n, p=self.weight)
        noise = np.einsum("nij,nj->ni", self.scale[component], rng.standard_normal((n, self.mean.shape[1])))
        return np.asarray(self.mean[component] + temperature * noise, np.float32)

    def log_prob(self, z: NDArray[np.floating]) -> Reals:
        """log q(z) of latents (N, D), nats (N,). Errors: ValueError on another D."""
        d, z = self.mean.shape[1], np.asarray(z)
        if z.ndim != 2 or z.shape[1] != d:
            raise ValueError(f"z of shape {z.shape} must be (N, {d}): one row a latent.")
        log_q = []
        for weight, mean, scale in zip(self.weight, self.mean, self.scale, strict=True):
            e = np.linalg.solve(scale, (z - mean).T)
            log_det = np.log(scale.diagonal()).sum()
            log_q.append(math.log(weight) - 0.5 * (e**2).sum(0) - log_det - d / 2 * math.log(2 * math.pi))
        return np.asarray(np.logaddexp.reduce(log_q))


def fit(
    latents: Latents, k: int = 10, covariance: Literal["full", "diag"] = "full", seed: int = 0, limit: int = 20_000
) -> Aggregate:
    """k components by expectation-maximisation on one draw z ~ q(z|x) of every item, of `limit` items at most.

    In Ghosh et al., 2020 (section 4, "ex-post density estimation") ten with full covariances give better samples than
    the prior. Errors: ValueError with fewer than 2k items, an unknown covariance, NaN.
    """
    n = min(len(latents), limit)
    if not isinstance(k, int) or not 0 < 2 * k <= n:
        raise ValueError(f"k (={k}) must be a whole number from 1 to {n // 2}: two items or more a component.")
    if covariance not in ("full", "diag"):
        raise ValueError(f"covariance (={covariance!r}) must be 'full' or 'diag'.")
    if not (np.isfinite(latents.mean).all() and np.isfinite(latents.std).all()):
        raise ValueError("the latents hold NaN or infinity: leave out those items.")
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(seed)
    rows = rng.choice(len(latents), n, replace=False)
    z = latents.mean[rows] + latents.std[rows] * rng.standard_normal((len(rows), latents.dims))
    mixture = GaussianMixture(k, covariance_type=covariance, max_iter=500, reg_covar=1e-6, random_state=seed).fit(z)
    matrices = mixture.covariances_ if covariance == "full" else np.stack([np.diag(v) for v in mixture.covariances_])
    return Aggregate(mixture.weights_ / mixture.weights_.sum(), mixture.means_, np.linalg.cholesky(matrices))
