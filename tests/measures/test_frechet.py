"""The distance is that of normal distributions; its features see what is wrong with a picture, and what is missing."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from vae import config
from vae.data.load import dataset
from vae.measures import frechet as fidelity
from vae.measures.frechet import Features, frechet, learn
from vae.model import VAE, build
from vae.records import Dataset
from vae.training.fit import fit


def cloud(seed: int, n: int = 400, d: int = 5) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


@given(st.integers(0, 999), st.integers(0, 999))
def test_the_distance_is_the_formula_with_a_matrix_root(one: int, two: int) -> None:
    a, b = cloud(one), cloud(two)
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-6, abs=1e-6)


@given(st.integers(0, 999), st.floats(-3, 3), st.floats(0.1, 4))
def test_a_shift_costs_its_square_and_a_stretch_the_difference_of_spreads(seed: int, by: float, scale: float) -> None:
    a = cloud(seed)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a + by) == pytest.approx(5 * by**2, abs=1e-6)
    centred = a - a.mean(0)
    assert frechet(centred, scale * centred) == pytest.approx((1 - scale) ** 2 * np.trace(np.cov(a.T)), rel=1e-6)


# --- features ---


@cache
def digits(split: str = "train") -> Dataset:
    return dataset("digits", split=split)


@cache
def network(labels: bool = True) -> Features:
    with torch.no_grad():  # whoever evaluates may have switched gradients off
        return learn(digits() if labels else replace(digits(), labels=None), steps=200)


def blurred(images: Any) -> Any:
    padded = np.pad(images.astype(np.float32), ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
    windows = [padded[..., i : i + 8, j : j + 8] for i in range(3) for j in range(3)]
    return np.mean(windows, axis=0).astype(np.uint8)


@pytest.mark.parametrize("labels", [True, False])
def test_features_see_blur_noise_and_what_is_missing(labels: bool) -> None:
    net, data = network(labels), digits()
    real, rest = (net.of(torch.tensor(data.images[part])) for part in (slice(0, 700), slice(700, 1400)))
    floor = frechet(rest, real)
    labels_of = data.labels[700:1400]  # type: ignore[index]
    noise = np.random.default_rng(0).normal(scale=60, size=data.images[700:1400].shape)
    worse = {
        "blur": blurred(data.images[700:1400]),
        "noise": (data.images[700:1400] + noise).clip(0, 255).astype(np.uint8),
        "half of the classes": data.images[700:1400][labels_of < 5],
        "one picture for all": data.images[700:1400].mean(0, keepdims=True).repeat(300, 0).astype(np.uint8),
    }
    for what, images in worse.items():
        assert frechet(net.of(torch.tensor(images)), real) > 3 * floor, what


def test_features_are_learned_the_same_each_time_and_leave_the_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two, other = (learn(digits(), steps=3, seed=s) for s in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    x = torch.tensor(digits().images[:5])
    assert np.array_equal(one.of(x), two.of(x))
    assert not np.array_equal(one.of(x), other.of(x))
    assert (one.name, network(False).name) == ("10 labels", "10 clusters")
    assert one.of(x).shape == (5, 64)


def test_a_network_that_was_taught_labels_knows_them() -> None:
    test = digits("test")
    with torch.no_grad():
        guess = network().head(torch.from_numpy(network().of(torch.tensor(test.images)))).argmax(1).numpy()
    assert (guess == test.labels).mean() > 0.9


# --- models ---


def trained(epochs: int) -> VAE:
    model = build(config.Model((1, 8, 8), 6, "mlp", width=64, depth=1))
    if epochs:
        fit(model, digits(), config.Train(epochs, 50, 5e-3, device="cpu"))
    return model.eval()


def test_training_brings_draws_nearer_and_the_data_set_is_nearest() -> None:
    results = [fidelity.fidelity(trained(epochs), digits(), digits("test"), features=network()) for epochs in (0, 15)]
    assert results[1].distance < 0.7 * results[0].distance
    assert all(f.floor < 0.5 * f.distance for f in results)
    assert (results[0].n, results[0].features) == (297, "10 labels")


def test_given_latents_are_drawn_in_place_of_the_prior() -> None:
    model = trained(15)
    spread, same = (np.random.default_rng(0).normal(size=(297, 6)).astype(np.float32) * scale for scale in (1, 0))
    prior, ours, one = (
        fidelity.fidelity(model, digits(), digits("test"), features=network(), z=z) for z in (None, spread, same)
    )
    assert ours.distance == pytest.approx(prior.distance, rel=0.25)
    assert one.distance > 1.5 * ours.distance


def test_features_of_ones_own_are_taken() -> None:
    result = fidelity.fidelity(trained(0), digits(), digits("test"), features=lambda x: x.flatten(1).numpy())
    assert result.features == "your own"
    assert result.distance > result.floor > 0


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match=r"n \(=100\) must be at least 128"):
        fidelity.fidelity(trained(0), digits(), digits("test"), n=100)


def test_features_that_have_no_distance_are_told() -> None:
    """And one feature has one: the squared difference of means and of spreads."""
    a, b = np.random.default_rng(0).standard_normal((2, 50, 3))
    with pytest.raises(ValueError, match=r"\(50, 3\) and \(50, 2\) must be"):
        frechet(a, b[:, :2])
    with pytest.raises(ValueError, match="NaN or infinity"):
        frechet(a * np.nan, b)
    one, two = a[:, :1], 2 * b[:, :1] + 1
    exact = (one.mean() - two.mean()) ** 2 + (one.std(ddof=1) - two.std(ddof=1)) ** 2
    assert frechet(one, two) == pytest.approx(exact)
