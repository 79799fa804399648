"""Maps: Latents -> two numbers for every item, and back. Linear maps are exact both ways; UMAP and t-SNE by neighbours.

Where a new z lies on a map (`place`) and which z a place stands for (`unplace`) are defined here and in `neighbours`,
and the browser does the same. Knows nothing of torch. umap and scikit-learn load inside the functions that need them.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from vae.maps.neighbours import K, mean_of, nearest, nearest_items
from vae.records import Floats, Latents, Projection

NEIGHBOURS = 8  # whose ranks trustworthiness compares
Report = Callable[[float], None]  # the share of the layout that is done, 0 to 1


def raw(latents: Latents, i: int = 0, j: int = 1) -> Projection:
    """Two latent dimensions themselves (from 0), named as people count: raw(latents, 0, 1) is "z1:z2".

    Errors: ValueError where a dimension does not exist. One dimension is drawn on a line: raw(latents, 0, 0).
    """
    d = latents.dims
    for name, k in (("i", i), ("j", j)):
        if not 0 <= k < d:
            raise ValueError(f"{name} (={k}) must lie between 0 and {d - 1}: there are {d} latent dimensions.")
    components = np.zeros((2, d), np.float32)
    components[0, i] = 1
    if i != j:
        components[1, j] = 1
    return Projection(f"z{i + 1}:z{j + 1}", latents.mean @ components.T, components, np.zeros(d, np.float32))


def pca(latents: Latents, first: int = 0, second: int = 1) -> Projection:
    """Two directions of great variance, from 0, the greatest: rows of V in the thin SVD U S Vᵀ of the centred means.

    The largest entry of each component is made positive, so that the same data draws the same map everywhere.
    Errors: ValueError below two dimensions or two items.
    """
    n, d = latents.mean.shape
    if d < 2 or n < 2:
        raise ValueError(f"PCA of {n} items in {d} dimensions has no two axes; use the raw axis.")
    for name, k in (("first", first), ("second", second)):
        if not 0 <= k < d:
            raise ValueError(f"{name} (={k}) must lie between 0 and {d - 1}: there are {d} components.")
    components, center, _ = principal(latents)
    components, centred = components[[first, second]], latents.mean - center
    return Projection(
        "pca", (centred @ components.T).astype(np.float32), components.astype(np.float32), center.astype(np.float32)
    )


def principal(latents: Latents) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """All principal components, rows of V (D, D), the greatest first; the centre (D,); their shares of variance (D,).

    The largest entry of each component is made positive. Shares sum to 1 (to 0 where nothing varies).
    """
    center = latents.mean.mean(0, dtype=np.float64)
    centred = latents.mean - center
    # V from the D x D covariance rather than from N x D: the same directions, N / D times less work.
    _, squares, components = np.linalg.svd(centred.T @ centred, hermitian=True)
    components *= np.sign(components[np.arange(len(components)), np.abs(components).argmax(1)])[:, None]
    return components, center, squares / max(float(squares.sum()), 1e-300)


def umap(
    latents: Latents, seed: int = 0, neighbours: int = 15, spread: float = 0.1, report: Report | None = None
) -> Projection:
    """UMAP (McInnes, Healy and Melville, 2018), reproducible: one thread, one seed. The first call compiles.

    Errors: ValueError below 5 items.
    """
    n = _enough(latents, "UMAP")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's and scikit-learn's notes to umap's authors
        from umap import UMAP

        # From the PCA, not the spectral start: no eigensolver that may not converge, and the large-scale layout stays;
        # so near its end, 200 epochs, umap's own choice above 10,000 items, do for fewer items too.
        layout = UMAP(
            n_neighbors=min(neighbours, n - 1), min_dist=spread, n_epochs=200,
            init=_start(latents) * 5, random_state=seed, n_jobs=1, verbose=report is not None,
        )  # fmt: skip
        with _progress(report):
            xy = layout.fit_transform(latents.mean)
    return Projection("umap", np.asarray(xy, np.float32))


def tsne(latents: Latents, seed: int = 0, perplexity: float = 30.0, report: Report | None = None) -> Projection:
    """t-SNE (van der Maaten and Hinton, 2008), Barnes-Hut, from the PCA. Errors: ValueError below 5 items."""
    n = _enough(latents, "t-SNE")
    from sklearn.manifold import TSNE

    layout = TSNE(
        perplexity=min(perplexity, (n - 1) / 3), init=_start(latents) * 1e-4, random_state=seed,
        verbose=0 if report is None else 2,
    )  # fmt: skip
    with _progress(report):
        xy = layout.fit_transform(latents.mean)
    return Projection("tsne", xy.astype(np.float32))


def project(latents: Latents, name: str, seed: int = 0) -> Projection:
    """The map of that name: "pca", "umap", "tsne" or two axes, "z1:z2" (counted from 1). Errors: ValueError."""
    if name in ("umap", "tsne"):
        return umap(latents, seed) if name == "umap" else tsne(latents, seed)
    if name == "pca":
        return pca(latents)
    axes = [int(part[1:]) - 1 for part in name.split(":") if part[:1] == "z" and part[1:].isdigit()]
    if len(axes) != 2:
        raise ValueError(f"{name!r} is no map. Known: pca, umap, tsne, or two axes such as z1:z2.")
    return raw(latents, *axes)


def place(projection: Projection, latents: Latents, z: NDArray[np.floating]) -> Floats:
    """Where points z (M, D) lie on a map, (M, 2).

    Linear maps: (z - center) componentsᵀ. Others: the mean place of the z's nearest items, weighted as `neighbours`
    says, so that an item lies at its own place. Errors: ValueError for another D, for what is not finite, and for a
    map of other items.
    """
    z = _rows(z, "z", latents.dims)
    if projection.components is not None and projection.center is not None:
        centred = z.astype(np.float64) - projection.center
        return np.asarray(centred @ projection.components.T, np.float32)
    _same_items(projection, latents)
    return mean_of(projection.xy, *nearest_items(latents, z, K))


def unplace(
    projection: Projection, latents: Latents, xy: NDArray[np.floating], base: NDArray[np.floating] | None = None
) -> Floats:
    """A latent for each point xy (M, 2) of a map, (M, D).

    Linear maps: the point nearest to `base` (D,) (the map's centre where none is given) that is placed exactly at xy.
    Others: the mean latent of the items nearest on the map, weighted as `neighbours` says.
    Errors: ValueError, as for `place`.
    """
    xy = _rows(xy, "xy", 2)
    if projection.components is None or projection.center is None:
        _same_items(projection, latents)
        return mean_of(latents.mean, *nearest(projection.xy, xy, K))
    start = np.asarray(projection.center if base is None else base, np.float64)
    if start.shape != (latents.dims,):
        raise ValueError(f"base of shape {start.shape} must be ({latents.dims},): one latent.")
    here = (start - projection.center) @ projection.components.T
    return np.asarray(start + (xy - here) @ projection.components, np.float32)


def trustworthiness(
    projection: Projection, latents: Latents, neighbours: int = NEIGHBOURS, limit: int = 2000, seed: int = 0
) -> float:
    """How far the neighbours on a map are neighbours among the latents: 1 where all are, about 1/2 on a random map.

    1 - 2 / (n k (2n - 3k - 1)) Σ_i Σ_j max(0, r(i, j) - k) over each item's k nearest on the map, r the rank of j by
    distance from i among the means (Venna and Kaski, 2001). Above `limit` items, of that many drawn at random: memory
    grows with the square. Errors: ValueError where there are not more than 2k items, or the map is of others.
    """
    n = min(len(latents), limit)
    if len(projection.xy) != len(latents):
        raise ValueError(
            f"the map has {len(projection.xy)} points and there are {len(latents)} latents: it is another's."
        )
    if not 0 < 2 * neighbours < n:
        raise ValueError(f"neighbours (={neighbours}) must be at least 1 and less than half of the items (={n}).")
    from sklearn.manifold import trustworthiness as measure

    rows = np.random.default_rng(seed).choice(len(latents), n, replace=False)
    return float(measure(latents.mean[rows], projection.xy[rows], n_neighbors=neighbours))


def _rows(points: NDArray[np.floating], name: str, width: int) -> Floats:
    """Points as (M, width) in single precision; one point may come as (width,). Errors: ValueError."""
    rows = np.atleast_2d(np.asarray(points, np.float32))
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"{name} of shape {rows.shape} must be (M, {width}): one row a point.")
    bad = int((~np.isfinite(rows)).any(1).sum())
    if bad:
        raise ValueError(f"{bad} of the {len(rows)} points {name} are not finite: leave them out.")
    return rows


def _same_items(projection: Projection, latents: Latents) -> None:
    """Errors: ValueError where the map is not one of these items, or there are none."""
    if len(projection.xy) != len(latents) or not len(latents):
        raise ValueError(
            f"the map has {len(projection.xy)} points and there are {len(latents)} latents: it must be a map of them, "
            "and of one item at least."
        )


def _start(latents: Latents) -> Floats:
    """A first layout: PCA, scaled to a standard deviation of 1 along its longer axis."""
    xy = pca(latents).xy if latents.dims > 1 else np.column_stack([latents.mean, np.zeros_like(latents.mean)])
    return np.asarray(xy / max(float(xy.std(0).max()), 1e-12), np.float32)


def _enough(latents: Latents, method: str) -> int:
    n = len(latents)
    if n < 5:
        raise ValueError(f"{method} of {n} items says nothing: it needs 5 or more. Use PCA.")
    return n


class _ProgressReader(io.TextIOBase):
    """Reads the progress that umap ("Epochs completed: ... 24/200") and scikit-learn ("Iteration 50") print."""

    STEPS = 1000  # of scikit-learn's t-SNE

    def __init__(self, report: Report) -> None:
        self.report = report

    def write(self, text: str) -> int:
        if epoch := re.search(r"(\d+)/(\d+) *(?:\[|$)", text):
            self.report(int(epoch[1]) / max(1, int(epoch[2])))
        elif iteration := re.search(r"Iteration (\d+)", text):
            self.report(min(1.0, int(iteration[1]) / self.STEPS))
        return len(text)


@contextlib.contextmanager
def _progress(report: Report | None) -> Iterator[None]:
    """Turns what is printed inside into shares for `report`; without one, changes nothing."""
    if report is None:
        yield
        return
    reader = _ProgressReader(report)
    with contextlib.redirect_stdout(reader), contextlib.redirect_stderr(reader):
        yield
