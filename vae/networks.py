"""Encoder and decoder trunks for any (C, H, W): linear, mlp, conv, resnet.

An encoder maps x (B, C, H, W) to raw (mean, logvar) (B, 2D), a decoder z (B, D) to raw numbers (B, m·C, H, W). Knows
nothing of distributions. Every activation consists of operators that any ONNX runtime has: SiLU is x · sigmoid(x).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor, nn

Shape = tuple[int, int, int]
DEFAULTS = {"linear": (0, 0), "mlp": (512, 2), "conv": (32, 1), "resnet": (32, 1)}  # (width, depth) for 0
SMALLEST = 7  # pictures are halved while their shorter side is longer than this
HIDDEN = 256  # units between the smallest picture and the latents
ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
BLOCKS_UPTO = 16  # residual blocks work on pictures up to this size: at larger ones they cost most and add least


class Centred(nn.Module):
    """net(x - center), center the mean picture: a linear encoder then turns the latents without shifting them."""

    center: Tensor

    def __init__(self, net: nn.Module, shape: Shape) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("center", torch.zeros(shape))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d2"]:
        y: Tensor = self.net(x - self.center)
        return y


class Decoder(nn.Module):
    """net(z) + bias, with one bias a pixel: it starts at the data's mean picture."""

    def __init__(self, net: nn.Module, shape: Shape) -> None:
        super().__init__()
        self.net, self.bias = net, nn.Parameter(torch.zeros(shape))

    def forward(self, z: Float[Tensor, "b d"]) -> Float[Tensor, "b mc h w"]:
        raw: Tensor = self.net(z)
        return raw + self.bias


class Residual(nn.Module):
    """x + conv(a(conv(a(x)))), a the activation."""

    def __init__(self, channels: int, act: type[nn.Module] = nn.SiLU) -> None:
        super().__init__()
        self.net = nn.Sequential(
            act(), nn.Conv2d(channels, channels, 3, 1, 1), act(), nn.Conv2d(channels, channels, 3, 1, 1)
        )

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        y: Tensor = self.net(x)
        return x + y


def build(
    arch: str, shape: Shape, latent: int, numbers: int = 1, width: int = 0, depth: int = 0, activation: str = "silu"
) -> nn.ModuleList:
    """[encoder, decoder] of a trunk's name: (B, C, H, W) -> (B, 2D) and (B, D) -> (B, m·C, H, W).

    `numbers` is m, the raw numbers a pixel that the likelihood needs. `width`, `depth`: 0 is the trunk's own. The names
    are those of `vae.config.Model`, which has checked them.
    """
    width, depth, act = width or DEFAULTS[arch][0], depth or DEFAULTS[arch][1], ACTIVATIONS[activation]
    out = (numbers * shape[0], *shape[1:])
    if arch in ("linear", "mlp"):
        hidden = [width] * depth if arch == "mlp" else []
        dense = nn.Sequential(nn.Flatten(), *_dense([prod(shape), *hidden, 2 * latent], act))
        encoder: nn.Module = Centred(dense, shape) if arch == "linear" else dense
        net = nn.Sequential(*_dense([latent, *hidden, prod(out)], act, last_bias=False), nn.Unflatten(1, out))
        if arch == "linear":  # else its noise is louder than the data, and learning begins with a collapse
            nn.init.normal_(next(net.parameters()), std=0.05)
        else:
            spread(dense)
            spread(net)
    else:
        encoder = nn.Sequential(*_conv_encoder(arch, shape, latent, width, depth, act))
        net = nn.Sequential(*_conv_decoder(arch, out, latent, width, depth, act))
    return nn.ModuleList([encoder, Decoder(net, out)])


def sizes(height: int, width: int) -> list[tuple[int, int]]:
    """The resolutions of a trunk, from the picture down: (28, 28) -> [(28, 28), (14, 14), (7, 7)].

    An odd side n becomes (n + 1) / 2; `_kernel` has the stride-2 kernel that does so, and its transpose undoes it.
    """
    levels = [(height, width)]
    while len(levels) < 2 or min(levels[-1]) > SMALLEST:
        h, w = levels[-1]
        levels.append(((h + 1) // 2, (w + 1) // 2))
    return levels


def _kernel(size: tuple[int, int]) -> tuple[int, int]:
    """4 for an even side, 3 for an odd one: with stride 2 and padding 1, n -> ceil(n / 2), and back exactly."""
    return 4 - size[0] % 2, 4 - size[1] % 2


def _channels(width: int, levels: int) -> list[int]:
    """The first two halvings double the channels, the later ones keep them."""
    return [width * min(2**i, 4) for i in range(levels)]


def _dense(units: list[int], act: type[nn.Module], last_bias: bool = True) -> Iterator[nn.Module]:
    for i, (a, b) in enumerate(pairwise(units)):
        if i:
            yield act()
        yield nn.Linear(a, b, bias=last_bias or i < len(units) - 2)


def spread(net: nn.Module) -> None:
    """Weights of variance 1 / fan-in and biases of 0 (LeCun et al., 1998): signals keep their size.

    PyTorch's own have a third of that variance: on MNIST they cost 2 nats after two epochs, and agreement among seeds.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _blocks(arch: str, size: tuple[int, int], channels: int, depth: int, act: type[nn.Module]) -> Iterator[nn.Module]:
    """The layers of a trunk at one resolution, after the step into it: residual blocks, or further convolutions."""
    if arch == "resnet" and min(size) <= BLOCKS_UPTO:
        yield from (Residual(channels, act) for _ in range(depth))
    elif arch == "conv":
        for _ in range(depth - 1):
            yield from (act(), nn.Conv2d(channels, channels, 3, 1, 1))
    yield act()


def _conv_encoder(
    arch: str, shape: Shape, latent: int, width: int, depth: int, act: type[nn.Module]
) -> Iterator[nn.Module]:
    levels = sizes(*shape[1:])
    channels = _channels(width, len(levels) - 1)
    for before, size, a, b in zip(levels, levels[1:], [shape[0], *channels], channels, strict=False):
        yield nn.Conv2d(a, b, _kernel(before), 2, 1)
        yield from _blocks(arch, size, b, depth, act)
    yield nn.Flatten()
    yield from _dense([channels[-1] * prod(levels[-1]), HIDDEN, 2 * latent], act)


def _conv_decoder(
    arch: str, out: Shape, latent: int, width: int, depth: int, act: type[nn.Module]
) -> Iterator[nn.Module]:
    levels = sizes(*out[1:])[::-1]
    channels = _channels(width, len(levels) - 1)[::-1]
    yield from _dense([latent, HIDDEN, channels[0] * prod(levels[0])], act)
    yield nn.Unflatten(1, (channels[0], *levels[0]))
    for size, after, a, b in zip(levels, levels[1:], channels, [*channels[1:], out[0]], strict=False):
        yield from _blocks(arch, size, a, depth, act)
        yield nn.ConvTranspose2d(a, b, _kernel(after), 2, 1, bias=after != levels[-1])
