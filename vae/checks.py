"""What comes in is looked at once, where it comes in: the value, the rule, the way out.

The look at a picture's values waits for the device, so loops that have looked at their data before do without it.
Knows nothing of models but their sizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

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


def within(size: int, **given: Any) -> None:
    """Indices from 0 to size - 1. Errors: ValueError."""
    for name, value in given.items():
        if not isinstance(value, int) or not 0 <= value < size:
            raise ValueError(f"{name} (={value!r}) must be a whole number between 0 and {size - 1}.")


def batch(x: Any, shape: Size, like: Tensor | None) -> None:
    """Pictures (B, C, H, W) as floats, of a model's shape; of the type and on the device of its weight `like`.

    Errors: TypeError for what is no tensor of floats, ValueError for the rest.
    """
    _floats("x", x, like, "must be floats in [0, 1]: divide bytes by 255")
    if tuple(x.shape[1:]) == shape:
        return
    if tuple(x.shape) == shape:
        raise ValueError(f"x is one picture {shape}, but must be a batch (B, *{shape}): x[None] is a batch of one.")
    raise ValueError(
        f"x has the shape {tuple(x.shape)}, but this model was made for (batch, *{shape}): resize the pictures, or "
        f"make the model with shape={tuple(x.shape[1:])}."
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


def came_out(who: str, found: Sequence[Any], names: Sequence[str], shape: tuple[int, ...]) -> None:
    """What one's own network returned: tensors of this shape, as broadcasting hides any other. Errors: ValueError."""
    got = [tuple(each.shape) if isinstance(each, Tensor) else type(each).__name__ for each in found]
    if got != [shape] * len(names):
        told = " and ".join(names)
        raise ValueError(
            f"{who} must return {told} of the shape {shape}, but returned {got}: look at your network's end."
        )


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


def same_device(generator: torch.Generator | None, device: torch.device) -> None:
    """A generator where the model is: torch draws nothing from another device's. Errors: ValueError."""
    if generator is not None and generator.device.type != device.type:
        raise ValueError(
            f"generator is on {generator.device} and the model on {device}: make it with torch.Generator('{device}')."
        )


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
