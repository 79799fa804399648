"""A map as a picture, drawn once, so that a figure need not hold 10,000 points. Pure: arrays in, a record out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.drawing import images, palette
from vae.records import Floats, Latents

DOTS = 50_000  # of a map, drawn at random where there are more
SIDE = 640  # pixels of the picture
NAMED = 12  # classes whose names fit on a map


@dataclass(frozen=True)
class Backdrop:
    """The picture's address, its edges in the map's own units, and where each class has its middle."""

    address: str
    left: float
    right: float
    bottom: float
    top: float
    middles: tuple[tuple[str, float, float], ...] = ()


def render(latents: Latents, xy: Floats, theme: palette.Theme) -> Backdrop:
    """The items at xy (N, 2) as dots in the colours of their classes."""
    middle, reach = (xy.max(0) + xy.min(0)) / 2, float((xy.max(0) - xy.min(0)).max()) * 0.54 or 1.0
    rows = np.random.default_rng(0).permutation(len(xy))[:DOTS]
    labels = np.full(len(xy), -1) if latents.labels is None else latents.labels
    classes, where = np.unique(labels[rows], return_inverse=True)
    colours = np.array([palette.rgb(palette.class_style(int(k), theme)[0]) for k in classes], np.float32)[where]
    png = images.dots((xy[rows] - middle) / reach, colours, SIDE, 0.75 if theme == "light" else 0.9)
    (x, y), r = middle.tolist(), reach
    return Backdrop(images.address(png), x - r, x + r, y - r, y + r, _middles(latents, xy))


def _middles(latents: Latents, xy: Floats) -> tuple[tuple[str, float, float], ...]:
    """The name of each class at its median; none where there are too many of them."""
    if latents.labels is None or not 1 < len(latents.classes) <= NAMED:
        return ()
    parts = [(name, xy[latents.labels == k]) for k, name in enumerate(latents.classes)]
    medians = [(name, np.median(part, axis=0)) for name, part in parts if len(part)]
    return tuple((name, float(x), float(y)) for name, (x, y) in medians)
