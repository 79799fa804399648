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
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Normal

from vae import arguments, objectives
from vae.model import VAE
from vae.objectives import Terms

if TYPE_CHECKING:
    from vae.foreign.wrapped import Wrapped

DRAWS = 16  # of z at every step, and of the common noise that compares them
RATE = 0.1  # of Adam, in the encoder's own σ
PROBES = 32  # directions in which a decoder without gradients is tried at every step
REACH = 1e-2  # how far, in the latents' own spread

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


def common_noise(like: Tensor, seed: int = 0, draws: int = DRAWS) -> Float[Tensor, "k 1 d"]:
    """The ε that compares all q of a model: from the seed alone, so that differences of ELBOs are no noise."""
    generator = torch.Generator(like.device).manual_seed(seed)
    return torch.randn((draws, like.shape[-1]), generator=generator, device=like.device, dtype=like.dtype)[:, None]


def refine(
    model: VAE, x: Float[Tensor, "b c h w"], steps: int = 100, seed: int = 0, report: Report | None = None
) -> Refined:
    """Adam on (μ, log σ) of every picture's own q, from the encoder's values; returns the best of all steps.

    Pictures (B, C, H, W) in [0, 1] -> q of batch shape (B, D), ELBOs (B,) in nats.
    The unit of a step is the encoder's σ: μ = μ₀ + σ₀ a, log σ = log σ₀ + b, (a, b) from 0, the rate falling to 0 on a
    cosine. Gradients come from fresh pairs ±ε at every step and comparisons from `common_noise`, so no q fits the
    draws that compare it. Errors: TypeError for another model; ValueError where x is empty or leaves [0, 1],
    or steps < 1.
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


# --- without p(x|z) ---------------------------------------------------------------------------------------------------


def refine_code(
    model: Wrapped, x: Float[Tensor, "1 c h w"], spread: Float[Tensor, " d"], steps: int = 100, seed: int = 0,
    report: Report | None = None,
) -> tuple[Float[Tensor, "steps d"], Float[Tensor, " steps"]]:  # fmt: skip
    """Adam on z of one picture for its squared error a pixel alone: nobody said what p(x|z) is, so no ELBO climbs.

    `spread` (D,) is how far the model's latents reach, the measure of a step. A decoder that has no gradient, such as
    an ONNX graph, is tried on both sides of z along axes, or along random directions where there are many. Returns z
    and its error at every step, the encoder's first.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        first = model.encode(x).mean
    a = torch.zeros_like(first, requires_grad=True)
    adam = torch.optim.Adam([a], lr=RATE / 2)
    path, errors = [], []
    for step in range(steps + 1):
        with torch.enable_grad():
            z = first + spread * a
            picture = model.decode(z)
            error = (picture - x).square().mean()
        path.append(z.detach()[0])
        errors.append(error.detach())
        if report is not None and step:
            report(step, error.detach()[None])
        for group in adam.param_groups:
            group["lr"] = RATE / 2 * 0.5 * (1 + math.cos(math.pi * step / (steps + 1)))
        if error.requires_grad:
            (a.grad,) = torch.autograd.grad(error, (a,))
        else:
            a.grad = _slope(model, x, z.detach(), spread, generator)
        adam.step()
    return torch.stack(path), torch.stack(errors)


@torch.no_grad()
def _slope(model: Wrapped, x: Tensor, z: Tensor, spread: Tensor, generator: torch.Generator) -> Float[Tensor, "1 d"]:
    """The gradient of the squared error by central differences, in units of the spread."""
    d = z.shape[1]
    axes = torch.eye(d) if d <= PROBES else torch.randn((PROBES, d), generator=generator)
    moves = REACH * spread * axes.to(z)
    errors = (model.decode(torch.cat([z + moves, z - moves])) - x).square().flatten(1).mean(1)
    up, down = errors.chunk(2)
    slopes = (up - down)[:, None] / (2 * REACH) * axes.to(z)
    return slopes.sum(0, keepdim=True) if d <= PROBES else slopes.mean(0, keepdim=True)
