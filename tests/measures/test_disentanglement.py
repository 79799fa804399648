"""Law 12: a code of permuted factors is perfect, a random code worth nothing, a turned code is known but not apart."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.measures import disentanglement
from vae.measures.disentanglement import dci, entropy, factor_vae, levels, mig, mutual_information, sap
from vae.records import Latents

SIZES = (3, 5, 40, 32)  # a category, a few levels, many levels, more levels than there are bins by default


@cache
def factors(n: int = 3000) -> Any:
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(size, size=n) / (size - 1) for size in SIZES], axis=1)


def scaled(order: tuple[int, ...] = (2, 0, 3, 1), dead: int = 2) -> Any:
    """The factors themselves in another order, turned round and stretched, then latents that say nothing."""
    rng = np.random.default_rng(1)
    code = (factors() - factors().mean(0)) / factors().std(0)
    noise = 1e-3 * rng.normal(size=(len(code), dead))
    return np.concatenate([code[:, list(order)] * [1.0, -0.7, 1.3, -1.1], noise], axis=1)


def noise(dims: int = 6) -> Any:
    return np.random.default_rng(2).normal(size=(len(factors()), dims))


def turned() -> Any:
    """A rotation in four dimensions that leaves no axis to one factor."""
    half = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    return scaled(dead=0) @ half


def test_law_12_permuted_factors_are_a_perfect_code() -> None:
    parts = dci(scaled(), factors())
    assert mig(scaled(), factors()) > 0.93
    assert parts.disentanglement > 0.99
    assert parts.completeness > 0.99
    assert parts.informativeness > 0.99
    assert sap(scaled(), factors()) > 0.95
    assert factor_vae(scaled(), factors()) > 0.99


def test_law_12_a_random_code_is_worth_nothing() -> None:
    parts = dci(noise(), factors())
    assert mig(noise(), factors()) < 0.02
    assert parts.disentanglement < 0.02
    assert parts.completeness < 0.02
    assert parts.informativeness < 0.02
    assert sap(noise(), factors()) < 0.05
    assert factor_vae(noise(), factors()) == pytest.approx(1 / 4, abs=0.06)  # chance


def test_law_12_a_turned_code_is_known_but_not_apart() -> None:
    before, after = dci(scaled(dead=0), factors()), dci(turned(), factors())
    assert mig(turned(), factors()) < 0.2 < mig(scaled(dead=0), factors())
    assert sap(turned(), factors()) < 0.2
    assert after.disentanglement < 0.5 * before.disentanglement
    assert after.completeness < 0.5 * before.completeness
    assert after.informativeness > 0.85


def test_tables_have_a_row_a_latent_and_a_column_a_factor() -> None:
    information, importance = mutual_information(scaled(), factors()), dci(scaled(), factors()).importance
    assert information.shape == importance.shape == (6, 4)
    for table in (information, importance):
        assert table.argmax(0).tolist() == [1, 3, 0, 2]  # where the order (2, 0, 3, 1) put each factor
    assert np.allclose(importance.sum(0), 1)


@given(st.integers(0, 999), st.permutations(range(4)))
@settings(max_examples=8)
def test_the_order_and_scale_of_latents_do_not_matter(seed: int, order: list[int]) -> None:
    rng = np.random.default_rng(seed)
    code = 0.3 * noise(4) + scaled(dead=0)
    moved = code[:, order] * rng.uniform(0.1, 10, 4) * rng.choice([-1, 1], 4) + rng.normal(size=4)
    assert mig(moved, factors()) == pytest.approx(mig(code, factors()), abs=0.02)  # a bin's edge may move over an item
    assert factor_vae(moved, factors(), votes=200) == factor_vae(code, factors(), votes=200)
    assert np.allclose(
        mutual_information(moved, factors())[np.argsort(order)], mutual_information(code, factors()), atol=0.02
    )


# --- information ---


def test_information_is_that_of_the_joint_table() -> None:
    """z = v with probability 0.8, else the other value: I = log 2 - H(0.8)."""
    v = np.repeat([0, 1], 500)
    z = np.where(np.arange(1000) % 5 == 0, 1 - v, v)
    expected = np.log(2) + 0.8 * np.log(0.8) + 0.2 * np.log(0.2)
    assert mutual_information(z[:, None], v[:, None])[0, 0] == pytest.approx(expected, abs=1e-9)
    assert entropy(v[:, None])[0] == pytest.approx(np.log(2))


@given(st.floats(0.05, 3.0))
def test_information_of_a_noisy_latent_is_the_integral(std: float) -> None:
    """z ~ N(±1, std²): I = H(z) - H(z | v), the integral taken on a fine grid."""
    v = np.repeat([0, 1], 50)
    grid = np.linspace(-20, 20, 40_001)
    each = np.exp(-0.5 * ((grid[:, None] - [-1, 1]) / std) ** 2) / std / np.sqrt(2 * np.pi)
    ratio = np.log(np.maximum(each, 1e-300) / np.maximum(each.mean(1, keepdims=True), 1e-300))
    exact = float((each * ratio).mean(1).sum() * (grid[1] - grid[0]))
    estimate = mutual_information(2.0 * v[:, None] - 1, v[:, None], np.full((100, 1), std))[0, 0]
    assert estimate <= exact + 1e-6  # bins can only lose
    assert estimate == pytest.approx(exact, abs=0.05 * exact + 0.01)


def test_noise_in_the_posterior_takes_information_away() -> None:
    sharp, soft = (mig(scaled(), factors(), np.full_like(scaled(), std)) for std in (0.01, 0.3))
    assert soft < sharp - 0.1


@given(st.integers(0, 999), st.integers(2, 150))
def test_levels_keep_the_order_and_count_from_zero(seed: int, count: int) -> None:
    v = np.random.default_rng(seed).choice(np.sort(np.random.default_rng(seed).normal(size=count)), 300)
    index = levels(v[:, None])[:, 0]
    assert index.min() == 0
    assert index.max() == min(len(np.unique(v)), 20 if len(np.unique(v)) > 100 else 10**9) - 1
    assert (np.diff(index[np.argsort(v)]) >= 0).all()


def test_a_latent_lost_in_its_own_noise_is_no_evidence() -> None:
    """Its mean is a perfect copy of a factor, at a thousandth of the posterior's spread: nobody could read it."""
    code = scaled(dead=0) * [1, 1, 1, 1e-3]
    std = np.array([[0.05, 0.05, 0.05, 1.0]]).repeat(len(code), 0)
    assert factor_vae(code, factors()) > 0.99
    assert factor_vae(code, factors(), std) < 0.9
    assert sap(code, factors(), std) < sap(code, factors()) - 0.2
    assert mig(code, factors(), std) < mig(code, factors()) - 0.2


def test_continuous_factors_are_scored_too() -> None:
    v = np.random.default_rng(0).uniform(size=(2000, 2))
    assert mig(v[:, ::-1], v) > 0.9
    assert factor_vae(v, v) > 0.99
    assert sap(v, v) > 0.95


def test_one_latent_and_one_factor_are_allowed() -> None:
    v = factors()[:, 2:3]
    assert mig(v, v) == pytest.approx(1)
    assert dci(v, v).disentanglement == dci(v, v).completeness == 1
    assert sap(v, v) == pytest.approx(1)


# --- the record, and what cannot be scored ---


def record(mean: Any = None, std: float = 0.05, **more: Any) -> Latents:
    mean = np.asarray(scaled() if mean is None else mean, np.float32)
    return Latents(mean, np.full_like(mean, std), np.arange(len(mean)), **more)


def test_all_scores_at_once_are_the_single_ones() -> None:
    result = disentanglement.scores(record(factors=factors().astype(np.float32)), seed=3)
    assert result == disentanglement.scores(record(factors=factors().astype(np.float32)), seed=3)
    assert result.factor_vae > 0.99
    assert result.sap == pytest.approx(sap(scaled(), factors()), abs=0.01)
    assert result.mig < mig(scaled(), factors())  # the posterior's spread counts


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: disentanglement.scores(record(data="mnist")), "mnist have no true factors"),
        (lambda: mig(scaled(), factors()[:, :1] * 0), "factor 0 has the one value 0 in all items"),
        (lambda: sap(scaled() * 0, factors()), "the means are the same for all items"),
        (lambda: dci(scaled()[:5], factors()), "a row an item"),
        (lambda: factor_vae(scaled()[:, 0], factors()), r"must be \(N, D\)"),
        (lambda: mig(scaled(), factors(), np.ones(3)), r"std \(3,\) must have the shape of the means"),
        (lambda: mig(np.where(scaled() > 2, np.nan, scaled()), factors()), "must be finite"),
    ],
)
def test_what_cannot_be_scored_is_told(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def test_a_collapsed_model_scores_nothing_and_says_so() -> None:
    """Every latent is lost in its own noise: 0, and no error of an empty array."""
    noise = 1e-3 * np.random.default_rng(0).standard_normal((len(factors()), 3)).astype(np.float32)
    result = disentanglement.scores(Latents(noise, np.ones_like(noise), np.arange(len(noise)), factors=factors()))
    assert result.factor_vae == result.sap == 0
    assert result.mig < 0.01
