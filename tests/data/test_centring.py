"""Placing: found boxes are the drawn ones, what is placed keeps its mass and lies where it should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae.data import centring
from vae.records import Floats

LEVELS = st.sampled_from([0.0, 20.0, 128.0, 200.0, 255.0])
PIXELS = st.tuples(st.sampled_from([1, 3]), st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(0, 255, width=32))
)
SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


def ground(*levels: float) -> Floats:
    return np.array(levels, np.float32)[:, None, None]


def sheet(level: float, box: centring.Box, ink: float, size: int = 40) -> Floats:
    pixels = np.full((1, size, size), level, np.float32)
    pixels[:, box[0] : box[1], box[2] : box[3]] = ink
    return pixels


BOXES = st.tuples(st.integers(1, 18), st.integers(19, 39), st.integers(1, 18), st.integers(19, 39))


@given(BOXES, LEVELS, LEVELS)
def test_the_box_is_the_drawn_one(box: centring.Box, level: float, ink: float) -> None:
    pixels = sheet(level, box, ink)
    paper, spread, plain = centring.paper(pixels)
    assert plain
    assert spread == 0
    assert paper.item() == level
    assert centring.bounds(pixels, paper, spread) == (box if abs(ink - level) >= centring.FAINT else None)


@given(BOXES, st.integers(0, 99))
def test_noise_on_the_paper_is_not_drawn(box: centring.Box, seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-15, 15, (1, 40, 40)).astype(np.float32)
    pixels = sheet(200, box, 60) + noise
    paper, spread, plain = centring.paper(pixels)
    assert plain
    assert centring.bounds(pixels, paper, spread) == box


@given(st.integers(0, 99))
def test_a_photograph_has_no_plain_paper(seed: int) -> None:
    pixels = np.random.default_rng(seed).uniform(0, 255, (3, 20, 20)).astype(np.float32)
    assert not centring.paper(pixels)[2]


@given(PIXELS, SIZES)
def test_a_middle_has_the_proportions_at_any_size_and_stays_in_range(pixels: Floats, size: tuple[int, int]) -> None:
    height, width = pixels.shape[1:]
    top, bottom, left, right = centring.middle((height, width), size)
    assert 0 <= top < bottom <= height
    assert 0 <= left < right <= width
    assert abs(top - (height - bottom)) <= 1
    assert abs(left - (width - right)) <= 1
    assert bottom - top == height or right - left == width
    part = centring.resized(pixels[:, top:bottom, left:right], size)
    assert part.shape == (len(pixels), *size)
    assert part.min() >= 0
    assert part.max() <= 255
    if (height, width) == size:
        np.testing.assert_array_equal(part, pixels)


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([20 / 28, 1.0]))
def test_what_is_fitted_has_its_longer_side_and_its_proportions(high: int, wide: int, fill: float) -> None:
    made = centring.fitted(np.ones((1, 40, 40), np.float32), (2, 2 + high, 3, 3 + wide), (28, 28), fill)
    h, w = made.shape[1:]
    assert max(h, w) == round(28 * fill)
    assert h / w == pytest.approx(high / wide, abs=0.5 * (1 + high / wide) / min(h, w) + 0.01) or min(h, w) == 1


@given(
    arrays(np.float32, (1, 8, 5), elements=st.floats(0, 255, width=32)).filter(lambda a: a.max() > 1),
    st.integers(14, 40),
    st.integers(14, 40),
    st.booleans(),
)
def test_what_is_placed_is_all_there_and_in_the_middle(part: Floats, h: int, w: int, centred: bool) -> None:
    made = centring.placed(part, ground(0), (h, w), centred).astype(np.float64)
    assert made.shape == (1, h, w)
    assert made.sum() == pytest.approx(part.sum(dtype=np.float64), rel=1e-5)
    if centred and min(h, w) >= 18:  # there nothing is stopped by the edge
        for axis, length in ((1, h), (2, w)):
            mass = made.sum(axis=(0, 3 - axis))
            middle = mass @ (np.arange(length) + 0.5) / mass.sum()
            assert length // 2 - 1e-6 <= middle < length // 2 + 1 + 1e-6


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_part_that_is_as_large_as_the_sheet_is_shifted_by_its_mass(y: int, x: int) -> None:
    part = np.zeros((1, 10, 10), np.float32)
    part[0, y, x] = 255
    made = centring.placed(part, ground(0), (10, 10), centred=True, keep=False)
    assert made[0, 5, 5] == 255
    assert made.sum() == 255
    np.testing.assert_array_equal(centring.placed(part, ground(0), (10, 10), centred=True), part)


@given(LEVELS, st.floats(0, 255), st.floats(0, 12))
def test_stretching_reaches_both_ends_or_was_not_needed(level: float, ink: float, spread: float) -> None:
    pixels = sheet(level, (10, 20, 10, 20), ink)
    full = centring.stretched(pixels, ground(level), spread)
    if full is not None:
        made, end = full
        assert end.item() in (0, 255)
        assert made.min() == pytest.approx(0, abs=1e-3)
        assert made.max() == pytest.approx(255, abs=1e-3)
        assert made[0, 0, 0] == end.item()
        assert made[0, 15, 15] == pytest.approx(255 - end.item(), abs=1e-3)


def test_a_clean_drawing_is_not_stretched() -> None:
    assert centring.stretched(sheet(0, (10, 20, 10, 20), 250), ground(0), 0) is None
    assert centring.stretched(sheet(255, (10, 20, 10, 20), 0), ground(255), 0) is None


def test_empty_paper_is_not_stretched() -> None:
    assert centring.stretched(np.full((1, 9, 9), 130, np.float32), ground(130), 0) is None
