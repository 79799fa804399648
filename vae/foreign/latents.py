"""The seam to numpy of a model of another program: sliders become pictures, a picture becomes a posterior.

Its latents here are its sliders: all numbers of the model's latent, or those that vary most while the rest stay at
their mean. The model does not define p(x|z), so there is no ELBO; without a variance there is no KL either. `reopen`
opens a model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Normal

from vae import objectives
from vae.foreign.conventions import Code
from vae.foreign.refine import refine_code
from vae.foreign.wrapped import Delta, Wrapped
from vae.open_model import Report
from vae.records import Bytes, Floats, Improvement, Ints, Latents, Posterior

CHUNK = 64  # latents at a time


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

    def encoder(x: Tensor) -> Code:
        mean, std = model.encoder(x)  # type: ignore[misc]  # only where there is an encoder
        return sliders.pick(mean), None if std is None else sliders.pick(std)

    def decoder(z: Tensor) -> Tensor:
        return model.decoder(sliders(z).reshape(-1, *model.latent))

    rule = f"sliders: {len(sliders.positions)} of {math.prod(model.latent)} numbers"
    return replace(
        model, latent=(len(sliders.positions),), rules=(*model.rules, rule), decoder=decoder,
        encoder=None if model.encoder is None else encoder,
    )  # fmt: skip


def kl_to_prior(q: Normal | Delta) -> Tensor:
    """KL(q(z|x) || N(0, 1)) of every number, nats; NaN without a variance."""
    return torch.full_like(q.mean, math.nan) if isinstance(q, Delta) else objectives.kl_to_normal(q)


@dataclass(frozen=True, eq=False)
class OpenWrapped:
    """An `OpenModel`: a wrapped model whose latent is one row of sliders.

    Errors, beside those of `OpenModel`: WrapError where a picture is to be encoded and there is no encoder.
    """

    model: Wrapped
    spread: Floats | None = None  # (D,), how far its latents reach, the measure of `refine`'s steps; None: 1

    def decode(self, z: NDArray[np.floating]) -> Floats:
        """The mean picture of each row of sliders: (N, D) -> (N, C, H, W) in [0, 1]. Errors: ValueError."""
        (d,) = self.model.latent
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != d:
            raise ValueError(f"z of shape {z.shape} must be (N, {d}): the model has {d} sliders.")
        parts = [self._decode(z[k : k + CHUNK]) for k in range(0, len(z), CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, *self.model.shape), np.float32)

    def decode_parts(self, z: NDArray[np.floating]) -> dict[str, Floats]:
        """`decode` as "x", and nothing beside it: of p(x|z) only the mean is known."""
        return {"x": self.decode(z)}

    @torch.no_grad()
    def means(self, x: NDArray[np.floating]) -> Floats:
        """The mean of q(z|x) of each picture, on the sliders: x (N, C, H, W) in [0, 1] -> (N, D)."""
        self._same_shape(x.shape[1:])
        return _array(self.model.encode(torch.from_numpy(np.array(x, np.float32))).mean)

    @torch.no_grad()
    def posterior(self, pixels: Bytes) -> Posterior:
        """One picture (C, H, W): q(z|x), its reconstruction, its KL to N(0, 1) in nats; rec, and so the ELBO, is NaN.

        The KL is NaN where the encoder has no variance.
        """
        self._same_shape(pixels.shape)
        q = self.model.encode(_to_x(pixels))
        kl = kl_to_prior(q)
        return Posterior(
            _array(q.mean)[0], _array(q.stddev)[0], _array(self.model.decode(q.mean))[0],
            math.nan, float(kl.sum()), _array(kl)[0],
        )  # fmt: skip

    def encode_pictures(self, images: Bytes) -> Latents:
        """`posterior` of many pictures (N, C, H, W): no rec, and no KL where the encoder has no variance."""
        rows = [self.posterior(pixels) for pixels in images]
        mean, std = (np.stack([getattr(q, name) for q in rows]) for name in ("mean", "std"))
        kl = np.array([q.kl for q in rows], np.float32) if self.model.variance else None
        return Latents(mean, std, np.arange(len(rows), dtype=np.int64), kl=kl, total=len(rows))

    def refine(self, pixels: Bytes, steps: int, report: Report | None = None) -> Improvement:
        """One picture's z (C, H, W), moved from the encoder's mean so that the squared error a pixel falls.

        `after` keeps the encoder's sigma, which says nothing of the new mean.
        """
        before, x = self.posterior(pixels), _to_x(pixels)
        spread = torch.ones(len(before.mean)) if self.spread is None else torch.from_numpy(self.spread.copy())
        path, errors = refine_code(
            self.model, x, spread, steps, report=report and (lambda step, error: report(step, float(error[0])))
        )
        mean = path[int(errors.argmin())]
        with torch.no_grad():
            kl = kl_to_prior(self.model.encode(x) if self.model.variance else Delta(mean[None]))
            kl = kl + (mean**2 - torch.from_numpy(before.mean.copy()) ** 2) / 2
            recon = _array(self.model.decode(mean[None]))[0]
        after = Posterior(_array(mean), before.std, recon, math.nan, float(kl.sum()), _array(kl)[0])
        return Improvement(before, after, _array(errors), _array(path))

    @torch.no_grad()
    def _decode(self, z: Floats) -> Floats:
        return _array(self.model.decode(torch.from_numpy(z.copy())))

    def _same_shape(self, shape: tuple[int, ...]) -> None:
        if tuple(shape) != self.model.shape:
            raise ValueError(
                f"pictures of {tuple(shape)} do not fit a model of {self.model.shape}: bring them to its size."
            )


def _to_x(pixels: Bytes) -> Tensor:
    return torch.from_numpy(pixels.copy())[None].float() / 255


def _array(tensor: Tensor) -> Floats:
    return tensor.detach().float().cpu().numpy()
