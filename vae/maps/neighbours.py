"""The nearest items of a latent, and what they say of a place that holds none: one search, one set of weights.

A map without a formula (UMAP, t-SNE) knows only where its items lie. Any other z lies at the weighted mean of the
places of its K nearest items, and any place of the map stands for the weighted mean of the latents of the K items
nearest to it there. Weights are Shepard's (1968), 1 / d², as Franke and Little modified them (Franke, 1982; with a
radius for every point, Renka, 1988), R the distance of the farthest of the K:

    w(d) = ((R - d) / (R d))²

An item that comes into the K, or leaves them, does so with weight 0: the dot of a dragged z glides where 1 / d² of K
items would make it jump. As d -> 0 the item takes all: what is known is met exactly.

Only dimensions that carry something count for distances between latents: the decoder ignores the others, so they move
no dot. The browser does the same with the same constants, to the order of its sums (neighbours/knn.ts of the studio).
Knows nothing of torch or files.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from vae.records import Floats, Ints, Latents

K = 12  # neighbours of a place: items left out are placed best with 8 to 12 of them, and latents of places with more
ACTIVE = 0.01  # nats: a dimension whose mean KL is smaller carries nothing
BLOCK = 1 << 22  # numbers that are in memory at a time: 16 MB of distances, 32 MB of differences

Reals = NDArray[np.float64]


def active(latents: Latents) -> Ints:
    """The dimensions that carry at least ACTIVE nats; all of them where no KL is known, or none does."""
    everything = np.arange(latents.dims)
    if latents.kl_per_dim is None:
        return everything
    carrying = np.flatnonzero(latents.kl_per_dim.astype(np.float64) >= ACTIVE)
    return carrying if len(carrying) else everything


def nearest_items(latents: Latents, z: Floats, k: int, skip: Ints | None = None) -> tuple[Ints, Reals]:
    """The k items nearest to each z (M, D) in the active dimensions: rows (M, k), distances (M, k). See `nearest`."""
    dims = active(latents)
    if len(dims) == latents.dims:
        return nearest(latents.mean, z, k, skip)
    return nearest(latents.mean[:, dims], z[:, dims], k, skip)


def nearest(known: Floats, z: Floats, k: int, skip: Ints | None = None) -> tuple[Ints, Reals]:
    """The k rows of known (N, D) nearest to each z (M, D): rows (M, k), Euclidean distances (M, k), ascending.

    Exact in double precision; of equal distances the lower row comes first. `skip` (M,) is a row of known that does not
    count for each z, such as an item's own. Where there are fewer than k, all of them.
    """
    known, z = np.asarray(known, np.float32), np.asarray(z, np.float32)
    k = max(0, min(k, len(known) - (skip is not None)))
    rows, distances = np.empty((len(z), k), np.int64), np.empty((len(z), k))
    if k == 0:
        return rows, distances
    squares = np.einsum("nd,nd->n", known, known)
    step = max(1, BLOCK // len(known))
    for start in range(0, len(z), step):
        part = slice(start, start + step)
        near = _candidates(known, squares, z[part], k, None if skip is None else skip[part])
        rows[part], distances[part] = _ordered(known, z[part], near, k)
    return rows, distances


def weights(distances: Reals, everything: bool = False) -> Reals:
    """Weights (M, k) of neighbours at ascending distances (M, k); each row sums to 1.

    Relative to the nearest, w(d) / w(d₁) = ((R - d) / (R - d₁) · d₁ / d)², which neither overflows nor needs a smallest
    distance. At d₁ = 0 the coincident items share all, equally; equally far ones (d₁ = R) count alike. `everything`:
    these are all items that there are, none can enter, and R is infinite: Shepard's own 1 / d².
    """
    first, far = distances[:, :1], distances[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = 1.0 if everything else (far - distances) / (far - first)
        relative = (inside * (first / distances)) ** 2
    relative = np.where(first == 0, distances == 0, relative)
    relative = np.where(first == far, 1.0, relative)
    return np.asarray(relative / relative.sum(1, keepdims=True))


def mean_of(values: Floats, rows: Ints, distances: Reals) -> Floats:
    """What neighbours (M, k) at these distances say together: the weighted means (M, V) of their values (N, V)."""
    weight = weights(distances, everything=rows.shape[1] >= len(values))
    total = np.zeros((len(rows), values.shape[1]))
    for j in range(rows.shape[1]):  # one neighbour after the other: the browser's order, and memory for one at a time
        total += weight[:, j, None] * values[rows[:, j]]
    return total.astype(np.float32)


def _candidates(
    known: Floats, squares: Floats, z: Floats, k: int, skip: Ints | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (row of z, row of known), ascending, that hold the k nearest and few others.

    |a|² - 2 a·z is the squared distance less a constant, in single precision a matrix product away. Its error is at
    most e = γ (A² + 2 A |z|), A the longest of known and γ a few D epsilons (Higham, 2002, section 3.1), so that the k
    nearest lie within 2 e of the k-th smallest value. Where that overflows, all of them are candidates.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        with _blas().limit(limits=1, user_api="blas"):
            size = squares - 2 * z @ known.T
        if skip is not None:
            size[np.arange(len(z)), skip] = np.inf
        longest, length = float(np.sqrt(squares.max())), np.sqrt(np.einsum("md,md->m", z, z))
        error = 2 * (known.shape[1] + 4) * np.finfo(np.float32).eps * (longest**2 + 2 * longest * length)
        near = ~(size > (np.partition(size, k - 1, axis=1)[:, k - 1] + 2 * error)[:, None])
    if skip is not None:
        near[np.arange(len(z)), skip] = False
    of, row = np.nonzero(near)
    return of, row


@cache
def _blas() -> ThreadpoolController:
    """The matrix library, to be held to one thread: on two cores its threads spin on after a product, and what torch
    computes next waits for them (an upload reached its dot in 106 ms at the 95th percentile, and now does in 9)."""
    return ThreadpoolController()


def _ordered(known: Floats, z: Floats, pairs: tuple[NDArray[np.intp], NDArray[np.intp]], k: int) -> tuple[Ints, Reals]:
    """The first k candidates of each z by distance, then by row; distances in double precision."""
    at, row = pairs
    squared = np.empty(len(at))
    step = max(1, BLOCK // known.shape[1])
    for start in range(0, len(at), step):
        part = slice(start, start + step)
        difference = known[row[part]].astype(np.float64) - z[at[part]]
        squared[part] = np.cumsum(difference**2, axis=1)[:, -1]  # dimension by dimension, as the browser adds them
    order = np.lexsort((row, squared, at))
    first = np.searchsorted(at, np.arange(len(z)))
    best = order[first[:, None] + np.arange(k)]
    return row[best].astype(np.int64), np.sqrt(squared[best])
