"""Is a picture like the data of the model? Its costs and its distance, as percentiles of those of the encoded items.

Costs count at both ends: an empty picture costs less than any picture of the data, and is unlike it for that reason
(Nalisnick et al., 2019: the typical set of a distribution is not where its density is highest). The distance is that to
the k-th nearest of the encoded means, and only a large one counts. Knows nothing of models: its input is latents, its
output percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae.maps.neighbours import nearest_items
from vae.records import Floats, Ints, Latents, Measure, Rank

NEIGHBOURS = 5  # distance is that to the fifth nearest
SAMPLE = 2_000  # items whose distances represent all: a percentile to half a percent


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
    return Known(len(latents), costs, np.sort(distances(latents, latents.mean[rows], rows)))


def ranks(known: Known, rec: float, kl: float, distance: float) -> tuple[Rank, ...]:
    """The ranks of a picture's rec, KL and ELBO (nats) and of its distance, without those that are NaN or unknown."""
    values: dict[Measure, float] = {"rec": -rec, "kl": kl, "elbo": kl - rec}
    costs = [_rank(name, values[name], known.costs[name]) for name in known.costs if np.isfinite(values[name])]
    return (*costs, _rank("distance", distance, known.distance))


def distances(latents: Latents, z: Floats, own: Ints | None = None, k: int = NEIGHBOURS) -> Floats:
    """The distance of every z (M, D) to its k-th nearest item, except its `own` (M,) where it is an item itself.

    With fewer than k items it is the distance to the farthest; with none it is 0.
    """
    far = nearest_items(latents, z, k, own)[1]
    return far[:, -1].astype(np.float32) if far.shape[1] else np.zeros(len(z), np.float32)


def _rank(measure: Measure, value: float, items: Floats) -> Rank:
    below, upto = (int(np.searchsorted(items, value, side)) for side in ("left", "right"))
    return Rank(measure, float(value), 100 * (below + upto) / 2 / max(len(items), 1), float(np.median(items)))
