"""The VAE: x -> q(z|x), z -> p(x|z), and p(z). No loss, no device, no files.

Distributions are handed around, and whether a mean or a sample is meant is the caller's word.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Normal

from vae import config, likelihoods, networks, objectives, priors

LOGVAR_LIMIT = 12.0  # σ between 0.0025 and 400
CHUNK_BYTES = 32 * 2**20  # one float32 copy of the pictures that are decoded at once


class VAE(nn.Module):
    """A variational autoencoder of pictures (C, H, W) in [0, 1] (Kingma and Welling, 2014).

    `arch` is "linear", "mlp", "conv", "resnet", or a pair of your own modules: an encoder from (B, C, H, W) to
    (B, 2D) or to a pair (mean, logvar), a decoder from (B, D) to (B, m·C, H, W) raw numbers: logits of the mean, and
    m = 2 for a likelihood with a spread a pixel. `likelihood` and `prior` are names or specifications of vae.config.
    """

    def __init__(
        self,
        shape: Sequence[int] = (1, 28, 28),
        latent: int = 16,
        arch: str | tuple[nn.Module, nn.Module] = "conv",
        likelihood: str | config.Likelihood = "bernoulli",
        prior: str | config.Prior = "normal",
        width: int = 0,
        depth: int = 0,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        if len(shape) != 3 or any(int(n) < 1 for n in shape):
            raise ValueError(f"shape (={tuple(shape)}) must be (channels, height, width), each at least 1.")
        self.own = not isinstance(arch, str)
        size = (int(shape[0]), int(shape[1]), int(shape[2]))
        known: Any = arch if isinstance(arch, str) else "mlp"
        act: Any = activation  # checked below, like the name of the trunk
        specs = config.spec(likelihood, config.Likelihood), config.spec(prior, config.Prior)
        self.spec = config.check(config.Model(size, latent, known, *specs, width, depth, act))
        self.shape, self.latent = size, latent
        self.likelihood = likelihoods.build(self.spec.likelihood, linear=arch == "linear")
        self.prior_module = priors.build(self.spec.prior, latent, size)
        if isinstance(arch, str):
            trunk = networks.build(arch, size, latent, self.likelihood.numbers, width, depth, activation)
            self.encoder, self.decoder = trunk
        else:
            self.encoder, self.decoder = arch

    @property
    def config(self) -> config.Model:
        """The settings that build this model again."""
        if self.own:
            raise ValueError(
                "this model was made from your own encoder and decoder, so no settings can build it again; "
                "keep its state_dict and your code instead."
            )
        return self.spec

    # --- the three distributions ---

    def posterior_params(self, x: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b d"]]:
        """(mean, logvar) of q(z|x). logvar = 12 tanh(raw / 12): one soft clamp, seen by sample and KL alike."""
        raw = self.encoder(x)
        mean, logvar = raw if isinstance(raw, tuple) else raw.chunk(2, 1)
        return mean.to(x.dtype), LOGVAR_LIMIT * torch.tanh(logvar.to(x.dtype) / LOGVAR_LIMIT)

    def encode(self, x: Float[Tensor, "b c h w"]) -> Normal:
        """q(z|x) = N(μ(x), σ(x)²), independent dimensions, batch shape (B, D)."""
        self._check(x)
        mean, logvar = self.posterior_params(x)
        return Normal(mean, (logvar / 2).exp(), validate_args=False)

    def decode(self, z: Float[Tensor, "b d"]) -> likelihoods.Pixels:
        """p(x|z): batch shape (B,), event shape (C, H, W); `.mean` is the picture."""
        if z.shape[-1] != self.latent:
            raise ValueError(f"z has {z.shape[-1]} numbers in a row, but this model has {self.latent} latents.")
        p: likelihoods.Pixels = self.likelihood(self.decoder(z).to(z.dtype))
        return p

    @property
    def prior(self) -> priors.PriorDistribution:
        """p(z), with `.sample(n, generator)` and `.log_prob(z)`."""
        p: priors.PriorDistribution = self.prior_module(self.posterior_params)
        return p

    # --- means, for those who want a picture ---

    def embed(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        """The mean of q(z|x): deterministic."""
        return self.encode(in_range(x)).mean

    def mean_picture(self, z: Float[Tensor, "b d"]) -> Float[Tensor, "b c h w"]:
        """E[x|z] in [0, 1]."""
        return self.likelihood.picture(self.decoder(z).to(z.dtype))

    def decode_parts(self, z: Float[Tensor, "b d"]) -> dict[str, Tensor]:
        """The mean picture as "x", and what p(x|z) is made of beside it, "loc" and "scale": `config.beside_mean`."""
        raw = self.decoder(z).to(z.dtype)
        return {"x": self.likelihood.picture(raw)} | self.likelihood.beside_mean(raw)

    def reconstruct(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """E[x|z] at the posterior's mean."""
        return self.mean_picture(self.embed(x))

    def sample(
        self, n: int, temperature: float = 1.0, generator: torch.Generator | None = None, mean: bool = True
    ) -> Float[Tensor, "n c h w"]:
        """Three steps: z ~ p(z); θ = f(z); x ~ p(x|θ), or its mean. `temperature` scales z."""
        z = temperature * self.prior.sample(n, generator)
        return self.mean_picture(z) if mean else self.decode(z).sample((), generator).clamp(0, 1)

    def traverse(
        self,
        start: Tensor,
        dims: Sequence[int] | None = None,
        span: tuple[float, float] = (-3.0, 3.0),
        steps: int = 11,
    ) -> Float[Tensor, "dims steps c h w"]:
        """Pictures along latent axes through a picture (C, H, W) or a latent (D,), over the span."""
        z = self.embed(start[None])[0] if start.ndim == 3 else start
        rows = []
        for dim in range(self.latent) if dims is None else dims:
            line = z.repeat(steps, 1)
            line[:, dim] = torch.linspace(*span, steps, device=z.device, dtype=z.dtype)
            rows.append(self.mean_picture(line))
        return torch.stack(rows)

    def interpolate(self, a: Tensor, b: Tensor, steps: int = 11, mode: str = "slerp") -> Float[Tensor, "steps c h w"]:
        """Pictures from a to b, each a picture (C, H, W) or a latent (D,), along "slerp" or "linear"."""
        from vae import paths

        ends = [(self.embed(e[None])[0] if e.ndim == 3 else e).detach().cpu().float().numpy() for e in (a, b)]
        if mode not in ("slerp", "linear"):
            raise ValueError(f"mode (={mode!r}) must be 'slerp' or 'linear'.")
        line = paths.KINDS[mode](ends[0], ends[1], steps)
        return self.mean_picture(torch.tensor(line, device=a.device, dtype=a.dtype))

    # --- evaluation ---

    def elbo(self, x: Float[Tensor, "b c h w"], generator: torch.Generator | None = None) -> objectives.Terms:
        """Terms(elbo, rec, kl, kl_per_dim) of every example, nats, one sample of z, no β."""
        return objectives.elbo(self, in_range(x), generator)

    @torch.no_grad()
    def log_prob(
        self, x: Float[Tensor, "b c h w"], k: int = 500, generator: torch.Generator | None = None, chunk: int = 0
    ) -> Float[Tensor, " b"]:
        """log 1/k Σ p(x|z) p(z) / q(z|x), z ~ q: a lower bound on log p(x) in expectation, tight as k grows, nats.

        k = 1 is the ELBO. x is encoded once; `chunk` pictures are decoded at a time (0: by memory).
        (Burda, Grosse and Salakhutdinov, 2016, eq. 8.)
        """
        if k < 1:
            raise ValueError(f"k (={k}) must be at least 1: the number of importance samples.")
        q = self.encode(in_range(x))
        room = chunk or max(1, CHUNK_BYTES // (4 * math.prod(self.shape)))
        at_once = max(1, room // max(len(x), 1))
        total = torch.full((len(x),), -math.inf, device=x.device, dtype=x.dtype)
        for done in range(0, k, at_once):
            z = objectives.draw(q, generator, min(at_once, k - done))
            total = torch.logaddexp(total, torch.logsumexp(objectives.log_weights(self, x, q, z), 0))
        return total - math.log(k)

    # --- start and files ---

    def init_output(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"] | None = None) -> None:
        """Sets the output bias so that an untrained decoder gives the data's mean picture (C, H, W), each in [0, 1]."""
        bias = self.likelihood.start(mean, torch.full_like(mean, 0.25) if std is None else std)
        if isinstance(self.decoder, networks.Decoder):
            with torch.no_grad():
                self.decoder.bias.copy_(bias)
        if isinstance(self.encoder, networks.Centred):
            self.encoder.center.copy_(mean)

    def save(self, folder: str | Path) -> None:
        """Writes config.json and model.safetensors; `vae.load(folder)` is the way back."""
        from vae import checkpoint

        checkpoint.save(self, Path(folder))

    def _check(self, x: Tensor) -> None:
        if not x.is_floating_point():
            raise TypeError(f"x is {x.dtype}, but must be floats in [0, 1]: divide bytes by 255.")
        if tuple(x.shape[1:]) != self.shape:
            raise ValueError(
                f"x is (batch, *{tuple(x.shape[1:])}), but this model was made for (batch, *{self.shape})."
            )


def in_range(x: Tensor) -> Tensor:
    """x itself, if it is within [0, 1]."""
    if x.numel():
        low, high = (float(v) for v in torch.aminmax(x.detach()))
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"x runs from {low:.4g} to {high:.4g}, but must lie in [0, 1]: divide bytes by 255, "
                "map [-1, 1] by (x + 1) / 2."
            )
    return x


def build(settings: config.Model, seed: int = 0) -> VAE:
    """The model of its settings, with first weights that follow from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(**{f.name: getattr(settings, f.name) for f in fields(settings)})
