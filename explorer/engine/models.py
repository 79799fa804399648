"""The models there are, and what can be asked of one: its items, its pictures, its networks.

Plain values come in and records go out, every answer remembered under the model's digest; the records are read-only
and shared by all visitors. Torch loads inside the functions that need it, so a page comes up without it. Knows nothing
of pages.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from explorer.drawing import images
from explorer.jobs import runs
from vae import checkpoints, paths
from vae.checkpoints.card import CONFIG, WEIGHTS, Broken, Card
from vae.checkpoints.files import CheckpointError, read_latents, read_metrics
from vae.checkpoints.folder import sigma_of
from vae.config import Foreign
from vae.data import pictures
from vae.data.arrays import SUFFIXES as ARRAYS
from vae.data.load import KNOWN, dataset, present
from vae.data.names import expanded
from vae.data.pictures import FILL, PictureError, Preparation, Prepared
from vae.jobs.process import calm
from vae.maps import projection
from vae.maps.neighbours import nearest_items
from vae.measures.matching import Matching, match, same
from vae.open_model import OpenModel
from vae.records import Bytes, Dataset, Floats, Histograms, Latents, Posterior, Progress, Projection

__all__ = ["Broken", "Card", "CheckpointError", "PictureError", "Preparation", "Prepared", "sigma_of"]

HOME = Path(__file__).resolve().parents[2] / "checkpoints"  # beside the packages, where the project ships them
FIRST = "mnist-16d"  # the model that opens where a link names none
Maps = tuple[Latents, tuple[Projection, ...], Histograms]


def _content(card: Card) -> tuple[str, str, str]:
    return str(card.path), card.digest, card.latents


BY_CONTENT: dict[str | type, Any] = {Card: _content}  # the key of a model in a cache


# --- which models there are -------------------------------------------------------------------------------------------


def folders() -> tuple[Path, ...]:
    """Where models are looked for: VAE_CHECKPOINTS_DIR or the project's own `checkpoints`, then the runs."""
    return Path(os.environ.get("VAE_CHECKPOINTS_DIR") or HOME), runs.root()


def list_models() -> tuple[Card | Broken, ...]:
    """Every checkpoint, `FIRST` first; one that cannot be used is a Broken. Of two with one name, the first counts."""
    roots = folders()
    return _models(roots, tuple(stamp for folder in roots for stamp in _stamps(folder)))


@lru_cache(maxsize=4)
def _models(roots: tuple[Path, ...], stamps: tuple[Any, ...]) -> tuple[Card | Broken, ...]:  # noqa: ARG001  (the key)
    by_name: dict[str, Card | Broken] = {}
    for checkpoint in checkpoints.list_checkpoints(roots):
        by_name.setdefault(checkpoint.name, checkpoint)
    return tuple(sorted(by_name.values(), key=lambda checkpoint: checkpoint.name != FIRST))


def _stamps(folder: Path) -> list[tuple[Any, ...]]:
    """What a listing depends on, in few reads of the disk: every picture that is fetched asks for it."""
    try:
        inside = sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []
    return [
        (path, (path / "status.json").exists(), *(version(path / name) for name in (CONFIG, WEIGHTS, "decoder.onnx")))
        for path in inside
    ]


def version(file: Path) -> int:
    """The time of a file's last change, ns; 0 where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def find(name: str, digest: str = "") -> Card | None:
    """The model of that name, if its digest begins so. The name is compared with names on disk, never made a path."""
    for card in list_models():
        if isinstance(card, Card) and card.name == name and digest and card.digest.startswith(digest):
            return card
    return None


# --- without torch ----------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def maps(card: Card) -> Maps:
    """Latents, maps and histograms. CheckpointError: the file is missing or damaged."""
    return read_latents(card.path)


def latents(card: Card) -> Latents:
    """The encoded items. CheckpointError: the file is missing or damaged."""
    own: Latents = maps(card)[0]
    return own


def history(card: Card) -> tuple[Progress, ...]:
    """Every report of its training; none where the file is missing."""
    return checkpoints.read_history(card.path)


def metrics(card: Card) -> dict[str, Any]:
    """What was measured on the test set; {} where nothing was."""
    return read_metrics(card.path)


def importance(card: Card) -> tuple[Floats, Literal["kl", "spread"]]:
    """How much every latent dimension carries (D,), the order of the sliders. Errors: CheckpointError.

    Its mean KL in nats; where there is none, or the latent is a grid, how far its means spread, as a share of the
    widest.
    """
    items, grid = latents(card), isinstance(card.model, Foreign) and len(card.model.latent_shape) > 1
    if items.kl_per_dim is not None and not grid:
        return items.kl_per_dim, "kl"
    spread = items.mean.std(0)
    return spread / max(float(spread.max()), 1e-12), "spread"


def rename(card: Card, dim: int, name: str) -> Card:
    """Name a latent dimension, in the model's own folder. OSError: the folder is read-only."""
    return checkpoints.rename(card.path, dim, name)


def neighbours(card: Card, z: Floats, k: int = 8) -> list[tuple[int, float]]:
    """The k items nearest to z (D,): (row of the latents, distance over the dimensions that carry something)."""
    rows, distances = nearest_items(latents(card), np.asarray(z, np.float32)[None], k)
    return list(zip(rows[0].tolist(), distances[0].tolist(), strict=True))


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def principal(card: Card) -> tuple[Floats, Floats, Floats]:
    """The items along the first three principal components (N, 3), (3, D + 1) the affine map there, their shares (3,).

    The last column of the map is what is added: point = map[:, :D] z + map[:, D]. Errors: CheckpointError.
    """
    mean = latents(card).mean
    components, center, shares = projection.principal(latents(card))
    affine = np.column_stack([components[:3], -components[:3] @ center])
    points = mean @ affine[:, :-1].T + affine[:, -1]
    return points.astype(np.float32), affine.astype(np.float32), shares[:3].astype(np.float32)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_CONTENT)
def matching(a: Card, b: Card) -> Matching:
    """Which latents of b stand for those of a. ValueError: the sentence why they cannot be matched."""
    for card in (a, b):
        if not encodes(card):
            raise ValueError(f"{card.title} has no encoder: its latents are draws, and stand for no items.")
    return same(a.latent) if a.digest == b.digest else match(latents(a), latents(b))


def line(kind: str, a: Floats, b: Floats, n: int) -> Floats:
    """n latents (n, D) from a to b, both included: "linear", or "slerp" around the origin."""
    return paths.slerp(a, b, n) if kind == "slerp" else paths.linear(a, b, n)


def item(card: Card, row: int) -> Bytes | None:
    """The picture (C, H, W) behind a row of the latents, or None where its data set is not on this machine."""
    items = latents(card)
    if not 0 <= row < len(items):
        return None
    data, at = _data(card, items.split), int(items.index[row])
    if data is None or data.shape != card.shape or at >= len(data):
        return None
    picture: Bytes = data.images[at]
    return picture


def encodes(card: Card) -> bool:
    """Whether it has an encoder: a foreign model may be a decoder alone."""
    return not isinstance(card.model, Foreign) or card.model.encodes


def has_data(card: Card) -> bool:
    """Whether its data set is on this machine, without reading it."""
    try:
        name = checkpoints.data_of(card).name
    except CheckpointError:
        return False
    return present(name) if name in KNOWN else expanded(name).exists()


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_CONTENT)
def prepare(card: Card, raw: bytes, how: Preparation) -> Prepared:
    """A file's bytes -> the picture as the model sees it, and the steps to it. PictureError: a sentence why not."""
    return fit(card, raw, how)


def fit(card: Card, raw: bytes, how: Preparation) -> Prepared:
    """`prepare` without a cache, for many pictures. Errors: PictureError."""
    return pictures.prepare(pictures.read_picture(raw), card.shape, how, fill=fill(card))


def fill(card: Card) -> float | None:
    """The share of a grey picture that a drawing fills in the model's data; None: it learned from files as they are."""
    if card.data.name in KNOWN:
        return KNOWN[card.data.name].fill
    return None if _learned_files(card) else FILL


def _learned_files(card: Card) -> bool:
    """Whether it was trained here on a folder or zip of pictures, each cut to its middle and nothing else."""
    try:
        path = expanded(checkpoints.data_of(card).name)
    except CheckpointError:
        return False
    return not isinstance(card.model, Foreign) and path.is_absolute() and path.suffix.lower() not in ARRAYS


def item_png(card: Card, row: int) -> bytes | None:
    """`item` as a PNG file."""
    picture = item(card, row)
    return None if picture is None else images.png(picture)


def items_png(card: Card, rows: Sequence[int]) -> bytes | None:
    """The pictures behind several rows side by side, as one PNG file; None where any of them is not here."""
    there = [picture for row in rows if (picture := item(card, row)) is not None]
    return images.png(np.concatenate(there, axis=2)) if there and len(there) == len(rows) else None


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_CONTENT)
def _data(card: Card, split: str) -> Dataset | None:
    try:
        return dataset(checkpoints.data_of(card), split=split)
    except (OSError, ValueError, ImportError):
        return None


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
    """A picture (C, H, W) of bytes -> its q(z|x), its reconstruction and its ELBO in nats."""
    return model(card).posterior(picture)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_CONTENT)
def model(card: Card) -> OpenModel:
    """The open model, on the CPU: ours, or another program's. CheckpointError: it cannot be opened."""
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
        return np.asarray(latents(card).mean.std(0))
    except CheckpointError:
        return None
