"""One picture's latent, improved for its reconstruction alone: for models that do not define p(x|z), so have no ELBO.

Knows nothing of files and arrays.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vae.foreign.wrapped import Wrapped
from vae.measures.amortisation import RATE, Report

PROBES = 32  # directions in which a decoder without gradients is tried at every step
REACH = 1e-2  # how far, in the latents' own spread


def refine_code(
    model: Wrapped, x: Float[Tensor, "1 c h w"], spread: Float[Tensor, " d"], steps: int = 100, seed: int = 0,
    report: Report | None = None,
) -> tuple[Float[Tensor, "steps d"], Float[Tensor, " steps"]]:  # fmt: skip
    """Adam on z of one picture (1, C, H, W) for its squared error a pixel.

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
            error = (model.decode(z) - x).square().mean()
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
