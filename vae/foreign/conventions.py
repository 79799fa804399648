"""How a foreign model is read: where its encoder and decoder are, what their outputs mean, what it states of itself.

Each table is tried from its top. Knows nothing of probing, files or the explorer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

Call = Callable[[Tensor], Any]
Code = tuple[Tensor, Tensor | None]  # mean and standard deviation; None: the encoder has no variance

MEANS = ("mu", "mean", "loc")
LOGVARS = ("logvar", "log_var", "log_variance", "log_covariance")
STDS = ("std", "scale", "sigma", "stddev")
HEADS = (("fc_mu", "fc_mean"), ("fc_var", "fc_logvar", "fc_log_var"))
LATENTS = ("latent", "latent_dim", "latent_size", "latent_dims", "z_dim", "nz")


class WrapError(ValueError):
    """A model that cannot be explored as it is: what is wrong, the rule, the way out."""


class Network(NamedTuple):
    """The encoder or the decoder of a model: a callable, and where it stands."""

    call: Call
    name: str


# --- where encoder and decoder are ------------------------------------------------------------------------------------


def encoder(obj: Any) -> Network | None:
    """`encode`; else `encoder`, followed by `fc_mu` and `fc_var` where they are; None: a decoder alone."""
    if callable(method := getattr(obj, "encode", None)):
        return Network(method, "encode(x)")
    if not callable(trunk := getattr(obj, "encoder", None)):
        return None
    mu, var = (next((h for n in names if callable(h := getattr(obj, n, None))), None) for names in HEADS)
    if mu is None or var is None:
        return Network(trunk, "encoder(x)")

    def heads(x: Tensor) -> tuple[Any, Any]:
        h = trunk(x)
        wide = isinstance(mu, nn.Linear) and h.ndim > 2 and h.shape[-1] != mu.in_features
        h = h.flatten(1) if wide else h
        return mu(h), var(h)

    return Network(heads, "fc_mu and fc_var (logvar) of encoder(x)")


def decoder(obj: Any) -> Network:
    """`decode`, else `decoder`, else, of something without an encoder, the thing itself.

    Errors: WrapError where there is none.
    """
    for name in ("mean_picture", "decode", "decoder"):  # the first is this package's own: E[x|z] within [0, 1]
        if callable(method := getattr(obj, name, None)):
            return Network(method, f"{name}(z)")
    if callable(obj) and encoder(obj) is None:
        return Network(obj, "the function of z itself")
    raise WrapError(
        f"{type(obj).__name__} has neither `decode` nor `decoder`: give it a method decode(z) that returns pictures, "
        "or wrap the pair (encoder, decoder)."
    )


def modules(*things: Any) -> tuple[nn.Module, ...]:
    """The torch modules in things: themselves, the owners of methods, or what lies in plain objects' attributes."""
    inside: list[nn.Module] = []
    for thing in things:
        owner = getattr(thing, "__self__", thing)
        parts = (owner,) if isinstance(owner, nn.Module) else tuple(getattr(owner, "__dict__", {}).values())
        inside += [m for m in parts if isinstance(m, nn.Module) and not any(m is other for other in inside)]
    return tuple(inside)


def anchor(inside: tuple[nn.Module, ...]) -> Tensor:
    """A tensor on the model's device, in its dtype: its first floating parameter or buffer, else float32 on the CPU."""
    for module in inside:
        for values in (module.parameters(), module.buffers()):
            for tensor in values:
                if tensor.is_floating_point():
                    return tensor
    return torch.zeros(())


# --- what an encoder's output means -----------------------------------------------------------------------------------


def part(out: Any, *names: str) -> Tensor | None:
    """The first of the names under which a mapping or an object holds a tensor."""
    for name in names:
        value = out.get(name) if isinstance(out, Mapping) else getattr(out, name, None)
        if isinstance(value, Tensor):
            return value
    return None


def _distribution(out: Any) -> Code | None:
    """σ is that of a normal distribution alone: another one's spread, read as σ, would invent a KL."""
    if not isinstance(out, Distribution):
        return None
    inner: Any = out
    while isinstance(inner, Independent):
        inner = inner.base_dist
    return out.mean, out.stddev if isinstance(inner, Normal) or _is_diagonal(inner) else None


def _is_diagonal(q: Any) -> bool:
    """Whether it is a multivariate normal with independent dimensions."""
    return isinstance(q, MultivariateNormal) and bool((q.scale_tril.tril(-1) == 0).all())


def _latent_dist(out: Any) -> Code | None:
    q = getattr(out, "latent_dist", None)
    return None if q is None else (q.mean, q.std)


def _latents(out: Any) -> Code | None:
    z = part(out, "latents")
    return None if z is None else (z, None)


def _embedding(out: Any) -> Code | None:
    mean = part(out, "embedding")
    return None if mean is None else (mean, _std(part(out, "log_covariance")))


def _named(out: Any) -> Code | None:
    mean, logvar = part(out, *MEANS), part(out, *LOGVARS)
    return None if mean is None else (mean, part(out, *STDS) if logvar is None else _std(logvar))


def _pair(out: Any) -> Code | None:
    both = tuple(out.values()) if isinstance(out, Mapping) else out
    fits = isinstance(both, tuple | list) and len(both) == 2 and all(isinstance(t, Tensor) for t in both)
    return (both[0], _std(both[1])) if fits else None


def _tensor(out: Any) -> Code | None:
    return (out, None) if isinstance(out, Tensor) else None


def halves(out: Tensor) -> Code:
    """A tensor with twice the channels that the decoder takes: mean and logvar, one after the other."""
    mean, logvar = out.chunk(2, 1)
    return mean, _std(logvar)


def _std(logvar: Tensor | None) -> Tensor | None:
    return None if logvar is None else (logvar / 2).exp()


TENSOR = "a tensor"
CODES: tuple[tuple[str, Callable[[Any], Code | None]], ...] = (
    ("a torch Distribution", _distribution),
    (".latent_dist, as of diffusers' AutoencoderKL", _latent_dist),
    (".latents, as of diffusers' AutoencoderTiny", _latents),
    (".embedding and .log_covariance, as of Pythae", _embedding),
    ("mean and logvar or std by name", _named),
    ("a pair (mean, logvar)", _pair),
    (TENSOR, _tensor),
)


# --- what a decoder's output means ------------------------------------------------------------------------------------


def _first(out: Any) -> Tensor | None:
    return out[0] if isinstance(out, tuple | list) and out and isinstance(out[0], Tensor) else None


def _itself(out: Any) -> Tensor | None:
    return out if isinstance(out, Tensor) else None


PICTURES: tuple[tuple[str, Callable[[Any], Tensor | None]], ...] = (
    (".sample, as of diffusers", lambda out: part(out, "sample")),
    (".reconstruction, as of Pythae", lambda out: part(out, "reconstruction")),
    ("the mean of a Distribution", lambda out: part(out, "mean")),
    ("x by name, as this project exports", lambda out: out.get("x") if isinstance(out, Mapping) else None),
    ("the first of a tuple", _first),
    ("a tensor", _itself),
)


def pictures(out: Any) -> Tensor | None:
    """The pictures in a decoder's output, by the first rule that reads it."""
    return next((x for _, rule in PICTURES if (x := rule(out)) is not None), None)


# --- what a model states of itself ------------------------------------------------------------------------------------


def is_diffusers(obj: Any) -> bool:
    """Whether it is one of diffusers' autoencoders, whose pixel values run from -1 to 1."""
    return type(obj).__module__.partition(".")[0] == "diffusers"


def stated_shape(obj: Any, encoder: Network | None) -> tuple[tuple[int, int, int], str] | None:
    """(C, H, W) as the model states it, and where that stands."""
    settings = _attribute(obj, "config")
    side = getattr(settings, "sample_size", None)
    rows, columns = side if isinstance(side, tuple | list) and len(side) == 2 else (side, side)
    candidates = (
        (_attribute(obj, "shape"), ".shape"),
        (_attribute(obj, "input_dim"), ".input_dim"),
        (getattr(encoder.call, "takes", None) if encoder else None, "its encoder's input"),
        ((getattr(settings, "in_channels", None), rows, columns), ".config.sample_size"),
    )
    for value, where in candidates:
        sizes = _sizes(value)
        if sizes and len(sizes) == 3:
            return (sizes[0], sizes[1], sizes[2]), where
    return None


def stated_latent(obj: Any, decoder: Network, alone: bool = False) -> tuple[tuple[int, ...], str] | None:
    """The shape of a latent as the decoder states it, or by its first layer, and where that stands.

    A convolution takes a grid of any size; of a decoder alone it is taken for (C, 1, 1), as generators have it.
    """
    for name in LATENTS:
        if sizes := _sizes(_attribute(obj, name)):
            return sizes, f".{name}"
    if sizes := _sizes(getattr(decoder.call, "takes", None)):
        return sizes, "its decoder's input"
    layer = first_layer(decoder.call)
    if isinstance(layer, nn.Linear):
        return (layer.in_features,), "its decoder's first layer"
    if alone and isinstance(layer, nn.ConvTranspose2d):
        return (layer.in_channels, 1, 1), "its decoder's first layer"
    return None


def first_layer(thing: Any) -> nn.Module | None:
    """The first layer with weights of a module."""
    inside = thing.modules() if isinstance(thing, nn.Module) else ()
    return next((m for m in inside if next(m.parameters(recurse=False), None) is not None), None)


def picture_shape(x: Tensor) -> tuple[int, int, int] | None:
    """(C, H, W) of pictures in a batch (B, C, H, W), (B, H, W) or (B, C·H·W)."""
    if x.ndim == 4:
        return int(x.shape[1]), int(x.shape[2]), int(x.shape[3])
    if x.ndim == 3:
        return 1, int(x.shape[1]), int(x.shape[2])
    return flat_shape(int(x.shape[1])) if x.ndim == 2 else None


def flat_shape(n: int) -> tuple[int, int, int] | None:
    """(C, side, side) of a picture that is a row of n numbers: 784 is 1 x 28 x 28, 3072 is 3 x 32 x 32."""
    for channels in (1, 3):
        side = math.isqrt(n // channels)
        if channels * side * side == n:
            return channels, side, side
    return None


def _attribute(obj: Any, name: str) -> Any:
    """An attribute, or None: also where it is a property that fails, as foreign ones may."""
    try:
        return getattr(obj, name, None)
    except Exception:
        return None


def _sizes(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    whole = isinstance(value, tuple | list) and value and all(type(n) is int and n > 0 for n in value)
    return tuple(value) if whole else None
