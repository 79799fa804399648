"""`python -m vae.jobs.maps FOLDER`: a map or a clustering of encoded items, made once and kept by its content.

A result lies in SHELF/DIGEST/KEY: the digest of the latents, the key of the request. request.json is what goes in;
status.json tells how far it is; made.safetensors, written last and in one piece, is what comes out. A file CANCEL ends
the work at once. Knows nothing of models: latents in, two numbers or a class an item out.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints import files
from vae.jobs.status import calm, outcome, sentence
from vae.maps import projection
from vae.maps.requests import Clusters, MapRequest, Pca, Tsne, Umap, digest, from_json, key, to_json
from vae.records import Floats, Ints, Latents, Projection

REQUEST, STATUS, MADE, CANCEL = "request.json", "status.json", "made.safetensors", "CANCEL"
CANCELLED = 3  # exit code
Told = Callable[[str, float], None]  # what is done now, and how much of it, 0 to 1


@dataclass(frozen=True, eq=False)
class Made:
    """A map (`map`), or a value an item: numbers (`values`, NaN where there is none) or classes (`codes`, -1: none)."""

    title: str
    map: Projection | None = None
    values: Floats | None = None  # (N,)
    codes: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    trust: float | None = None  # trustworthiness of the map, 0 to 1
    laid: int = 0  # items that were laid out themselves, where the rest was placed by their neighbours
    what: dict[str, Any] = field(default_factory=dict)  # the request


# --- the shelf --------------------------------------------------------------------------------------------------------


def shelf() -> Path:
    """Where results are kept: VAE_MAPS_DIR, or `.maps` beside the runs. Never a checkpoint's own folder."""
    return Path(os.environ.get("VAE_MAPS_DIR") or Path(os.environ.get("VAE_RUNS_DIR") or "runs") / ".maps").resolve()


def place_of(latents: Latents, request: MapRequest) -> Path:
    """The folder of a result."""
    return shelf() / digest(latents) / key(request)


def save(folder: Path, made: Made) -> None:
    """made.safetensors, whole or not at all."""
    from safetensors.numpy import save as pack

    arrays: dict[str, NDArray[Any] | None] = {"values": made.values}
    arrays["codes"] = None if made.codes is None else made.codes.astype(np.int32)
    if made.map is not None:
        arrays |= {"xy": made.map.xy, "components": made.map.components, "center": made.map.center}
    about = {"title": made.title, "classes": made.classes, "trust": made.trust, "laid": made.laid, "what": made.what}
    tensors = {name: np.ascontiguousarray(each) for name, each in arrays.items() if each is not None}
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / MADE, pack(tensors, {"about": json.dumps(about, ensure_ascii=False)}))


def load(folder: Path, arrays: bool = True) -> Made:
    """What `save` wrote; without its arrays where they are not wanted. Errors: CheckpointError with a sentence."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / MADE, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            names = list(file.keys()) if arrays else []
            got = {name: file.get_tensor(name) for name in names}
        codes = got["codes"].astype(np.int64) if "codes" in got else None
        found = None
        if "xy" in got:
            found = Projection(folder.name, got["xy"], got.get("components"), got.get("center"))
        return Made(
            str(about["title"]), found, got.get("values"), codes, tuple(about["classes"]), about["trust"],
            int(about["laid"]), dict(about["what"]),
        )  # fmt: skip
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise files.CheckpointError(f"{folder.name} cannot be read ({error}); remove it and make it again.") from None


# --- making -----------------------------------------------------------------------------------------------------------


def make(latents: Latents, request: MapRequest, told: Told = lambda *_: None) -> Made:
    """What was asked of these latents; the same content gives the same numbers. Errors: ValueError with a sentence."""
    request.check(latents)
    if isinstance(request, Clusters):
        told("Finding clusters", 0.0)
        codes = _clusters(latents.mean, request)
        names = tuple(f"cluster {i + 1}" for i in range(request.k))
        return Made(request.title, codes=codes, classes=names, what=to_json(request))
    rows = _drawn(len(latents), getattr(request, "limit", 0), getattr(request, "seed", 0))
    drawn = _layout(latents if rows is None else _part(latents, rows), request, told)
    if rows is not None:
        told("Placing the rest by their neighbours", 1.0)
        drawn = _spread(latents, rows, drawn)
    told("Measuring how faithful it is", 1.0)
    trust = None
    if len(latents) > 2 * projection.NEIGHBOURS:
        trust = round(projection.trustworthiness(drawn, latents), 4)
    return Made(request.title, drawn, trust=trust, laid=0 if rows is None else len(rows), what=to_json(request))


def obtain(latents: Latents, request: MapRequest, told: Told = lambda *_: None) -> Made:
    """From the shelf, or made and put there."""
    folder = place_of(latents, request)
    if (folder / MADE).is_file():
        return load(folder)
    made = make(latents, request, told)
    save(folder, made)
    say(folder, "done", "", 1.0, title=made.title)
    return made


def _layout(latents: Latents, request: Pca | Umap | Tsne, told: Told) -> Projection:
    def step(share: float) -> None:
        told("Laying out", share)

    if isinstance(request, Pca):
        return projection.pca(latents, request.first - 1, request.second - 1)
    told("Finding neighbours", 0.0)
    if isinstance(request, Umap):
        return projection.umap(latents, request.seed, request.neighbours, request.min_dist, report=step)
    return projection.tsne(latents, request.seed, request.perplexity, report=step)


def _drawn(n: int, limit: int, seed: int) -> Ints | None:
    """`limit` of n rows at random, ascending; None for all of them."""
    if not 0 < limit < n:
        return None
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))


def _spread(latents: Latents, rows: Ints, drawn: Projection) -> Projection:
    """A map of all items from one of `rows` alone: their own places, and for the rest where `place` puts them."""
    rest = np.setdiff1d(np.arange(len(latents)), rows)
    places = np.empty((len(latents), 2), np.float32)
    places[rows] = drawn.xy
    places[rest] = projection.place(drawn, _part(latents, rows), latents.mean[rest])
    return Projection(drawn.name, places)


def _part(latents: Latents, rows: Ints) -> Latents:
    """Some of the items, with what the dimensions carry."""
    return Latents(latents.mean[rows], latents.std[rows], latents.index[rows], kl_per_dim=latents.kl_per_dim)


def _clusters(mean: Floats, request: Clusters) -> Ints:
    """A class (N,) an item, the largest first."""
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct items than clusters: some stay empty, and are not listed
        if request.method == "kmeans":
            found = KMeans(request.k, n_init=4, random_state=request.seed).fit_predict(mean)
        else:
            mixture = GaussianMixture(request.k, random_state=request.seed, reg_covar=1e-5)
            found = mixture.fit_predict(mean.astype(np.float64))
    order = np.argsort(-np.bincount(found, minlength=request.k), kind="stable")
    codes: Ints = np.argsort(order)[found].astype(np.int64)
    return codes


# --- the process ------------------------------------------------------------------------------------------------------


def say(folder: Path, state: str, message: str, share: float, *, title: str, pid: int | None = None) -> None:
    """status.json: running, done or failed; a sentence; the share of the work that is done; what it is called."""
    files.write_json(
        folder / STATUS,
        {"state": state, "message": message, "share": share, "title": title, "pid": pid, "updated": time.time()},
    )


def work(folder: Path) -> None:
    """Makes what request.json asks for.

    Errors: ValueError for a request that cannot be met, and those of its parts, after status.json tells the sentence.
    """
    title = "A map"
    try:
        asked = files.read_json(folder / REQUEST)
        request = from_json(asked["what"])
        title = request.title
        latents, _, _ = files.read_latents(Path(asked["model"]))
        if digest(latents) != asked["digest"]:
            raise ValueError("The model's encoded items changed meanwhile; reload the page and ask again.")

        def told(message: str, share: float) -> None:
            say(folder, "running", message, share, title=title, pid=os.getpid())

        told("Starting", 0.0)
        save(folder, make(latents, request, told))
    except MemoryError:
        say(folder, "failed", MEMORY, 0.0, title=title)
        raise
    except Exception as error:
        say(folder, "failed", MEMORY if "emory" in type(error).__name__ else sentence(error), 0.0, title=title)
        raise
    say(folder, "done", "", 1.0, title=title)


MEMORY = "The memory was not enough for it: close other programs, or lay out fewer items (limit)."


def _watch(folder: Path) -> None:
    """End the process as soon as CANCEL is there, or the folder is not: what is half done was written nowhere."""
    while True:
        time.sleep(0.2)
        if (folder / CANCEL).exists() or not folder.is_dir():
            os._exit(CANCELLED)


def remove(folder: Path) -> None:
    """Take a result, or what is left of one, off the shelf."""
    gone = folder.with_name(f".gone-{folder.name}-{os.getpid()}-{time.monotonic_ns()}")
    try:
        folder.rename(gone)  # first out of sight, whole
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process: 0 when the result is there, 1 after a failure that status.json tells in a sentence."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1:
        print("Usage: python -m vae.jobs.maps FOLDER, with its request.json", file=sys.stderr)
        return 2
    folder = Path(given[0])
    calm()
    if hasattr(os, "nice"):  # pages and decoding go first
        os.nice(5)
    threading.Thread(target=_watch, args=(folder,), daemon=True).start()
    return outcome(lambda: work(folder))


if __name__ == "__main__":
    sys.exit(main())
