"""An imported checkpoint opened again, and the seam to numpy: sliders become pictures, a picture becomes a posterior.

Its latents here are its sliders: all numbers of the model's latent, or those that vary most while the rest stay at
their mean. What could be exported is read from the folder's own graphs; else the model is opened from the folder's copy
of its files, or, as code, where it came from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.checkpoints.card import Card
from vae.checkpoints.files import CheckpointError
from vae.config import Foreign
from vae.foreign import sources, trust
from vae.foreign.conventions import Code
from vae.foreign.graphs import Graph
from vae.foreign.wrapped import Delta, Wrapped, wrap
from vae.measures import amortisation
from vae.records import Bytes, Floats, Improvement, Ints, Latents, Posterior

ENCODER, DECODER, SLIDERS = "encoder.onnx", "decoder.onnx", "sliders.safetensors"
SOURCE = "source"  # a folder with copies of the model's own files, where they are still needed
CHUNK = 64


class Sliders(nn.Module):
    """Which numbers of a flattened latent (P,) are sliders (D,), and where the others rest.

    latent = z[source] · moves + rest, with moves 1 where a number has a slider and 0 where it rests.
    """

    def __init__(self, positions: Ints, rest: Floats) -> None:
        super().__init__()
        source, moves, still = np.zeros(len(rest), np.int64), np.zeros(len(rest), np.float32), np.array(rest)
        source[positions], moves[positions], still[positions] = np.arange(len(positions)), 1, 0
        self.source, self.moves, self.rest, self.positions = (
            nn.Buffer(torch.from_numpy(np.array(array))) for array in (source, moves, still, positions)
        )

    def forward(self, z: Tensor) -> Tensor:
        """Sliders (B, D) -> flattened latents (B, P)."""
        return z[:, self.source.to(z.device)] * self.moves.to(z) + self.rest.to(z)

    def pick(self, latent: Tensor) -> Tensor:
        """Latents (B, ...) -> sliders (B, D)."""
        return latent.flatten(1)[:, self.positions.to(latent.device)]


def on_sliders(model: Wrapped, sliders: Sliders) -> Wrapped:
    """The same model with its sliders as its latent."""

    def reads(x: Tensor) -> Code:
        mean, std = model.reads(x)  # type: ignore[misc]  # only where there is an encoder
        return sliders.pick(mean), None if std is None else sliders.pick(std)

    def draws(z: Tensor) -> Tensor:
        return model.draws(sliders(z).reshape(-1, *model.latent))

    shown = f"sliders: {len(sliders.positions)} of {math.prod(model.latent)} numbers"
    return replace(
        model, latent=(len(sliders.positions),), rules=(*model.rules, shown), draws=draws,
        reads=None if model.reads is None else reads,
    )  # fmt: skip


def opened(card: Card) -> Wrapped:
    """The model of an imported checkpoint, its latent the sliders. Errors: CheckpointError, WrapError."""
    foreign = _foreign(card)
    has = {name: (card.path / name).is_file() for name in (ENCODER, DECODER)}
    if has[DECODER] and (has[ENCODER] or not foreign.encodes):
        return _from_graphs(card, foreign, has[ENCODER])
    try:
        return _from_source(card, foreign)
    except (ValueError, OSError) as error:
        if has[DECODER]:
            return _from_graphs(card, foreign, False)
        raise CheckpointError(f"{card.name}: {error}") from None


def trust_key(foreign: Foreign) -> str:
    """What `trusted` remembers of a source: where it is and what it held."""
    named = json.dumps([foreign.source, foreign.weights, foreign.fingerprint])
    return hashlib.sha256(named.encode()).hexdigest()


def decode(model: Wrapped, z: NDArray[np.floating]) -> Floats:
    """The mean picture of each row of sliders: (N, D) -> (N, C, H, W) in [0, 1]. Errors: ValueError."""
    (d,) = model.latent
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"z of shape {z.shape} must be (N, {d}): the model has {d} sliders.")
    parts = [_array(_decode(model, z[k : k + CHUNK])) for k in range(0, len(z), CHUNK)]
    return np.concatenate(parts) if parts else np.empty((0, *model.shape), np.float32)


def decode_parts(model: Wrapped, z: NDArray[np.floating]) -> dict[str, Floats]:
    """`decode` as "x", and nothing beside it: of p(x|z) only the mean is known."""
    return {"x": decode(model, z)}


@torch.no_grad()
def means(model: Wrapped, x: NDArray[np.floating]) -> Floats:
    """What the encoder makes of each picture, on the sliders: x (N, C, H, W) in [0, 1] -> the mean (N, D).

    Errors: WrapError without an encoder; ValueError on another shape.
    """
    _same_shape(model, x.shape[1:])
    return _array(model.encode(torch.from_numpy(np.array(x, np.float32))).mean)


@torch.no_grad()
def posterior(model: Wrapped, pixels: Bytes) -> Posterior:
    """One picture, bytes (C, H, W): q(z|x), its reconstruction, its KL to N(0, 1) in nats.

    rec, and so the ELBO, is NaN, as nobody said what p(x|z) is; so is the KL where the encoder has no variance.
    Errors: WrapError without an encoder; ValueError on another shape.
    """
    _same_shape(model, pixels.shape)
    q = model.encode(torch.from_numpy(pixels.copy())[None].float() / 255)
    kl = kl_to_prior(q)
    return Posterior(
        _array(q.mean)[0], _array(q.stddev)[0], _array(model.decode(q.mean))[0],
        math.nan, float(kl.sum()), _array(kl)[0],
    )  # fmt: skip


@torch.no_grad()
def encode_pictures(model: Wrapped, images: Bytes) -> Latents:
    """`posterior` of many pictures (N, C, H, W): no rec, and no KL where the encoder has no variance."""
    made = [posterior(model, each) for each in images]
    mean, std = (np.stack([getattr(q, name) for q in made]) for name in ("mean", "std"))
    kl = np.array([q.kl for q in made], np.float32) if model.variance else None
    return Latents(mean, std, np.arange(len(made), dtype=np.int64), kl=kl, total=len(made))


def refine(
    model: Wrapped, pixels: Bytes, steps: int = 100, seed: int = 0, report: Callable[[int, float], None] | None = None,
    spread: Floats | None = None,
) -> Improvement:  # fmt: skip
    """One picture's z, moved from the encoder's mean so that the squared error a pixel falls: there is no p(x|z).

    `spread` (D,): how far the model's latents reach; 1 where nobody says. `after` keeps the encoder's sigma, which says
    nothing of the new mean. Errors: as of `posterior`.
    """
    before = posterior(model, pixels)
    x = torch.from_numpy(pixels.copy())[None].float() / 255
    reach = torch.ones(len(before.mean)) if spread is None else torch.from_numpy(np.array(spread, np.float32))
    path, errors = amortisation.refine_code(
        model, x, reach, steps, seed, report and (lambda step, error: report(step, float(error[0])))
    )
    mean = path[int(errors.argmin())]
    with torch.no_grad():
        kl = kl_to_prior(model.encode(x)) if model.variance else kl_to_prior(Delta(mean[None]))
        kl = kl + (mean**2 - torch.from_numpy(before.mean.copy()) ** 2) / 2
        recon = _array(model.decode(mean[None]))[0]
    after = Posterior(_array(mean), before.std, recon, math.nan, float(kl.sum()), _array(kl)[0])
    return Improvement(before, after, _array(errors), _array(path))


def kl_to_prior(q: torch.distributions.Normal | Delta) -> Tensor:
    """KL(N(μ, σ²) || N(0, 1)) = -log σ + (σ² + μ²)/2 - 1/2 for every number, nats; NaN without a variance."""
    if isinstance(q, Delta):
        return torch.full_like(q.mean, math.nan)
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))


def _same_shape(model: Wrapped, shape: tuple[int, ...]) -> None:
    if tuple(shape) != model.shape:
        raise ValueError(f"pictures of {tuple(shape)} do not fit a model of {model.shape}: bring them to its size.")


@torch.no_grad()
def _decode(model: Wrapped, z: NDArray[np.float32]) -> Tensor:
    return model.decode(torch.from_numpy(z.copy()))


def _array(tensor: Tensor) -> Floats:
    return tensor.detach().float().cpu().numpy()


def _from_graphs(card: Card, foreign: Foreign, encodes: bool) -> Wrapped:
    content = (card.path / DECODER).read_bytes()
    if hashlib.sha256(content).hexdigest() != card.digest:
        raise CheckpointError(f"{card.name}: {DECODER} is not the file that its card vouches for; import it again.")
    decoder = Graph(content, DECODER, patient=True)
    encoder = Graph((card.path / ENCODER).read_bytes(), ENCODER, patient=True) if encodes else None
    return wrap((encoder, decoder) if encoder else decoder, foreign.shape, latent=foreign.latent)


def _from_source(card: Card, foreign: Foreign) -> Wrapped:
    known = trust.knows(trust_key(foreign))
    again = f"`vae import {foreign.source} --out {card.name}`"
    if sources.is_code(foreign.source) and not known:
        raise CheckpointError(
            f"its model is Python code ({foreign.source}) that nobody on this machine has said may run: if you trust "
            f"it, import it here, {again}."
        )
    source = sources.kept(foreign.source, card.path / SOURCE)
    if sources.fingerprint(source, foreign.weights) != foreign.fingerprint:
        raise CheckpointError(f"{source} has changed since it was imported: import it again, {again}.")
    found = sources.opened(source, trust=known, weights=foreign.weights)
    latent = None if foreign.encodes else foreign.latent_shape
    whole = wrap(found, foreign.shape, foreign.range, foreign.scale or None, latent=latent)
    if whole.latent != foreign.latent_shape:
        raise CheckpointError(
            f"its latent is {whole.latent}, and was {foreign.latent_shape}: import it again, {again}."
        )
    return on_sliders(whole, read_sliders(card.path, foreign.latent_shape))


def read_sliders(folder: Path, latent: tuple[int, ...]) -> Sliders:
    """The sliders of a checkpoint: all numbers in their order, where it keeps no choice."""
    from safetensors.numpy import load_file

    n = math.prod(latent)
    if not (folder / SLIDERS).is_file():
        return Sliders(np.arange(n), np.zeros(n, np.float32))
    kept = load_file(folder / SLIDERS)
    return Sliders(kept["positions"].astype(np.int64), kept["rest"])


def _foreign(card: Card) -> Foreign:
    assert isinstance(card.model, Foreign)  # others are opened by checkpoint.load
    return card.model
