"""The seam between torch and numpy: data sets become latents, latents become pictures. Records in, records out.

Deterministic throughout: the mean is decoded, and the one expectation that has to be drawn has its own seed.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from vae.model import VAE
from vae.records import Bytes, Dataset, Floats, Latents, Posterior

CHUNK = 512
DRAWS = 16  # of z, for the reconstruction term of a single picture


@torch.no_grad()
def encode_all(model: VAE, data: Dataset, limit: int = 0, seed: int = 0) -> Latents:
    """q(z|x) of every item, or of `limit` drawn at random: its mean and std (N, D), its rec and KL in nats.

    rec is from one drawn z an item, of the pixels as they are: grey levels stand as the means of coins. So it tells
    items apart; the headline figures, with their own protocol, are those of `vae.evaluate`. Errors: ValueError on
    other shapes.
    """
    _same_shape(model, data.shape)
    rng = np.random.default_rng(seed)
    n = len(data)
    index = np.sort(rng.choice(n, limit, replace=False)) if 0 < limit < n else np.arange(n)
    generator = torch.Generator(_device(model)).manual_seed(seed)
    parts: list[tuple[Floats, ...]] = []
    for rows in np.array_split(index, max(1, -(-len(index) // CHUNK))):
        x = to_x(model, data.images[rows])
        q, terms = model.encode(x), model.elbo(x, generator=generator)
        parts.append(tuple(_array(t) for t in (q.mean, q.stddev, terms.rec, terms.kl, terms.kl_per_dim)))
    mean, std, rec, kl, kl_per_dim = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Latents(
        mean, std, index.astype(np.int64),
        labels=None if data.labels is None else data.labels[index], classes=data.classes,
        factors=None if data.factors is None else data.factors[index], factor_names=data.factor_names,
        split=data.split, kl_per_dim=kl_per_dim.mean(0), rec=rec, kl=kl, data=data.name, total=n,
    )  # fmt: skip


@torch.no_grad()
def decode(model: VAE, z: NDArray[np.floating]) -> Floats:
    """The mean picture of each latent: z (N, D) -> (N, C, H, W) in [0, 1]. Errors: ValueError on another D."""
    d = model.latent
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"z of shape {z.shape} must be (N, {d}): the model has {d} latents.")
    if not len(z):
        return np.empty((0, *model.shape), np.float32)
    rows = torch.from_numpy(z.copy()).to(_device(model))
    return np.concatenate([_array(model.mean_picture(rows[k : k + CHUNK])) for k in range(0, len(z), CHUNK)])


@torch.no_grad()
def posterior(model: VAE, pixels: Bytes, seed: int = 0) -> Posterior:
    """One picture, bytes (C, H, W), through the model: q(z|x), its reconstruction from the mean, its ELBO in nats.

    rec = E_q log p(x|z) is the mean over 16 seeded draws of z; the KL is exact. Errors: ValueError on another shape.
    """
    _same_shape(model, pixels.shape)
    x = to_x(model, pixels[None])
    q = model.encode(x)
    generator = torch.Generator(x.device).manual_seed(seed)
    terms = model.elbo(x.expand(DRAWS, *x.shape[1:]), generator=generator)
    return Posterior(
        _array(q.mean)[0], _array(q.stddev)[0], _array(model.mean_picture(q.mean))[0],
        float(terms.rec.mean()), float(terms.kl.mean()), _array(terms.kl_per_dim).mean(0),
    )  # fmt: skip


def to_x(model: VAE, images: Bytes) -> torch.Tensor:
    """Bytes (N, C, H, W) -> x float32 in [0, 1] on the model's device."""
    return torch.from_numpy(images.copy()).to(_device(model)).float().div_(255)


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.detach().float().cpu().numpy()


def _device(model: VAE) -> torch.device:
    return next(model.parameters()).device


def _same_shape(model: VAE, shape: tuple[int, ...]) -> None:
    if tuple(shape) != model.shape:
        raise ValueError(
            f"pictures of shape {tuple(shape)} do not fit a model of {model.shape} (channels, height, width): "
            "prepare them to its size, or train a model on theirs."
        )
