"""Any model with an encoder and a decoder as one record: x in [0, 1] -> q(z|x), z -> mean picture in [0, 1].

A `Wrapped` remembers the rules that read the model (`describe`). Knows nothing of files, formats and probing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal

from vae.arguments import in_range
from vae.foreign.conventions import Code, WrapError, anchor

Scale = Literal["logits", "values"] | None

SLACK = 0.05  # of the range: how far a mean picture may leave it before we ask
FAR = 1.0  # of the range: the same where `scale="values"` says that it is cut


class Delta(Distribution):
    """All probability at one point: the posterior of an encoder that has no variance."""

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 (torch's own protocol)

    def __init__(self, loc: Tensor) -> None:
        super().__init__(loc.shape, validate_args=False)
        self.loc = loc

    @property
    def mean(self) -> Tensor:
        """The point, (*batch)."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """0 everywhere."""
        return torch.zeros_like(self.loc)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """The point itself, (*sample_shape, *loc.shape)."""
        return self.loc.expand(self._extended_shape(torch.Size(sample_shape)))


class Explorable(Protocol):
    """What the explorer needs of a model: pictures in, q(z|x) out, and back to the mean picture.

    >>> def brightness(model: vae.Explorable, z):
    ...     return model.decode(z).mean((1, 2, 3))
    >>> decoder = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Sigmoid(), torch.nn.Unflatten(1, (1, 8, 8)))
    >>> brightness(vae.wrap(decoder, latent=2), torch.zeros(3, 2)).shape
    torch.Size([3])
    """

    @property
    def shape(self) -> tuple[int, int, int]: ...  # (C, H, W)
    @property
    def latent(self) -> tuple[int, ...]: ...  # (16,) or (4, 32, 32)
    def encode(self, x: Tensor) -> Normal | Delta:
        """q(z|x) of pictures (B, C, H, W) in [0, 1]: batch shape (B, *latent)."""

    def decode(self, z: Tensor) -> Tensor:
        """Mean pictures (B, C, H, W) in [0, 1] of latents (B, *latent)."""


@dataclass(frozen=True, eq=False)
class Wrapped:
    """What `wrap` returns: an `Explorable`, and the rules that made it one."""

    shape: tuple[int, int, int]  # (C, H, W) of a picture
    latent: tuple[int, ...]  # of one latent, as the decoder takes it
    rules: tuple[str, ...]
    variance: bool  # whether q(z|x) has one
    modules: tuple[nn.Module, ...]  # the torch modules inside, for those who move or export them
    range: tuple[float, float]  # of the pixel values that the model itself works in
    scale: Scale
    encoder: Callable[[Tensor], Code] | None  # of x in the model's own range; None: there is no encoder
    decoder: Callable[[Tensor], Tensor]  # z -> pixels in the model's own range
    own_decoder: Any = None  # the model's own, before a rule reads its output

    def encode(self, x: Tensor) -> Normal | Delta:
        """q(z|x) of pictures (B, C, H, W) in [0, 1]: batch shape (B, *latent). Errors: WrapError, ValueError."""
        if not isinstance(x, Tensor) or tuple(x.shape[1:]) != self.shape or not x.is_floating_point():
            raise WrapError(f"x is {_kind(x)}, but must be a tensor of floats (batch, *{self.shape}).")
        mean, std = self.code(in_range(x))
        if not mean.isfinite().all():
            raise WrapError("encode(x) gave NaN or infinity for these pictures; mend the model, or leave them out.")
        return Delta(mean) if std is None else Normal(mean, std, validate_args=False)

    def decode(self, z: Tensor) -> Tensor:
        """Mean pictures (B, C, H, W) in [0, 1] of latents (B, *latent), flattened or not. Errors: WrapError."""
        if not isinstance(z, Tensor) or z.ndim < 2 or math.prod(z.shape[1:]) != math.prod(self.latent):
            raise WrapError(f"z is {_kind(z)}, but must be a tensor (batch, *{self.latent}), flattened or not.")
        x = self.picture(z)
        if not x.isfinite().all():
            raise WrapError("decode(z) gave NaN or infinity; the model is damaged, or z far from all that it knows.")
        return x

    def code(self, x: Tensor) -> Code:
        """`encode` as two tensors with nothing checked, for the exporter. Errors: WrapError without an encoder."""
        if self.encoder is None:
            raise WrapError("this model has no encoder: its prior can be explored, and no picture be encoded.")
        low, high = self.range
        like = anchor(self.modules)
        mean, std = self.encoder((low + (high - low) * x).to(like))
        return mean.to(x), None if std is None else std.to(x)

    def picture(self, z: Tensor) -> Tensor:
        """`decode` with nothing checked, for the exporter."""
        low, high = self.range
        pixels = self._pixels(z).to(z)
        return pixels.sigmoid() if self.scale == "logits" else ((pixels - low) / (high - low)).clamp(0, 1)

    def check_pixels(self, z: Tensor) -> None:
        """WrapError if the pictures of these latents leave the range that the model is taken to draw in."""
        pixels = self._pixels(z).detach().float()
        if not pixels.isfinite().all():
            raise WrapError(
                "decode(z) gives NaN or infinity for latents near 0: the model is damaged or its weights are."
            )
        if self.scale != "logits":
            _check_range(pixels, self.range, FAR if self.scale == "values" else SLACK)

    def describe(self) -> str:
        """Which rules fired, a line each."""
        return "\n".join(self.rules)

    def _pixels(self, z: Tensor) -> Tensor:
        """What the model draws of z, in its own range, on its device, in its dtype."""
        return self.decoder(z.reshape(-1, *self.latent).to(anchor(self.modules)))


def _check_range(pixels: Tensor, range: tuple[float, float], slack: float) -> None:
    """WrapError where pixels leave the range by more than a share of it."""
    low, high = range
    least, most = (float(v) for v in torch.aminmax(pixels))
    margin = slack * (high - low)
    if low - margin <= least and most <= high + margin:
        return
    raise WrapError(
        f"decode(z) gives numbers from {least:.4g} to {most:.4g}, but pixel values here run from {low:g} to "
        f"{high:g}. If they are logits, say scale='logits'; if values of another range, range=(low, high); if values "
        "that only overshoot and are to be cut, scale='values'."
    )


def _kind(value: Any) -> str:
    return f"{value.dtype} of {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
