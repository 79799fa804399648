"""Is a picture like the data of the model? Its costs and its distance, as percentiles of those of the encoded items.

Costs count at both ends: an empty picture costs less than any picture of the data, and is unlike it for that reason
(Nalisnick et al., 2019: the typical set of a distribution is not where its density is highest). The distance is that to
the k-th nearest of the encoded means, and only a large one counts. Knows nothing of models: its input is latents, its
output percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae.records import Floats, Ints, Latents

NEIGHBOURS = 5  # distance is that to the fifth nearest
SAMPLE = 2_000  # items whose distances represent all: a percentile to half a percent
CHUNK = 250  # of them at a time, against all items
TAIL = 1.0  # percent at an end that count as unlike

Measure = Literal["rec", "kl", "elbo", "distance"]


@dataclass(frozen=True)
class Rank:
    """A value and its rank among the items: `percentile` of them have less, 0..100."""

    measure: Measure
    value: float  # a cost in nats (-rec, kl, -elbo), or a distance in z
    percentile: float
    middle: float  # the items' median

    @property
    def unlike(self) -> Literal["", "less", "more"]:
        """The tail in which it lies: for costs either one, for distances the upper one."""
        if self.percentile >= 100 - TAIL:
            return "more"
        return "less" if self.percentile <= TAIL and self.measure != "distance" else ""


@dataclass(frozen=True, eq=False)
class Known:
    """The costs and distances of the encoded items, ascending: the reference of all percentiles."""

    n: int
    costs: dict[Measure, Floats]
    distance: Floats


def known(latents: Latents, seed: int = 0) -> Known:
    """The costs of the encoded items, and the distances of 2,000 random ones to their neighbours."""
    costs: dict[Measure, Floats] = {}
    if latents.rec is not None and np.isfinite(latents.rec).any():
        costs["rec"] = np.sort(-latents.rec)
    if latents.kl is not None and np.isfinite(latents.kl).any():
        costs["kl"] = np.sort(latents.kl)
    if len(costs) == 2 and latents.rec is not None and latents.kl is not None:
        costs["elbo"] = np.sort(latents.kl - latents.rec)
    rows = np.random.default_rng(seed).permutation(len(latents))[:SAMPLE]
    parts = np.array_split(rows, max(1, len(rows) // CHUNK))
    distance = [nearest(latents.mean[part], latents.mean, part) for part in parts]
    return Known(len(latents), costs, np.sort(np.concatenate(distance)))


def ranks(known: Known, rec: float, kl: float, distance: float) -> tuple[Rank, ...]:
    """The ranks of a picture's rec, KL and ELBO (nats) and of its distance; those that are NaN or unknown are absent."""
    values: dict[Measure, float] = {"rec": -rec, "kl": kl, "elbo": kl - rec}
    costs = [_rank(name, values[name], known.costs[name]) for name in known.costs if np.isfinite(values[name])]
    return (*costs, _rank("distance", distance, known.distance))


def nearest(z: Floats, mean: Floats, own: Ints | None = None, k: int = NEIGHBOURS) -> Floats:
    """The distance of each z (M, D) to the k-th nearest of mean (N, D), without its `own` row (M,) where it has one."""
    square = (mean**2).sum(1)[None] + (z**2).sum(1)[:, None] - 2 * z @ mean.T
    if own is not None:
        square[np.arange(len(z)), own] = np.inf
    k = min(k, mean.shape[0] - (own is not None))
    if k < 1:
        return np.zeros(len(z), np.float32)
    return np.asarray(np.sqrt(np.maximum(np.partition(square, k - 1, axis=1)[:, k - 1], 0)), np.float32)


def _rank(measure: Measure, value: float, items: Floats) -> Rank:
    below, upto = (int(np.searchsorted(items, value, side)) for side in ("left", "right"))
    return Rank(measure, float(value), 100 * (below + upto) / 2 / max(len(items), 1), float(np.median(items)))
