"""Is a picture like those that the model knows? Its costs and its distance, as percentiles of the encoded items' own.

Costs count at both ends: an empty picture is cheaper than any of the data, and for that reason unlike it (Nalisnick et
al., 2019: what is typical of a distribution is not what it finds most likely). Distance is that to the k-th nearest of
the encoded means, which no mean can have too small. Knows nothing of models: latents in, percentiles out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae.records import Floats, Ints, Latents, Measure, Rank

NEIGHBOURS = 5  # distance is that to the fifth nearest
SAMPLE = 2_000  # items whose own distances stand for all: a percentile to half a percent
CHUNK = 250  # of them at a time, each beside all items


@dataclass(frozen=True, eq=False)
class Known:
    """The items' own numbers, each ascending: what percentiles are read from."""

    n: int
    costs: dict[Measure, Floats]
    distance: Floats


def known(latents: Latents, seed: int = 0) -> Known:
    """What the encoded items cost, and how far from the rest a random 2,000 of them lie."""
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
    """Where a picture's rec, KL and ELBO (nats) and its distance lie. What is NaN, or the items lack, is left out."""
    values: dict[Measure, float] = {"rec": -rec, "kl": kl, "elbo": kl - rec}
    found = [_rank(name, values[name], known.costs[name]) for name in known.costs if np.isfinite(values[name])]
    return (*found, _rank("distance", distance, known.distance))


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
