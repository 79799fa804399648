"""A person's own pictures as a record: its limits, the rows that are drawn from it, and its tenth for testing.

Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae.records import Bytes, Ints

MOST_PICTURES = 1_000_000  # ImageNet has 1.3 million; more belong in a file on disk, `vae.data.memmap`
MOST_PIXELS = 8 * 2**30  # bytes of all pictures together: they lie in memory
HELD_OUT = 10  # of one's own pictures, a tenth, drawn once and for all, is for testing


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures as bytes, their classes, and how many files were left out, with the first of them and its reason."""

    images: Bytes  # (N, C, H, W)
    labels: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    skipped: int = 0
    why: str = ""
    held_out: NDArray[np.bool_] | None = None  # (N,): whether it is for testing; None: a tenth is drawn
    notes: tuple[str, ...] = ()  # sentences on all of them


def draw(n: int, k: int, seed: int = 0) -> NDArray[np.int64]:
    """k of n row numbers, ascending; the same on every machine."""
    return np.sort(np.random.default_rng(seed).permutation(n)[:k])


def limited(n: int, limit: int, held_out: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """At most `limit` of n row numbers, 0: all; of what is held out its share, and at least one."""
    if not limit or limit >= n:
        return np.arange(n)
    if held_out is None or limit < 2:
        return draw(n, limit)
    parts = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    tests = min(max(1, round(limit * len(parts[1]) / n)), limit - 1, len(parts[1]))
    sizes = min(limit - tests, len(parts[0])), tests
    return np.sort(np.concatenate([part[draw(len(part), k)] for part, k in zip(parts, sizes, strict=True)]))


def halves(n: int, held_out: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers to learn from and to test on: as held out, else nine tenths and one; a lone picture is in both."""
    if n == 1:
        return np.arange(1), np.arange(1)
    tests = draw(n, max(1, n // HELD_OUT))
    if held_out is not None and held_out.any() and not held_out.all():
        tests = np.flatnonzero(held_out)
    return np.setdiff1d(np.arange(n), tests), tests
