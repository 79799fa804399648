"""A model is tried once, on pictures of noise: shapes, the rules that fit, the range of its values, its repeatability.

No gradients, evaluation mode, on the model's own device in its own dtype. Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vae.foreign import conventions
from vae.foreign.conventions import Call, Code, Network, WrapError
from vae.foreign.wrapped import Scale, Wrapped

PROBES = 4  # pictures, and as many latents drawn from N(0, 1)
SAME = 1e-4  # how far the same call may differ from itself

Shape = tuple[int, int, int]


class _Reading(NamedTuple):
    """The encoder as tensors in, tensors out; the sizes that follow; the rules that fired on the way."""

    encoder: Callable[[Tensor], Code] | None
    latent: tuple[int, ...]
    shape: Shape
    variance: bool
    rules: tuple[str, ...]


@torch.no_grad()
def probe(
    obj: Any,
    shape: Shape | None = None,
    range: tuple[float, float] | None = None,
    scale: Scale = None,
    latent: tuple[int, ...] | None = None,
) -> Wrapped:
    """The `Wrapped` of an object, or of a pair (encoder, decoder); arguments as of `vae.wrap`, already checked.

    Errors: WrapError.
    """
    if isinstance(obj, tuple | list) and len(obj) == 2:
        obj = SimpleNamespace(encoder=obj[0], decoder=obj[1])
    encoder, decoder = conventions.encoder(obj), conventions.decoder(obj)
    modules = conventions.modules(obj, *(network.call for network in (encoder, decoder) if network))
    for module in modules:
        module.eval()
    by_convention = range is None and conventions.is_diffusers(obj)
    low, high = range or ((-1.0, 1.0) if by_convention else (0.0, 1.0))
    pixels: Scale = scale or ("values" if by_convention else None)
    like = conventions.anchor(modules)
    if encoder is None:
        reading = _decoder_alone(obj, decoder, like, shape, latent)
    else:
        generator = torch.Generator().manual_seed(0)
        reading = _pair(obj, encoder, decoder, shape, lambda s: _noise(s, generator, low, high).to(like))
        if latent not in (None, reading.latent):
            raise WrapError(f"latent (={latent}) is not what {encoder.name} gives, {reading.latent}: leave it out.")
    draw, rule = _drawing(decoder, reading.shape, torch.zeros(1, *reading.latent).to(like))
    rules = (
        *reading.rules, f"decode: {decoder.name}, {rule}", f"latent: {_latent_words(reading.latent)}",
        f"values: {_range_words(low, high, pixels, by_convention)}",
    )  # fmt: skip
    model = Wrapped(
        reading.shape, reading.latent, rules, reading.variance, modules, (low, high), pixels, reading.encoder, draw,
        decoder.call,
    )  # fmt: skip
    drawings = _check_repeats(model, like)
    if range is not None and scale is None:
        _check_claim(drawings, low, high)
    return model


# --- sizes ------------------------------------------------------------------------------------------------------------


def _pair(
    obj: Any, encoder: Network, decoder: Network, shape: Shape | None,
    noise: Callable[[Shape], Tensor],
) -> _Reading:  # fmt: skip
    """Pictures of noise through the encoder: which rule reads its output, and the shape of a latent."""
    size, where = (shape, "as given") if shape else _find_shape(obj, encoder, decoder, noise)
    x = noise(size)
    flat, out = _encode(encoder, x)
    call: Call = (lambda x: encoder.call(x.flatten(1))) if flat else encoder.call
    rules = [(name, rule) for name, rule in conventions.CODES if rule(out) is not None]
    if not rules:
        raise WrapError(
            f"{encoder.name} returns {_kind(out)}, which no rule reads: return a torch Normal, a pair (mean, logvar), "
            "a dict with 'mean' and 'logvar', or one tensor."
        )
    name, rule = rules[0]
    if name == conventions.TENSOR and _is_both_halves(decoder, out):
        name, rule = "a tensor of (mean, logvar), twice the channels that the decoder takes", conventions.halves

    def read(x: Tensor) -> Code:
        code = rule(call(x))
        assert code is not None  # the rule fired before
        return code

    mean, std = read(x)
    _check_code(encoder, len(x), mean, std)
    more = (", without variance" if std is None else "") + (", from pictures as rows" if flat else "")
    lines = (f"shape: {size}, {where}", f"encode: {encoder.name}, {name}{more}")
    return _Reading(read, tuple(mean.shape[1:]), size, std is not None, lines)


def _find_shape(obj: Any, encoder: Network, decoder: Network, noise: Callable[[Shape], Tensor]) -> tuple[Shape, str]:
    """(C, H, W) where the caller gives none: as the model states it, as its decoder draws it, by its first layer."""
    if stated := conventions.stated_shape(obj, encoder):
        return stated
    if latent := conventions.stated_latent(obj, decoder):
        like = noise((1, 1, 1))
        out, _ = _try(decoder.call, torch.zeros(1, *latent[0]).to(like))
        if (pictures := conventions.pictures(out)) is not None and (size := conventions.picture_shape(pictures)):
            return size, f"what its decoder draws from a latent of {latent[0]} ({latent[1]})"
    layer = conventions.first_layer(getattr(encoder.call, "__self__", encoder.call))
    if isinstance(layer, nn.Linear) and (size := conventions.flat_shape(layer.in_features)):
        return size, f"the {layer.in_features} inputs of its first layer, as a square"
    raise WrapError(
        "the size of this model's pictures cannot be told from it: say shape=(channels, height, width), "
        "such as shape=(3, 64, 64)."
    )


def _decoder_alone(
    obj: Any, decoder: Network, like: Tensor, shape: Shape | None, latent: tuple[int, ...] | None
) -> _Reading:
    known = (latent, "as given") if latent else conventions.stated_latent(obj, decoder, alone=True)
    if known is None:
        raise WrapError("how many latents this decoder takes cannot be told from it: say latent=16, or (4, 8, 8).")
    sizes, where = known
    out, error = _try(decoder.call, torch.zeros(1, *sizes).to(like))
    if error:
        raise WrapError(f"{decoder.name} fails on a latent of {sizes} ({where}): {error}")
    size = shape or (
        conventions.picture_shape(pictures) if (pictures := conventions.pictures(out)) is not None else None
    )
    if size is None:
        raise WrapError(
            f"{decoder.name} returns {_kind(out)}, which shows no size of a picture: "
            "say shape=(channels, height, width)."
        )
    where = "as given" if shape else "what it draws"
    return _Reading(
        None, sizes, size, False, (f"shape: {size}, {where}", "encode: none; only the prior can be explored")
    )


# --- the encoder ------------------------------------------------------------------------------------------------------


def _encode(encoder: Network, x: Tensor) -> tuple[bool, Any]:
    """(whether pictures go in as rows, what comes out)."""
    out, error = _try(encoder.call, x)
    if not error:
        return False, out
    out, worse = _try(encoder.call, x.flatten(1))
    if worse:
        raise WrapError(
            f"{encoder.name} fails on pictures of {tuple(x.shape[1:])}: {error} "
            "If the size is wrong, say shape=(channels, height, width)."
        )
    return True, out


def _is_both_halves(decoder: Network, z: Tensor) -> bool:
    """Whether the decoder takes half of the channels of z, and not all."""
    if z.ndim < 2 or z.shape[1] % 2 or not _try(decoder.call, z)[1]:
        return False
    return not _try(decoder.call, z.chunk(2, 1)[0])[1]


def _check_code(encoder: Network, n: int, mean: Tensor, std: Tensor | None) -> None:
    if not mean.is_floating_point():
        raise WrapError(
            f"{encoder.name} gives {mean.dtype}, but a latent is floats that sliders move: return what the decoder "
            "takes before it is made discrete."
        )
    if mean.ndim < 2 or len(mean) != n:
        raise WrapError(
            f"{encoder.name} turns {n} pictures into a mean of {tuple(mean.shape)}: it must be ({n}, ...), one each."
        )
    if std is not None and std.shape != mean.shape:
        raise WrapError(f"{encoder.name} gives a mean of {tuple(mean.shape)} with a spread of {tuple(std.shape)}.")
    if not mean.isfinite().all() or (std is not None and not (std.isfinite() & (std >= 0)).all()):
        raise WrapError(f"{encoder.name} gives NaN, infinity or a negative spread: its weights may be damaged.")


# --- the decoder ------------------------------------------------------------------------------------------------------


def _drawing(decoder: Network, shape: Shape, z: Tensor) -> tuple[Callable[[Tensor], Tensor], str]:
    """The decoder as tensor in, pictures (B, C, H, W) out, and the rule that reads its output."""
    out, error = _try(decoder.call, z)
    if error:
        raise WrapError(f"{decoder.name} fails on latents of {tuple(z.shape[1:])}, which the encoder gives: {error}")
    rules = [(name, rule, x) for name, rule in conventions.PICTURES if (x := rule(out)) is not None]
    if not rules:
        raise WrapError(
            f"{decoder.name} returns {_kind(out)}: it must be pictures, one tensor or a Distribution of it."
        )
    name, rule, first = rules[0]
    if first.is_complex():
        raise WrapError(f"{decoder.name} draws {first.dtype}, but pictures are real numbers: return x.real or x.abs().")
    if first.numel() != math.prod(shape) or not (first.ndim == 2 or conventions.picture_shape(first) == shape):
        raise WrapError(
            f"{decoder.name} draws {tuple(first.shape[1:])} for pictures of {shape}: they must agree. Say the shape "
            "that it draws, or mend the model."
        )

    def draw(z: Tensor) -> Tensor:
        x = rule(decoder.call(z))
        assert x is not None  # the rule fired before
        return x.reshape(-1, *shape)

    return draw, name


def _check_repeats(model: Wrapped, like: Tensor) -> Tensor:
    """Pictures of noise, as the decoder draws them.

    WrapError unless the same call gives the same answer, one picture a latent, in the range of pixel values.
    """
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(PROBES, *model.latent, generator=generator).to(like)
    if model.encoder is not None:
        x = _noise(model.shape, generator, *model.range).to(like)
        (one, _), (two, _) = model.encoder(x), model.encoder(x)
        if not _same(one, two):
            raise WrapError(
                "encode(x) gives another latent each time for the same pictures, so it draws one: let it return the "
                "mean, a pair (mean, logvar) or a Distribution."
            )
        z = torch.cat([one, z])
    first, second = model.decoder(z), model.decoder(z)
    if len(first) != len(z):
        raise WrapError(f"decode(z) draws {len(first)} pictures from {len(z)} latents: it must draw one each.")
    model.check_pixels(z)
    if not _same(first, second):
        raise WrapError(
            "decode(z) gives another picture each time for the same latent, so it draws one: let it return the mean."
        )
    return first


def _check_claim(pixels: Tensor, low: float, high: float) -> None:
    """WrapError where the caller claims a wider range than [0, 1], and the decoder's pixels stay within [0, 1]."""
    if (low < 0 or high > 1) and float(pixels.min()) >= 0 and float(pixels.max()) <= 1:
        raise WrapError(
            f"range (={low:g}, {high:g}) is not what decode(z) shows: its numbers stay within 0 and 1. Leave `range` "
            "out, or say scale='values' if you are sure."
        )


def _same(a: Tensor, b: Tensor) -> bool:
    return bool(torch.allclose(a.float(), b.float(), rtol=SAME, atol=SAME, equal_nan=True))


# --- words ------------------------------------------------------------------------------------------------------------


def _latent_words(latent: tuple[int, ...]) -> str:
    return f"{latent}, {math.prod(latent)} numbers" if len(latent) > 1 else f"{latent}"


def _range_words(low: float, high: float, scale: Scale, by_convention: bool) -> str:
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


def _try(call: Call, tensor: Tensor) -> tuple[Any, str]:
    """(the answer, "") or (None, the first line of what went wrong), whatever foreign code raises."""
    try:
        return call(tensor), ""
    except Exception as error:
        return None, ((str(error).splitlines() or [""])[0] or type(error).__name__)[:200]


def _noise(shape: Shape, generator: torch.Generator, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand(PROBES, *shape, generator=generator)
