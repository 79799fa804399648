"""NumPy files of pictures, in the layouts and ranges people keep them in. Nothing is unpickled, nothing resized."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.data.folders import MOST_CLASSES, MOST_PIXELS, Pictures
from vae.records import Bytes, Ints

IMAGES = ("images", "imgs", "x_train", "train_images", "x", "data", "arr_0")
LABELS = ("labels", "label", "y_train", "train_labels", "y", "targets", "arr_1")
CLASSES = ("classes", "class_names")
SUFFIXES = (".npz", ".npy")
MOST_SIDE = 1024

Arrays = dict[str, NDArray[Any]]


def read(path: Path, limit: int = 0) -> Pictures:
    """The pictures of an .npy, or of an .npz, where one array is named as in `IMAGES`, or is the first of rank 3 or 4.

    Layouts: (N, H, W), (N, H, W, C), (N, C, H, W); C = 4 is RGBA, composited on white. Values: bytes; 0 and 1; floats
    in [0, 1] or [-1, 1]; numbers up to 255, or up to 65535. An array of N numbers or words named as in `LABELS` is the
    labels. limit: at most so many, drawn at random, the same on every machine; 0: all.
    Errors: ValueError: a sentence with what is held and what is needed.
    """
    held = _load(path)
    key = next((k for k in IMAGES if k in held), "") or next((k for k, a in held.items() if a.ndim in (3, 4)), "")
    if not key:
        what = ", ".join(f"{k} {a.shape}" for k, a in held.items()) or "nothing"
        raise ValueError(f"{path.name} holds no pictures, (N, H, W) or (N, H, W, C), but {what}: name them 'images'.")
    pixels = layout(held[key], path.name)
    labels, classes = _labels(held, len(pixels))
    if limit and limit < len(pixels):
        rows = np.sort(np.random.default_rng(0).permutation(len(pixels))[:limit])
        pixels, labels = pixels[rows], None if labels is None else labels[rows]
    if pixels.size > MOST_PIXELS or max(pixels.shape[2:]) > MOST_SIDE:
        raise ValueError(
            f"{path.name} holds {pixels.shape}: {MOST_PIXELS / 2**30:.0f} GiB of pixels and {MOST_SIDE} a side are the "
            "most: set `limit`, or resize the pictures first."
        )
    return Pictures(opaque(to_bytes(pixels, path.name)), labels, classes)


def _load(path: Path) -> Arrays:
    """The arrays by name; ValueError if there are none, or if they would have to be unpickled."""
    try:
        if path.suffix.lower() == ".npy":
            return {IMAGES[0]: np.lib.format.open_memmap(path, mode="r")}
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > 2 * MOST_PIXELS:
            raise ValueError(f"it unpacks to {unpacked / 2**30:,.1f} GiB, {2 * MOST_PIXELS / 2**30:.0f} are the most")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # a parser that meets a hostile file raises anything
        raise ValueError(f"{path.name} cannot be read as plain NumPy arrays ({error}): save it again.") from None


def layout(array: NDArray[Any], title: str) -> NDArray[Any]:
    """(N, H, W), (N, H, W, C) or (N, C, H, W) -> (N, C, H, W). Where both fit, channels come last.

    Errors: ValueError for a shape that is none of pictures.
    """
    if array.ndim == 4 and array.shape[3] in (1, 3, 4):
        array = np.moveaxis(array, 3, 1)
    elif array.ndim == 3:
        array = array[:, None]
    elif array.ndim != 4 or array.shape[1] not in (1, 3, 4):
        raise ValueError(f"{title} holds {array.shape}; pictures are (N, H, W), (N, H, W, C) or (N, C, H, W).")
    if array.size == 0:
        raise ValueError(f"{title} holds {array.shape}: there is no picture in it.")
    return array


def to_bytes(pixels: NDArray[Any], title: str) -> Bytes:
    """Any of the ranges of `read` -> 0..255, one picture at a time: the floats of all would fill the memory.

    Errors: ValueError for numbers that are no pixels.
    """
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"{title} holds {pixels.dtype}: pictures are numbers.")
    low, high = float(pixels.min()), float(pixels.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{title} holds numbers that are not finite (NaN or infinity): replace them first.")
    if pixels.dtype == np.uint8 and high > 1:
        return np.ascontiguousarray(pixels)
    real = pixels.dtype.kind == "f"
    top = next((r for r in (1.0, 255.0, 65535.0) if high <= r), None)
    signed = real and -1 <= low < 0 and high <= 1
    if top is None or (low < 0 and not signed):
        raise ValueError(
            f"{title} holds numbers from {low:g} to {high:g}: bring them to 0..255, or floats to [0, 1] or [-1, 1]."
        )
    start, reach = (-1.0, 2.0) if signed else (0.0, top)
    out = np.empty(pixels.shape, np.uint8)
    for row, picture in zip(out, pixels, strict=True):
        row[:] = np.rint((picture.astype(np.float64) - start) * (255 / reach))
    return out


def opaque(images: Bytes) -> Bytes:
    """RGBA (N, 4, H, W) on white; others as they are."""
    if images.shape[1] != 4:
        return images
    out = np.empty((len(images), 3, *images.shape[2:]), np.uint8)
    for row, picture in zip(out, images, strict=True):
        alpha = picture[3:].astype(np.float32) / 255
        row[:] = np.rint(picture[:3] * alpha + 255 * (1 - alpha))
    return out


def _labels(held: Arrays, n: int) -> tuple[Ints | None, tuple[str, ...]]:
    """The first array that can be n labels, whole numbers or words, and the classes' names."""
    for values in (held[key].reshape(-1) for key in LABELS if key in held):
        if len(values) != n or values.dtype.kind not in "biuU":
            continue
        distinct, labels = np.unique(values, return_inverse=True)
        if len(distinct) > MOST_CLASSES:
            continue
        named = [held[key] for key in CLASSES if key in held and held[key].dtype.kind == "U" and held[key].ndim == 1]
        if named and distinct.dtype.kind in "iu" and distinct[0] >= 0 and distinct[-1] < len(named[0]):
            return values.astype(np.int64), tuple(map(str, named[0]))
        return labels.reshape(-1).astype(np.int64), tuple(map(str, distinct))
    return None, ()
