"""The words agree with the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer import palette, words
from vae.records import Latents, Posterior


def posterior(rec: float, kl: float) -> Posterior:
    two = np.ones(2, np.float32)
    return Posterior(two, two, np.zeros((1, 2, 2), np.float32), rec, kl, two)


def latents(rec: list[float]) -> Latents:
    n = len(rec)
    zero = np.zeros((n, 2), np.float32)
    return Latents(zero, zero, np.arange(n), rec=np.array(rec, np.float32), kl=np.zeros(n, np.float32))


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


def test_the_cost_is_told_against_the_items() -> None:
    items = latents([-float(c) for c in range(100)])
    assert "50 % of the known pictures cost less" in words.costs(posterior(-49.5, 0.0), items)
    assert "unlike" in words.costs(posterior(-1000.0, 0.0), items)
    assert "unlike" not in words.costs(posterior(-20.0, 0.0), items)


def test_only_what_was_measured_is_in_the_table() -> None:
    table = words.measured({"elbo": -90.0, "nll": None, "kl": float("nan"), "n": 10, "binarise": "dynamic"})
    assert table["measure"] == ["−ELBO"]
    assert table["value"] == ["90.00 nats"]
    assert "10 test pictures" in table["what it means"][0]
