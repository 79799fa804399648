"""`vae.wrap`: any model, or a file of one, as an `Explorable`. Its arguments are checked here.

The model is probed once; what a probe cannot tell, such as whether numbers beyond [0, 1] are logits, is asked about.
Knows nothing of the explorer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae.arguments import picture
from vae.foreign import probe, reopen
from vae.foreign.conventions import WrapError
from vae.foreign.wrapped import Delta, Explorable, Scale, Wrapped

__all__ = ["Delta", "Explorable", "WrapError", "Wrapped", "wrap"]


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
            or a path, see `vae.foreign.sources.load`. shape: (C, H, W) of a picture, where the model does not tell.
        range: of its pixel values; default: (-1, 1) for diffusers, (0, 1) otherwise. scale: "logits" where the decoder
            returns logits, "values" where what leaves the range is to be cut. trust: unpickle files, which runs code
            of whoever wrote them. latent: the shape of a latent, where a decoder alone does not tell; an encoder tells.
    Errors: WrapError, a sentence about what is wrong with the model and what to say or change.

    >>> encoder = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))  # mean and logvar of 2 latents
    >>> decoder = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Sigmoid(), torch.nn.Unflatten(1, (1, 8, 8)))
    >>> model = vae.wrap((encoder, decoder), shape=(1, 8, 8))
    >>> model.latent, model.decode(torch.zeros(3, 2)).shape
    ((2,), torch.Size([3, 1, 8, 8]))
    """
    if isinstance(obj, Wrapped):
        return obj
    if _names_a_file(obj):
        return wrap(reopen.load(obj, trust), shape, range, scale, latent=latent)
    if isinstance(obj, type):
        raise WrapError(f"{obj.__name__} is a class: give an object of it with its learned weights.")
    if scale not in (None, "logits", "values"):
        raise WrapError(f"scale (={scale!r}) must be 'logits', 'values', or left out.")
    return probe.probe(obj, _shape(shape), _range(range), scale, _latent(latent))


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


def _range(range: tuple[float, float] | None) -> tuple[float, float] | None:
    if range is None:
        return None
    try:
        low, high = (float(v) for v in range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise WrapError(f"range (={range!r}) must be two numbers, the lower first, such as (-1, 1) or (0, 255).")
    return low, high


def _names_a_file(obj: Any) -> bool:
    parts = obj if isinstance(obj, tuple | list) else (obj,)
    return all(isinstance(part, str | Path) for part in parts)
