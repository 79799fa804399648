"""Models of other people, small: what `vae.wrap` and `vae import` are held against."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Independent, Normal

SHAPE = (1, 8, 8)


class Example(nn.Module):
    """The VAE of pytorch/examples, with 64 pixels instead of 784."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, 5)
        self.fc22 = nn.Linear(32, 5)
        self.fc3 = nn.Linear(5, 32)
        self.fc4 = nn.Linear(32, 64)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x.view(-1, 64))
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


class Lit(nn.Module):
    """As pl_bolts and its children write it: `encoder`, `fc_mu`, `fc_var`, `decoder`; dropout and batch norm inside."""

    def __init__(self, latent: int = 3, width: int = 4) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(), nn.Dropout(0.5))
        self.fc_mu, self.fc_var = nn.Linear(width * 16, latent), nn.Linear(width * 16, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, width * 16), nn.Unflatten(1, (width, 4, 4)), nn.ReLU(),
            nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Sigmoid(),
        )  # fmt: skip


class Spatial(nn.Module):
    """A grid for a latent, twice the channels out of the encoder, values from -1 to 1."""

    def __init__(self, channels: int = 2) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(1, 2 * channels, 2, 2)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(channels, 1, 2, 2), nn.Tanh())


class Named(nn.Module):
    """A dict out, a Distribution back."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(64, 8)
        self.outer = nn.Linear(4, 64)

    def encode(self, x: Tensor) -> dict[str, Tensor]:
        mean, raw = self.inner(x.flatten(1)).chunk(2, 1)
        return {"loc": mean, "scale": F.softplus(raw), "extra": raw}

    def decode(self, z: Tensor) -> Any:
        return Independent(Normal(torch.sigmoid(self.outer(z)).view(-1, 1, 8, 8), 0.1, validate_args=False), 3)


class Bernoulli(Named):
    """Distributions both ways."""

    def encode(self, x: Tensor) -> Any:
        mean, raw = self.inner(x.flatten(1)).chunk(2, 1)
        return Independent(Normal(mean, F.softplus(raw)), 1)

    def decode(self, z: Tensor) -> Any:
        return torch.distributions.Bernoulli(logits=self.outer(z), validate_args=False)


class Plain(nn.Module):
    """An autoencoder without variance, its code small and off the origin."""

    shape = SHAPE

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 64), nn.Sigmoid(), nn.Unflatten(1, SHAPE))


def pythae_vae() -> nn.Module:
    models = pytest.importorskip("pythae.models", reason="needs pythae: pip install 'vae-explorer[test]'")
    made: nn.Module = models.VAE(models.VAEConfig(input_dim=SHAPE, latent_dim=4))
    return made


def pythae_ae() -> nn.Module:
    models = pytest.importorskip("pythae.models", reason="needs pythae: pip install 'vae-explorer[test]'")
    made: nn.Module = models.AE(models.AEConfig(input_dim=SHAPE, latent_dim=4))
    return made


def autoencoder_kl(side: int = 16, channels: int = 1) -> nn.Module:
    diffusers = pytest.importorskip("diffusers", reason="needs diffusers: pip install 'vae-explorer[test]'")
    made: nn.Module = diffusers.AutoencoderKL(
        in_channels=channels, out_channels=channels, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, block_out_channels=(4, 4), latent_channels=2, norm_num_groups=2,
        layers_per_block=1, sample_size=side,
    )  # fmt: skip
    return made


def autoencoder_tiny() -> nn.Module:
    diffusers = pytest.importorskip("diffusers", reason="needs diffusers: pip install 'vae-explorer[test]'")
    made: nn.Module = diffusers.AutoencoderTiny(
        encoder_block_out_channels=(4, 4), decoder_block_out_channels=(4, 4), num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1), latent_channels=2,
    )  # fmt: skip
    return made


@dataclass(frozen=True)
class Animal:
    """A model, what has to be said of it, and what `wrap` should find."""

    make: Callable[[], Any]
    latent: tuple[int, ...]
    variance: bool
    rules: tuple[str, str]  # in what it says of its encoder and of its decoder
    said: dict[str, Any]
    shape: tuple[int, int, int] = SHAPE


TINY = {"shape": (3, 16, 16)}
ZOO = {
    "example": Animal(Example, (5,), True, ("a pair (mean, logvar), from pictures as rows", "a tensor"), {}),
    "pythae vae": Animal(pythae_vae, (4,), True, (".embedding and .log_covariance", ".reconstruction"), {}),
    "pythae ae": Animal(pythae_ae, (4,), False, (".embedding", ".reconstruction"), {}),
    "diffusers kl": Animal(autoencoder_kl, (2, 8, 8), True, (".latent_dist", ".sample"), {}, (1, 16, 16)),
    "diffusers tiny": Animal(autoencoder_tiny, (2, 8, 8), False, (".latents", ".sample"), TINY, (3, 16, 16)),
    "lightning": Animal(Lit, (3,), True, ("fc_mu and fc_var", "a tensor"), {}),
    "spatial": Animal(Spatial, (2, 4, 4), True, ("twice the channels", "a tensor"), {"shape": SHAPE, "range": (-1, 1)}),
    "named": Animal(Named, (4,), True, ("by name", "the mean of a Distribution"), {"shape": SHAPE}),
    "bernoulli": Animal(Bernoulli, (4,), True, ("a torch Distribution", "mean of a Distribution"), {"shape": SHAPE}),
    "plain": Animal(Plain, (4,), False, ("a tensor, without variance", "a tensor"), {}),
}  # fmt: skip


def made(name: str) -> Any:
    """The animal's model, the same weights every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ZOO[name].make()


def scripted(model: Lit, folder: Path) -> Path:
    """encoder.pt and decoder.pt as TorchScript."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that TorchScript has a successor
        for name, part, like in (
            ("encoder", Heads(model), torch.rand(2, 1, 8, 8)),
            ("decoder", model.decoder, torch.rand(2, 3)),
        ):
            torch.jit.trace(part.eval(), like).save(folder / f"{name}.pt")
    return folder


@cache
def graphs() -> dict[str, bytes]:
    """encoder.onnx and decoder.onnx of made("lightning"), by torch's own exporter."""
    from vae.onnx_export import write_graph

    model = made("lightning").eval()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_graph(Heads(model), torch.rand(2, 1, 8, 8), folder / "encoder.onnx", "pixels", ["mu", "logvar"])
        write_graph(model.decoder, torch.rand(2, 3), folder / "decoder.onnx", "z", ["x"])
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def onnx_pair(folder: Path) -> Path:
    """A folder with these files."""
    for name, content in graphs().items():
        (folder / name).write_bytes(content)
    return folder


class Heads(nn.Module):
    """Encoder and both heads as one network."""

    def __init__(self, model: Lit) -> None:
        super().__init__()
        self.trunk, self.mu, self.var = model.encoder, model.fc_mu, model.fc_var

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x).flatten(1)
        return self.mu(h), self.var(h)
