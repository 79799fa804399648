"""The networks of publications, and their initial weights, for the protocols that reproduce published figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from vae.model import VAE
from vae.records import Dataset


def dense(units: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> list[nn.Module]:
    """Linear layers with an activation between two."""
    layers: list[nn.Module] = []
    for a, b in pairwise(units):
        layers += [activation(), nn.Linear(a, b)] if layers else [nn.Linear(a, b)]
    return layers


def pair(
    shape: tuple[int, int, int], hidden: Sequence[int], latent: int, activation: Callable[[], nn.Module] = nn.ReLU
) -> tuple[nn.Module, nn.Module]:
    """pixels-hidden-latent, twice for mean and logvar, and its mirror image: a decoder of logits."""
    pixels = math.prod(shape)
    encoder = nn.Sequential(nn.Flatten(), *dense([pixels, *hidden, 2 * latent], activation))
    decoder = nn.Sequential(*dense([latent, *hidden[::-1], pixels], activation), nn.Unflatten(1, shape))
    return encoder, decoder


class Gated(nn.Module):
    """(W x + b) · sigmoid(V x + c), He initialisation (Tomczak and Welling, 2018)."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.value, self.gate = nn.Linear(a, b), nn.Linear(a, b)
        for layer in (self.value, self.gate):
            nn.init.normal_(layer.weight, 0, math.sqrt(2 / a))

    def forward(self, x: Tensor) -> Tensor:
        value: Tensor = self.value(x)
        return value * torch.sigmoid(self.gate(x))


def glorot(model: VAE, data: Dataset) -> None:
    """Glorot's uniform weights and biases of 0, except the output's, which is the logit of the data's mean."""
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    for layer in layers:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    mean = torch.from_numpy(data.images.reshape(len(data), -1).mean(0, dtype=np.float32) / 255)
    with torch.no_grad():
        layers[-1].bias.copy_(mean.logit(eps=1e-3))


def burgess(shape: tuple[int, int, int], latent: int) -> tuple[nn.Module, nn.Module]:
    """Four 4x4 convolutions of 32 channels, stride 2, two dense layers of 256, ReLU (Burgess et al., 2018)."""
    small = 32, shape[1] // 16, shape[2] // 16
    down, up = [shape[0], 32, 32, 32, 32], [32, 32, 32, 32, shape[0]]
    encoder: list[nn.Module] = []
    decoder = [*dense([latent, 256, 256, math.prod(small)]), nn.ReLU(), nn.Unflatten(1, small)]
    for a, b in pairwise(down):
        encoder += [nn.Conv2d(a, b, 4, 2, 1), nn.ReLU()]
    for a, b in pairwise(up):
        decoder += [nn.ConvTranspose2d(a, b, 4, 2, 1), nn.ReLU()]
    encoder += [nn.Flatten(), *dense([math.prod(small), 256, 256, 2 * latent])]
    return nn.Sequential(*encoder), nn.Sequential(*decoder[:-1])
