"""Images: every pixel of the model is found again in what is shown."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageSequence

from explorer.drawing import images, palette
from vae.records import Bytes, Floats

SHAPES = st.tuples(st.integers(1, 7), st.sampled_from([1, 3]), st.integers(1, 6), st.integers(1, 6))
PICTURES = SHAPES.flatmap(lambda shape: arrays(np.uint8, shape))


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


@given(arrays(np.float32, 9, elements=st.floats(width=32)))
def test_bytes_are_rounded_clipped_and_never_fail(x: Floats) -> None:
    made = images.to_uint8(x)
    inside = np.isfinite(x) & (x >= 0) & (x <= 1)
    assert made.dtype == np.uint8
    assert (np.abs(made[inside] / 255 - x[inside]) <= 0.5 / 255 + 1e-6).all()
    assert (made[x > 1] == 255).all()
    assert (made[~(x > 0)] == 0).all()


@given(arrays(np.uint8, 20))
def test_bytes_survive_the_round_trip(x: Bytes) -> None:
    np.testing.assert_array_equal(images.to_uint8((x / 255).astype(np.float32)), x)


@given(PICTURES, st.integers(1, 5))
def test_upscaling_only_repeats(pictures: Bytes, k: int) -> None:
    made = images.upscale(pictures, k)
    for dy, dx in np.ndindex(k, k):
        np.testing.assert_array_equal(made[..., dy::k, dx::k], pictures)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 500))
def test_the_enlargement_is_the_least_that_suffices(h: int, w: int, side: int) -> None:
    k = images.fit(h, w, side)
    assert k * max(h, w) >= side
    assert k == 1 or (k - 1) * max(h, w) < side


@given(PICTURES, st.integers(0, 8), st.integers(0, 2), st.sampled_from([0, 7, 255]))
def test_a_grid_holds_every_picture_once_and_nothing_else(pictures: Bytes, columns: int, gap: int, fill: int) -> None:
    n, c, h, w = pictures.shape
    sheet = images.grid(pictures, columns, gap, fill).astype(int)
    across = (sheet.shape[2] + gap) // (w + gap)
    assert sheet.shape[0] == c
    assert across == min(columns or int(np.ceil(np.sqrt(n))), n)
    for i, each in enumerate(pictures):
        top, left = i // across * (h + gap), i % across * (w + gap)
        np.testing.assert_array_equal(sheet[:, top : top + h, left : left + w], each)
        sheet[:, top : top + h, left : left + w] = fill
    assert (sheet == fill).all()


@given(PICTURES)
def test_a_strip_is_one_row_with_small_gaps(pictures: Bytes) -> None:
    n, c, h, w = pictures.shape
    k = images.fit(h, w)
    made = images.strip(pictures)
    assert made.shape == (k * h, n * k * w + (n - 1) * images.GAP, *([3] if c == 3 else []))
    assert images.GAP <= 2
    np.testing.assert_array_equal(np.asarray(opened(images.strip_png(pictures))), made)


@given(PICTURES)
def test_a_png_holds_the_very_pixels(pictures: Bytes) -> None:
    made = opened(images.png(pictures[0]))
    assert made.format == "PNG"
    np.testing.assert_array_equal(np.asarray(made), images.rows(pictures[0]))


def walk(n: int) -> Bytes:
    """n grey frames, no two alike."""
    frames = np.zeros((n, 1, 8, 8), np.uint8)
    for i, frame in enumerate(frames):
        frame[0, i % 8, i // 8] = 255
    return frames


@pytest.mark.parametrize(
    ("n", "ping_pong", "order"),
    [(1, True, [0]), (2, True, [0, 1]), (4, True, [0, 1, 2, 3, 2, 1]), (4, False, [0, 1, 2, 3])],
)
def test_a_gif_goes_there_and_back_without_stopping_at_the_ends(n: int, ping_pong: bool, order: list[int]) -> None:
    frames = walk(n)
    made = opened(images.gif(frames, ms=100, ping_pong=ping_pong))
    shown = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(made)]
    assert len(shown) == len(order)
    for picture, i in zip(shown, order, strict=True):
        np.testing.assert_array_equal(picture, images.upscale(frames[i], 14)[0])


@pytest.mark.parametrize("loop", [True, False])
def test_a_gif_keeps_its_time_and_loops_if_asked(loop: bool) -> None:
    made = opened(images.gif(walk(3), ms=120, loop=loop))
    assert [f.info["duration"] for f in ImageSequence.Iterator(made)] == [120] * 4
    assert made.info.get("loop") == (0 if loop else None)


def test_a_webp_has_every_colour_and_goes_there_and_back() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 3, 8, 8), dtype=np.uint8)
    made = opened(images.webp(frames, ms=120))
    for shown, i in zip(ImageSequence.Iterator(made), (0, 1, 2, 1), strict=True):
        np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), images.rows(images.upscale(frames[i], 14)))
    assert made.info["duration"] == 120


def test_colours_of_a_gif_come_near() -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (60, 3), dtype=np.uint8)
    frames = np.moveaxis(colours[rng.integers(0, 60, (3, 8, 8))], -1, 1)
    for shown, frame in zip(ImageSequence.Iterator(opened(images.gif(frames, ping_pong=False))), frames, strict=True):
        off = np.asarray(shown.convert("RGB")).astype(int) - images.rows(images.upscale(frame, 14))
        assert np.abs(off).mean() < 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_error_map_is_centred_on_zero(theme: palette.Theme) -> None:
    ends = palette.diverging(theme)
    error = np.array([[[-2, -1, 0, 1, 2, np.nan]]], np.float32)
    made = images.signed(error, theme)[:, 0].T
    expected = [palette.rgb(ends[i]) for i in (0, 0, 2, -1, -1, 2)]
    assert [tuple(colour) for colour in made.tolist()] == expected


def test_the_light_error_map_is_blue_white_vermilion() -> None:
    made = images.signed(np.array([[[-1.0, 1.0]]], np.float32))
    assert made[:, 0, 0].tolist() == [0x00, 0x72, 0xB2]
    assert made[:, 0, 1].tolist() == [0xD5, 0x5E, 0x00]


@given(arrays(np.float32, (3, 2, 2), elements=st.floats(-1, 1, width=32)), st.floats(0.1, 4))
def test_the_error_map_takes_the_mean_of_the_channels_and_its_reach(error: Floats, reach: float) -> None:
    mean = error.mean(axis=0, keepdims=True)
    np.testing.assert_array_equal(images.signed(error, reach=reach), images.signed(mean / np.float32(reach)))


def test_what_makes_no_picture_is_refused() -> None:
    none = np.zeros((0, 1, 4, 4), np.uint8)
    with pytest.raises(ValueError, match="needs pictures"):
        images.grid(none)
    with pytest.raises(ValueError, match="needs frames"):
        images.gif(none)
    with pytest.raises(ValueError, match=r"20 ms a frame or more \(=10\)"):
        images.gif(walk(2), ms=10)
    with pytest.raises(ValueError, match=r"k \(=0\)"):
        images.upscale(walk(1), 0)
    with pytest.raises(ValueError, match=r"reach \(=0\)"):
        images.signed(np.zeros((1, 2, 2), np.float32), reach=0)
