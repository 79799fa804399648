"""Neighbours: the search is exact and its order certain; weights meet what is known, and nothing jumps."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.maps import neighbours
from vae.maps.neighbours import ACTIVE, K, Reals, active, mean_of, nearest, nearest_items, weights
from vae.records import Floats, Ints, Latents


@cache
def items(n: int = 400, d: int = 5, seed: int = 0, kl: tuple[float, ...] | None = None) -> Latents:
    mean = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    carried = None if kl is None else np.array(kl, np.float32)
    return Latents(mean, np.ones_like(mean), np.arange(n), kl_per_dim=carried)


def by_hand(known: Floats, z: Floats, k: int) -> tuple[Ints, Floats]:
    """All distances in double precision, sorted; of equal ones the lower row first."""
    far = np.sqrt(((known[None].astype(np.float64) - z[:, None]) ** 2).sum(2))
    order = np.argsort(far, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(far, order, 1)


# --- the search -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 999), st.integers(1, 9), st.sampled_from([0.0, 3.0, 1e3]), st.sampled_from([1e-3, 1.0, 50.0]))
def test_the_nearest_are_those_of_all_distances_sorted(seed: int, d: int, middle: float, reach: float) -> None:
    rng = np.random.default_rng(seed)
    known = (middle + rng.normal(size=(150, d))).astype(np.float32)
    z = (middle + reach * rng.normal(size=(7, d))).astype(np.float32)
    rows, distances = nearest(known, z, 9)
    expected, far = by_hand(known, z, 9)
    assert np.array_equal(rows, expected)
    np.testing.assert_allclose(distances, far, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 12, 63, 64])
def test_of_equally_far_ones_the_lower_row_comes_first(k: int) -> None:
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3).astype(np.float32)
    z = np.array([[1.5, 1.5, 1.5], [0, 0, 0], [1, 2, 2.5]], np.float32)
    assert np.array_equal(nearest(grid, z, k)[0], by_hand(grid, z, k)[0])


def test_the_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    latents = items()
    whole = nearest(latents.mean, latents.mean[:90] + 0.1, 12, np.arange(90))
    monkeypatch.setattr(neighbours, "BLOCK", 1000)
    parts = nearest(latents.mean, latents.mean[:90] + 0.1, 12, np.arange(90))
    assert np.array_equal(whole[0], parts[0])
    assert np.array_equal(whole[1], parts[1])


def test_a_row_that_does_not_count_is_nobodys_neighbour() -> None:
    latents = items(30)
    rows, distances = nearest(latents.mean, latents.mean, 29, np.arange(30))
    assert all(row not in others for row, others in enumerate(rows.tolist()))
    assert np.array_equal(np.sort(rows, axis=1), [[j for j in range(30) if j != i] for i in range(30)])
    assert (distances > 0).all()


@pytest.mark.parametrize(("n", "skip", "k"), [(3, False, 3), (3, True, 2), (1, False, 1), (1, True, 0), (0, False, 0)])
def test_where_there_are_fewer_all_are_found(n: int, skip: bool, k: int) -> None:
    known, z = items(3).mean[:n], items(3).mean[:1]
    rows, distances = nearest(known, z, 5, np.zeros(1, np.int64) if skip else None)
    assert rows.shape == distances.shape == (1, k)


@pytest.mark.parametrize("size", [1e-30, 1e18, 1e25, 3e38])
def test_numbers_too_large_and_too_small_for_single_precision_are_still_exact(size: float) -> None:
    """Their squares overflow, or vanish."""
    known, z = items(60).mean * np.float32(0.2 * size), items(4, seed=1).mean * np.float32(0.2 * size)
    assert np.array_equal(nearest(known, z, 7)[0], by_hand(known, z, 7)[0])


def test_what_is_no_number_is_nobodys_neighbour() -> None:
    known = items(40).mean.copy()
    known[::3] = np.nan
    rows, distances = nearest(known, np.zeros((1, 5), np.float32), 12)
    assert (rows % 3 != 0).all()
    assert np.isfinite(distances).all()


# --- which dimensions count -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kl", "dims"),
    [
        (None, [0, 1, 2, 3, 4]),
        ((2.0, 0.0, ACTIVE, 0.0099, 1.0), [0, 4]),  # 0.01 in single precision is a little less
        ((2.0, 0.0, 0.010001, 0.0099, 1.0), [0, 2, 4]),
        ((0.0, 0.0, 0.0, 0.0, 0.0), [0, 1, 2, 3, 4]),
    ],
)
def test_dimensions_count_that_carry_something(kl: tuple[float, ...] | None, dims: list[int]) -> None:
    latents = items(kl=kl)
    assert active(latents).tolist() == dims
    z = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    assert np.array_equal(nearest_items(latents, z, 8)[0], by_hand(latents.mean[:, dims], z[:, dims], 8)[0])


def test_what_a_dead_dimension_says_changes_nothing() -> None:
    latents = items(kl=(2.0, 0.0, 1.0, 0.0, 1.0))
    z = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    other = z + np.array([0, 100, 0, -7, 0], np.float32)
    for ours, theirs in zip(nearest_items(latents, z, 8), nearest_items(latents, other, 8), strict=True):
        assert np.array_equal(ours, theirs)


# --- the weights ------------------------------------------------------------------------------------------------------

ascending = st.lists(st.floats(0, 1e6), min_size=1, max_size=20).map(lambda d: np.sort(d)[None])


@given(ascending, st.booleans())
def test_weights_are_a_mean_and_the_nearer_counts_more(distances: Reals, everything: bool) -> None:
    weight = weights(distances, everything)[0]
    assert weight.sum() == pytest.approx(1)
    assert (weight >= 0).all()
    assert (np.diff(weight) <= 1e-12).all()


def test_weights_are_those_of_franke_and_little() -> None:
    d = np.sort(np.random.default_rng(0).exponential(size=(50, K)), axis=1)
    far = d[:, -1:]
    formula = ((far - d) / (far * d)) ** 2
    np.testing.assert_allclose(weights(d), formula / formula.sum(1, keepdims=True), rtol=1e-9)
    assert (weights(d)[:, -1] == 0).all()
    np.testing.assert_allclose(weights(1e-200 * d), weights(d), rtol=1e-9)
    inverse = d**-2.0
    np.testing.assert_allclose(weights(d, everything=True), inverse / inverse.sum(1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize(
    ("distances", "expected"),
    [
        ([0.0, 1.0, 2.0], [1, 0, 0]),  # what is known is met
        ([0.0, 0.0, 2.0], [0.5, 0.5, 0]),  # several at one place share it
        ([0.0, 0.0, 0.0], [1 / 3] * 3),
        ([2.0, 2.0, 2.0], [1 / 3] * 3),  # equally far ones count alike
        ([5e-324, 1.0, 2.0], [1, 0, 0]),
        ([7.0], [1]),
    ],
)
@pytest.mark.parametrize("everything", [False, True])
def test_weights_at_the_edges(distances: list[float], expected: list[float], everything: bool) -> None:
    np.testing.assert_allclose(weights(np.array([distances]), everything)[0], expected, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, K - 1, K, K + 1, 400])
def test_nothing_jumps_however_small_the_step(n: int) -> None:
    """Along a line, ten times finer steps make the longest move at least five times shorter, whoever comes and goes."""
    latents, values = items(n, 3), np.random.default_rng(5).normal(size=(n, 2)).astype(np.float32)
    a, b = np.array([[-2, 0.3, 0.1]], np.float32), np.array([[2, -0.4, 0.2]], np.float32)

    def longest(steps: int) -> float:
        line = a + (b - a) * np.linspace(0, 1, steps + 1, dtype=np.float32)[:, None]
        return float(np.linalg.norm(np.diff(mean_of(values, *nearest(latents.mean, line, K)), axis=0), axis=1).max())

    assert longest(4000) < longest(400) / 5
    assert longest(400) > 0


def test_a_mean_lies_among_its_neighbours_values_and_meets_the_known() -> None:
    latents = items()
    values = np.random.default_rng(5).normal(size=(400, 3)).astype(np.float32)
    assert np.array_equal(mean_of(values, *nearest(latents.mean, latents.mean, K)), values)
    rows, distances = nearest(latents.mean, np.random.default_rng(6).normal(size=(50, 5)).astype(np.float32) * 3, K)
    means = mean_of(values, rows, distances)
    assert (means >= values[rows].min(1)).all()
    assert (means <= values[rows].max(1)).all()


def test_wide_latents_are_searched_as_exactly() -> None:
    latents, z = items(700, 256), items(5, 256, seed=1).mean
    assert np.array_equal(nearest_items(latents, z, K)[0], by_hand(latents.mean, z, K)[0])
