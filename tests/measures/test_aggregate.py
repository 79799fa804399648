"""The fitted mixture is a density, finds the one that it was drawn from, and beats a prior that leaves holes."""

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.measures import aggregate
from vae.measures.aggregate import Aggregate
from vae.records import Latents


def islands(n: int = 1500, seed: int = 0, std: float = 0.1) -> Latents:
    """Three groups of posteriors, a third of the items each, on the corners of a triangle."""
    rng = np.random.default_rng(seed)
    corners = np.array([[-2, -1], [2, -1], [0, 2]])
    mean = corners[np.arange(n) % 3] + rng.normal(size=(n, 2)) * [0.5, 0.2]
    return Latents(mean.astype(np.float32), np.full((n, 2), std, np.float32), np.arange(n))


def log_normal(z: Any) -> Any:
    return -0.5 * (z**2).sum(1) - z.shape[1] / 2 * np.log(2 * np.pi)


def test_the_islands_are_found_with_their_spread() -> None:
    mixture = aggregate.fit(islands(), 3)
    order = np.lexsort(mixture.mean.T[::-1])  # by the first latent
    assert np.allclose(mixture.mean[order], [[-2, -1], [0, 2], [2, -1]], atol=0.1)
    assert np.allclose(mixture.weight, 1 / 3, atol=0.01)
    covariance = mixture.scale @ mixture.scale.swapaxes(1, 2)
    expected = np.diag([0.5**2 + 0.1**2, 0.2**2 + 0.1**2])  # between the items, and within each posterior
    assert np.allclose(covariance, expected, atol=0.04)


@pytest.mark.parametrize("covariance", ["full", "diag"])
def test_held_out_latents_are_likelier_than_under_the_prior(covariance: Literal["full", "diag"]) -> None:
    mixture, z = aggregate.fit(islands(), 5, covariance), islands(seed=1).mean
    assert mixture.log_prob(z).mean() > log_normal(z).mean() + 1


@given(st.integers(0, 999), st.integers(1, 4))
def test_it_is_a_density(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scale = np.tril(rng.normal(size=(k, 2, 2))) * 0.3
    scale[:, [0, 1], [0, 1]] = rng.uniform(0.3, 1, (k, 2))
    mixture = Aggregate(rng.dirichlet(np.ones(k) * 5), rng.normal(size=(k, 2)), scale)
    line = np.linspace(-9, 9, 181)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    assert np.exp(mixture.log_prob(grid)).sum() * (line[1] - line[0]) ** 2 == pytest.approx(1, abs=1e-3)


def test_draws_follow_it() -> None:
    mixture = aggregate.fit(islands(), 3)
    z = mixture.sample(20_000, seed=3)
    assert z.dtype == np.float32
    assert np.allclose(z.mean(0), mixture.weight @ mixture.mean, atol=0.05)
    inner = mixture.scale @ mixture.scale.swapaxes(1, 2) + mixture.mean[:, :, None] * mixture.mean[:, None]
    second = np.einsum("k,kij->ij", mixture.weight, inner)
    assert np.allclose(z.T @ z / len(z), second, atol=0.08)
    assert np.array_equal(z, mixture.sample(20_000, seed=3))
    assert not np.array_equal(z, mixture.sample(20_000, seed=4))


def test_at_temperature_0_only_the_centres_are_drawn() -> None:
    mixture = aggregate.fit(islands(), 3)
    z = mixture.sample(50, temperature=0.0)
    assert np.abs(z[:, None] - mixture.mean).sum(-1).min(1).max() < 1e-5


def test_the_record_cannot_be_changed_and_the_fit_repeats() -> None:
    one, two = aggregate.fit(islands(), 3), aggregate.fit(islands(), 3)
    assert np.array_equal(one.scale, two.scale)
    with pytest.raises(ValueError, match="read-only"):
        one.mean[0] = 0
    few = aggregate.fit(islands(), 3, limit=300)
    assert not np.array_equal(one.mean, few.mean)


def test_what_cannot_be_fitted_is_told() -> None:
    with pytest.raises(ValueError, match=r"k \(=9\) must be a whole number from 1 to 7: two items or more a component"):
        aggregate.fit(islands(15), 9)
    with pytest.raises(ValueError, match=r"k \(=10\) must be a whole number from 1 to 5"):
        aggregate.fit(islands(), 10, limit=10)
    with pytest.raises(ValueError, match=r"covariance \(='tied'\) must be 'full' or 'diag'"):
        aggregate.fit(islands(), 2, "tied")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="NaN or infinity"):
        aggregate.fit(islands(std=np.nan), 2)
    with pytest.raises(ValueError, match=r"n \(=-1\) and temperature"):
        aggregate.fit(islands(), 2).sample(-1)
    with pytest.raises(ValueError, match=r"must be \(N, 2\)"):
        aggregate.fit(islands(), 1).log_prob(np.zeros((3, 4)))
