"""What comes in is looked at once, where it comes in: the value, the rule, the way out.

The look at a picture's values waits for the device, so loops that have looked at their data before do without it.
Knows nothing of models but their sizes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from vae.model import VAE

Size = tuple[int, int, int]


def whole(low: int, **given: Any) -> None:
    """Whole numbers of at least `low`. Errors: ValueError."""
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise ValueError(f"{name} (={value!r}) must be a whole number, at least {low}.")


def one_of(options: Sequence[str], **given: Any) -> None:
    """Words that are among the options. Errors: ValueError."""
    for name, value in given.items():
        if value not in options:
            raise ValueError(f"{name} (={value!r}) must be one of {', '.join(map(repr, options))}.")


def indices(name: str, given: Any, size: int) -> list[int]:
    """At least one index from 0 to size - 1, from any sequence of whole numbers. Errors: ValueError."""
    values = given.tolist() if hasattr(given, "tolist") else given
    found = list(values) if isinstance(values, Iterable) else [values]
    for value in found:
        if not isinstance(value, int | np.integer) or not 0 <= value < size:
            raise ValueError(f"{name} (={value!r}) must be whole numbers between 0 and {size - 1}.")
    if not found:
        raise ValueError(f"{name} (=[]) names no dimension: leave it out for all of them.")
    return [int(value) for value in found]


def two(name: str, given: Any, example: str) -> tuple[float, float]:
    """Two finite numbers. Errors: ValueError."""
    try:
        low, high = (float(value) for value in given)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{name} (={given!r}) must be two numbers, such as {example}.")
    return low, high


def picture(shape: Any) -> Size:
    """(channels, height, width), whole numbers of at least 1. Errors: ValueError."""
    try:
        c, h, w = (int(n) for n in shape)
        fits = min(c, h, w) >= 1 and (c, h, w) == tuple(shape)
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        given = tuple(shape) if isinstance(shape, list | tuple) else shape
        raise ValueError(f"shape (={given!r}) must be (channels, height, width), each at least 1.")
    return c, h, w


def networks(arch: Any) -> tuple[nn.Module, nn.Module]:
    """One's own (encoder, decoder). Errors: TypeError for anything else."""
    pair = tuple(arch) if isinstance(arch, list | tuple) else ()
    if len(pair) != 2 or not all(isinstance(each, nn.Module) for each in pair):
        what = f"{len(pair)} of {', '.join(type(each).__name__ for each in pair)}" if pair else repr(arch)
        raise TypeError(
            f"arch (={what}) must be the name of a trunk, such as 'conv', or a pair (encoder, decoder) of torch modules"
            "."
        )
    return pair[0], pair[1]


def code(raw: Any, n: int, latent: int) -> tuple[Tensor, Tensor]:
    """(mean, logvar), (B, D) each, of what an encoder gives for n pictures: the two, or one tensor (B, 2D) of both.

    Errors: ValueError for any other shape, which torch might repeat until it fits.
    """
    both = raw.chunk(2, 1) if isinstance(raw, Tensor) and raw.ndim == 2 and not raw.shape[1] % 2 else raw
    found = tuple(both) if isinstance(both, list | tuple) else (both,)
    if len(found) == 2 and all(isinstance(t, Tensor) and tuple(t.shape) == (n, latent) for t in found):
        return found[0], found[1]
    raise ValueError(
        f"the encoder gives {_sizes(raw)} for {n} pictures, but must give (B, {2 * latent}), mean and logvar of "
        f"{latent} latents, or a pair of (B, {latent})."
    )


def raw(x: Any, n: int, numbers: int, shape: Size) -> Tensor:
    """What a decoder gives for n latents, if it is (B, m·C, H, W). Errors: ValueError, as of `code`."""
    c, h, w = shape
    if isinstance(x, Tensor) and tuple(x.shape) == (n, numbers * c, h, w):
        return x
    why = f"{numbers} raw numbers a pixel of {shape} under this likelihood"
    raise ValueError(
        f"the decoder gives {_sizes(x)} for {n} latents, but must give (B, {numbers * c}, {h}, {w}): {why}."
    )


def batch(x: Any, shape: Size, like: Tensor | None) -> None:
    """Pictures (B, C, H, W) as floats, of a model's shape; of the type and on the device of its weight `like`.

    Errors: TypeError for what is no tensor of floats, ValueError for the rest.
    """
    _floats("x", x, like, "must be floats in [0, 1]: divide bytes by 255")
    if tuple(x.shape[1:]) == shape:
        return
    if tuple(x.shape) == shape:
        raise ValueError(f"x is one picture {shape}, but must be a batch (B, *{shape}): x[None] is a batch of one.")
    way = f", or make the model with shape={tuple(x.shape[1:])}" if x.ndim == 4 else " and give (B, C, H, W)"
    raise ValueError(
        f"x has the shape {tuple(x.shape)}, but this model was made for (batch, *{shape}): resize the pictures{way}."
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
        raise ValueError(f"z has the shape {tuple(z.shape)}, but must be (batch, {latent}): flatten what leads.")


def one(start: Any, shape: Size, latent: int) -> Tensor:
    """One picture (C, H, W) or one latent (D,), given as such or as a batch of one. Errors: TypeError, ValueError."""
    _floats("the start", start, None, "must be floats: a picture in [0, 1], or a latent")
    found: Tensor = start[0] if start.ndim in (2, 4) and len(start) == 1 else start
    if tuple(found.shape) not in (shape, (latent,)):
        raise ValueError(
            f"the start has the shape {tuple(start.shape)}, but must be one picture {shape} or one latent ({latent},)."
        )
    if not bool(found.isfinite().all()):
        raise ValueError("the start holds NaN or infinity: there is no way from there.")
    return found


def in_range(x: Tensor) -> Tensor:
    """x itself, if it is within [0, 1]; this waits for the device. Errors: ValueError with the way there."""
    if x.numel():
        low, high = (float(v) for v in torch.aminmax(x.detach()))
        if not (low >= 0 and high <= 1):
            raise ValueError(f"x runs from {low:.4g} to {high:.4g}, but must lie in [0, 1]: {way_in(low, high)}.")
    return x


def way_in(low: float, high: float) -> str:
    """What brings numbers from `low` to `high` into [0, 1]."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "find where NaN or infinity comes from, x.isfinite()"
    if low >= 0:
        return "divide bytes by 255" if high > 2 else "clamp what overshoots, x.clamp(0, 1)"
    if low >= -1 and high <= 1:
        return "map [-1, 1] by (x + 1) / 2"
    return "divide bytes by 255, map [-1, 1] by (x + 1) / 2, undo a normalisation"


def ours(model: Any) -> VAE:
    """The model itself, if it is one of these. Errors: TypeError with the way to be one."""
    from vae.model import VAE

    if not isinstance(model, VAE):
        raise TypeError(
            f"model is {type(model).__name__}, but must be a vae.VAE: networks of your own go in as "
            "vae.VAE(arch=(encoder, decoder)), and vae.Train(compile=True) compiles them."
        )
    return model


def same_device(generator: torch.Generator | None, device: torch.device) -> None:
    """A generator where the model is: torch draws nothing from another device's. Errors: TypeError, ValueError."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(f"generator (={generator!r}) must be a torch.Generator: torch.Generator().manual_seed(0).")
    if generator is not None and generator.device.type != device.type:
        raise ValueError(
            f"generator is on {generator.device} and the model on {device}: make it with torch.Generator('{device}')."
        )


def _sizes(given: Any) -> str:
    """The shapes of what a network gives, in words."""
    if isinstance(given, Tensor):
        return str(tuple(given.shape))
    return f"({', '.join(map(_sizes, given))})" if isinstance(given, list | tuple) else f"a {type(given).__name__}"


def _floats(name: str, x: Any, like: Tensor | None, rule: str) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} is {type(x).__name__}, but must be a torch tensor: torch.as_tensor(...) makes one.")
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
