"""From a data set's name, or the path of one's own pictures, to a `Dataset` of bytes in the size and colours asked for.

Nothing is downloaded unless `download` says so. torch loads only for the sets whose
format only torchvision reads. Knows nothing of models.
"""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae import config
from vae.data import arrays, folders
from vae.data.collection import Pictures, draw, halves
from vae.data.named import KNOWN, Source, fetch
from vae.data.names import expanded, printable
from vae.records import Bytes, Dataset

__all__ = ["KNOWN", "Source", "dataset", "directory", "fitted", "joined", "present", "rows"]

SPLITS = ("train", "test", "all")


def dataset(
    spec: config.Data | str | Path,
    *,
    root: str | Path | None = None,
    split: str = "train",
    download: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Dataset:
    """The data set of a name or path, as bytes (N, C, H, W).

    Args:
        spec: a name in `KNOWN`, the path of a folder, zip, .npy or .npz of pictures, or `vae.Data` with all settings.
        root: the data directory (else VAE_DATA_DIR, else ./data). split: "train", "test", or "all": both, training
            first.
        download: fetch a missing set. progress: takes a sentence on what takes long, or is left out; without it what
            is left out is a warning.
    Errors: TypeError for what is neither; ValueError, OSError or ImportError: a sentence with what is missing and the
    way to it.

    >>> data = vae.dataset("digits", split="test")
    >>> data.images.shape, data.images.dtype, data.classes[:3]
    ((297, 1, 8, 8), dtype('uint8'), ('0', '1', '2'))
    """
    if not isinstance(spec, config.Data | str | Path):
        raise TypeError(f"spec is {type(spec).__name__}, but must be a name, a path, or vae.Data(...) of it.")
    settings = config.check(spec) if isinstance(spec, config.Data) else config.Data(str(spec))
    if split not in SPLITS:
        raise ValueError(f"split (={split!r}) must be one of {', '.join(map(repr, SPLITS))}.")
    source, folder = KNOWN.get(settings.name), directory(root)
    if source is None:
        return _own(_path(settings.name), settings, split, progress)
    if not present(settings.name, folder):
        fetch(settings.name, folder, download, progress)
    if source.read is None:
        own = replace(settings, channels=settings.channels or 3, size=settings.size or source.shape[1])
        return _own(folder / source.needs[0], own, split, progress)
    parts = [source.read(folder, part, settings) for part in (("train", "test") if split == "all" else (split,))]
    return fitted(replace(joined(parts), split=split), settings)


def directory(root: str | Path | None = None) -> Path:
    """Where data sets lie: the argument, else VAE_DATA_DIR, else ./data."""
    return expanded(root or os.environ.get("VAE_DATA_DIR") or "data")


def present(name: str, root: str | Path | None = None) -> bool:
    """Whether a known data set can be read without a download. KeyError: the name is not known."""
    folder = directory(root)
    return all((folder / file).exists() for file in KNOWN[name].needs)


# --- size and colours -------------------------------------------------------------------------------------------------


def fitted(data: Dataset, settings: config.Data) -> Dataset:
    """At most `limit` items, drawn at random, with `channels` and `size` as asked."""
    if settings.limit and settings.limit < len(data):
        data = rows(data, draw(len(data), settings.limit))
    images = data.images
    if settings.channels and settings.channels != images.shape[1]:
        images = grey(images) if settings.channels == 1 else np.repeat(images, 3, axis=1)
    if settings.size and images.shape[2:] != (settings.size, settings.size):
        images = resized(images, settings.size)
    return data if images is data.images else replace(data, images=images)


def rows(data: Dataset, at: NDArray[Any]) -> Dataset:
    """The data set of these rows alone."""
    labels = None if data.labels is None else data.labels[at]
    factors = None if data.factors is None else data.factors[at]
    return replace(data, images=data.images[at], labels=labels, factors=factors)


def joined(parts: list[Dataset]) -> Dataset:
    """Parts of one set, one after the other."""
    if len(parts) == 1:
        return parts[0]
    labels = [p.labels for p in parts if p.labels is not None]
    factors = [p.factors for p in parts if p.factors is not None]
    return replace(
        parts[0],
        images=np.concatenate([p.images for p in parts]),
        labels=np.concatenate(labels) if labels else None,
        factors=np.concatenate(factors) if factors else None,
    )


def grey(images: Bytes) -> Bytes:
    """(N, 3, H, W) -> (N, 1, H, W): luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded as Pillow does."""
    r, g, b = (images[:, i].astype(np.uint32) for i in range(3))
    return ((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16).astype(np.uint8)[:, None]


def resized(images: Bytes, size: int) -> Bytes:
    """(N, C, H, W) -> (N, C, size, size): the middle square, by Lanczos."""
    from PIL import Image

    from vae.data.pictures import fit

    out = np.empty((*images.shape[:2], size, size), np.uint8)
    for i, c in np.ndindex(*images.shape[:2]):
        out[i, c] = fit(Image.fromarray(images[i, c]), (size, size))
    return out


# --- one's own pictures -----------------------------------------------------------------------------------------------


def _path(name: str) -> Path:
    path = expanded(name)
    if name.strip() and path.exists():
        return path
    close = difflib.get_close_matches(name, KNOWN, 1, 0.6)
    hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(KNOWN)}."
    raise FileNotFoundError(f"{name!r} is neither a data set nor the path of a folder, zip or NumPy file. {hint}")


def _own(path: Path, settings: config.Data, split: str, progress: Callable[[str], None] | None) -> Dataset:
    """The pictures at a path: those to learn from or those to test on, as its folders say or as `halves` draws them."""
    if progress:
        progress(f"Reading the pictures in {path}")
    pictures = _read(path, settings, folders.stamp(path))
    if pictures.skipped:
        (progress or warnings.warn)(f"{pictures.skipped:,} files in {path} were left out. The first: {pictures.why}")
    for note in pictures.notes:
        (progress or warnings.warn)(note)
    name = printable(path.stem)
    data = fitted(Dataset(name, pictures.images, pictures.labels, pictures.classes, split=split), settings)
    train, tests = halves(len(data), pictures.held_out)
    both = train if len(data) == 1 else np.concatenate([train, tests])
    return rows(data, {"train": train, "test": tests, "all": both}[split])


@lru_cache(maxsize=1)
def _read(path: Path, settings: config.Data, stamp: int) -> Pictures:  # noqa: ARG001  (a changed folder is read again)
    """What lies at a path, kept until another is asked for: the splits of one set are read one after the other."""
    if path.suffix.lower() in arrays.SUFFIXES and path.is_file():
        return arrays.read(path, settings.limit)
    if path.is_dir() or path.suffix.lower() == ".zip":
        return folders.read(path, settings.size, settings.channels, settings.limit)
    raise ValueError(f"{path.name} is no folder, .zip, .npz or .npy: put the pictures into a folder or a zip.")
