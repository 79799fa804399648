"""Ends of a path as words short enough for a link: `item.123` (a row of the latents), `prior.7` (a seed), `z.<base64>`.

Latents in, points out. Knows nothing of pages or decoders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.drawing.words import class_of
from explorer.state.link import unpack
from vae.records import Floats, Latents


@dataclass(frozen=True, eq=False)
class Anchor:
    """One end: how a link says it, where it is, what people call it."""

    text: str
    z: Floats  # (D,)
    label: str


def resolve(text: str, latents: Latents) -> Anchor:
    """The point that a word stands for. ValueError, one sentence: there is none."""
    kind, _, value = text.partition(".")
    if kind == "item" and value.isdecimal() and int(value) < len(latents):
        row = int(value)
        return Anchor(text, latents.mean[row], label(latents, row))
    if kind == "prior" and value.isdecimal() and len(value) < 10:
        z = np.random.default_rng(int(value)).standard_normal(latents.dims, np.float32)
        return Anchor(text, z, f"random {value}")
    if kind == "z":
        point = np.array(unpack(value), np.float32)
        if len(point) == latents.dims:
            return Anchor(text, point, "a point")
        raise ValueError(
            f"An end of {len(point)} numbers does not fit this model of {latents.dims} latents: choose the end again."
        )
    raise ValueError(f"{text[:30]!r} is not an end of a path; use item.0 to item.{len(latents) - 1}, prior.1 or z.…")


def label(latents: Latents, row: int) -> str:
    """What an item is called: its class and its row."""
    return f"{class_of(latents, row) or 'item'} #{row:,}"


def rows_of(latents: Latents, k: int) -> list[int]:
    """The rows of class k; all rows for k < 0."""
    if k < 0 or latents.labels is None:
        return list(range(len(latents)))
    return np.flatnonzero(latents.labels == k).tolist()


def first(latents: Latents) -> tuple[str, str]:
    """Two ends to begin with: the items in the middle of the two classes that lie furthest apart."""
    present = np.unique(latents.labels).tolist() if latents.labels is not None else []
    if len(present) < 2:
        far = int(np.argmax(np.linalg.norm(latents.mean - latents.mean[0], axis=1)))
        return "item.0", f"item.{far}"
    rows = [rows_of(latents, k) for k in present]
    means = np.stack([latents.mean[of_class].mean(0) for of_class in rows])
    gaps = np.linalg.norm(means[:, None] - means[None], axis=-1)
    ends = np.unravel_index(int(gaps.argmax()), gaps.shape)
    middle = [rows[i][int(np.argmin(np.linalg.norm(latents.mean[rows[i]] - means[i], axis=1)))] for i in ends]
    return f"item.{middle[0]}", f"item.{middle[1]}"
