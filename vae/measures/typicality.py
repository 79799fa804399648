"""Is a picture like those that the model knows? Its costs and its distance, as percentiles of the encoded items' own.

Costs count at both ends: an empty picture is cheaper than any of the data, and for that reason unlike it (Nalisnick et
al., 2019: what is typical of a distribution is not what it finds most likely). Distance is that to the k-th nearest of
the encoded means, which no mean can have too small. Knows nothing of models: latents in, percentiles out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae.maps.neighbours import nearest_items
from vae.records import Floats, Ints, Latents, Measure, Rank

NEIGHBOURS = 5  # distance is that to the fifth nearest
SAMPLE = 2_000  # items whose own distances stand for all: a percentile to half a percent


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
    return Known(len(latents), costs, np.sort(distances(latents, latents.mean[rows], rows)))


def ranks(known: Known, rec: float, kl: float, distance: float) -> tuple[Rank, ...]:
    """Where a picture's rec, KL and ELBO (nats) and its distance lie. What is NaN, or the items lack, is left out."""
    values: dict[Measure, float] = {"rec": -rec, "kl": kl, "elbo": kl - rec}
    found = [_rank(name, values[name], known.costs[name]) for name in known.costs if np.isfinite(values[name])]
    return (*found, _rank("distance", distance, known.distance))


def distances(latents: Latents, z: Floats, own: Ints | None = None, k: int = NEIGHBOURS) -> Floats:
    """How far each z (M, D) lies from its k-th nearest item, other than its `own` (M,) where it is an item itself.

    Where there are fewer than k, from the farthest; where there is none, 0.
    """
    far = nearest_items(latents, z, k, own)[1]
    return far[:, -1].astype(np.float32) if far.shape[1] else np.zeros(len(z), np.float32)


def _rank(measure: Measure, value: float, items: Floats) -> Rank:
    below, upto = (int(np.searchsorted(items, value, side)) for side in ("left", "right"))
    return Rank(measure, float(value), 100 * (below + upto) / 2 / max(len(items), 1), float(np.median(items)))
