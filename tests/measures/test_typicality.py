"""Typicality: percentiles are those of the items themselves, and what lies outside them is called unlike."""

import math

import numpy as np
import pytest

from vae.measures import typicality
from vae.records import Latents

RNG = np.random.default_rng(0)


def items(n: int = 3000, losses: bool = True) -> Latents:
    mean = RNG.standard_normal((n, 4)).astype(np.float32)
    rec, kl = (-RNG.gamma(5, 10, n)).astype(np.float32), RNG.gamma(4, 3, n).astype(np.float32)
    return Latents(mean, np.ones_like(mean), np.arange(n), rec=rec if losses else None, kl=kl if losses else None)


def test_the_items_themselves_are_typical_as_often_as_they_should_be() -> None:
    latents = items()
    known = typicality.known(latents)
    assert latents.rec is not None
    assert latents.kl is not None
    distance = typicality.distances(latents, latents.mean[:500], np.arange(500))
    every = [
        typicality.ranks(known, *map(float, row))
        for row in zip(latents.rec[:500], latents.kl[:500], distance, strict=True)
    ]
    for k, name in enumerate(("rec", "kl", "elbo", "distance")):
        percentiles = np.array([ranks[k].percentile for ranks in every])
        assert every[0][k].measure == name
        assert abs(percentiles.mean() - 50) < 5
        assert abs(np.quantile(percentiles, 0.9) - 90) < 5
    unlike = [[bool(rank.unlike) for rank in ranks] for ranks in every]
    assert np.mean(unlike) < 0.04


def test_a_percentile_is_the_share_of_items_below() -> None:
    known = typicality.Known(
        4,
        {"rec": np.array([1, 2, 3, 4], np.float32), "kl": np.array([5, 5, 5, 9], np.float32)},
        np.array([1, 2], np.float32),
    )
    rec, kl, distance = typicality.ranks(known, -2.5, 5.0, 9.0)
    assert (rec.value, rec.percentile, rec.middle) == (2.5, 50.0, 2.5)
    assert kl.percentile == 37.5, "of equal ones, half"
    assert (distance.percentile, distance.unlike) == (100.0, "more")


@pytest.mark.parametrize(
    ("rec", "kl", "distance", "unlike"),
    [
        (-50.0, 12.0, 0.4, ["", "", "", ""]),
        (-900.0, 12.0, 0.4, ["more", "", "more", ""]),
        (-0.1, 0.0, 0.4, ["less", "less", "less", ""]),
        (-50.0, 12.0, 0.0, ["", "", "", ""]),
        (-50.0, 12.0, 30.0, ["", "", "", "more"]),
    ],
)
def test_both_ends_of_a_cost_are_unlike_and_only_the_far_end_of_a_distance(
    rec: float, kl: float, distance: float, unlike: list[str]
) -> None:
    known = typicality.known(items())
    assert [rank.unlike for rank in typicality.ranks(known, rec, kl, distance)] == unlike


def test_what_a_model_cannot_say_is_left_out() -> None:
    known = typicality.known(items(losses=False))
    (only,) = typicality.ranks(known, math.nan, math.nan, 1.0)
    assert only.measure == "distance"
    both = typicality.known(items())
    assert [r.measure for r in typicality.ranks(both, math.nan, 3.0, 1.0)] == ["kl", "distance"]


@pytest.mark.parametrize("own", [True, False])
def test_the_distance_is_that_to_the_kth_nearest(own: bool) -> None:
    latents = items(400)
    mean = latents.mean
    rows = np.array([3, 77])
    expected = np.sort(np.linalg.norm(mean[None] - mean[rows][:, None], axis=2), axis=1)[:, 5 if own else 4]
    np.testing.assert_allclose(typicality.distances(latents, mean[rows], rows if own else None), expected, rtol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_handful_of_items_is_no_error(n: int) -> None:
    latents = items(n)
    known = typicality.known(latents)
    assert len(known.distance) == n
    assert np.isfinite(known.distance).all()
    assert np.isfinite(typicality.distances(latents, latents.mean[:1] + 1)).all()
