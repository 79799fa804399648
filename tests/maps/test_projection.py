"""Maps: linear ones are exact both ways, the others bring known points back; the same data, the same map."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.maps import projection
from vae.records import Latents, Projection


@cache
def blobs(n: int = 90, d: int = 4, seed: int = 0) -> Latents:
    """Three well separated groups of points."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    centres = 8 * np.eye(3, d)
    mean = (centres[labels] + rng.normal(size=(n, d))).astype(np.float32)
    return Latents(mean, np.ones_like(mean), np.arange(n), labels)


def apart(layout: Projection, latents: Latents) -> float:
    """The share of items whose nearest other item on the map has their label."""
    distance = np.linalg.norm(layout.xy[:, None] - layout.xy[None], axis=2) + 1e9 * np.eye(len(latents))
    assert latents.labels is not None
    return float((latents.labels[distance.argmin(1)] == latents.labels).mean())


@given(st.integers(2, 8), st.integers(2, 40), st.integers(0, 999))
def test_pca_is_orthonormal_ordered_and_its_own_best_rank_two(d: int, n: int, seed: int) -> None:
    latents = (
        blobs(n, d, seed)
        if d > 2
        else Latents(blobs(n, 3, seed).mean[:, :2], np.ones((n, 2), np.float32), np.arange(n))
    )
    layout = projection.pca(latents)
    assert layout.components is not None
    assert np.allclose(layout.components @ layout.components.T, np.eye(2), atol=1e-5)
    assert (layout.components[np.arange(2), np.abs(layout.components).argmax(1)] > 0).all()
    centred = latents.mean - latents.mean.mean(0)
    singular = np.linalg.svd(centred, compute_uv=False)[:2]
    assert np.allclose(np.linalg.norm(layout.xy, axis=0), singular, rtol=1e-3, atol=1e-3)


LINEAR = [projection.pca(blobs()), projection.raw(blobs(), 2, 0), projection.raw(blobs(), 1, 1)]


@pytest.mark.parametrize("layout", LINEAR, ids=lambda p: p.name)
@given(st.integers(0, 999))
def test_linear_maps_are_exact_both_ways(layout: Projection, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(5, 4)).astype(np.float32) * 5
    xy = projection.place(layout, blobs(), z)
    assert np.allclose(projection.place(layout, blobs(), projection.unplace(layout, blobs(), xy)), xy, atol=1e-3)
    # With a base, only what the map shows may change: going to where one is, is no move at all.
    for point, at in zip(z, xy, strict=True):
        assert np.allclose(projection.unplace(layout, blobs(), at, base=point)[0], point, atol=1e-3)


@pytest.mark.parametrize("layout", LINEAR, ids=lambda p: p.name)
def test_items_are_placed_where_they_are_drawn(layout: Projection) -> None:
    assert np.allclose(projection.place(layout, blobs(), blobs().mean), layout.xy, atol=1e-4)


def test_raw_axes_are_named_from_one() -> None:
    layout = projection.raw(blobs(), 2, 0)
    assert layout.name == "z3:z1"
    assert np.array_equal(layout.xy, blobs().mean[:, [2, 0]])


@pytest.mark.parametrize("name", ["umap", "tsne"])
def test_neighbour_maps_are_reproducible_and_keep_groups_apart(name: str) -> None:
    layout = projection.project(blobs(), name)
    again = projection.project(blobs(), name)
    assert layout.name == name
    assert layout.xy.dtype == np.float32
    assert np.array_equal(layout.xy, again.xy)
    assert apart(layout, blobs()) > 0.95
    assert np.array_equal(projection.place(layout, blobs(), blobs().mean), layout.xy)  # an item lands on its own dot
    assert np.array_equal(projection.unplace(layout, blobs(), layout.xy), blobs().mean)


def test_a_new_point_lands_among_its_neighbours() -> None:
    spots = Projection(
        "umap", np.repeat(np.eye(3, 2, dtype=np.float32), 30, 0).reshape(3, 30, 2).swapaxes(0, 1).reshape(90, 2)
    )
    near_second = np.array([[0.3, 8.0, 0.2, 0.0]])
    assert np.allclose(projection.place(spots, blobs(), near_second), [[0, 1]], atol=1e-5)


def test_items_at_one_place_share_it() -> None:
    mean = np.repeat(blobs(30).mean, 2, 0)
    twins = Latents(mean, np.ones_like(mean), np.arange(60))
    spots = Projection("umap", np.random.default_rng(1).normal(size=(60, 2)).astype(np.float32))
    middles = (spots.xy[::2] + spots.xy[1::2]) / 2
    assert np.allclose(projection.place(spots, twins, mean[::2]), middles, atol=1e-6)


def test_a_dimension_that_carries_nothing_moves_no_dot() -> None:
    dead = replace(blobs(), kl_per_dim=np.array([2, 0.001, 1, 1], np.float32))
    spots = Projection("umap", np.random.default_rng(1).normal(size=(90, 2)).astype(np.float32))
    z = blobs().mean[:5] + 0.3
    aside = np.array([0, 9, 0, 0], np.float32)
    assert np.array_equal(projection.place(spots, dead, z + aside), projection.place(spots, dead, z))
    assert not np.allclose(projection.place(spots, blobs(), z + aside), projection.place(spots, dead, z))


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_a_map_of_few_items_places_among_them(n: int) -> None:
    few, spots = blobs(n), Projection("umap", np.random.default_rng(1).normal(size=(n, 2)).astype(np.float32))
    z = np.random.default_rng(2).normal(size=(20, 4)).astype(np.float32) * 20
    for point, known in (
        (projection.place(spots, few, z), spots.xy),
        (projection.unplace(spots, few, z[:, :2]), few.mean),
    ):
        assert (point >= known.min(0) - 1e-5).all()
        assert (point <= known.max(0) + 1e-5).all()


@given(st.integers(0, 999), st.floats(-50, 50), st.floats(-50, 50))
def test_an_unplaced_point_stays_within_the_data(seed: int, x: float, y: float) -> None:
    layout = Projection("umap", np.random.default_rng(seed).normal(size=(90, 2)).astype(np.float32))
    z = projection.unplace(layout, blobs(), np.array([[x, y]]))
    assert (z >= blobs().mean.min(0) - 1e-4).all()
    assert (z <= blobs().mean.max(0) + 1e-4).all()


def test_trust_is_whole_where_neighbours_stay_and_a_coin_where_they_are_shuffled() -> None:
    flat = Latents(blobs().mean[:, :2].copy(), np.ones((90, 2), np.float32), np.arange(90))
    assert projection.trustworthiness(projection.raw(flat), flat) == 1
    shuffled = Projection("umap", np.random.default_rng(0).permutation(blobs(600).mean[:, :2]))
    assert projection.trustworthiness(shuffled, blobs(600)) == pytest.approx(0.5, abs=0.05)
    assert 0.7 < projection.trustworthiness(projection.pca(blobs()), blobs()) < 1


def test_trust_is_that_of_its_formula_and_of_as_many_items_as_asked() -> None:
    latents, layout, k = blobs(40), projection.pca(blobs(40)), 5
    far = [np.linalg.norm(a[:, None] - a[None], axis=2) + 1e9 * np.eye(40) for a in (latents.mean, layout.xy)]
    rank = far[0].argsort(1).argsort(1) + 1
    late = np.maximum(np.take_along_axis(rank, far[1].argsort(1)[:, :k], 1) - k, 0).sum()
    trust = projection.trustworthiness(layout, latents, k)
    assert trust == pytest.approx(1 - 2 / (40 * k * (80 - 3 * k - 1)) * late, abs=1e-9)
    part = projection.trustworthiness(projection.pca(blobs(600)), blobs(600), limit=100, seed=1)
    assert part == projection.trustworthiness(projection.pca(blobs(600)), blobs(600), limit=100, seed=1)
    assert part != projection.trustworthiness(projection.pca(blobs(600)), blobs(600))


@pytest.mark.parametrize("n", [5, 6, 16])
def test_umap_takes_few_items(n: int) -> None:
    assert np.isfinite(projection.umap(blobs(n)).xy).all()


def test_one_dimension_is_a_line() -> None:
    one = Latents(blobs().mean[:, :1].copy(), np.ones((90, 1), np.float32), np.arange(90))
    layout = projection.raw(one, 0, 0)
    assert (layout.xy[:, 1] == 0).all()
    assert np.isfinite(projection.tsne(one).xy).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: projection.project(blobs(), "isomap"), "'isomap' is no map. Known: pca, umap, tsne"),
        (lambda: projection.project(blobs(), "z1:z9"), "must lie between 0 and 3"),
        (lambda: projection.project(blobs(), "z0:z1"), "must lie between 0 and 3"),
        (lambda: projection.umap(blobs(4)), "needs 5 or more"),
        (lambda: projection.tsne(blobs(4)), "needs 5 or more"),
        (lambda: projection.pca(blobs(1)), "PCA of 1 items"),
        (lambda: projection.trustworthiness(LINEAR[0], blobs(), 45), r"neighbours \(=45\) must be at least 1"),
        (lambda: projection.place(LINEAR[0], blobs(), np.zeros((2, 3), np.float32)), r"must be \(M, 4\)"),
        (lambda: projection.unplace(LINEAR[0], blobs(), np.zeros((2, 3), np.float32)), r"must be \(M, 2\)"),
        (lambda: projection.place(LINEAR[0], blobs(), np.full((2, 4), np.nan)), "2 of the 2 points z are not finite"),
        (lambda: projection.unplace(LINEAR[0], blobs(), np.array([1, np.inf])), "1 of the 1 points xy are not finite"),
        (
            lambda: projection.place(Projection("umap", LINEAR[0].xy[:9]), blobs(), blobs().mean),
            "must be a map of them",
        ),
        (lambda: projection.unplace(Projection("umap", LINEAR[0].xy[:9]), blobs(), LINEAR[0].xy), "has 9 points"),
        (lambda: projection.place(Projection("umap", LINEAR[0].xy[:0]), blobs(0), blobs().mean), "one item at least"),
        (lambda: projection.unplace(LINEAR[0], blobs(), LINEAR[0].xy, base=np.zeros(3)), r"must be \(4,\): one latent"),
    ],
)
def test_what_cannot_be_drawn_is_told(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
