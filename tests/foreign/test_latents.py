"""The seam of a model of another program: what it cannot say is NaN or absent, and never made up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

import vae
from tests import zoo
from vae.foreign.latents import OpenWrapped, Sliders, kl_to_prior, on_sliders
from vae.foreign.wrapped import Delta, Wrapped
from vae.open_model import OpenModel

SHAPE = (1, 8, 8)


def pixels(n: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8)


def wrapped(name: str) -> Wrapped:
    settings = zoo.ZOO[name].said
    model: Wrapped = vae.wrap(zoo.made(name), SHAPE, **{k: v for k, v in settings.items() if k in ("scale", "range")})
    return model


@pytest.mark.parametrize("name", ["example", "plain"])
def test_a_foreign_model_says_what_it_cannot(name: str) -> None:
    model = wrapped(name)
    opened = OpenWrapped(model)
    better = opened.refine(pixels()[0], 20)
    assert math.isnan(better.gap)
    assert (better.after.recon - pixels()[0] / 255).__pow__(2).mean() <= (
        better.before.recon - pixels()[0] / 255
    ).__pow__(2).mean()
    assert better.curve.min() <= better.curve[0]
    assert math.isnan(better.after.kl) == (not model.variance)
    many = opened.encode_pictures(pixels())
    assert many.rec is None
    assert (many.kl is None) == (not model.variance)


@pytest.mark.parametrize("name", ["example", "plain"])
def test_many_pictures_are_measured_as_one_is(name: str) -> None:
    opened: OpenModel = OpenWrapped(wrapped(name))
    many, one = opened.encode_pictures(pixels()), opened.posterior(pixels()[1])
    assert np.array_equal(many.mean[1], one.mean)
    assert np.array_equal(many.std[1], one.std)
    assert np.allclose(opened.means(pixels() / np.float32(255))[1], one.mean, atol=1e-6)
    assert np.allclose(opened.decode(one.mean[None])[0], one.recon, atol=1e-6)
    assert list(opened.decode_parts(one.mean[None])) == ["x"]


def test_the_spread_is_the_measure_of_a_step() -> None:
    model = wrapped("example")
    still = OpenWrapped(model, np.zeros(5, np.float32)).refine(pixels()[0], 5)
    assert np.array_equal(still.path, np.repeat(still.path[:1], 6, 0)), "a spread of 0 moves nothing"


@pytest.mark.parametrize(("call", "shape"), [("decode", (2, 6)), ("means", (2, 1, 9, 9)), ("posterior", (1, 9, 9))])
def test_another_shape_is_a_sentence(call: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be|do not fit"):
        getattr(OpenWrapped(wrapped("example")), call)(np.zeros(shape, np.uint8))


def test_the_kl_is_the_closed_form_and_nothing_without_a_variance() -> None:
    q = Normal(torch.randn(3, 4), torch.rand(3, 4) + 0.1)
    torch.testing.assert_close(kl_to_prior(q), kl_divergence(q, Normal(0.0, 1.0)))
    assert kl_to_prior(Delta(q.mean)).isnan().all()


def test_a_number_without_a_slider_rests() -> None:
    model = wrapped("example")
    surface = on_sliders(model, Sliders(np.array([4, 1]), np.array([1, 2, 3, 4, 5], np.float32)))
    z = torch.randn(2, 2)
    full = torch.stack([torch.ones(2), z[:, 1], 3 * torch.ones(2), 4 * torch.ones(2), z[:, 0]], 1)
    assert torch.equal(surface.decode(z), model.decode(full))
    x = torch.rand(2, *SHAPE)
    assert torch.equal(surface.encode(x).mean, model.encode(x).mean[:, [4, 1]])
