"""Any model with an encoder and a decoder, seen as one thing: x in [0, 1] -> q(z|x), z -> mean picture in [0, 1].

Rules are tried in order and the one that fired is remembered (`describe`). The model is probed once; what a probe
cannot tell, such as whether numbers beyond [0, 1] are logits, is asked about. Knows nothing of files and formats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal

from vae.arguments import in_range, picture
from vae.foreign.conventions import Code, WrapError, anchor

Scale = Literal["logits", "values"] | None

SLACK = 0.05  # of the range: how far a mean picture may leave it before we ask
FAR = 1.0  # of the range: the same where `scale="values"` said that it is cut


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
    """What the explorer needs of a model: pictures in, q(z|x) out, and back to the mean picture."""

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
    reads: Callable[[Tensor], Code] | None  # x in the model's own range; None: there is no encoder
    draws: Callable[[Tensor], Tensor]  # z -> pixels in the model's own range
    decoder: Any = None  # the model's own, as it was found

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
        if self.reads is None:
            raise WrapError("this model has no encoder: its prior can be explored, and no picture be encoded.")
        low, high = self.range
        like = anchor(self.modules)
        mean, std = self.reads((low + (high - low) * x).to(like))
        return mean.to(x), None if std is None else std.to(x)

    def picture(self, z: Tensor) -> Tensor:
        """`decode` with nothing checked, for the exporter."""
        low, high = self.range
        raw = self.draws(z.reshape(-1, *self.latent).to(anchor(self.modules))).to(z)
        return raw.sigmoid() if self.scale == "logits" else ((raw - low) / (high - low)).clamp(0, 1)

    def vouch(self, z: Tensor) -> None:
        """WrapError if the pictures of these latents are not what the model was taken to draw."""
        raw = self.draws(z.reshape(-1, *self.latent).to(anchor(self.modules)))
        _within(raw.detach().float(), self.range, self.scale)

    def describe(self) -> str:
        """Which rules fired, a line each."""
        return "\n".join(self.rules)


def wrap(
    obj: Any,
    shape: Sequence[int] | None = None,
    range: tuple[float, float] | None = None,
    scale: Scale = None,
    trust: bool = False,
    *,
    latent: int | Sequence[int] | None = None,
) -> Wrapped:
    """Any model as an `Explorable`: a module, a pair (encoder, decoder), a decoder alone, or a file of one.

    The model is put into evaluation mode and probed once, without gradients, on its own device in its own dtype.

    Args:
        obj: an object with `encode` or `encoder`, and `decode` or `decoder`; a pair of callables; a function z -> x;
            or a path, see `vae.foreign.sources.opened`. shape: (C, H, W) of a picture, where the model does not tell.
        range: of its pixel values; default: (-1, 1) for diffusers, (0, 1) otherwise. scale: "logits" where the decoder
            returns logits, "values" where what leaves the range is to be cut. trust: unpickle files, which runs code
            of whoever made them. latent: the shape of a latent, where a decoder alone does not tell; an encoder tells.
    Errors: WrapError, a sentence about what is wrong with the model and what to say or change.
    """
    if isinstance(obj, Wrapped):
        return obj
    if _names_a_file(obj):
        from vae.foreign import sources

        return wrap(sources.opened(obj, trust), shape, range, scale, latent=latent)
    if isinstance(obj, type):
        raise WrapError(f"{obj.__name__} is a class: give an object of it with its learned weights.")
    if isinstance(obj, tuple | list) and len(obj) == 2:
        obj = SimpleNamespace(encoder=obj[0], decoder=obj[1])
    if scale not in (None, "logits", "values"):
        raise WrapError(f"scale (={scale!r}) must be 'logits', 'values', or left out.")
    from vae.foreign import probe

    return probe.probe(obj, _shape(shape), _span(range), scale, _latent(latent))


# --- what the caller says ---------------------------------------------------------------------------------------------


def _shape(shape: Sequence[int] | None) -> tuple[int, int, int] | None:
    try:
        return None if shape is None else picture(shape)
    except ValueError as error:
        raise WrapError(str(error)) from None


def _latent(latent: int | Sequence[int] | None) -> tuple[int, ...] | None:
    if latent is None:
        return None
    try:
        sizes = (latent,) if isinstance(latent, int) else tuple(int(n) for n in latent)
    except (TypeError, ValueError):
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise WrapError(f"latent (={latent!r}) must be a number such as 16, or a shape such as (4, 8, 8).")
    return sizes


def _span(range: tuple[float, float] | None) -> tuple[float, float] | None:
    if range is None:
        return None
    try:
        low, high = (float(v) for v in range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise WrapError(f"range (={range!r}) must be two numbers, the lower first, such as (-1, 1) or (0, 255).")
    return low, high


def _kind(given: Any) -> str:
    return f"{given.dtype} of {tuple(given.shape)}" if isinstance(given, Tensor) else type(given).__name__


def _names_a_file(obj: Any) -> bool:
    parts = obj if isinstance(obj, tuple | list) else (obj,)
    return all(isinstance(part, str | Path) for part in parts)


def _within(raw: Tensor, range: tuple[float, float], scale: Scale) -> None:
    """WrapError where the decoder's numbers are not what they were taken for."""
    if not raw.isfinite().all():
        raise WrapError("decode(z) gives NaN or infinity for latents near 0: the model is damaged or its weights are.")
    if scale == "logits":
        return
    low, high = range
    found = tuple(float(v) for v in torch.aminmax(raw))
    room = (FAR if scale == "values" else SLACK) * (high - low)
    if low - room <= found[0] and found[1] <= high + room:
        return
    raise WrapError(
        f"decode(z) gives numbers from {found[0]:.4g} to {found[1]:.4g}, but pixel values here run from {low:g} to "
        f"{high:g}. If they are logits, say scale='logits'; if values of another range, range=(low, high); if values "
        "that only overshoot and are to be cut, scale='values'."
    )
