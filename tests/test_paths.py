"""Paths: ends to the bit, steps and radii as promised, the same way back."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae import paths
from vae.records import Floats

LINES = pytest.mark.parametrize("line", [paths.linear, paths.slerp])
Line = Callable[..., Floats]


def vectors(d: int) -> st.SearchStrategy[Floats]:
    return arrays(np.float32, d, elements=st.floats(-10, 10, width=32))


def pairs(least: int = 1) -> st.SearchStrategy[tuple[Floats, Floats]]:
    return st.integers(least, 8).flatmap(lambda d: st.tuples(vectors(d), vectors(d)))


@LINES
@given(ends=pairs(), n=st.integers(2, 20))
def test_the_ends_are_exact_and_every_frame_is_finite(line: Line, ends: tuple[Floats, Floats], n: int) -> None:
    a, b = ends
    frames = line(a, b, n)
    assert frames.shape == (n, len(a))
    assert frames.dtype == np.float32
    assert (frames[0] == a).all()
    assert (frames[-1] == b).all()
    assert np.isfinite(frames).all()


@LINES
@given(ends=pairs(), n=st.integers(1, 20))
def test_the_way_back_is_the_way_there_reversed(line: Line, ends: tuple[Floats, Floats], n: int) -> None:
    a, b = ends
    np.testing.assert_allclose(line(a, b, n), line(b, a, n)[::-1], atol=1e-4)


@LINES
@given(ends=pairs())
def test_one_frame_is_the_middle_of_three(line: Line, ends: tuple[Floats, Floats]) -> None:
    np.testing.assert_allclose(line(*ends, 1)[0], line(*ends, 3)[1], atol=1e-5)


@LINES
@given(v=st.integers(1, 8).flatmap(vectors), n=st.integers(1, 9))
def test_a_path_from_a_point_to_itself_stays_there(line: Line, v: Floats, n: int) -> None:
    np.testing.assert_allclose(line(v, v, n), np.tile(v, (n, 1)), atol=1e-5)


@given(ends=pairs(), n=st.integers(2, 20))
def test_linear_takes_equal_steps(ends: tuple[Floats, Floats], n: int) -> None:
    a, b = ends
    steps = np.diff(paths.linear(a, b, n).astype(np.float64), axis=0)
    np.testing.assert_allclose(steps, np.tile((b.astype(np.float64) - a) / (n - 1), (n - 1, 1)), atol=1e-5)


@given(ends=pairs(2), n=st.integers(2, 20))
def test_slerp_never_leaves_the_shell_between_its_ends(ends: tuple[Floats, Floats], n: int) -> None:
    a, b = (v.astype(np.float64) for v in ends)
    low, high = sorted((np.linalg.norm(a), np.linalg.norm(b)))
    radii = np.linalg.norm(paths.slerp(a, b, n).astype(np.float64), axis=1)
    assert radii.max() <= high * (1 + 1e-5) + 1e-5
    if low > 0 and np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b)) > 2 * paths.PARALLEL:
        np.testing.assert_allclose(radii, np.linspace(np.linalg.norm(a), np.linalg.norm(b), n), atol=1e-4)


@given(seed=st.integers(0, 10_000), n=st.integers(3, 20))
def test_slerp_turns_by_equal_angles(seed: int, n: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, 16))
    frames = paths.slerp(a, b, n).astype(np.float64)
    unit = frames / np.linalg.norm(frames, axis=1, keepdims=True)
    angles = np.arccos(np.clip((unit[1:] * unit[:-1]).sum(1), -1, 1))
    np.testing.assert_allclose(angles, angles[0], atol=1e-3)


def test_slerp_between_axes_is_the_circle() -> None:
    angle = np.linspace(0, np.pi / 2, 7)
    expected = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    np.testing.assert_allclose(paths.slerp([1, 0], [0, 1], 7), expected, atol=1e-6)


@given(v=vectors(5).filter(lambda v: np.linalg.norm(v) > 0.1), k=st.floats(0.1, 10), n=st.integers(3, 9))
def test_slerp_between_opposite_ends_goes_around_the_origin(v: Floats, k: float, n: int) -> None:
    frames = paths.slerp(v, -k * v, n).astype(np.float64)
    radii = np.linalg.norm(frames, axis=1)
    np.testing.assert_allclose(radii, np.linspace(radii[0], radii[-1], n), rtol=1e-3)


@given(ends=pairs(2), n=st.integers(1, 9))
def test_slerp_is_straight_where_no_arc_is_defined(ends: tuple[Floats, Floats], n: int) -> None:
    a, _ = ends
    for b in (np.zeros_like(a), 2 * a):
        np.testing.assert_allclose(paths.slerp(a, b, n), paths.linear(a, b, n), atol=1e-4)


@pytest.mark.parametrize("kind", paths.KINDS)
@given(m=st.integers(2, 5), n=st.integers(2, 6), seed=st.integers(0, 99))
def test_a_chain_stands_once_on_every_anchor(kind: str, m: int, n: int, seed: int) -> None:
    anchors = np.random.default_rng(seed).normal(size=(m, 3)).astype(np.float32)
    frames = paths.chain(list(anchors), n, kind)
    assert frames.shape == ((m - 1) * (n - 1) + 1, 3)
    assert (frames[:: n - 1] == anchors).all()
    np.testing.assert_array_equal(frames[:n], paths.KINDS[kind](anchors[0], anchors[1], n))


@LINES
@pytest.mark.parametrize(
    ("a", "b", "n", "words"),
    [
        ([0, 1], [0, 1, 2], 3, "vectors of one length"),
        ([[0, 1]], [[0, 1]], 3, "vectors of one length"),
        ([0, np.nan], [0, 1], 3, "not finite"),
        ([0, 1], [np.inf, 1], 3, "not finite"),
        ([0, 1], [1, 0], 0, r"n \(=0\)"),
    ],
)
def test_what_is_no_path_is_refused(line: Line, a: list[float], b: list[float], n: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        line(a, b, n)


@pytest.mark.parametrize(
    ("m", "n", "kind", "words"),
    [
        (1, 3, "slerp", r"^1 anchors and n \(=3\) must both be at least 2"),
        (3, 1, "slerp", r"n \(=1\)"),
        (3, 3, "geodesic", "'linear', 'slerp'"),
    ],
)
def test_what_is_no_chain_is_refused(m: int, n: int, kind: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        paths.chain([[0.0, 1.0]] * m, n, kind)
