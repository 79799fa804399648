"""A latent is improved for its reconstruction, whether or not the decoder has a gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import vae
from vae.foreign import refine
from vae.foreign.refine import refine_code

SHAPE = (1, 8, 8)


def picture() -> torch.Tensor:
    return torch.rand(1, *SHAPE, generator=torch.Generator().manual_seed(1))


class Blind:
    """A pair whose decoder has no gradient, as a graph has none."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.encoder, self.decoder = nn.Linear(64, 4), nn.Linear(4, 64)

    def wrapped(self) -> Any:
        def decode(z: torch.Tensor) -> torch.Tensor:
            picture: torch.Tensor = self.decoder(z).sigmoid().detach().view(-1, *SHAPE)
            return picture

        return vae.wrap((lambda x: self.encoder(x.flatten(1)), decode), SHAPE, latent=4)


def test_without_gradients_the_error_falls_too() -> None:
    model = Blind().wrapped()
    path, errors = refine_code(model, picture(), torch.ones(4), steps=80)
    assert path.shape == (81, 4)
    assert errors.min() < errors[0]
    assert torch.equal(path[0], model.encode(picture()).mean[0])


def test_the_slope_is_the_gradient() -> None:
    blind = Blind()
    model, x, spread = blind.wrapped(), picture(), torch.tensor([0.5, 1.0, 2.0, 1.0])
    a = torch.zeros(1, 4, requires_grad=True)
    z = torch.full((1, 4), 0.3) + spread * a
    error = (blind.decoder(z).sigmoid().view(-1, *SHAPE) - x).square().mean()
    (exact,) = torch.autograd.grad(error, (a,))
    estimate = refine._slope(model, x, z.detach(), spread, torch.Generator())
    torch.testing.assert_close(estimate, exact, atol=1e-5, rtol=0.02)
