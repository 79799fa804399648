"""Lines between latents, as frames (n, D). Knows nothing of models: a path is numbers.

Linear: (1 - t) a + t b. Spherical (Shoemake, 1985; for latents White, 2016): the direction turns by equal angles while
the length goes linearly, so that the frames stay at the radius where a normal prior has its mass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.records import Floats

Doubles = NDArray[np.float64]
PARALLEL = 1e-4  # radians from 0 or π within which an arc is no longer defined by its ends


def linear(a: ArrayLike, b: ArrayLike, n: int) -> Floats:
    """n frames (n, D) from a to b, both included; n = 1 is the middle."""
    start, end, t = _ends(a, b, n)
    return _exact((1 - t) * start + t * end, start, end)


def slerp(a: ArrayLike, b: ArrayLike, n: int) -> Floats:
    """n frames (n, D) along the arc from a to b: sin((1-t)Ω)/sin Ω â + sin(tΩ)/sin Ω b̂, times the length between.

    Where no arc is defined (parallel ends, or one at the origin) the line is straight; between opposite ends the arc
    goes through a fixed direction at a right angle to both.
    """
    start, end, t = _ends(a, b, n)
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0 or start.size < 2:
        return linear(start, end, n)
    u, v = start / lengths[0], end / lengths[1]
    omega = np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)) * 2  # exact near 0 and π, unlike arccos
    if omega < PARALLEL:
        return linear(start, end, n)
    across = v - (u @ v) * u if omega < np.pi - PARALLEL else _across(u)
    across = across / np.linalg.norm(across)
    length = (1 - t) * lengths[0] + t * lengths[1]
    return _exact(length * (np.cos(t * omega) * u + np.sin(t * omega) * across), start, end)


KINDS: dict[str, Callable[[ArrayLike, ArrayLike, int], Floats]] = {"linear": linear, "slerp": slerp}


def chain(anchors: Sequence[ArrayLike], n: int, kind: str = "slerp") -> Floats:
    """A path through m anchors, n frames from one to the next, no anchor twice: ((m - 1)(n - 1) + 1, D).

    Errors: ValueError for fewer than 2 anchors or frames, or an unknown kind.
    """
    if len(anchors) < 2 or n < 2:
        raise ValueError(f"{len(anchors)} anchors and n (={n}) must both be at least 2: a path has two ends.")
    if kind not in KINDS:
        raise ValueError(f"kind (={kind!r}) must be one of {', '.join(map(repr, KINDS))}.")
    legs = [KINDS[kind](a, b, n) for a, b in pairwise(anchors)]
    return np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])])


def _ends(a: ArrayLike, b: ArrayLike, n: int) -> tuple[Doubles, Doubles, Doubles]:
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if start.ndim != 1 or start.shape != end.shape:
        raise ValueError(f"both ends must be vectors of one length, not {start.shape} and {end.shape}.")
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        raise ValueError("an end of the path is not finite: replace NaN and infinity in it.")
    if n < 1:
        raise ValueError(f"n (={n}) must be at least 1: the number of frames.")
    t = np.linspace(0, 1, n) if n > 1 else np.array([0.5])
    return start, end, t[:, None]


def _exact(frames: Doubles, start: Doubles, end: Doubles) -> Floats:
    """float32, and the ends to the bit."""
    exact = frames.astype(np.float32)
    if len(exact) > 1:
        exact[0], exact[-1] = start, end
    return exact


def _across(u: Doubles) -> Doubles:
    """A direction at a right angle to u: the axis with the smallest |u_k|, projected."""
    axis = np.zeros_like(u)
    axis[np.argmin(np.abs(u))] = 1
    return axis - (axis @ u) * u
