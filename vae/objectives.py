"""Every KL, every ELBO and every loss of the package: records of (batch,) tensors in nats.

Only the training loop takes a mean of them. A model is an `Autoencoder` here: a posterior, a decoder and a prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Normal

from vae import config
from vae.likelihoods import Likelihood
from vae.pixels import Pixels
from vae.priors import PriorDistribution, StandardNormal, log_normal

DRAWS = 16  # of z for an ELBO that is compared with another, always the same

Generator = torch.Generator | None
CHUNK_BYTES = 32 * 2**20  # one float32 copy of the pictures that are decoded at once


@runtime_checkable
class Autoencoder(Protocol):
    """The part of a model that an objective uses."""

    likelihood: Likelihood

    @property
    def prior(self) -> PriorDistribution: ...
    def posterior(self, x: Tensor) -> Normal: ...
    def decode(self, z: Tensor) -> Pixels: ...


@dataclass(frozen=True)
class Terms:
    """elbo = rec - kl for every example, in nats, with no β anywhere.

    >>> t = vae.VAE((1, 8, 8), latent=2, arch="mlp").elbo(torch.rand(5, 1, 8, 8))
    >>> torch.allclose(t.elbo, t.rec - t.kl), torch.allclose(t.kl, t.kl_per_dim.sum(1))
    (True, True)
    """

    elbo: Float[Tensor, " b"]
    rec: Float[Tensor, " b"]  # E_q log p(x|z), with one sample of z by default
    kl: Float[Tensor, " b"]  # KL(q(z|x) || p(z))
    kl_per_dim: Float[Tensor, "b d"]  # adds up to kl


@dataclass(frozen=True)
class Losses:
    """The loss of every example under an objective, and the ELBO's own terms beside it."""

    loss: Float[Tensor, " b"]
    terms: Terms


def draw(q: Normal, generator: Generator = None, k: int | None = None) -> Tensor:
    """z = μ + σ ε, ε ~ N(0, 1), so that gradients pass (Kingma and Welling, 2014, eq. 4): (B, D) or (k, B, D)."""
    shape = q.mean.shape if k is None else (k, *q.mean.shape)
    return q.mean + q.stddev * torch.randn(shape, generator=generator, device=q.mean.device, dtype=q.mean.dtype)


def common_noise(like: Tensor, seed: int = 0, draws: int = DRAWS) -> Float[Tensor, "k 1 d"]:
    """The ε by which every q of a model (B, D) is judged: from the seed alone, so that ELBOs differ by no noise."""
    generator = torch.Generator(like.device).manual_seed(seed)
    return torch.randn((draws, like.shape[-1]), generator=generator, device=like.device, dtype=like.dtype)[:, None]


def kl_to_normal(q: Normal) -> Float[Tensor, "*b d"]:
    """KL(q || N(0, 1)) = -log σ + (σ² + μ²) / 2 - 1/2 of every dimension, nats."""
    return -q.stddev.log() + (q.stddev**2 + q.mean**2) / 2 - 0.5


def kl_per_dim(q: Normal, prior: PriorDistribution, z: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
    """KL(q(z|x) || p(z)) by dimension: closed form for the standard normal, else log q(z|x) - log p(z) at this z."""
    if isinstance(prior, StandardNormal):
        return kl_to_normal(q)
    return log_normal(z, q.mean, 2 * q.stddev.log()) - prior.log_prob_per_dim(z)


def terms(rec: Float[Tensor, " b"], kl_dims: Float[Tensor, "b d"]) -> Terms:
    """The ELBO's terms from its two halves."""
    kl = kl_dims.sum(-1)
    return Terms(rec - kl, rec, kl, kl_dims)


def elbo(model: Autoencoder, x: Float[Tensor, "b c h w"], generator: Generator = None) -> Terms:
    """ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z)) with one sample of z, for every example (B,), nats."""
    q = model.posterior(x)
    z = draw(q, generator)
    return terms(model.decode(z).log_prob(x), kl_per_dim(q, model.prior, z))


def elbo_of(model: Autoencoder, x: Float[Tensor, "b c h w"], q: Normal, eps: Float[Tensor, "k n d"]) -> Terms:
    """The ELBO's terms of any q = N(μ, σ²), the encoder's or another: means over z = μ + σ ε of k draws ε, nats.

    eps (k, B, D), or (k, 1, D): the same for every picture.

    The same ε for two q remove most of the noise from their difference.
    """
    z = (q.mean + q.stddev * eps).flatten(0, 1)
    return _averaged(model.decode(z).log_prob(x.repeat(len(eps), 1, 1, 1)), q, model.prior, z)


def _averaged(rec: Float[Tensor, " kb"], q: Normal, prior: PriorDistribution, z: Float[Tensor, "kb d"]) -> Terms:
    """The terms of k draws of z for every picture, averaged over them."""
    b = len(q.mean)
    k = len(z) // b
    wide = Normal(q.mean.repeat(k, 1), q.stddev.repeat(k, 1), validate_args=False)
    return terms(rec.view(k, b).mean(0), kl_per_dim(wide, prior, z).view(k, b, -1).mean(0))


def log_weights(
    model: Autoencoder, x: Float[Tensor, "b c h w"], q: Normal, z: Float[Tensor, "k b d"]
) -> Float[Tensor, "k b"]:
    """log w = log p(x|z) + log p(z) - log q(z|x) for k samples of every picture's posterior, nats."""
    p = model.decode(z.flatten(0, 1))
    rec = p.log_prob(x.repeat(len(z), 1, 1, 1)).view(z.shape[:2])
    log_q = log_normal(z, q.mean, 2 * q.stddev.log()).sum(-1)
    return rec + model.prior.log_prob(z) - log_q


def log_prob(
    model: Autoencoder, x: Float[Tensor, "b c h w"], k: int, generator: Generator = None, chunk: int = 0
) -> Float[Tensor, " b"]:
    """log 1/k Σ_i w_i of every picture (B,), nats: the k-sample bound (Burda, Grosse and Salakhutdinov, 2016, eq. 8).

    x is encoded once; `chunk` pictures at most pass through the networks at a time (0: by memory).
    """
    chunk = chunk or max(1, CHUNK_BYTES // (4 * math.prod(x.shape[1:])))
    rows = x.split(chunk)  # type: ignore[no-untyped-call]
    posteriors, draws_at_once = [model.posterior(part) for part in rows], max(1, chunk // max(len(x), 1))
    total = torch.full((len(x),), -math.inf, device=x.device, dtype=x.dtype)
    for done in range(0, k, draws_at_once):
        draws = [draw(q, generator, min(draws_at_once, k - done)) for q in posteriors]
        log_w = [log_weights(model, *part) for part in zip(rows, posteriors, draws, strict=True)]
        total = torch.logaddexp(total, torch.logsumexp(torch.cat(log_w, 1), 0))
    return total - math.log(k)


# --- the objectives ---------------------------------------------------------------------------------------------------


def growth(progress: float, over: float) -> float:
    """A weight that grows from 0 to 1 over a fraction of all steps: a pure function of the progress in [0, 1]."""
    return min(1.0, progress / over) if over > 0 else 1.0


def beta_at(spec: config.Objective, progress: float) -> float:
    """The weight of the KL, or of the objective's own penalty, at a progress in [0, 1]: for reports."""
    match spec:
        case config.Beta(beta, warmup, _) | config.TC(beta, _, _, warmup):
            return beta * growth(progress, warmup)
        case config.MMD(alpha, _):
            return 1 - alpha
        case _:
            return 1.0


def loss(
    spec: config.Objective,
    model: Autoencoder,
    x: Float[Tensor, "b c h w"],
    progress: float = 1.0,
    generator: Generator = None,
    data_size: int = 0,
) -> Losses:
    """The loss of every example under an objective.

    `progress` in [0, 1] is the step over all steps; `data_size` is the number of pictures in the training set, which
    only the total correlation uses.
    """
    if isinstance(spec, config.IWAE):
        return _iwae(spec, model, x, generator)
    q, prior = model.posterior(x), model.prior
    k = spec.samples if isinstance(spec, config.Beta) else 1
    z = draw(q, generator, k).flatten(0, 1)
    target = x.repeat(k, 1, 1, 1) if k > 1 else x
    p = model.decode(z).refit(target)
    model.likelihood.remember(p)
    t = _averaged(p.log_prob(target), q, prior, z) if k > 1 else terms(p.log_prob(x), kl_per_dim(q, prior, z))
    match spec:
        case config.Beta():
            penalty = beta_at(spec, progress) * t.kl
        case config.TC(beta, alpha, gamma, warmup):
            mi, tc, dimwise = tc_terms(q, prior, z, data_size)
            penalty = growth(progress, warmup) * (alpha * mi + beta * tc + gamma * dimwise)
        case config.Capacity(gamma, capacity, over):
            penalty = gamma * (t.kl.mean() - capacity * growth(progress, over)).abs()
        case config.FreeBits(nats):
            penalty = t.kl_per_dim.mean(0).clamp_min(nats).sum()
        case config.MMD(alpha, scale):
            distance = mmd(z, prior.sample(len(z), generator))
            penalty = (1 - alpha) * t.kl + (alpha + scale - 1) * distance
    return Losses(penalty - t.rec, t)


def _iwae(spec: config.IWAE, model: Autoencoder, x: Tensor, generator: Generator) -> Losses:
    """-L_k = -log 1/k Σ_i w_i (Burda, Grosse and Salakhutdinov, 2016, eq. 8); the terms are means over the k."""
    q = model.posterior(x)
    z = draw(q, generator, spec.k)
    p = model.decode(z.flatten(0, 1)).refit(x.repeat(spec.k, 1, 1, 1))
    model.likelihood.remember(p)
    rec = p.log_prob(x.repeat(spec.k, 1, 1, 1)).view(spec.k, -1)
    prior = model.prior
    log_q = log_normal(z, q.mean, 2 * q.stddev.log()).sum(-1)
    log_w = rec + prior.log_prob(z) - log_q
    bound = torch.logsumexp(log_w, 0) - math.log(spec.k)
    return Losses(-bound, terms(rec.mean(0), kl_per_dim(q, prior, z[0])))


def tc_terms(
    q: Normal, prior: PriorDistribution, z: Float[Tensor, "b d"], data_size: int
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"], Float[Tensor, " b"]]:
    """(index-code mutual information, total correlation, dimension-wise KL), whose sum is log q(z|x) - log p(z).

    q(z) = 1/N q(z|x_own) + (1 - 1/N) mean over the others of the minibatch: the stratified estimator of Chen et al.,
    2018, appendix C.2, averaged over the choice of the other that stands for the rest (same expectation, less
    variance).
    Errors: ValueError for a batch of fewer than 2.
    """
    b = len(z)
    n = max(data_size, b)
    if b < 2:
        raise ValueError(
            f"a batch (={b}) must hold at least 2 pictures to estimate a total correlation; raise `batch`."
        )
    pair = log_normal(z[:, None], q.mean[None], 2 * q.stddev.log()[None])  # log q(z_i | x_j): (i, j, d)
    other = math.log1p(-1 / n) - math.log(b - 1)
    weight = torch.full((b, b), other, device=z.device, dtype=z.dtype).fill_diagonal_(-math.log(n))
    log_q_x = pair.diagonal().sum(0)
    log_q = torch.logsumexp(pair.sum(-1) + weight, 1)
    log_q_dims = torch.logsumexp(pair + weight[..., None], 1).sum(-1)
    return log_q_x - log_q, log_q - log_q_dims, log_q_dims - prior.log_prob(z)


def mmd(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"]) -> Float[Tensor, ""]:
    """MMD² = E k(a, a') + E k(b, b') - 2 E k(a, b), unbiased, k(u, v) = C / (C + |u - v|²), C = 2D.

    The inverse multiquadric kernel of Tolstikhin et al., 2018, section 4: its tails reach further than a Gaussian's.
    """
    c = 2.0 * a.shape[1]

    def kernel(u: Tensor, v: Tensor) -> Tensor:
        return c / (c + (u[:, None] - v[None]).square().sum(-1))

    n, m = len(a), len(b)
    own_a = (kernel(a, a).sum() - n) / max(n * (n - 1), 1)
    own_b = (kernel(b, b).sum() - m) / max(m * (m - 1), 1)
    return own_a + own_b - 2 * kernel(a, b).mean()
