"""Seconds from an upload's bytes to its dot on every map, beside umap-learn's own `transform` of the same pictures.

    explorer    what the Encode page does: prepare the file, q(z|x), its ELBO and reconstruction, and its mean with 32
                draws of q(z|x) on every map that came with the model
    umap-learn  prepare the same file, encode its mean, `UMAP.transform` of that one point, fitted beforehand with the
                settings of `vae.maps.projection.umap`; the fit is not counted

Both in one process, warm, on the same pictures in turn; every shipped checkpoint with a UMAP.

    python -m benchmarks.encode [--pictures 100] [--models emoji-32d ...]
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WARM = 5  # pictures that are not counted
TARGET = 0.2  # seconds


def fitted(mean: Any) -> Any:
    """umap-learn's own model of the items, with the settings of our maps."""
    from umap import UMAP

    return UMAP(n_neighbors=15, min_dist=0.1, n_epochs=200, random_state=0, n_jobs=1).fit(mean)


def timed(ways: Sequence[Callable[[bytes], object]], files: Sequence[bytes]) -> list[Any]:
    """Milliseconds of every way for every picture, the ways in turn."""
    taken: list[list[float]] = [[] for _ in ways]
    for k, raw in enumerate(files):
        for way, times in zip(ways, taken, strict=True):
            start = time.perf_counter()
            way(raw)
            if k >= WARM:
                times.append(1000 * (time.perf_counter() - start))
    return [np.percentile(times, [50, 95]) for times in taken]


def files_of(card: Any, count: int) -> list[bytes]:
    """So many different pictures as PNG files: items, decoded from their means where the data set is not here."""
    from explorer.drawing import images
    from explorer.engine import models

    latents = models.latents(card)
    rows = np.random.default_rng(0).permutation(len(latents))[: count + WARM]
    found = [models.item_png(card, int(row)) for row in rows]
    return [png or images.png(images.to_uint8(models.decode(card, latents.mean[row][None]))[0])
            for png, row in zip(found, rows, strict=True)]  # fmt: skip


def one(card: Any, count: int) -> bool:
    """A model's line in the table; whether it meets the target."""
    from explorer.engine import models, uploads
    from explorer.engine.models import Preparation

    how, latents = Preparation(), models.latents(card)

    def explorer(raw: bytes) -> object:
        return uploads.landings(card, models.posterior(card, models.prepare(card, raw, how)[0]))

    peer = fitted(latents.mean)

    def umap_learn(raw: bytes) -> object:
        x = np.asarray(models.fit(card, raw, how).pixels[None] / 255, np.float32)
        return peer.transform(models.encode(card, x))

    ours, theirs = timed((explorer, umap_learn), files_of(card, count))
    print(f"{card.name:<14}{len(latents):>8,}{ours[0]:>9.1f}{ours[1]:>9.1f}{theirs[0]:>11.1f}{theirs[1]:>9.1f}"
          f"{theirs[0] / ours[0]:>8.1f}x", flush=True)  # fmt: skip
    return bool(ours[1] <= 1000 * TARGET)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--models", nargs="*", default=[])
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # notes of numba and umap to their authors
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # the engine's caches do without a server
    with tempfile.TemporaryDirectory() as empty:
        os.environ |= {"VAE_MAPS_DIR": empty, "VAE_RUNS_DIR": empty}
        from explorer.engine import models

        print(f"{'ms':<14}{'items':>8}{'ours':>9}{'p95':>9}{'umap-learn':>11}{'p95':>9}")
        cards = [card for card in models.list_models() if isinstance(card, models.Card)]
        met = [one(card, options.pictures) for card in cards
               if (not options.models or card.name in options.models)
               and any(each.name == "umap" for each in models.maps(card)[1])]  # fmt: skip
    print(f"\n{sum(met)} of {len(met)} models within {TARGET} s, p95.")


if __name__ == "__main__":
    main()
