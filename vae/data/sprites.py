"""Sprites: one white shape on black, 64 x 64, made on the fly with its five true factors, after dSprites.

The grid is that of dSprites (Matthey et al., 2017): 3 shapes x 6 scales x 40 rotations x 32 x-positions x 32
y-positions = 737,280 pictures. Edges are anti-aliased from the shapes' distance functions. Knows nothing of models.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.records import Bytes, Dataset, Floats

SHAPES = ("square", "ellipse", "heart")
NAMES = ("shape", "scale", "rotation", "x", "y")
GRID = (3, 6, 40, 32, 32)
SIZE, PATCH = 64, 32  # a shape of the largest scale, at any rotation, fits a patch
LARGEST = 11.0  # half a side of the largest square, px
ITEMS = {"train": 60_000, "test": 10_000}
_CHUNK = 2_000


def sprites(split: str = "train") -> Dataset:
    """60,000 ("train") or 10,000 ("test") cells of the grid, drawn once and for all, no cell twice, or both ("all")."""
    cells = np.random.default_rng(0).permutation(np.prod(GRID))
    start, end = {"train": (10_000, 70_000), "test": (0, 10_000), "all": (0, 70_000)}[split]
    return at(np.stack(np.unravel_index(cells[start:end], GRID), axis=1), split)


def at(cells: NDArray[Any], split: str = "grid") -> Dataset:
    """The pictures of chosen cells (N, 5) of the grid: indices of shape, scale, rotation, x, y. Errors: ValueError."""
    cells = np.asarray(cells)
    if cells.ndim != 2 or cells.shape[1] != len(GRID) or (cells < 0).any() or (cells >= GRID).any():
        raise ValueError(
            f"cells must be (N, 5) indices within {GRID}, not {cells.shape} up to {cells.max(0, initial=0)}."
        )
    levels = values(cells)
    images = np.concatenate([draw(levels[i : i + _CHUNK]) for i in range(0, max(len(cells), 1), _CHUNK)])
    return Dataset("sprites", images, cells[:, 0].astype(np.int64), SHAPES, levels, NAMES, split)


def values(cells: NDArray[Any]) -> Floats:
    """Indices (N, 5) -> factors (N, 5): shape 0..2, scale 1/2..1, rotation 0..2π (radians), x and y 0..1."""
    last = np.array(GRID) - 1
    part = cells / last
    rotation = cells[:, 2] * (2 * np.pi / GRID[2])  # 40 different turns: the last is not the first again
    return np.stack([cells[:, 0], 0.5 + part[:, 1] / 2, rotation, part[:, 3], part[:, 4]], axis=1).astype(np.float32)


def draw(factors: Floats) -> Bytes:
    """Factors (N, 5) -> pictures (N, 1, 64, 64), 0..255. A pixel is covered by 1/2 - its distance to the edge in px."""
    factors = np.asarray(factors, np.float32)
    pictures = np.zeros((len(factors), 1, SIZE + 1, SIZE + 1), np.uint8)  # a patch may reach one past the edge, empty
    for shape, distance in enumerate((_square, _ellipse, _heart)):
        rows = np.flatnonzero(factors[:, 0] == shape)
        _, scale, rotation, x, y = (f[:, None, None] for f in factors[rows].T)
        left, dx = _offsets(x)
        top, dy = _offsets(y)
        cos, sin = np.cos(rotation), np.sin(rotation)
        u, v = cos * dx[:, None] + sin * dy[..., None], cos * dy[..., None] - sin * dx[:, None]
        covered = (255 * np.clip(0.5 - distance(u, v, LARGEST * scale), 0, 1)).round().astype(np.uint8)
        pictures[rows[:, None, None], 0, top[..., None], left[:, None]] = covered
    return pictures[..., :SIZE, :SIZE]


def _offsets(position: Floats) -> tuple[NDArray[Any], Floats]:
    """Of a patch around a position (N, 1, 1) in 0..1: its pixels' indices, and how far they lie from the centre, px."""
    centre = PATCH / 2 + (SIZE - PATCH) * position[..., 0]
    pixels = np.floor(centre).astype(np.int32) - PATCH // 2 + np.arange(PATCH, dtype=np.int32)
    return pixels, pixels.astype(np.float32) + np.float32(0.5) - centre


def _square(u: Floats, v: Floats, r: Floats) -> Floats:
    return np.asarray(np.maximum(np.abs(u), np.abs(v)) - r, np.float32)


def _ellipse(u: Floats, v: Floats, r: Floats) -> Floats:
    """Half-axes 1.3 r and 0.65 r; first-order distance (f - 1) / |∇f|."""
    a, b = np.float32(1.3) * r, np.float32(0.65) * r
    f = np.hypot(u / a, v / b)
    slope = np.hypot(u / a**2, v / b**2) / np.maximum(f, 1e-6)
    return np.asarray((f - 1) / np.maximum(slope, 1e-6), np.float32)


def _heart(u: Floats, v: Floats, r: Floats) -> Floats:
    """A square on its corner with a disc on each upper side."""
    side = np.float32(0.7) * r
    p, q = (u + v) * np.float32(np.sqrt(0.5)), (v - u) * np.float32(np.sqrt(0.5))
    square = np.maximum(np.abs(p), np.abs(q)) - side
    left, right = np.hypot(p + side, q) - side, np.hypot(p, q + side) - side
    return np.asarray(np.minimum(square, np.minimum(left, right)), np.float32)
