"""A model that is another's copy, shuffled, flipped and stretched, is found out; what has no counterpart is told so."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.measures import matching
from vae.records import Latents


def latents(mean: np.ndarray, index: np.ndarray | None = None, **more: object) -> Latents:
    index = np.arange(len(mean)) if index is None else index
    return Latents(mean.astype(np.float32), np.full(mean.shape, 0.1, np.float32), index, data="bars", **more)  # type: ignore[arg-type]


def cloud(n: int = 400, dims: int = 6, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dims)) * rng.uniform(0.2, 3, dims) + rng.normal(size=dims)


seeds, sizes = st.integers(0, 2**31), st.integers(1, 12)


@given(seeds, sizes)
def test_a_shuffled_flipped_stretched_copy_is_matched_exactly(seed: int, dims: int) -> None:
    rng, mean = np.random.default_rng(seed), cloud(dims=dims, seed=seed)
    order, factor = rng.permutation(dims), rng.uniform(0.1, 4, dims) * rng.choice([-1, 1], dims)
    copy = mean[:, order] * factor + rng.normal(size=dims)
    pairing = matching.match(latents(mean), latents(copy))
    assert pairing.partner.tolist() == order.tolist()
    np.testing.assert_allclose(pairing.r, np.sign(factor), atol=1e-4)
    np.testing.assert_allclose(pairing(mean), copy, atol=1e-3)


@given(seeds, sizes, sizes)
def test_the_way_back_is_the_inverse(seed: int, first: int, second: int) -> None:
    a, noise = cloud(dims=first, seed=seed), cloud(dims=second, seed=seed + 1)
    b = noise + np.pad(a, ((0, 0), (0, max(0, second - first))))[:, :second]
    there, back = matching.match(latents(a), latents(b)), matching.match(latents(b), latents(a))
    pairs = {(int(i), j) for j, i in enumerate(there.partner) if i >= 0}
    assert pairs == {(i, int(j)) for i, j in enumerate(back.partner) if j >= 0}
    for i, j in pairs:
        assert there.weight[j, i] * back.weight[i, j] == pytest.approx(1, rel=1e-4)
    assert there.weight.shape == (second, first)


@given(seeds)
def test_independent_latents_have_no_counterparts(seed: int) -> None:
    pairing = matching.match(latents(cloud(seed=seed)), latents(cloud(dims=9, seed=seed + 1)))
    assert (pairing.partner == -1).all()
    assert np.abs(pairing.r).max() < 0.3
    assert pairing.explained.max() < 0.15


def test_few_items_ask_for_a_stronger_correlation() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = rng.normal(size=(2, 40, 3))
        assert (matching.match(latents(a), latents(b)).partner == -1).all()


def test_only_common_items_count_wherever_they_stand() -> None:
    mean, rng = cloud(500), np.random.default_rng(1)
    some, others = rng.choice(500, 300, replace=False), rng.choice(500, 300, replace=False)
    pairing = matching.match(latents(mean[some], some), latents(-mean[others], others))
    assert pairing.items == len(np.intersect1d(some, others))
    np.testing.assert_allclose(pairing.r, -1, atol=1e-5)


@pytest.mark.parametrize("how", ["constant", "no nats"])
def test_a_dead_dimension_has_no_counterpart_and_keeps_its_mean(how: str) -> None:
    mean = cloud(dims=3)
    dead = np.stack([mean[:, 0], np.full(len(mean), 0.7) if how == "constant" else 1e-3 * mean[:, 1] + 0.7], axis=1)
    kl = None if how == "constant" else np.array([2.0, 0.001], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairing = matching.match(latents(mean), latents(dead, kl_per_dim=kl))
        back = matching.match(latents(dead, kl_per_dim=kl), latents(mean))
    assert pairing.partner.tolist() == [0, -1]
    assert pairing.r[1] == pairing.explained[1] == 0
    np.testing.assert_allclose(pairing(mean)[:, 1], dead[:, 1].mean(), atol=1e-5)
    assert np.isfinite(back.weight).all()
    assert np.abs(back.weight).max() < 10, "a spread of nothing is no yardstick"


def test_without_a_counterpart_the_regression_decides() -> None:
    """B has more dimensions than A: the third, a mixture of both of A's, finds each of them taken."""
    mean = cloud(dims=2)
    b = np.column_stack([5 * mean[:, 0], 5 * mean[:, 1], mean[:, 0] / mean[:, 0].std() - mean[:, 1] / mean[:, 1].std()])
    pairing = matching.match(latents(mean), latents(b))
    assert pairing.partner.tolist() == [0, 1, -1]
    assert pairing.explained[2] == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(pairing(mean), b, atol=1e-3)


def test_a_model_and_itself_agree_to_the_bit() -> None:
    z = cloud(dims=5).astype(np.float32)
    np.testing.assert_array_equal(matching.same(5)(z), z)


def test_what_cannot_be_matched_gets_a_sentence() -> None:
    a = latents(cloud())
    with pytest.raises(ValueError, match="different items"):
        matching.match(a, replace(a, data="others"))
    with pytest.raises(ValueError, match="different items"):
        matching.match(a, replace(a, split="train"))
    with pytest.raises(ValueError, match="only 0 common items"):
        matching.match(a, replace(a, index=a.index + 1000))
    bad = a.mean.copy()
    bad[3, 1] = np.nan
    with pytest.raises(ValueError, match="1 of the second model's 400"):
        matching.match(a, replace(a, mean=bad))
    with pytest.raises(ValueError, match="must end in 6"):
        matching.same(6)(np.zeros(5))
