"""The amortisation gap: the ELBO that one picture's q(z|x) gains over the encoder's by optimisation of its own.

One network encodes all pictures, at a price: L(best q) - L(encoder's q) is the gap of Cremer, Li and Duvenaud (2018,
section 3). Here λ = (μ, log σ) of q = N(μ, σ²) starts at the encoder's values and ascends the ELBO, as in the
semi-amortised inference of Kim et al. (2018, algorithm 1):

    L(λ) = E_ε[log p(x | μ + σ ε)] - KL(N(μ, σ²) || p(z)),   ε ~ N(0, 1)

L bounds log p(x) from below for every λ, so gaps are nats of a bound; a z that maximises log p(x, z) has no σ and no
bound. Knows nothing of files and arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Normal

from vae import arguments, objectives
from vae.model import VAE
from vae.objectives import DRAWS, Terms, common_noise

RATE = 0.1  # of Adam, in the encoder's own σ

Report = Callable[[int, Tensor], None]  # step, ELBO (B,) in nats (or squared error a pixel) at it


@dataclass(frozen=True)
class Refined:
    """q(z|x) before and after, compared by the same draws of ε: `after.elbo` is never below `before.elbo`."""

    q: Normal  # (B, D), the best of all steps
    before: Terms  # of the encoder's q
    after: Terms  # of `q`
    curve: Float[Tensor, "steps b"]  # the ELBO at every step, the encoder's first
    path: Float[Tensor, "steps b d"]  # μ at every step

    @property
    def gap(self) -> Float[Tensor, " b"]:
        """The amortisation gap, (B,), nats, at least 0."""
        return self.after.elbo - self.before.elbo


def refine(
    model: VAE, x: Float[Tensor, "b c h w"], steps: int = 100, seed: int = 0, report: Report | None = None
) -> Refined:
    """Adam on (μ, log σ) of every picture's own q, from the encoder's values; returns the best of all steps.

    Pictures (B, C, H, W) in [0, 1] -> q of batch shape (B, D), ELBOs (B,) in nats.
    The unit of a step is the encoder's σ: μ = μ₀ + σ₀ a, log σ = log σ₀ + b, (a, b) from 0, the rate falling to 0 on a
    cosine. Gradients come from fresh pairs ±ε at every step and comparisons from `common_noise`, so no q fits the
    draws that compare it. Errors: TypeError for another model; ValueError where x is empty or leaves [0, 1],
    or steps < 1.

    >>> model = vae.VAE((1, 8, 8), latent=2, arch="mlp")
    >>> better = vae.refine(model, torch.rand(3, 1, 8, 8), steps=20)
    >>> better.q.mean.shape, bool((better.gap > 0).all())
    (torch.Size([3, 2]), True)
    """
    arguments.whole(1, steps=steps)
    if not len(x):
        raise ValueError(f"x has the shape {tuple(x.shape)}, but must hold at least one picture.")
    with torch.no_grad():
        first = arguments.instance(model, VAE).encode(x)
        eps = common_noise(first.mean, seed)
        before = objectives.elbo_of(model, x, first, eps)
    generator = torch.Generator(x.device).manual_seed(seed + 1)
    a, b = (torch.zeros_like(first.mean, requires_grad=True) for _ in range(2))
    adam = torch.optim.Adam([a, b], lr=RATE)
    best, best_q = before.elbo.clone(), [first.mean.clone(), first.stddev.clone()]
    curve, path = [before.elbo], [first.mean]
    for step in range(1, steps + 1):
        for group in adam.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * (step - 1) / steps))
        with torch.enable_grad():
            loss = -objectives.elbo_of(model, x, _shifted(first, a, b), _pairs(first.mean, generator)).elbo.sum()
        a.grad, b.grad = torch.autograd.grad(loss, (a, b))
        adam.step()
        with torch.no_grad():
            q = _shifted(first, a, b)
            elbo = objectives.elbo_of(model, x, q, eps).elbo
            better = elbo > best  # NaN is not
            best = torch.where(better, elbo, best)
            pairs = zip((q.mean, q.stddev), best_q, strict=True)
            best_q = [torch.where(better[:, None], new, old) for new, old in pairs]
        curve.append(elbo)
        path.append(q.mean)
        if report is not None:
            report(step, elbo)
    q = Normal(best_q[0], best_q[1], validate_args=False)
    with torch.no_grad():
        after = objectives.elbo_of(model, x, q, eps)
    return Refined(q, before, after, torch.stack(curve), torch.stack(path))


def _shifted(first: Normal, a: Tensor, b: Tensor) -> Normal:
    """N(μ₀ + σ₀ a, σ₀² e^{2b})."""
    return Normal(first.mean + first.stddev * a, first.stddev * b.exp(), validate_args=False)


def _pairs(like: Tensor, generator: torch.Generator) -> Float[Tensor, "k b d"]:
    """ε and -ε, which cancel each other's error in the first order."""
    half = torch.randn((DRAWS // 2, *like.shape), generator=generator, device=like.device, dtype=like.dtype)
    return torch.cat([half, -half])
