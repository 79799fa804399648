"""An end of a path is the same point for everyone who follows the link."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state import anchors
from explorer.state.link import pack
from vae.records import Latents

MEAN = np.random.default_rng(0).standard_normal((30, 3), np.float32)
LABELLED = Latents(MEAN, np.ones_like(MEAN), np.arange(30), np.arange(30) % 3, ("ant", "bee", "cat"))
PLAIN = Latents(MEAN, np.ones_like(MEAN), np.arange(30))


@given(st.integers(0, 29))
def test_an_item_is_its_mean(row: int) -> None:
    anchor = anchors.resolve(f"item.{row}", LABELLED)
    assert np.array_equal(anchor.z, MEAN[row])
    assert anchor.label.startswith(LABELLED.classes[row % 3])


@given(st.integers(0, 10**9 - 1))
def test_a_seed_is_one_point(seed: int) -> None:
    a, b = (anchors.resolve(f"prior.{seed}", PLAIN).z for _ in range(2))
    assert np.array_equal(a, b)
    assert a.shape == (3,)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_a_point_is_itself(z: list[float]) -> None:
    assert anchors.resolve(f"z.{pack(tuple(z))}", PLAIN).z.tobytes() == np.array(z, np.float32).tobytes()


@pytest.mark.parametrize(
    "text",
    ["", "item", "item.30", "item.-1", "item.²", "prior.x", "z.", "z.AAAA", f"z.{pack((1.0, 2.0))}", "x.1"],
)
def test_anything_else_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"end|link again"):
        anchors.resolve(text, PLAIN)


@pytest.mark.parametrize("latents", [LABELLED, PLAIN])
def test_the_first_ends_are_two(latents: Latents) -> None:
    a, b = (anchors.resolve(text, latents) for text in anchors.first(latents))
    assert not np.array_equal(a.z, b.z)
    if latents.labels is not None:
        assert a.label.split()[0] != b.label.split()[0]
