"""The one doorway to `vae`: plain values in, records out, every answer remembered under the model's digest.

What needs torch imports it inside the function, so that a page comes up without it. Knows nothing of pages.
Nothing here is one visitor's: the records are read-only and shared by all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st

from explorer.drawing import images
from explorer.jobs import runs
from vae import checkpoints
from vae.checkpoints.card import CONFIG, WEIGHTS, Broken, Card
from vae.checkpoints.files import CheckpointError, read_latents, read_metrics
from vae.checkpoints.folder import sigma_of
from vae.config import Foreign
from vae.data import pictures
from vae.data.pictures import FILL, PictureError, Preparation, Prepared
from vae.jobs.process import calm
from vae.maps.neighbours import nearest_items
from vae.open_model import OpenModel
from vae.records import Bytes, Dataset, Floats, Histograms, Latents, Posterior, Progress, Projection

if TYPE_CHECKING:
    from vae.measures.matching import Matching

__all__ = ["Broken", "Card", "CheckpointError", "PictureError", "Preparation", "Prepared", "sigma_of"]

HOME = Path(__file__).resolve().parents[2] / "checkpoints"  # beside the packages, where the project ships them
FIRST = "mnist-16d"  # what opens when nothing was asked for
Maps = tuple[Latents, tuple[Projection, ...], Histograms]


def _content(card: Card) -> tuple[str, str, str]:
    return str(card.path), card.digest, card.latents


BY_CONTENT: dict[str | type, Any] = {Card: _content}  # what a cache knows a model by


# --- which models there are -------------------------------------------------------------------------------------------


def folders() -> tuple[Path, ...]:
    """Where models are looked for: VAE_CHECKPOINTS_DIR or the project's own `checkpoints`, then the runs."""
    return Path(os.environ.get("VAE_CHECKPOINTS_DIR") or HOME), runs.root()


def models() -> tuple[Card | Broken, ...]:
    """Every checkpoint, `FIRST` first; what cannot be used is a Broken with its reason. A name belongs to the first."""
    where = folders()
    return _models(where, tuple(stamp for folder in where for stamp in _stamps(folder)))


@lru_cache(maxsize=4)
def _models(where: tuple[Path, ...], stamps: tuple[Any, ...]) -> tuple[Card | Broken, ...]:  # noqa: ARG001  (the key)
    found: dict[str, Card | Broken] = {}
    for each in checkpoints.list_checkpoints(where):
        found.setdefault(each.name, each)
    return tuple(sorted(found.values(), key=lambda each: each.name != FIRST))


def _stamps(folder: Path) -> list[tuple[Any, ...]]:
    """What a listing depends on, in a few looks at the disk: it is asked for with every picture that is fetched."""
    try:
        inside = sorted(Path(each.path) for each in os.scandir(folder) if each.is_dir())
    except OSError:
        return []
    return [
        (path, (path / "status.json").exists(), *(written(path / name) for name in (CONFIG, WEIGHTS, "decoder.onnx")))
        for path in inside
    ]


def written(file: Path) -> int:
    """When it was written, ns: its version; 0 where it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def find(name: str, digest: str = "") -> Card | None:
    """The model of that name, if its digest begins so. The name is compared with what is there, never made a path."""
    for each in models():
        if isinstance(each, Card) and each.name == name and digest and each.digest.startswith(digest):
            return each
    return None


# --- without torch ----------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def maps(card: Card) -> Maps:
    """Latents, maps and histograms. CheckpointError: the file is missing or damaged."""
    return read_latents(card.path)


def history(card: Card) -> tuple[Progress, ...]:
    """Every report of its training; none where none was kept."""
    return checkpoints.read_history(card.path)


def metrics(card: Card) -> dict[str, Any]:
    """What was measured on the test set; {} where nothing was."""
    return read_metrics(card.path)


def carried(card: Card) -> tuple[Floats, Literal["kl", "spread"]]:
    """What every latent dimension carries (D,), the order of the sliders. Errors: CheckpointError.

    Its mean KL in nats; where there is none, or the latent is a grid, how far its means spread, as a share of the
    widest.
    """
    latents, grid = maps(card)[0], isinstance(card.model, Foreign) and len(card.model.latent_shape) > 1
    if latents.kl_per_dim is not None and not grid:
        return latents.kl_per_dim, "kl"
    spread = latents.mean.std(0)
    return spread / max(float(spread.max()), 1e-12), "spread"


def rename(card: Card, dim: int, name: str) -> Card:
    """Name a latent dimension, in the model's own folder. OSError: the folder is read-only."""
    return checkpoints.rename(card.path, dim, name)


def neighbours(card: Card, z: Floats, k: int = 8) -> list[tuple[int, float]]:
    """The k items nearest to z (D,): (row of the latents, distance over the dimensions that carry something)."""
    rows, distances = nearest_items(maps(card)[0], np.asarray(z, np.float32)[None], k)
    return list(zip(rows[0].tolist(), distances[0].tolist(), strict=True))


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def principal(card: Card) -> tuple[Floats, Floats, Floats]:
    """The items along the first three principal components (N, 3), (3, D + 1) the affine map there, their shares (3,).

    The last column of the map is what is added: point = map[:, :D] z + map[:, D]. Errors: CheckpointError.
    """
    from vae.maps.projection import principal as components_of

    mean = maps(card)[0].mean
    components, center, shares = components_of(maps(card)[0])
    affine = np.column_stack([components[:3], -components[:3] @ center])
    points = mean @ affine[:, :-1].T + affine[:, -1]
    return points.astype(np.float32), affine.astype(np.float32), shares[:3].astype(np.float32)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_CONTENT)
def matching(a: Card, b: Card) -> Matching:
    """Which latents of b stand for those of a. ValueError: the sentence why they cannot be matched."""
    from vae.measures import matching as pairs

    for card in (a, b):
        if not encodes(card):
            raise ValueError(f"{card.title} has no encoder: its latents were drawn, and stand for no items.")
    return pairs.same(a.latent) if a.digest == b.digest else pairs.match(maps(a)[0], maps(b)[0])


def line(kind: str, a: Floats, b: Floats, n: int) -> Floats:
    """n latents (n, D) from a to b, both included: "linear", or "slerp" around the origin."""
    from vae import paths

    return paths.slerp(a, b, n) if kind == "slerp" else paths.linear(a, b, n)


def item(card: Card, row: int) -> Bytes | None:
    """The picture (C, H, W) behind a row of the latents, or None where its data set is not on this machine."""
    latents = maps(card)[0]
    if not 0 <= row < len(latents):
        return None
    data, where = _data(card, latents.split), int(latents.index[row])
    if data is None or data.shape != card.shape or where >= len(data):
        return None
    picture: Bytes = data.images[where]
    return picture


def encodes(card: Card) -> bool:
    """Whether it has an encoder: a foreign model may be a decoder alone."""
    return not isinstance(card.model, Foreign) or card.model.encodes


def at_hand(card: Card) -> bool:
    """Whether its data set is on this machine, told without reading it."""
    from vae.data.load import KNOWN, present

    try:
        name = checkpoints.data_of(card).name
    except CheckpointError:
        return False
    return present(name) if name in KNOWN else Path(name).expanduser().exists()


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_CONTENT)
def prepare(card: Card, raw: bytes, how: Preparation) -> Prepared:
    """A file's bytes -> the picture as the model sees it, and what was done to it. PictureError: a sentence why not."""
    return fit(card, raw, how)


def fit(card: Card, raw: bytes, how: Preparation) -> Prepared:
    """`prepare`, with nothing kept: for many pictures. Errors: PictureError."""
    return pictures.prepare(pictures.read_picture(raw), card.shape, how, fill=fill(card))


def fill(card: Card) -> float:
    """The share of a grey picture that a drawing fills, as in the model's data."""
    from vae.data.load import KNOWN

    return KNOWN[card.data.name].fill if card.data.name in KNOWN else FILL


def item_png(card: Card, row: int) -> bytes | None:
    """`item` as a PNG file."""
    picture = item(card, row)
    return None if picture is None else images.png(picture)


def items_png(card: Card, rows: Sequence[int]) -> bytes | None:
    """The pictures behind several rows side by side, as one PNG file; None where any of them is not here."""
    found = [item(card, row) for row in rows]
    there = [picture for picture in found if picture is not None]
    return images.png(np.concatenate(there, axis=2)) if there and len(there) == len(found) else None


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_CONTENT)
def _data(card: Card, split: str) -> Dataset | None:
    from vae.data.load import dataset

    try:
        found: Dataset = dataset(checkpoints.data_of(card), split=split)
    except (OSError, ValueError, ImportError):
        return None
    return found


# --- with torch -------------------------------------------------------------------------------------------------------


def decode(card: Card, z: Floats) -> Floats:
    """z (n, D) -> mean pictures (n, C, H, W) in [0, 1]."""
    return model(card).decode(np.asarray(z, np.float32))


def decode_parts(card: Card, z: Floats) -> dict[str, Floats]:
    """The same as "x", and then what p(x|z) is made of beside it (`vae.config.beside_mean`), (n, C, H, W) each."""
    return model(card).decode_parts(np.asarray(z, np.float32))


def encode(card: Card, x: Floats) -> Floats:
    """Pictures (n, C, H, W) in [0, 1] -> the means of q(z|x), (n, D). Errors: ValueError without an encoder."""
    return model(card).means(np.asarray(x, np.float32))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_CONTENT)
def posterior(card: Card, picture: Bytes) -> Posterior:
    """A picture (C, H, W) of bytes -> where it lands, what comes back and what that costs in nats."""
    return model(card).posterior(picture)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_CONTENT)
def model(card: Card) -> OpenModel:
    """The model itself, on the CPU. CheckpointError: its weights are not what its card says."""
    calm()
    if card.wrapped:
        from vae.foreign.latents import OpenWrapped
        from vae.foreign.reopen import open_checkpoint

        return OpenWrapped(open_checkpoint(card), _spread(card))
    from vae.latents import OpenVAE
    from vae.model import load

    return OpenVAE(load(card.path))


def _spread(card: Card) -> Floats | None:
    """How far the means reach, dimension by dimension (D,); None where the encoded items cannot be read."""
    try:
        latents: Latents = maps(card)[0]
    except CheckpointError:
        return None
    return np.asarray(latents.mean.std(0))
