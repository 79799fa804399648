"""Pictures as files and as arrays that a page can show. NumPy and Pillow; knows nothing of models and Streamlit.

Every enlargement is by a whole number and keeps hard pixels, so that the page shows what the model drew.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.drawing import palette
from vae.records import Bytes

Reals = NDArray[np.floating[Any]]

GAP = 2  # pixels between pictures, whatever their size: a strip is read as one walk
SIDE = 112  # pixels of the page that a downloaded picture has at least
WHITE = 255


def to_uint8(x: Reals) -> Bytes:
    """[0, 1] -> 0..255, rounded; values outside are clipped, NaN is 0."""
    finite = np.nan_to_num(x, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.rint(finite.clip(0, 1) * 255), np.uint8)


def rows(picture: Bytes) -> Bytes:
    """(C, H, W) -> (H, W) if grey, else (H, W, C): as Pillow and the page want it."""
    return picture[0] if len(picture) == 1 else np.ascontiguousarray(np.moveaxis(picture, 0, -1))


def upscale(picture: Bytes, k: int) -> Bytes:
    """(..., H, W) -> (..., kH, kW): every pixel becomes a square of k x k equal ones. ValueError: k < 1."""
    if k < 1:
        raise ValueError(f"k (={k}) must be 1 or more: a pixel cannot be smaller than itself.")
    return np.repeat(np.repeat(picture, k, axis=-2), k, axis=-1)


def fit(height: int, width: int, side: int = SIDE) -> int:
    """The least whole number that enlarges height x width to `side` pixels or more on the longer side."""
    return max(1, -(-side // max(height, width)))


def grid(pictures: Bytes, columns: int = 0, gap: int = GAP, fill: int = WHITE) -> Bytes:
    """(N, C, H, W) -> one picture (C, rows (H + gap) - gap, columns (W + gap) - gap), row by row.

    columns 0: as square as it gets. Gaps and empty places are `fill`. ValueError: no pictures, or no sensible layout.
    """
    n, c, h, w = pictures.shape
    if n < 1 or columns < 0 or gap < 0:
        raise ValueError(f"A grid needs pictures (={n}), and columns (={columns}) and gap (={gap}) of 0 or more.")
    columns = min(columns or int(np.ceil(np.sqrt(n))), n)
    lines = -(-n // columns)
    sheet = np.full((c, lines * (h + gap), columns * (w + gap)), fill, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        sheet[:, top : top + h, left : left + w] = picture
    return sheet[:, : lines * (h + gap) - gap, : columns * (w + gap) - gap]


def strip(pictures: Bytes, side: int = SIDE) -> Bytes:
    """(N, C, H, W) enlarged and side by side, two pixels apart, as an array (H', W') or (H', W', 3) for a page."""
    return rows(_row(pictures, side))


def png(picture: Bytes) -> bytes:
    """(C, H, W) -> the bytes of a PNG file, grey or colour."""
    file = io.BytesIO()
    Image.fromarray(rows(picture)).save(file, "PNG", optimize=True)
    return file.getvalue()


def strip_png(pictures: Bytes) -> bytes:
    """`strip` as the bytes of a PNG file."""
    return png(_row(pictures, SIDE))


def gif(pictures: Bytes, ms: int = 80, loop: bool = True, ping_pong: bool = True, side: int = SIDE) -> bytes:
    """Frames (N, C, H, W) -> the bytes of a GIF, `ms` a frame (in steps of 10), there and back if `ping_pong`.

    Greys are exact; colours share one palette of 256, so that nothing flickers. ValueError: no frames, or ms < 20,
    which browsers slow down to 100.
    """
    frames = _frames(pictures, ms, side)
    if pictures.shape[1] == 3:
        shared = Image.fromarray(rows(grid(pictures, gap=0))).quantize(256, dither=Image.Dither.NONE)
        frames = [frame.quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames]
    return _moving("GIF", frames, ping_pong, duration=ms, optimize=False, **({"loop": 0} if loop else {}))


def webp(pictures: Bytes, ms: int = 80, ping_pong: bool = True, side: int = SIDE) -> bytes:
    """`gif` as an animated WebP without loss: every colour is exact; it goes on for ever. Errors: as of `gif`."""
    return _moving("WEBP", _frames(pictures, ms, side), ping_pong, duration=ms, loop=0, lossless=True)


def _frames(pictures: Bytes, ms: int, side: int) -> list[Image.Image]:
    if not len(pictures) or ms < 20:
        raise ValueError(f"A film needs frames (={len(pictures)}) and 20 ms a frame or more (={ms}).")
    k = fit(pictures.shape[2], pictures.shape[3], side)
    return [Image.fromarray(rows(upscale(picture, k))) for picture in pictures]


def _moving(kind: str, frames: list[Image.Image], ping_pong: bool, **how: Any) -> bytes:
    first, *others = frames + (frames[-2:0:-1] if ping_pong else [])
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=others, **how)
    return file.getvalue()


def _row(pictures: Bytes, side: int) -> Bytes:
    n, _, h, w = pictures.shape
    return grid(upscale(pictures, fit(h, w, side)), n)


def signed(error: Reals, theme: palette.Theme = "light", reach: float = 1.0) -> Bytes:
    """x̂ - x (C, H, W), its mean over the channels as a colour (3, H, W): blue below zero, vermilion above.

    Zero is the middle of the scale, ±reach its ends, and what lies beyond has their colour. ValueError: reach <= 0.
    """
    if not reach > 0:
        raise ValueError(f"reach (={reach}) must be above 0: it is the error that has the strongest colour.")
    stops = np.array([palette.rgb(colour) for colour in palette.diverging(theme)], np.float64)
    at = np.linspace(-1, 1, len(stops))
    level = np.nan_to_num(error.mean(axis=0) / reach, nan=0.0).clip(-1, 1)
    return np.asarray(np.rint([np.interp(level, at, band) for band in stops.T]), np.uint8)


def address(png: bytes) -> str:
    """A PNG file as a data address: a page that is redrawn every second never asks for a picture that is gone."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def dots(xy: Reals, colours: Reals, side: int, strength: float = 0.8, radius: float = 2.4) -> bytes:
    """A transparent square PNG of `side` pixels with a soft dot at each xy (N, 2), -1..1, up being y.

    Where dots of several colours (N, 3), 0..255, overlap, their colours mix, and opacity grows: 1 - (1 - a)^n.
    """
    at = (np.asarray(xy, np.float64) * [1, -1] + 1) / 2 * (side - 1)
    corner = np.floor(at).astype(int)
    weight, mixed = np.zeros(side * side), np.zeros((3, side * side))
    reach = range(-int(np.ceil(radius)), int(np.ceil(radius)) + 2)
    for dy in reach:
        for dx in reach:
            cell = corner + np.array((dx, dy))
            cover = np.clip(radius + 0.5 - np.hypot(*(cell - at).T), 0, 1)  # a disc with a soft edge
            keep = (cover > 0) & (cell >= 0).all(1) & (cell < side).all(1)
            where = cell[keep, 1] * side + cell[keep, 0]
            weight += np.bincount(where, cover[keep], side * side)
            for band, colour in zip(mixed, colours[keep].T, strict=True):
                band += np.bincount(where, cover[keep] * colour, side * side)
    alpha = 255 * (1 - (1 - strength) ** weight)
    whole = np.vstack([mixed / np.maximum(weight, 1e-9), alpha]).T.reshape(side, side, 4)
    file = io.BytesIO()
    Image.fromarray(np.asarray(np.rint(whole.clip(0, 255)), np.uint8)).save(file, "PNG")
    return file.getvalue()
