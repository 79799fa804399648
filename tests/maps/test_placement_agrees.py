"""One z, one place: the browser's map and Python's agree, both ways, on shipped checkpoints and on awkward items.

The browser's own sources run in Node, from the file of latents to the dot (`placement.ts`).
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae.checkpoints.files import LATENTS, read_latents, write_latents
from vae.maps import projection
from vae.maps.neighbours import ACTIVE, K, active, nearest_items
from vae.records import Floats, Latents, Projection

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
MODULE = str(Path(__file__).with_name("placement"))
AGREE = 1e-5  # of a map's width; of the latents' spread
LISTED = 16  # neighbours of the shown z


def points(latents: Latents, seed: int = 0) -> Floats:
    """60 z: draws of the prior, items, items with noise, far points; 15 of each."""
    rng = np.random.default_rng(seed)
    items, noise = latents.mean[rng.integers(0, len(latents), 30)], rng.normal(size=(45, latents.dims))
    z = np.concatenate([noise[:15], items[:15], items[15:] + 0.5 * noise[15:30], 10 * noise[30:]])
    return z.astype(np.float32)


def spots(layout: Projection, seed: int = 0) -> Floats:
    """60 places: anywhere in a box three times as wide as the map, on items, beside them."""
    rng = np.random.default_rng(seed)
    middle, reach = (layout.xy.max(0) + layout.xy.min(0)) / 2, np.ptp(layout.xy, axis=0)
    items = layout.xy[rng.integers(0, len(layout.xy), 40)]
    beside = items[20:] + 0.01 * reach * rng.normal(size=(20, 2))
    return np.concatenate([middle + 1.5 * reach * rng.uniform(-1, 1, (20, 2)), items[:20], beside]).astype(np.float32)


def agree(javascript: Any, folder: Path) -> None:
    """The browser's answers about a folder's latents are Python's. Fails where one is not."""
    latents, maps, _ = read_latents(folder)
    axes = [(i, (5 * i + 1) % latents.dims) for i in range(min(3, latents.dims))]
    every = [*maps, *(projection.raw(latents, i, j) for i, j in axes if i != j)]
    views = [{"map": layout.name} for layout in maps] + [{"map": "raw", "x": i, "y": j} for i, j in axes if i != j]
    z, xy, start = points(latents), [spots(layout) for layout in every], latents.mean[0]
    model = {"latent": latents.dims, "order": "spread", "kl": [1.0] * latents.dims, "standard": True}
    question = {
        "model": model, "views": views, "z": z.tolist(), "xy": [s.tolist() for s in xy], "from": start.tolist(),
    }  # fmt: skip
    read = "(await import('node:fs')).readFileSync(v.file)"
    expression = (
        f"await (async () => {{ const b = {read}; return m.answers(new Uint8Array(b).buffer, v.question); }})()"
    )
    browser = javascript(MODULE, expression, {"file": str(folder / LATENTS), "question": question})

    assert browser["used"] == active(latents).tolist()
    rows, distances = nearest_items(latents, z, LISTED)
    assert browser["rows"] == rows.tolist()
    assert browser["distances"] == distances.tolist(), "to the bit: both add in one order"
    spread = float(latents.mean.std())
    for layout, spot, theirs in zip(every, xy, browser["maps"], strict=True):
        width = float(np.ptp(layout.xy, axis=0).max())
        place = projection.place(layout, latents, z)
        for kind in ("places", "line"):
            assert np.abs(np.array(theirs[kind]) - place).max() <= AGREE * width, (layout.name, kind)
        back = projection.unplace(layout, latents, spot, base=start)
        assert np.abs(np.array(theirs["latents"]) - back).max() <= AGREE * spread, layout.name


@pytest.mark.parametrize("name", ["mnist-16d", "fashion-16d", "emoji-32d", "mnist-2d"])
def test_a_z_has_one_place_in_both_languages_and_a_place_one_z(name: str, javascript: Any) -> None:
    agree(javascript, CHECKPOINTS / name)


@pytest.mark.parametrize("n", [1, 2, K - 1, K, K + 1, 15, 200])
@pytest.mark.parametrize("kind", ["plain", "twins", "grid", "dead"])
def test_awkward_items_have_one_place_too(kind: str, n: int, tmp_path: Path, javascript: Any) -> None:
    """Few items, items at one place, items equally far, dimensions that carry nothing, KL that nobody knows."""
    rng = np.random.default_rng(n)
    mean = rng.normal(size=(n, 3)).astype(np.float32)
    mean = {"twins": mean[np.arange(n) // 2], "grid": np.round(mean)}.get(kind, mean)
    kl = np.array([1, ACTIVE, 2], np.float32) if kind == "dead" else None
    latents = Latents(mean, np.ones_like(mean), np.arange(n), kl_per_dim=kl)
    xy = {"grid": np.round(2 * mean[:, :2])}.get(kind, rng.normal(size=(n, 2))).astype(np.float32)
    xy[0] += 1  # a width where there is one item: that of the place itself
    write_latents(tmp_path, latents, (Projection("umap", xy), projection.raw(latents)) if n > 1 else ())
    agree(javascript, tmp_path)
