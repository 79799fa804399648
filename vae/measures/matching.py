"""Matches the latents of two models that have encoded the same items, by the correlation of their means.

Latents have no order and no sign, and two models may have different numbers of them. Every dimension of B is paired
with the dimension of A whose means correlate most with its own. Knows nothing of torch; SciPy loads inside `match`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae.maps.neighbours import ACTIVE
from vae.records import Floats, Ints, Latents, _Frozen

FEWEST = 30  # common items, below which a correlation is too uncertain
WEAK = 0.3  # |r| below which two dimensions are no counterparts
CHANCE = 4.0  # ... or below so many standard errors of r between independent numbers, 1/√n
FLAT = 1e-6  # spread of means, in units of the widest, below which a dimension is a constant

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Matching(_Frozen):
    """From z of A (D_a) to z of B (D_b), dimension by dimension of B: z_b = weight · z_a + offset."""

    partner: Ints  # (D_b,), its counterpart, a dimension of A; -1: it has none
    r: Floats  # (D_b,), their correlation; without a counterpart, the strongest with any dimension of A
    explained: Floats  # (D_b,), R²: the share of its variance that a linear regression on all of A's accounts for
    weight: Floats  # (D_b, D_a)
    offset: Floats  # (D_b,)
    items: int  # the common items, of which all this is computed

    def __call__(self, z: NDArray[np.floating]) -> Floats:
        """z of A (..., D_a) -> z of B (..., D_b). Errors: ValueError on another D_a."""
        if z.shape[-1:] != self.weight.shape[1:]:
            raise ValueError(
                f"z of shape {z.shape} must end in {self.weight.shape[1]}, the latents of the first model."
            )
        return np.asarray(z @ self.weight.T + self.offset, np.float32)


def shared(a: Latents, b: Latents) -> tuple[Ints, Ints]:
    """The rows of `a` and the rows of `b` that are the same items: of one data set, one split, one index. (n,), (n,).

    Errors: ValueError with the reason where there are fewer than 30.
    """
    if (a.data, a.split) != (b.data, b.split):
        first, second = (f"{side.data or 'unnamed data'} ({side.split})" for side in (a, b))
        raise ValueError(
            f"the two models have encoded different items, {first} and {second}, but must have common ones to match: "
            "choose two models of the same data."
        )
    _, rows, others = np.intersect1d(a.index, b.index, return_indices=True)
    if len(rows) < FEWEST:
        raise ValueError(
            f"the two models have encoded only {len(rows)} common items of {a.data or 'their data'}, and a match needs "
            f"{FEWEST}: encode more of it for both with `vae project`."
        )
    return rows, others


def match(a: Latents, b: Latents) -> Matching:
    """Pairs that maximise Σ |r| over one-to-one assignments of the dimensions of A and B (Kuhn, 1955), on common items.

    A pair (i, j) maps by its sign and the ratio of spreads, so that the map of B to A is the inverse:

        z_b[j] = m_b[j] + sign(r) σ_b[j] / σ_a[i] (z_a[i] - m_a[i])

    A dimension with |r| < 0.3 (or under four standard errors, 4/√n) has no counterpart, nor has a dead one (KL < 0.01
    nats, or constant means). Its value is the prediction of a linear regression on all of A's dimensions, which for a
    dead one is its mean. Errors: ValueError for too few common items, and for means that are not finite.
    """
    from scipy.optimize import linear_sum_assignment

    rows, others = shared(a, b)
    x, y = _finite(a, rows, "first"), _finite(b, others, "second")
    m_x, m_y = x.mean(0), y.mean(0)
    live_x, live_y = _live(a, x), _live(b, y)
    x, y = (x - m_x) * live_x, (y - m_y) * live_y
    s_x, s_y = x.std(0), y.std(0)
    r = (x.T @ y / len(x)) / np.outer(_nonzero(s_x), _nonzero(s_y))  # (D_a, D_b)
    weight, explained = _regression(x, y)

    i, j = linear_sum_assignment(np.abs(r), maximize=True)
    strong = np.abs(r[i, j]) >= max(WEAK, CHANCE / np.sqrt(len(x)))
    i, j = i[strong], j[strong]
    partner = np.full(y.shape[1], -1)
    partner[j] = i
    best = r[np.abs(r).argmax(0), np.arange(len(partner))]
    best[j] = r[i, j]
    weight[j] = 0.0
    weight[j, i] = np.sign(r[i, j]) * s_y[j] / s_x[i]
    single, flat = np.float32, np.clip(best, -1, 1)
    return Matching(
        partner, flat.astype(single), explained.astype(single), weight.astype(single),
        (m_y - weight @ m_x).astype(single), len(x),
    )  # fmt: skip


def same(dims: int, items: int = 0) -> Matching:
    """A model and itself: every dimension is its own counterpart, and z maps to itself, bit for bit."""
    one = np.ones(dims, np.float32)
    return Matching(np.arange(dims), one, one, np.eye(dims, dtype=np.float32), np.zeros(dims, np.float32), items)


def _finite(latents: Latents, rows: Ints, position: str) -> Reals:
    """The means of these rows in double precision. Errors: ValueError where one is not finite."""
    means = latents.mean[rows].astype(np.float64)
    if not np.isfinite(means).all():
        bad = int((~np.isfinite(means)).any(axis=1).sum())
        raise ValueError(
            f"{bad} of the {position} model's {len(means)} encoded means are not finite: it has diverged; encode again "
            "with a model that has not."
        )
    return means


def _live(latents: Latents, means: Reals) -> NDArray[np.bool_]:
    """Which dimensions carry information."""
    spread = means.std(0)
    live: NDArray[np.bool_] = spread > FLAT * max(float(spread.max()), FLAT)
    return live if latents.kl_per_dim is None else np.logical_and(live, latents.kl_per_dim >= ACTIVE)


def _regression(x: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Least squares of centred y (n, D_b) on centred x (n, D_a): the weights (D_b, D_a) and R² (D_b,)."""
    covariance = x.T @ x / len(x)
    weight = (np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ (x.T @ y / len(x))).T
    left = ((y - x @ weight.T) ** 2).mean(0)
    all_ = (y**2).mean(0)
    return weight, np.where(all_ > 0, np.clip(1 - left / _nonzero(all_), 0, 1), 0.0)


def _nonzero(values: Reals) -> Reals:
    """For a division whose numerator is zero where the value is."""
    return np.where(values > 0, values, 1.0)
