"""Sprites: the factors are what is drawn, everything is drawn whole, and it is the same every time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.data import sprites
from vae.records import Bytes, Floats

CELLS = st.tuples(*(st.integers(0, n - 1) for n in sprites.GRID))
X = np.arange(sprites.SIZE) + 0.5


def one(cell: tuple[int, ...]) -> tuple[Bytes, Floats]:
    data = sprites.at(np.array([cell]))
    assert data.factors is not None
    return data.images[0, 0], data.factors[0]


def moments(image: Bytes) -> tuple[float, float, float]:
    """(area in px, centre's x, centre's y)."""
    ink = image.astype(np.float64) / 255
    return ink.sum(), ink.sum(0) @ X / ink.sum(), ink.sum(1) @ X / ink.sum()


@given(CELLS)
def test_a_sprite_lies_where_its_factors_say(cell: tuple[int, ...]) -> None:
    image, factors = one(cell)
    area, x, y = moments(image)
    inner = sprites.SIZE - sprites.PATCH
    assert area > 30
    reach = 3.5 * factors[1] if cell[0] == 2 else 0.3  # a heart turns about its square, not its centre of mass
    assert abs(x - sprites.PATCH / 2 - inner * factors[3]) < reach
    assert abs(y - sprites.PATCH / 2 - inner * factors[4]) < reach


@given(CELLS)
def test_the_area_is_that_of_the_whole_shape(cell: tuple[int, ...]) -> None:
    image, factors = one(cell)
    r = sprites.LARGEST * factors[1]
    side = 1.4 * r  # of the heart's square; half a disc on two of its sides
    heart = side**2 + np.pi * (side / 2) ** 2
    expected = [(2 * r) ** 2, np.pi * 1.3 * r * 0.65 * r, heart][cell[0]]
    assert moments(image)[0] == pytest.approx(expected, rel=0.06)


@given(CELLS, st.integers(1, 31))
def test_a_step_in_x_moves_the_picture_and_nothing_else(cell: tuple[int, ...], other: int) -> None:
    there = (*cell[:3], (cell[3] + other) % 32, cell[4])
    (a, f), (b, g) = one(cell), one(there)
    assert moments(a)[0] == pytest.approx(moments(b)[0], rel=0.02)
    assert moments(b)[1] - moments(a)[1] == pytest.approx(32 * (g[3] - f[3]), abs=0.3)
    assert moments(b)[2] == pytest.approx(moments(a)[2], abs=0.1)


def test_a_turn_by_a_quarter_is_a_turn_of_the_picture() -> None:
    centre = np.array([[2, 5, 0, 0.5, 0.5], [2, 1, np.pi / 2, 0.5, 0.5]], np.float32)
    centre[:, 1] = 1.0
    upright, turned = sprites.draw(centre)[:, 0].astype(int)
    assert np.abs(np.rot90(upright, -1) - turned).max() <= 2


def test_splits_are_fixed_disjoint_and_balanced() -> None:
    cells = np.random.default_rng(0).permutation(np.prod(sprites.GRID))
    test = sprites.sprites("test")
    assert test.images.shape == (10_000, 1, 64, 64)
    assert test.factors is not None
    assert test.labels is not None
    assert test.factor_names == sprites.NAMES
    np.testing.assert_array_equal(test.labels, test.factors[:, 0].astype(np.int64))
    shapes = np.bincount(test.labels)
    assert shapes.min() > 3000
    first = np.stack(np.unravel_index(cells[:4], sprites.GRID), axis=1)
    np.testing.assert_array_equal(test.images[:4], sprites.at(first).images)
    np.testing.assert_array_equal(test.factors[:4], sprites.values(first))


def test_factors_fill_their_ranges_and_no_turn_comes_twice() -> None:
    corners = np.array([[0] * 5, [n - 1 for n in sprites.GRID]])
    low, high = sprites.values(corners)
    np.testing.assert_allclose(low, [0, 0.5, 0, 0, 0])
    np.testing.assert_allclose(high, [2, 1, 2 * np.pi * 39 / 40, 1, 1], rtol=1e-6)


def test_chunks_make_no_difference() -> None:
    rng = np.random.default_rng(1)
    cells = np.stack([rng.integers(0, n, 2_050) for n in sprites.GRID], axis=1)
    whole = sprites.at(cells).images
    np.testing.assert_array_equal(whole[1_990:2_010], sprites.at(cells[1_990:2_010]).images)


def test_no_cells_are_no_pictures() -> None:
    assert sprites.at(np.zeros((0, 5), int)).images.shape == (0, 1, 64, 64)


@pytest.mark.parametrize("cells", [[[0, 0, 0, 0]], [[3, 0, 0, 0, 0]], [[0, 0, 0, 0, -1]], [0, 0, 0, 0, 0]])
def test_cells_outside_the_grid_are_refused(cells: list[object]) -> None:
    with pytest.raises(ValueError, match="indices within"):
        sprites.at(np.array(cells))
