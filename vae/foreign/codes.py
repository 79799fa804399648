"""Pictures through a wrapped model: their codes, which numbers of a code become sliders, how good reconstructions are.

The model does not define p(x|z), so there is no ELBO; without a variance there is no KL either. Knows nothing of files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from vae.foreign.conventions import WrapError
from vae.foreign.latents import Sliders, kl_to_prior
from vae.foreign.wrapped import Wrapped
from vae.measures.evaluate import active_units, ssim
from vae.records import Dataset, Floats, Ints

MOST_SLIDERS = 512
ITEMS = 10_000  # pictures that are encoded, where there are as many
DRAWS = 5_000  # of the prior, where there is no encoder
MOST_NUMBERS = 2**26  # in all means together: a quarter of a gigabyte
MEASURED = 1_000  # pictures that are reconstructed for the metrics
BATCH = 32


@dataclass(frozen=True, eq=False)
class Codes:
    """Items in the model's own latent, flattened."""

    index: Ints  # (N,), rows of the data set
    mean: Floats  # (N, P)
    std: Floats | None  # (N, P); None: the encoder has no variance

    @property
    def kl(self) -> Floats | None:
        """KL(q(z|x) || N(0, 1)) of every number, (N, P), nats."""
        if self.std is None:
            return None
        mean, std = torch.from_numpy(self.mean), torch.from_numpy(self.std).clamp_min(1e-12)
        return np.asarray(kl_to_prior(Normal(mean, std)).numpy())


@torch.no_grad()
def encode(model: Wrapped, data: Dataset | None, seed: int = 0) -> Codes:
    """q(z|x) of 10,000 items, or of all, or of as many as fit the memory; without an encoder, draws of N(0, 1).

    Errors: WrapError where the encoder gets no pictures.
    """
    p, rng = math.prod(model.latent), np.random.default_rng(seed)
    if model.encoder is None:
        n = min(DRAWS, MOST_NUMBERS // p)
        return Codes(np.arange(n), rng.standard_normal((n, p), np.float32), None)
    if data is None:
        raise WrapError("this model has an encoder: name the pictures that it shall encode, --data FOLDER.")
    n = min(ITEMS, len(data), max(1, MOST_NUMBERS // p))
    index = np.sort(rng.choice(len(data), n, replace=False))
    parts = [model.encode(_floats(data, rows)) for rows in np.array_split(index, -(-n // BATCH))]
    mean, std = (
        np.concatenate([_flat(t) for t in rows]) for rows in zip(*((q.mean, q.stddev) for q in parts), strict=True)
    )
    return Codes(index, mean, std if model.variance else None)


@torch.no_grad()
def measure(model: Wrapped, data: Dataset | None, codes: Codes) -> dict[str, Any]:
    """What metrics.json says of a model without p(x|z), from up to 1,000 reconstructions; what needs one is null."""
    kl = codes.kl
    empty = dict.fromkeys(("elbo", "rec", "nll", "mse", "psnr", "ssim", "kl_per_dim"))
    metrics: dict[str, Any] = empty | {
        "k": 0, "binarise": "none", "kl": None if kl is None else float(kl.sum(1).mean()),
        "parameters": sum(p.numel() for module in model.modules for p in module.parameters()) or None,
    }  # fmt: skip
    if data is None or model.encoder is None:
        return metrics | {"n": 0}
    sample = np.random.default_rng(0).permutation(len(codes.index))[:MEASURED]
    scores = []
    for rows in np.array_split(sample, -(-len(sample) // BATCH)):
        x, y = _floats(data, codes.index[rows]), model.decode(torch.from_numpy(codes.mean[rows]))
        square = (x - y).square().flatten(1).mean(1)
        scores.append(torch.stack([square, -10 * square.clamp_min(1e-12).log10(), ssim(x, y)]))
    mse, psnr, similarity = torch.cat(scores, 1).mean(1).tolist()
    return metrics | {
        "mse": mse, "psnr": psnr, "ssim": similarity, "n": len(sample), "data": data.name, "split": data.split,
        "active_units": active_units(torch.from_numpy(codes.mean)),
    }  # fmt: skip


def choose(codes: Codes, latent: tuple[int, ...]) -> Sliders:
    """All numbers in their own order; beyond 512, those with the greatest variance, the greatest first."""
    n, variance = math.prod(latent), codes.mean.var(0)
    positions = np.arange(n) if n <= MOST_SLIDERS else np.argsort(-variance, kind="stable")[:MOST_SLIDERS]
    return Sliders(positions, codes.mean.mean(0))


def _floats(data: Dataset, rows: Ints) -> Tensor:
    return torch.from_numpy(data.images[rows]).float() / 255


def _flat(tensor: Tensor) -> Floats:
    return tensor.flatten(1).float().cpu().numpy()
