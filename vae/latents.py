"""Between torch and numpy: from data sets to latents, and from latents to pictures. Records in, records out.

Deterministic throughout: pictures are means, and the one expectation that needs draws of z has its own seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.distributions import Normal

from vae import objectives
from vae.config import beside_mean
from vae.measures import amortisation
from vae.model import VAE
from vae.objectives import Terms, common_noise
from vae.open_model import Report
from vae.records import Bytes, Dataset, Floats, Improvement, Latents, Posterior

CHUNK = 512  # pictures at a time, where they are small
PIXELS = 2**23  # pixels at a time, where they are large: networks hold about ten numbers a pixel
FEW = 32  # pictures at a time where every picture is decoded 16 times


@torch.no_grad()
def encode_all(model: VAE, data: Dataset, limit: int = 0, seed: int = 0) -> Latents:
    """q(z|x) of every item, or of `limit` random ones: its mean and std (N, D), its rec and KL in nats.

    rec is from one draw of z an item, of the pixels' grey levels as the means of coins. It compares items with one
    another; the headline figures, with their own protocol, are those of `vae.evaluate`. Errors: ValueError on other
    shapes.
    """
    _same_shape(model, data.shape)
    rng = np.random.default_rng(seed)
    n = len(data)
    index = np.sort(rng.choice(n, limit, replace=False)) if 0 < limit < n else np.arange(n)
    generator = torch.Generator(_like(model).device).manual_seed(seed)
    parts: list[tuple[Floats, ...]] = []
    for rows in np.array_split(index, max(1, -(-len(index) // _at_once(model)))):
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
    """The mean picture of every latent: z (N, D) -> (N, C, H, W) in [0, 1]. Errors: ValueError on another D."""
    return decode_parts(model, z)["x"]


@torch.no_grad()
def decode_parts(model: VAE, z: NDArray[np.floating]) -> dict[str, Floats]:
    """`decode` as "x", and the other parameters of p(x|z), (N, C, H, W) each. Errors: ValueError on another D."""
    d = model.latent
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"z of shape {z.shape} must be (N, {d}): the model has {d} latents.")
    if not len(z):
        names = ("x", *beside_mean(model.spec))
        return {name: np.empty((0, *model.shape), np.float32) for name in names}
    rows = torch.from_numpy(z.copy()).to(_like(model))
    size = _at_once(model)
    parts = [model.decode_parts(rows[k : k + size]) for k in range(0, len(z), size)]
    return {name: np.concatenate([_array(part[name]) for part in parts]) for name in parts[0]}


@torch.no_grad()
def means(model: VAE, x: NDArray[np.floating]) -> Floats:
    """The mean of q(z|x) of every picture: x (N, C, H, W) in [0, 1] -> (N, D). Errors: ValueError on another shape."""
    _same_shape(model, x.shape[1:])
    return _array(model.encode(torch.from_numpy(np.array(x, np.float32)).to(_like(model))).mean)


@torch.no_grad()
def posterior(model: VAE, pixels: Bytes, seed: int = 0) -> Posterior:
    """One picture, bytes (C, H, W), through the model: q(z|x), its reconstruction from the mean, its ELBO in nats.

    rec = E_q log p(x|z) is the mean over 16 seeded draws of z; the KL is exact. Errors: ValueError on another shape.
    """
    _same_shape(model, pixels.shape)
    x = to_x(model, pixels[None])
    q = model.encode(x)
    return _posterior(model, q, objectives.elbo_of(model, x, q, common_noise(q.mean, seed)))


@torch.no_grad()
def encode_pictures(model: VAE, images: Bytes, seed: int = 0) -> Latents:
    """`posterior` of many pictures (N, C, H, W), without reconstructions: the same numbers. Errors: ValueError."""
    _same_shape(model, images.shape[1:])
    parts = []
    few = max(1, _at_once(model) * FEW // CHUNK)
    for rows in np.array_split(np.arange(len(images)), max(1, -(-len(images) // few))):
        x = to_x(model, images[rows])
        q = model.encode(x)
        terms = objectives.elbo_of(model, x, q, common_noise(q.mean, seed))
        parts.append(tuple(_array(t) for t in (q.mean, q.stddev, terms.rec, terms.kl, terms.kl_per_dim)))
    mean, std, rec, kl, kl_per_dim = (np.concatenate(column) for column in zip(*parts, strict=True))
    index = np.arange(len(images), dtype=np.int64)
    return Latents(mean, std, index, kl_per_dim=kl_per_dim.mean(0), rec=rec, kl=kl, total=len(images))


def refine(model: VAE, pixels: Bytes, steps: int = 100, seed: int = 0, report: Report | None = None) -> Improvement:
    """`vae.refine` of one picture, bytes (C, H, W). `report` receives (step, ELBO in nats). Errors: ValueError."""
    _same_shape(model, pixels.shape)
    x = to_x(model, pixels[None])
    best = amortisation.refine(model, x, steps, seed, report and (lambda step, elbo: report(step, float(elbo[0]))))
    with torch.no_grad():
        before, after = _posterior(model, model.encode(x), best.before), _posterior(model, best.q, best.after)
    return Improvement(before, after, _array(best.curve[:, 0]), _array(best.path[:, 0]))


@dataclass(frozen=True, eq=False)
class OpenVAE:
    """An `OpenModel` of ours: the functions of this module, of one model."""

    model: VAE

    def decode(self, z: NDArray[np.floating]) -> Floats:
        """`decode` of the model: z (N, D) -> (N, C, H, W)."""
        return decode(self.model, z)

    def decode_parts(self, z: NDArray[np.floating]) -> dict[str, Floats]:
        """`decode_parts` of the model: z (N, D) -> (N, C, H, W) each."""
        return decode_parts(self.model, z)

    def means(self, x: NDArray[np.floating]) -> Floats:
        """`means` of the model: x (N, C, H, W) -> (N, D)."""
        return means(self.model, x)

    def posterior(self, pixels: Bytes) -> Posterior:
        """`posterior` of the model, with its default seed: pixels (C, H, W)."""
        return posterior(self.model, pixels)

    def encode_pictures(self, images: Bytes) -> Latents:
        """`encode_pictures` of the model, with its default seed: images (N, C, H, W)."""
        return encode_pictures(self.model, images)

    def refine(self, pixels: Bytes, steps: int, report: Report | None = None) -> Improvement:
        """`refine` of the model, with its default seed: pixels (C, H, W)."""
        return refine(self.model, pixels, steps, report=report)


def _posterior(model: VAE, q: Normal, terms: Terms) -> Posterior:
    return Posterior(
        _array(q.mean)[0], _array(q.stddev)[0], _array(model.mean_picture(q.mean))[0],
        float(terms.rec), float(terms.kl), _array(terms.kl_per_dim)[0],
    )  # fmt: skip


def to_x(model: VAE, images: Bytes) -> torch.Tensor:
    """Bytes (N, C, H, W) -> x in [0, 1] on the model's device, of its type."""
    return torch.from_numpy(images.copy()).to(_like(model)).div_(255)


def _at_once(model: VAE) -> int:
    return max(1, min(CHUNK, PIXELS // math.prod(model.shape)))


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.detach().float().cpu().numpy()


def _like(model: VAE) -> torch.Tensor:
    """A weight of the model, for its device and type."""
    return next(model.parameters())


def _same_shape(model: VAE, shape: tuple[int, ...]) -> None:
    if tuple(shape) != model.shape:
        raise ValueError(
            f"pictures of shape {tuple(shape)} do not fit a model of {model.shape} (channels, height, width): "
            "resize them, or train a model on pictures of their size."
        )
