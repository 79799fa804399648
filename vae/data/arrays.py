"""NumPy files of pictures, in the layouts and ranges that are usual. Nothing is unpickled, nothing resized."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae.data.collection import MOST_PIXELS, Pictures, limited
from vae.data.names import MOST_CLASSES
from vae.data.zips import DEFLATE_RATIO, Limits, Member, entries
from vae.records import Bytes, Ints

IMAGES = ("images", "imgs", "x_train", "train_images", "x", "data", "arr_0")
LABELS = ("labels", "label", "y_train", "train_labels", "y", "targets", "arr_1")
CLASSES = ("classes", "class_names")
SUFFIXES = (".npz", ".npy")
MOST_SIDE = 1024  # pixels: what the networks here take
_HEADER = 2**17  # bytes that hold the header of any array that is no record: NumPy's first format allows half as many

Arrays = dict[str, NDArray[Any]]


def read(path: Path, limit: int = 0) -> Pictures:
    """The pictures of an .npy, or of an .npz, where one array is named as in `IMAGES`, or is the first of rank 3 or 4.

    Layouts: (N, H, W), (N, H, W, C), (N, C, H, W); C = 4 is RGBA, composited on white. Values: bytes; 0 and 1; floats
    in [0, 1] or [-1, 1]; numbers up to 255, or up to 65535. An array of N numbers or words named as in `LABELS` is the
    labels. Arrays of Python objects are not read. limit: at most so many, drawn at random, the same on every machine;
    0: all.
    Errors: ValueError: a sentence with what the file holds and what it must hold.
    """
    arrays, objects = _load(path)
    key = next((k for k in IMAGES if k in arrays), "") or next((k for k, a in arrays.items() if a.ndim in (3, 4)), "")
    if not key:
        what = ", ".join([*(f"{k} {a.shape}" for k, a in arrays.items()), *(f"{k} of objects" for k in objects)])
        what = what or "nothing"
        raise ValueError(f"{path.name} holds no pictures, (N, H, W) or (N, H, W, C), but {what}: name them 'images'.")
    pixels = layout(arrays[key], path.name)
    labels, classes = _labels(arrays, len(pixels))
    if limit and limit < len(pixels):
        rows = limited(len(pixels), limit)
        pixels, labels = pixels[rows], None if labels is None else labels[rows]
    if pixels.size > MOST_PIXELS or max(pixels.shape[2:]) > MOST_SIDE:
        raise ValueError(
            f"{path.name} holds {pixels.shape}: {MOST_PIXELS / 2**30:.0f} GiB of pixels and {MOST_SIDE} a side are the "
            "most: set `limit`, or resize the pictures first."
        )
    unread = [name for name in objects if name in (*LABELS, *CLASSES)]
    note = f"{path.name}: {', '.join(unread)} hold Python objects and are not read: save them as np.array(words, str)."
    return Pictures(opaque(to_bytes(pixels, path.name)), labels, classes, notes=(note,) if unread else ())


def _load(path: Path) -> tuple[Arrays, list[str]]:
    """The arrays by name, and the names of those that would have to be unpickled. ValueError if there are none."""
    try:
        if path.suffix.lower() == ".npy":
            return {IMAGES[0]: np.lib.format.open_memmap(path, mode="r")}, []
        members = entries(path, Limits(2 * MOST_PIXELS, 2 * MOST_PIXELS, DEFLATE_RATIO))
        named = {m.name.removesuffix(".npy"): m for m in members if m.name.endswith(".npy")}
        objects = [name for name, member in named.items() if _header(member.read(_HEADER))[1].hasobject]
        return {name: _array(member) for name, member in named.items() if name not in objects}, objects
    except Exception as error:  # a parser that meets a hostile file raises anything
        raise ValueError(f"{path.name} cannot be read as plain NumPy arrays ({error}): save it again.") from None


def _array(member: Member) -> NDArray[Any]:
    """An array as it lies in its bytes."""
    raw = member.read()
    shape, dtype, order, start = _header(raw)
    return np.ndarray(shape, dtype, raw, start, order=order)


def _header(raw: bytes) -> tuple[tuple[int, ...], np.dtype[Any], Literal["C", "F"], int]:
    """Shape, type, order and place of the values in an .npy (NumPy's format, versions 1 and 2). ValueError: another."""
    file = io.BytesIO(raw)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array is written in version {version} of the format, and must be in 1 or 2")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return shape, dtype, "F" if fortran else "C", file.tell()


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


def _labels(arrays: Arrays, n: int) -> tuple[Ints | None, tuple[str, ...]]:
    """The first array that can be n labels, whole numbers or words, and the classes' names."""
    for values in (arrays[key].reshape(-1) for key in LABELS if key in arrays):
        if len(values) != n or values.dtype.kind not in "biuU":
            continue
        distinct, labels = np.unique(values, return_inverse=True)
        if len(distinct) > MOST_CLASSES:
            continue
        named = [
            arrays[key] for key in CLASSES if key in arrays and arrays[key].dtype.kind == "U" and arrays[key].ndim == 1
        ]
        if named and distinct.dtype.kind in "iu" and distinct[0] >= 0 and distinct[-1] < len(named[0]):
            return values.astype(np.int64), tuple(map(str, named[0]))
        return labels.reshape(-1).astype(np.int64), tuple(map(str, distinct))
    return None, ()
