"""Where a drawing lies in its picture, and how it is placed in one of another size: arithmetic on arrays.

Pixels are float32 (C, H, W), 0..255. `paper` is the colour (C, 1, 1) that a drawing stands on. Knows nothing of files.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from vae.records import Floats

PLAIN, NEAR = 0.8, 40.0  # paper is plain if this share of the border lies this near to its median, in levels
FAINT = 16.0  # levels from the paper under which nothing counts as drawn: what JPEG does to plain paper stays below
EDGE = 0.1  # share of the strongest ink at which a drawing begins
CLEAN = 8.0, 230.0  # paper at most this far from black or white, ink at least this strong: nothing to stretch

Box = tuple[int, int, int, int]  # top, bottom, left, right; the ends excluded


def paper(pixels: Floats) -> tuple[Floats, float, bool]:
    """What lies around the drawing: the border's median colour (C, 1, 1), its spread in levels, whether it is plain.

    The spread is the 90th percentile of the border's distance from that colour: noise, shadow.
    """
    border = np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)
    colour = np.median(border, axis=1)[:, None]
    off = np.abs(border - colour).max(axis=0)
    plain = float((off <= NEAR).mean()) >= PLAIN
    return colour[..., None].astype(np.float32), float(np.quantile(off, 0.9)), plain


def bounds(pixels: Floats, ground: Floats, spread: float = 0.0) -> Box | None:
    """The box around what is drawn on the `ground` and stands out from its `spread`; None on an empty sheet."""
    ink = np.abs(pixels - ground).max(axis=0) - spread
    if ink.max() < FAINT:
        return None
    strong = ink >= max(FAINT, EDGE * float(ink.max()))
    down, across = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    return int(down[0]), int(down[-1]) + 1, int(across[0]), int(across[-1]) + 1


def middle(whole: tuple[int, int], size: tuple[int, int]) -> Box:
    """The largest box of the proportions of `size` (h, w) around the middle of a picture (height, width)."""
    (height, width), (h, w) = whole, size
    high, wide = min(height, max(1, round(width * h / w))), min(width, max(1, round(height * w / h)))
    top, left = (height - high) // 2, (width - wide) // 2
    return top, top + high, left, left + wide


def fitted(pixels: Floats, box: Box, size: tuple[int, int], fill: float) -> Floats:
    """What is in the box, as large as it can be within `fill` of `size` (h, w), its proportions kept."""
    top, bottom, left, right = box
    high, wide = bottom - top, right - left
    scale = min(fill * size[0] / high, fill * size[1] / wide)
    return resized(pixels[:, top:bottom, left:right], (max(1, round(high * scale)), max(1, round(wide * scale))))


def placed(part: Floats, ground: Floats, size: tuple[int, int], centred: bool, keep: bool = True) -> Floats:
    """`part` on a sheet (C, *size) of the ground's colour: its middle or (`centred`) its centre of mass in the middle.

    The centre of mass comes to lie in the middle pixel, as in MNIST: [14, 15) of 28 in both directions (measured on
    its test set). `keep`: the part, no larger than the sheet, stops at its edges; else what leaves the sheet is lost.
    """
    sheet = np.broadcast_to(ground, (len(part), *size)).astype(np.float32)
    ink = np.abs(part - ground).max(axis=0)
    slots: list[slice] = []
    sources: list[slice] = []
    for axis, length in enumerate(size):
        n = part.shape[1 + axis]
        start = (length - n) // 2
        if centred and ink.sum() > 0:
            mass = ink.sum(axis=1 - axis)
            start = math.ceil(length // 2 - float(mass @ (np.arange(n) + 0.5)) / float(mass.sum()))
            start = min(max(start, 0), length - n) if keep else start
        slots.append(slice(max(start, 0), min(start + n, length)))
        sources.append(slice(max(-start, 0), min(n, length - start)))
    sheet[:, slots[0], slots[1]] = part[:, sources[0], sources[1]]
    return sheet


def stretched(pixels: Floats, ground: Floats, spread: float) -> tuple[Floats, Floats] | None:
    """Grey pixels and their paper, stretched to the full range; None where they reach it already.

    v -> 255 (|v - ground| - spread) / (max |v - ground| - spread), on the side of the ink: light paper and its noise
    become white, dark paper black, the strongest ink the opposite. Strokes that resizing made faint come back.
    """
    level = float(ground.mean())
    light = level > 127
    ink = level - pixels if light else pixels - level
    top, off = float(ink.max()), min(level, 255 - level)
    if top - spread < FAINT or (off <= CLEAN[0] and top >= CLEAN[1]):
        return None
    full = 255 * np.clip((ink - spread) / (top - spread), 0, 1)
    end = np.full_like(ground, 255 if light else 0)
    return np.abs(end - full).astype(np.float32), end


def resized(pixels: Floats, size: tuple[int, int]) -> Floats:
    """Lanczos, channel by channel, within 0..255."""
    if pixels.shape[1:] == size:
        return pixels
    h, w = size
    planes = [np.asarray(Image.fromarray(c).resize((w, h), Image.Resampling.LANCZOS)) for c in pixels]
    return np.stack(planes).clip(0, 255)
