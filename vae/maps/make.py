"""A map request and latents become a map, or clusters: two numbers or a class an item.

The same content gives the same numbers. Knows nothing of models and processes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from vae.maps import projection, shelf
from vae.maps.requests import Clusters, MapRequest, Pca, Tsne, Umap, to_json
from vae.maps.shelf import MapResult
from vae.records import Floats, Ints, Latents, Projection

Report = Callable[[str, float], None]  # the present step, and how much of it is done, 0 to 1


def _silent(message: str, share: float) -> None:
    """No report."""


def make(latents: Latents, request: MapRequest, report: Report = _silent) -> MapResult:
    """The result of a request for these latents. Errors: ValueError with a sentence."""
    request.check(latents)
    return _clusters(latents, request, report) if isinstance(request, Clusters) else _map(latents, request, report)


def obtain(latents: Latents, request: MapRequest, report: Report = _silent) -> MapResult:
    """From the shelf, or computed and put there. Errors: as of `make`; CheckpointError; OSError."""
    folder = shelf.place(latents, request)
    if (folder / shelf.RESULT).is_file():
        return shelf.load(folder)
    result = make(latents, request, report)
    shelf.save(folder, result)
    return result


def _map(latents: Latents, request: Pca | Umap | Tsne, report: Report) -> MapResult:
    """The layout of all items; above the request's limit, of a random few, and the rest beside their neighbours."""
    rows = _sample(len(latents), getattr(request, "limit", 0), getattr(request, "seed", 0))
    layout = _layout(latents if rows is None else _part(latents, rows), request, report)
    if rows is not None:
        report("Placing the rest by their neighbours", 1.0)
        layout = _spread(latents, rows, layout)
    report("Measuring how faithful it is", 1.0)
    trust = None
    if len(latents) > 2 * projection.NEIGHBOURS:
        trust = round(projection.trustworthiness(layout, latents), 4)
    laid = 0 if rows is None else len(rows)
    return MapResult(request.title, layout, trust=trust, laid=laid, request=to_json(request))


def _layout(latents: Latents, request: Pca | Umap | Tsne, report: Report) -> Projection:
    def step(share: float) -> None:
        report("Laying out", share)

    if isinstance(request, Pca):
        return projection.pca(latents, request.first - 1, request.second - 1)
    report("Finding neighbours", 0.0)
    if isinstance(request, Umap):
        return projection.umap(latents, request.seed, request.neighbours, request.min_dist, report=step)
    return projection.tsne(latents, request.seed, request.perplexity, report=step)


def _sample(n: int, limit: int, seed: int) -> Ints | None:
    """`limit` of n rows at random, ascending; None for all of them."""
    if not 0 < limit < n:
        return None
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))


def _spread(latents: Latents, rows: Ints, layout: Projection) -> Projection:
    """A map of all items from one of `rows` alone: their own places, and for the rest where `place` puts them."""
    rest = np.setdiff1d(np.arange(len(latents)), rows)
    places = np.empty((len(latents), 2), np.float32)
    places[rows] = layout.xy
    places[rest] = projection.place(layout, _part(latents, rows), latents.mean[rest])
    return Projection(layout.name, places)


def _part(latents: Latents, rows: Ints) -> Latents:
    """Some of the items, with what the dimensions carry."""
    return Latents(latents.mean[rows], latents.std[rows], latents.index[rows], kl_per_dim=latents.kl_per_dim)


def _clusters(latents: Latents, request: Clusters, report: Report) -> MapResult:
    """A class an item, the largest first."""
    report("Finding clusters", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct items than clusters: some stay empty, and are not listed
        labels = _labels(latents.mean, request)
    order = np.argsort(-np.bincount(labels, minlength=request.k), kind="stable")
    codes: Ints = np.argsort(order)[labels].astype(np.int64)
    names = tuple(f"cluster {i + 1}" for i in range(request.k))
    return MapResult(request.title, codes=codes, classes=names, request=to_json(request))


def _labels(mean: Floats, request: Clusters) -> Ints:
    """A cluster (N,) an item, in the method's own order."""
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    if request.method == "kmeans":
        return np.asarray(KMeans(request.k, n_init=4, random_state=request.seed).fit_predict(mean))
    mixture = GaussianMixture(request.k, random_state=request.seed, reg_covar=1e-5)
    return np.asarray(mixture.fit_predict(mean.astype(np.float64)))
