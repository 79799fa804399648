"""p(z): the standard normal, a learned mixture of normals, and the VampPrior.

A prior module, called with the encoder, returns a distribution with `log_prob`, its chain-rule split over dimensions,
and `sample`. Knows nothing of decoders or objectives.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae import config

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]  # x -> (mean, logvar)
LOG_2PI = math.log(2 * math.pi)
AT_ONCE = 2**23  # numbers in a table of latents x components x dimensions: 32 MiB in float32


def log_normal(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """log N(z | mean, e^logvar) of every dimension."""
    return -0.5 * ((z - mean) ** 2 * (-logvar).exp() + logvar + LOG_2PI)


class StandardNormal:
    """N(0, 1) in every dimension."""

    def __init__(self, like: Float[Tensor, " d"]) -> None:
        self.like = like  # carries size, type and device

    def log_prob_per_dim(self, z: Float[Tensor, "*b d"]) -> Float[Tensor, "*b d"]:
        """log p(z_j) of every dimension, nats."""
        return -0.5 * (z**2 + LOG_2PI)

    def log_prob(self, z: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
        """log p(z), nats."""
        return self.log_prob_per_dim(z).sum(-1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Float[Tensor, "n d"]:
        """n latents (n, D)."""
        shape = (n, len(self.like))
        return torch.randn(shape, generator=generator, device=self.like.device, dtype=self.like.dtype)


class NormalMixture:
    """Σ_k w_k N(mean_k, diag e^logvar_k)."""

    def __init__(
        self, log_weight: Float[Tensor, " k"], mean: Float[Tensor, "k d"], logvar: Float[Tensor, "k d"]
    ) -> None:
        self.log_weight, self.mean, self.logvar = log_weight, mean, logvar

    def log_prob_per_dim(self, z: Float[Tensor, "*b d"]) -> Float[Tensor, "*b d"]:
        """log p(z_j | z_1 .. z_{j-1}): the chain rule, so that the dimensions add up to log p(z) exactly."""
        components = log_normal(z.unsqueeze(-2), self.mean, self.logvar)  # (*b, k, d)
        upto = torch.logsumexp(components.cumsum(-1) + self.log_weight[:, None], -2)
        return torch.diff(upto, prepend=torch.zeros_like(upto[..., :1]))

    def log_prob(self, z: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
        """log p(z), nats; a few latents at a time, because the table is latents x components x dimensions."""
        rows = z.reshape(-1, z.shape[-1]).split(max(1, AT_ONCE // self.mean.numel()))  # type: ignore[no-untyped-call]
        tables = (log_normal(part[:, None], self.mean, self.logvar).sum(-1) + self.log_weight for part in rows)
        return torch.cat([torch.logsumexp(table, -1) for table in tables]).view(z.shape[:-1])

    def sample(self, n: int, generator: torch.Generator | None = None) -> Float[Tensor, "n d"]:
        """n latents (n, D)."""
        if not n:
            return self.mean[:0]
        which = torch.multinomial(self.log_weight.exp(), n, replacement=True, generator=generator)
        mean, std = self.mean[which], (self.logvar[which] / 2).exp()
        return mean + std * torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)


PriorDistribution = StandardNormal | NormalMixture


class Prior(nn.Module):
    """The standard normal: nothing to learn."""

    like: Tensor

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.register_buffer("like", torch.zeros(latent), persistent=False)

    def forward(self, encode: Encode) -> PriorDistribution:  # noqa: ARG002
        return StandardNormal(self.like)

    def start(self, images: Float[Tensor, "n c h w"]) -> None:
        """Sets parameters from the data before training; the standard normal has none."""


class MixturePrior(Prior):
    """k learned components, whose means start as draws from the standard normal."""

    def __init__(self, latent: int, k: int) -> None:
        super().__init__(latent)
        self.weight = nn.Parameter(torch.zeros(k))
        self.mean = nn.Parameter(torch.randn(k, latent))
        self.logvar = nn.Parameter(torch.zeros(k, latent))

    def forward(self, encode: Encode) -> PriorDistribution:  # noqa: ARG002
        return NormalMixture(self.weight.log_softmax(0), self.mean, self.logvar.clamp(-12, 12))


class VampPrior(Prior):
    """p(z) = 1/k Σ q(z|u_k), with learned pictures u (Tomczak and Welling, 2018, eq. 9)."""

    def __init__(self, latent: int, k: int, shape: tuple[int, int, int]) -> None:
        super().__init__(latent)
        self.pseudo = nn.Parameter(torch.rand(k, *shape))

    def forward(self, encode: Encode) -> PriorDistribution:
        mean, logvar = encode(self.pseudo.clamp(0, 1))
        return NormalMixture(torch.full_like(mean[:, 0], -math.log(len(mean))), mean, logvar)

    def start(self, images: Float[Tensor, "n c h w"]) -> None:
        """The first pseudo-inputs are pictures of the data, as in the paper's code."""
        with torch.no_grad():
            k = min(len(images), len(self.pseudo))
            self.pseudo[:k] = images[:k]


def build(spec: config.Prior, latent: int, shape: tuple[int, int, int]) -> Prior:
    """The module of a specification."""
    match spec:
        case config.Mixture(k):
            return MixturePrior(latent, k)
        case config.Vamp(k):
            return VampPrior(latent, k, shape)
        case _:
            return Prior(latent)
