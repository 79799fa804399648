"""The words agree with the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.drawing import palette, words
from vae.records import Improvement, Posterior, Rank


def posterior(rec: float, kl: float) -> Posterior:
    two = np.ones(2, np.float32)
    return Posterior(two, two, np.zeros((1, 2, 2), np.float32), rec, kl, two)


@given(arrays.arrays(np.float32, st.integers(1, 40), elements=st.floats(0, 10, width=32)))
def test_collapse_counts_the_dimensions(kl: np.ndarray) -> None:
    used = int((kl > words.ACTIVE).sum())
    text = words.collapse(kl)
    if used == 0:
        assert text.startswith("No dimension")
    elif used == len(kl):
        assert text.startswith(f"All {used} ")
    else:
        assert text.startswith(f"{used} of {len(kl)} ")
        assert f"other {len(kl) - used} " in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_formulas_hold_the_measured_numbers_in_their_colours(theme: palette.Theme) -> None:
    formula = words.formula({"elbo": -100.04, "rec": -80.0, "kl": 20.04}, theme)
    for number, name in (("80.0", "xhat"), ("20.0", "kl")):
        assert rf"\textcolor{{{palette.SYMBOLS[name].ink(theme)}}}{{{number}}}" in formula
    assert "100.0" in formula
    for text in (formula, words.split(posterior(-80.0, 20.0), theme), words.kl_formula(theme)):
        assert text.count("{") == text.count("}")


def ranks(elbo: float, distance: float) -> list[Rank]:
    return [Rank("elbo", 74.3, elbo, 93.7), Rank("distance", 1.72, distance, 2.0)]


def test_typicality_is_a_verdict_and_its_numbers() -> None:
    usual = words.typicality(ranks(18.0, 40.0), 10_000)
    assert usual.startswith("**Like the data.** It costs more than 18\N{NO-BREAK SPACE}% of the 10,000 encoded items")
    assert "median: 93.7 nats" in usual
    assert "at distance 1.72, is farther than that of 40\N{NO-BREAK SPACE}%" in usual
    assert "more nats than nearly all" in words.typicality(ranks(99.7, 40.0), 10)
    assert "as an empty picture does" in words.typicality(ranks(0.0, 40.0), 10)
    assert "no encoded item lies near it" in words.typicality(ranks(99.7, 100.0), 10), "distance is said first"
    alone = words.typicality(ranks(0, 40.0)[1:], 10)
    assert "nats" not in alone
    assert "Its 5th neighbour" in alone


@given(st.floats(0, 100))
def test_a_percentile_is_never_rounded_to_all_or_none(value: float) -> None:
    said = words.percent(value)
    if 0.05 < value < 99.95:
        assert 0 < float(said[:-2]) < 100
    else:
        assert said in ("all", "none")


def test_a_missing_elbo_is_explained() -> None:
    assert words.costs(posterior(-80.0, 20.0)) == ""
    assert "this model does not define p(x|z). It has no KL either" in words.costs(
        posterior(float("nan"), float("nan"))
    )
    assert "Its KL to N(0, 1) is 3.0 nats" in words.costs(posterior(float("nan"), 3.0))


def test_an_improvement_is_said_in_nats_or_in_percent() -> None:
    curve, path = np.array([0.4, 0.1, 0.2], np.float32), np.zeros((3, 2), np.float32)
    gained = Improvement(posterior(-80.0, 20.0), posterior(-75.0, 19.5), curve, path)
    assert "**5.5 nats**" in words.improved(gained, 100)
    assert "100 steps" in words.improved(gained, 100)
    same = posterior(-80.0, 20.0)
    assert "Nothing to gain" in words.improved(Improvement(same, same, curve, path), 50)
    none = posterior(float("nan"), 1.0)
    assert "**75 %**" in words.improved(Improvement(none, none, curve, path), 100)


def test_only_what_was_measured_is_in_the_table() -> None:
    table = words.measured({"elbo": -90.0, "nll": None, "kl": float("nan"), "n": 10, "binarise": "dynamic"})
    assert table["measure"] == ["−ELBO"]
    assert table["value"] == ["90.00" + words.NATS]
    assert "10 test pictures" in table["what it means"][0]


def test_numbers_below_zero_have_a_minus_sign_and_thousands() -> None:
    assert words.number(-9399.46) == "\N{MINUS SIGN}9,399.5"
    assert words.measured({"elbo": 9399.46})["value"] == ["\N{MINUS SIGN}9,399.46" + words.NATS]
    assert "{9{,}399.5}" in words.formula({"elbo": -1.0, "rec": -9399.5, "kl": 1.0}, "light"), (
        "KaTeX sets a bare comma wide"
    )
