"""A model is tried out once, on pictures of noise: shapes, the rules that fit, values; and whether it keeps its word.

No gradients, evaluation mode, on the model's own device in its own dtype. Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vae.foreign import conventions
from vae.foreign.conventions import Call, Code, Found, WrapError
from vae.foreign.wrapped import Scale, Wrapped

PROBES = 4  # pictures, and as many latents drawn from N(0, 1)
SAME = 1e-4  # how far the same call may differ from itself


class _Reading(NamedTuple):
    """The encoder as tensors in, tensors out; the sizes that follow; what was found out on the way."""

    reads: Callable[[Tensor], Code] | None
    latent: tuple[int, ...]
    shape: tuple[int, int, int]
    variance: bool
    said: tuple[str, ...]


@torch.no_grad()
def probe(
    obj: Any,
    shape: tuple[int, int, int] | None = None,
    span: tuple[float, float] | None = None,
    scale: Scale = None,
    latent: tuple[int, ...] | None = None,
) -> Wrapped:
    """The `Wrapped` of an object; arguments as of `vae.wrap`, which has looked at them. Errors: WrapError."""
    reader, drawer = conventions.encoder(obj), conventions.decoder(obj)
    inside = conventions.modules(obj, *(f.call for f in (reader, drawer) if f))
    for module in inside:
        module.eval()
    ours = conventions.is_diffusers(obj)
    low, high = span or ((-1.0, 1.0) if ours else (0.0, 1.0))
    how: Scale = scale or ("values" if ours and span is None else None)
    like = conventions.anchor(inside)
    if reader is None:
        found = _decoder_alone(obj, drawer, like, shape, latent)
    else:
        noise = torch.Generator().manual_seed(0)
        found = _pair(obj, reader, drawer, shape, lambda s: _noise(s, noise, low, high).to(like))
        if latent not in (None, found.latent):
            raise WrapError(f"latent (={latent}) is not what {reader.name} gives, {found.latent}: leave it out.")
    draws, drawn = _drawing(drawer, found.shape, torch.zeros(1, *found.latent).to(like))
    flat = f", {math.prod(found.latent)} numbers" if len(found.latent) > 1 else ""
    said = (
        *found.said, f"decode: {drawer.name}, {drawn}", f"latent: {found.latent}{flat}",
        f"values: {_words(low, high, how, ours and span is None)}",
    )  # fmt: skip
    made = Wrapped(
        found.shape, found.latent, said, found.variance, inside, (low, high), how, found.reads, draws, drawer.call
    )
    _keeps_its_word(made, like, strict=span is not None and scale is None)
    return made


# --- sizes ------------------------------------------------------------------------------------------------------------


def _pair(
    obj: Any, reader: Found, drawer: Found, shape: tuple[int, int, int] | None,
    noise: Callable[[tuple[int, int, int]], Tensor],
) -> _Reading:  # fmt: skip
    """Pictures of noise through the encoder: which rule reads its output, and what a latent looks like."""
    size, where = (shape, "as told") if shape else _find_shape(obj, reader, drawer, noise)
    x = noise(size)
    flat, out = _encoded(reader, x)
    call: Call = (lambda x: reader.call(x.flatten(1))) if flat else reader.call
    fits = [(name, rule) for name, rule in conventions.CODES if rule(out) is not None]
    if not fits:
        raise WrapError(
            f"{reader.name} returns {_kind(out)}, which no rule reads: return a torch Normal, a pair (mean, logvar), "
            "a dict with 'mean' and 'logvar', or one tensor."
        )
    name, rule = fits[0]
    if name == conventions.TENSOR and _is_both_halves(drawer, out):
        name, rule = "a tensor of (mean, logvar), twice the channels that the decoder takes", conventions.halves

    def reads(x: Tensor) -> Code:
        code = rule(call(x))
        assert code is not None  # the rule fired before
        return code

    mean, std = reads(x)
    _check_code(reader, len(x), mean, std)
    more = (", without variance" if std is None else "") + (", from pictures as rows" if flat else "")
    said = f"encode: {reader.name}, {name}{more}"
    return _Reading(reads, tuple(mean.shape[1:]), size, std is not None, (f"shape: {size}, {where}", said))


def _find_shape(
    obj: Any, reader: Found, drawer: Found, noise: Callable[[tuple[int, int, int]], Tensor]
) -> tuple[tuple[int, int, int], str]:
    """(C, H, W) where nobody told: by the model's word, from what its decoder draws, from its first layer."""
    if stated := conventions.stated_shape(obj, reader):
        return stated
    if latent := conventions.stated_latent(obj, drawer):
        like = noise((1, 1, 1))
        out, _ = _tried(drawer.call, torch.zeros(1, *latent[0]).to(like))
        if (drawn := _drawn(out)) is not None and (size := _picture_shape(drawn)):
            return size, f"what its decoder draws from a latent of {latent[0]} ({latent[1]})"
    layer = conventions.first_layer(getattr(reader.call, "__self__", reader.call))
    if isinstance(layer, nn.Linear) and (size := conventions.flat_shape(layer.in_features)):
        return size, f"the {layer.in_features} inputs of its first layer, as a square"
    raise WrapError(
        "the size of this model's pictures cannot be told from it: say shape=(channels, height, width), "
        "such as shape=(3, 64, 64)."
    )


def _decoder_alone(
    obj: Any, drawer: Found, like: Tensor, shape: tuple[int, int, int] | None, latent: tuple[int, ...] | None
) -> _Reading:
    found = (latent, "as told") if latent else conventions.stated_latent(obj, drawer, alone=True)
    if found is None:
        raise WrapError("how many latents this decoder takes cannot be told from it: say latent=16, or (4, 8, 8).")
    sizes, where = found
    out, error = _tried(drawer.call, torch.zeros(1, *sizes).to(like))
    if error:
        raise WrapError(f"{drawer.name} fails on a latent of {sizes} ({where}): {error}")
    size = shape or (_picture_shape(drawn) if (drawn := _drawn(out)) is not None else None)
    if size is None:
        raise WrapError(
            f"{drawer.name} returns {_kind(out)}, which shows no size of a picture: say shape=(channels, height, width)"
            "."
        )
    said = (f"shape: {size}, {'as told' if shape else 'what it draws'}", "encode: none; only the prior can be explored")
    return _Reading(None, sizes, size, False, said)


def _picture_shape(x: Tensor) -> tuple[int, int, int] | None:
    if x.ndim == 4:
        return int(x.shape[1]), int(x.shape[2]), int(x.shape[3])
    if x.ndim == 3:
        return 1, int(x.shape[1]), int(x.shape[2])
    return conventions.flat_shape(int(x.shape[1])) if x.ndim == 2 else None


# --- the encoder ------------------------------------------------------------------------------------------------------


def _encoded(reader: Found, x: Tensor) -> tuple[bool, Any]:
    """(whether pictures go in as rows, what comes out)."""
    out, error = _tried(reader.call, x)
    if not error:
        return False, out
    out, worse = _tried(reader.call, x.flatten(1))
    if worse:
        raise WrapError(
            f"{reader.name} fails on pictures of {tuple(x.shape[1:])}: {error} "
            "If the size is wrong, say shape=(channels, height, width)."
        )
    return True, out


def _is_both_halves(drawer: Found, z: Tensor) -> bool:
    """Whether the decoder takes half of the channels of z, and not all."""
    if z.ndim < 2 or z.shape[1] % 2 or not _tried(drawer.call, z)[1]:
        return False
    return not _tried(drawer.call, z.chunk(2, 1)[0])[1]


def _check_code(reader: Found, n: int, mean: Tensor, std: Tensor | None) -> None:
    if not mean.is_floating_point():
        raise WrapError(
            f"{reader.name} gives {mean.dtype}, but a latent is floats that sliders move: return what the decoder "
            "takes before it is made discrete."
        )
    if mean.ndim < 2 or len(mean) != n:
        raise WrapError(
            f"{reader.name} turns {n} pictures into a mean of {tuple(mean.shape)}: it must be ({n}, ...), one each."
        )
    if std is not None and std.shape != mean.shape:
        raise WrapError(f"{reader.name} gives a mean of {tuple(mean.shape)} with a spread of {tuple(std.shape)}.")
    if not mean.isfinite().all() or (std is not None and not (std.isfinite() & (std >= 0)).all()):
        raise WrapError(f"{reader.name} gives NaN, infinity or a negative spread: its weights may be damaged.")


# --- the decoder ------------------------------------------------------------------------------------------------------


def _drawing(drawer: Found, shape: tuple[int, int, int], z: Tensor) -> tuple[Callable[[Tensor], Tensor], str]:
    """The decoder as tensor in, pictures (B, C, H, W) out, and the rule that reads it."""
    out, error = _tried(drawer.call, z)
    if error:
        raise WrapError(f"{drawer.name} fails on latents of {tuple(z.shape[1:])}, which the encoder gives: {error}")
    fits = [(name, rule, x) for name, rule in conventions.PICTURES if (x := rule(out)) is not None]
    if not fits:
        raise WrapError(f"{drawer.name} returns {_kind(out)}: it must be pictures, one tensor or a Distribution of it.")
    name, rule, first = fits[0]
    if first.is_complex():
        raise WrapError(f"{drawer.name} draws {first.dtype}, but pictures are real numbers: return x.real or x.abs().")
    if first.numel() != math.prod(shape) or not (first.ndim == 2 or _picture_shape(first) == shape):
        raise WrapError(
            f"{drawer.name} draws {tuple(first.shape[1:])} for pictures of {shape}: they must agree. Say the shape "
            "that it draws, or mend the model."
        )

    def draws(z: Tensor) -> Tensor:
        x = rule(drawer.call(z))
        assert x is not None  # the rule fired before
        return x.reshape(-1, *shape)

    return draws, name


def _drawn(out: Any) -> Tensor | None:
    return next((x for _, rule in conventions.PICTURES if (x := rule(out)) is not None), None)


def _keeps_its_word(made: Wrapped, like: Tensor, strict: bool) -> None:
    """The same call gives the same answer, one picture a latent, and its values are what they were said to be."""
    noise = torch.Generator().manual_seed(1)
    z = torch.randn(PROBES, *made.latent, generator=noise).to(like)
    if made.reads is not None:
        x = _noise(made.shape, noise, *made.range).to(like)
        (one, _), (two, _) = made.reads(x), made.reads(x)
        if not _same(one, two):
            raise WrapError(
                "encode(x) gives another latent each time for the same pictures, so it draws one: let it return the "
                "mean, a pair (mean, logvar) or a Distribution."
            )
        z = torch.cat([one, z])
    raw, again = made.draws(z), made.draws(z)
    if len(raw) != len(z):
        raise WrapError(f"decode(z) draws {len(raw)} pictures from {len(z)} latents: it must draw one each.")
    made.vouch(z)
    if not _same(raw, again):
        raise WrapError(
            "decode(z) gives another picture each time for the same latent, so it draws one: let it return the mean."
        )
    low, high = made.range
    if strict and (low < 0 or high > 1) and float(raw.min()) >= 0 and float(raw.max()) <= 1:
        raise WrapError(
            f"range (={low:g}, {high:g}) is not what decode(z) shows: its numbers stay within 0 and 1. Leave `range` "
            "out, or say scale='values' if you are sure."
        )


def _same(a: Tensor, b: Tensor) -> bool:
    return bool(torch.allclose(a.float(), b.float(), rtol=SAME, atol=SAME, equal_nan=True))


# --- words ------------------------------------------------------------------------------------------------------------


def _words(low: float, high: float, scale: Scale, by_convention: bool) -> str:
    if scale == "logits":
        return "logits, through the sigmoid"
    cut = ", cut where they overshoot" if scale == "values" else ""
    return f"[{low:g}, {high:g}]{cut}{', as diffusers has them' if by_convention else ''}"


def _kind(out: Any) -> str:
    if isinstance(out, Tensor):
        return f"a tensor of {tuple(out.shape)}"
    if isinstance(out, tuple | list):
        return f"{len(out)} things ({', '.join(type(o).__name__ for o in out)[:80]})"
    return f"a {type(out).__name__}"


def _tried(call: Call, given: Tensor) -> tuple[Any, str]:
    """(the answer, "") or (None, the first line of what went wrong), whatever foreign code raises."""
    try:
        return call(given), ""
    except Exception as error:
        return None, ((str(error).splitlines() or [""])[0] or type(error).__name__)[:200]


def _noise(shape: tuple[int, int, int], generator: torch.Generator, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand(PROBES, *shape, generator=generator)
