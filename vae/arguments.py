"""Validates arguments once, where a public function receives them: the value, the rule, the way out.

The check of a picture's range waits for the device, so loops that checked their data before leave it out.
A model is its sizes here. Knows nothing of models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

Size = tuple[int, int, int]
T = TypeVar("T")


def instance(model: Any, cls: type[T]) -> T:
    """The model itself, if it is a vae.VAE, which is `cls`. Errors: TypeError with the way to make it one."""
    if not isinstance(model, cls):
        raise TypeError(
            f"model is {type(model).__name__}, but must be a vae.{cls.__name__}: networks of your own go in as "
            f"vae.{cls.__name__}(arch=(encoder, decoder)), and vae.Train(compile=True) compiles them."
        )
    return model


def whole(low: int, **values: Any) -> None:
    """Whole numbers of at least `low`. Errors: ValueError."""
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise ValueError(f"{name} (={value!r}) must be a whole number, at least {low}.")


def not_negative(name: str, value: Any, reason: str) -> None:
    """A finite number of 0 or more. Errors: ValueError with the reason."""
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} (={value!r}) must be 0 or more: {reason}.")


def one_of(options: Sequence[str], **values: Any) -> None:
    """Words that are among the options. Errors: ValueError."""
    for name, value in values.items():
        if value not in options:
            raise ValueError(f"{name} (={value!r}) must be one of {', '.join(map(repr, options))}.")


def indices(name: str, values: Any, size: int) -> list[int]:
    """At least one index from 0 to size - 1, from any sequence of whole numbers. Errors: ValueError."""
    plain = values.tolist() if hasattr(values, "tolist") else values
    numbers = list(plain) if isinstance(plain, Iterable) else [plain]
    for value in numbers:
        if not isinstance(value, int | np.integer) or not 0 <= value < size:
            raise ValueError(f"{name} (={value!r}) must be whole numbers between 0 and {size - 1}.")
    if not numbers:
        raise ValueError(f"{name} (=[]) names no dimension: leave it out for all of them.")
    return [int(value) for value in numbers]


def two(name: str, pair: Any, example: str) -> tuple[float, float]:
    """Two finite numbers. Errors: ValueError."""
    try:
        low, high = (float(value) for value in pair)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{name} (={pair!r}) must be two numbers, such as {example}.")
    return low, high


def picture(shape: Any) -> Size:
    """(channels, height, width), whole numbers of at least 1. Errors: ValueError."""
    try:
        c, h, w = (int(n) for n in shape)
        fits = min(c, h, w) >= 1 and (c, h, w) == tuple(shape)
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        value = tuple(shape) if isinstance(shape, list | tuple) else shape
        raise ValueError(f"shape (={value!r}) must be (channels, height, width), each at least 1.")
    return c, h, w


def networks(arch: Any) -> tuple[nn.Module, nn.Module]:
    """A pair (encoder, decoder) of torch modules. Errors: TypeError for anything else."""
    pair = tuple(arch) if isinstance(arch, list | tuple) else ()
    if len(pair) != 2 or not all(isinstance(part, nn.Module) for part in pair):
        value = f"{len(pair)} of {', '.join(type(part).__name__ for part in pair)}" if pair else repr(arch)
        raise TypeError(
            f"arch (={value}) must be the name of a trunk, such as 'conv', or a pair (encoder, decoder) of torch "
            "modules."
        )
    return pair[0], pair[1]


def code(raw: Any, n: int, latent: int) -> tuple[Tensor, Tensor]:
    """(mean, logvar), (B, D) each, from an encoder's output for n pictures: the pair, or one tensor (B, 2D) of both.

    Errors: ValueError for any other shape, which torch might broadcast.
    """
    both = raw.chunk(2, 1) if isinstance(raw, Tensor) and raw.ndim == 2 and not raw.shape[1] % 2 else raw
    pair = tuple(both) if isinstance(both, list | tuple) else (both,)
    if len(pair) == 2 and all(isinstance(t, Tensor) and tuple(t.shape) == (n, latent) for t in pair):
        return pair[0], pair[1]
    raise ValueError(
        f"the encoder returns {_sizes(raw)} for {n} pictures, but must return (B, {2 * latent}), mean and logvar of "
        f"{latent} latents, or a pair of (B, {latent})."
    )


def raw(x: Any, n: int, numbers: int, shape: Size) -> Tensor:
    """A decoder's output for n latents, if it is (B, m·C, H, W). Errors: ValueError for any other shape."""
    c, h, w = shape
    if isinstance(x, Tensor) and tuple(x.shape) == (n, numbers * c, h, w):
        return x
    reason = f"{numbers} raw numbers a pixel of {shape} under this likelihood"
    raise ValueError(
        f"the decoder returns {_sizes(x)} for {n} latents, but must return (B, {numbers * c}, {h}, {w}): {reason}."
    )


def batch(x: Any, shape: Size, like: Tensor | None) -> None:
    """Pictures (B, C, H, W) as floats, of a model's shape; of the type and on the device of its weight `like`.

    Errors: TypeError for anything but a tensor of floats, ValueError for the rest.
    """
    _floats("x", x, like, "must be floats in [0, 1]: divide bytes by 255")
    if tuple(x.shape[1:]) == shape:
        return
    if tuple(x.shape) == shape:
        raise ValueError(f"x is one picture {shape}, but must be a batch (B, *{shape}): x[None] is a batch of one.")
    way = f", or build a model with shape={tuple(x.shape[1:])}" if x.ndim == 4 else " and give (B, C, H, W)"
    raise ValueError(
        f"x has the shape {tuple(x.shape)}, but this model reads (batch, *{shape}): resize the pictures{way}."
    )


def latents(z: Any, latent: int, like: Tensor | None) -> None:
    """Latents (B, D) as floats; type and device as in `batch`. Errors: TypeError, ValueError."""
    _floats("z", z, like, "must be floats: z.float()")
    if z.ndim != 2 and tuple(z.shape) == (latent,):
        raise ValueError(f"z is one latent ({latent},), but must be a batch (B, {latent}): z[None] is a batch of one.")
    if z.ndim and z.shape[-1] != latent:
        raise ValueError(
            f"z has {z.shape[-1]} numbers in a row, but this model has {latent} latents: give (batch, {latent})."
        )
    if z.ndim != 2:
        raise ValueError(f"z has the shape {tuple(z.shape)}, but must be (batch, {latent}): flatten the leading axes.")


def one(start: Any, shape: Size, latent: int) -> Tensor:
    """One picture (C, H, W) or one latent (D,), alone or as a batch of one. Errors: TypeError, ValueError."""
    _floats("the start", start, None, "must be floats: a picture in [0, 1], or a latent")
    single: Tensor = start[0] if start.ndim in (2, 4) and len(start) == 1 else start
    if tuple(single.shape) not in (shape, (latent,)):
        raise ValueError(
            f"the start has the shape {tuple(start.shape)}, but must be one picture {shape} or one latent ({latent},)."
        )
    if not bool(single.isfinite().all()):
        raise ValueError(
            "the start holds NaN or infinity: start from finite numbers, start.isfinite() finds the others."
        )
    return single


def in_range(x: Tensor) -> Tensor:
    """x itself, if it lies within [0, 1]; this waits for the device. Errors: ValueError with the way there."""
    if x.numel():
        low, high = (float(v) for v in torch.aminmax(x.detach()))
        if not (low >= 0 and high <= 1):
            raise ValueError(f"x runs from {low:.4g} to {high:.4g}, but must lie in [0, 1]: {remedy(low, high)}.")
    return x


def remedy(low: float, high: float) -> str:
    """The step that brings numbers between `low` and `high` into [0, 1]."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "find where NaN or infinity comes from, x.isfinite()"
    if low >= 0:
        return "divide bytes by 255" if high > 2 else "clamp the overshoot, x.clamp(0, 1)"
    if low >= -1 and high <= 1:
        return "map [-1, 1] by (x + 1) / 2"
    return "divide bytes by 255, map [-1, 1] by (x + 1) / 2, undo a normalisation"


def same_device(generator: torch.Generator | None, device: torch.device) -> None:
    """A generator on the model's device, as torch requires. Errors: TypeError, ValueError."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(f"generator (={generator!r}) must be a torch.Generator: torch.Generator().manual_seed(0).")
    if generator is not None and generator.device.type != device.type:
        raise ValueError(
            f"generator is on {generator.device} and the model on {device}: create it by torch.Generator('{device}')."
        )


def _sizes(output: Any) -> str:
    """The shapes of a network's output, in words."""
    if isinstance(output, Tensor):
        return str(tuple(output.shape))
    return f"({', '.join(map(_sizes, output))})" if isinstance(output, list | tuple) else f"a {type(output).__name__}"


def _floats(name: str, x: Any, like: Tensor | None, rule: str) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} is {type(x).__name__}, but must be a torch tensor: torch.as_tensor(...) converts it.")
    if not x.is_floating_point():
        raise TypeError(f"{name} is {x.dtype}, but {rule}.")
    alike(name, x, like)


def alike(name: str, x: Tensor, like: Tensor | None) -> None:
    """A tensor of the type and on the device of a model's weight. Errors: ValueError."""
    if like is None:
        return
    if x.device != like.device:
        raise ValueError(f"{name} is on {x.device} and the model on {like.device}: {name}.to('{like.device}').")
    if x.dtype != like.dtype and not torch.is_autocast_enabled(x.device.type):
        raise ValueError(f"{name} is {x.dtype} and the model {like.dtype}: {name}.to({like.dtype}).")
