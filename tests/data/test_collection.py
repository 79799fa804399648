"""Rows of a person's own pictures: parts are disjoint and whole, and a draw is the same on every machine."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vae.data.collection import HELD_OUT, draw, halves, limited

MASKS = st.lists(st.booleans(), min_size=1, max_size=60).map(np.array)


def test_a_draw_is_the_same_on_every_machine() -> None:
    assert draw(10, 4).tolist() == [2, 4, 6, 7]


@given(st.integers(1, 99), st.integers(0, 99))
def test_a_draw_ascends_without_repeating(n: int, k: int) -> None:
    rows = draw(n, k)
    assert len(rows) == min(n, k)
    assert (np.diff(rows) > 0).all()
    assert ((rows >= 0) & (rows < n)).all()


@given(MASKS, st.integers(0, 70))
def test_a_limit_keeps_both_parts(held_out: NDArray[np.bool_], limit: int) -> None:
    rows = limited(len(held_out), limit, held_out)
    assert len(rows) == min(limit or len(held_out), len(held_out))
    assert (np.diff(rows) > 0).all()
    if limit > 1 and held_out.any() and not held_out.all():
        assert held_out[rows].any()
        assert not held_out[rows].all()


@given(MASKS, st.booleans())
def test_halves_are_disjoint_and_whole_and_as_held_out(held_out: NDArray[np.bool_], folders: bool) -> None:
    n = len(held_out)
    train, tests = halves(n, held_out if folders else None)
    if n == 1:
        assert train.tolist() == tests.tolist() == [0]
        return
    assert sorted([*train.tolist(), *tests.tolist()]) == list(range(n))
    if folders and held_out.any() and not held_out.all():
        assert held_out[tests].all()
    else:
        assert len(tests) == max(1, n // HELD_OUT)
