"""A folder of pictures, or a zip of one, becomes an array; its sub-folders are the classes.

Nothing is unpacked to disk, links are not followed, and a file that cannot be read is left out and counted. Knows
nothing of models and torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from vae.data.pictures import fit, read_picture
from vae.data.zips import is_hidden, members
from vae.records import Bytes, Ints

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
STRANGE = (".heic", ".heif", ".avif", ".svg")  # pictures that cannot be read here: counted, not passed over
MOST_FILES = 1_000_000
MOST_UNPACKED = 64 * 2**30  # bytes to which a zip may unpack
MOST_PIXELS = 8 * 2**30  # bytes of all pictures together
MOST_CLASSES = 1000
LARGEST = 64  # pixels a side where no size is asked for

File = tuple[str, Callable[[], "bytes | Path"]]  # a name with forward slashes, and what `read_picture` takes


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures as bytes, their classes, and how many files were left out, with the first of them and its reason."""

    images: Bytes  # (N, C, H, W)
    labels: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    skipped: int = 0
    why: str = ""


def read(path: Path, size: int = 0, channels: int = 0, limit: int = 0) -> Pictures:
    """The pictures of a folder or zip in the order of their names, squares cut from the middle, RGBA on white.

    Args:
        size: pixels a side, by Lanczos; 0: that of the largest, but 64 at most. channels: 1 grey, 3 colour; 0: grey if
            all are grey. limit: at most so many, drawn at random, the same on every machine; 0: all.
    Classes are the sub-folders, where every picture lies in one and there are two or more.
    Errors: ValueError: a sentence why there are no pictures, or too many.
    """
    if path.is_dir():
        files: list[File] = [(name, partial(path.joinpath, name)) for name in _below(path)]
        return _read(str(path), files, size, channels, limit)
    return _read(path.name, [(m.name, m.read) for m in members(path, MOST_UNPACKED)], size, channels, limit)


def stamp(path: Path) -> int:
    """A number that changes when a file at or below the path does: names, sizes, times."""
    files = [path / name for name in sorted(_below(path))] if path.is_dir() else [path]
    stamps = [(str(file), stat.st_size, stat.st_mtime_ns) for file in files for stat in (file.lstat(),)]
    return hash(tuple(stamps))


# --- names ------------------------------------------------------------------------------------------------------------


def _below(path: Path) -> Iterator[str]:
    """The names of all files below a folder, relative to it, with forward slashes."""
    for folder, _, files in os.walk(path):
        for name in files:
            yield (Path(folder) / name).relative_to(path).as_posix()


def _is_picture(name: str) -> bool:
    return not is_hidden(name) and name.lower().endswith((*SUFFIXES, *STRANGE))


def _classes(names: Sequence[str]) -> tuple[Ints | None, tuple[str, ...]]:
    """The folder after those that all paths share, if every picture lies in one and there are two or more."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    shared = 0
    while all(len(folder) > shared and folder[shared] == folders[0][shared] for folder in folders):
        shared += 1
    tops = [folder[shared] if len(folder) > shared else "" for folder in folders]
    classes = tuple(sorted(set(tops)))
    if "" in classes or not 2 <= len(classes) <= MOST_CLASSES:
        return None, ()
    number = {name: k for k, name in enumerate(classes)}
    return np.array([number[top] for top in tops], np.int64), classes


# --- pictures ---------------------------------------------------------------------------------------------------------


def _read(title: str, files: list[File], size: int, channels: int, limit: int) -> Pictures:
    files = sorted((file for file in files if _is_picture(file[0])), key=lambda file: file[0])
    names = [name for name, _ in files]
    if not names:
        raise ValueError(f"{title} holds no pictures: PNG, JPEG, WebP, BMP, GIF and TIFF are looked for.")
    labels, classes = _classes(names)
    rows = np.arange(len(names))
    if limit and limit < len(names):
        rows = np.sort(np.random.default_rng(0).permutation(len(names))[:limit])
    needed = len(rows) * 3 * (size or LARGEST) ** 2
    if len(rows) > MOST_FILES or needed > MOST_PIXELS:
        raise ValueError(
            f"{title} holds {len(rows):,} pictures, which take {needed / 2**30:,.1f} GiB; {MOST_FILES:,} and "
            f"{MOST_PIXELS // 2**30} GiB are the most: set `limit` or a smaller `size`."
        )

    def one(i: int) -> Bytes | str:
        try:
            return square(read_picture(files[i][1]()), size, channels)
        except (ValueError, OSError) as error:
            return f"{names[i]}: {error}"

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        answers = list(pool.map(one, rows.tolist()))
    pictures = [answer for answer in answers if not isinstance(answer, str)]
    reasons = [answer for answer in answers if isinstance(answer, str)]
    if not pictures:
        raise ValueError(f"None of the {len(rows):,} pictures in {title} can be read. {reasons[0]}")
    readable = rows[[not isinstance(answer, str) for answer in answers]]
    why = reasons[0] if reasons else ""
    return Pictures(stacked(pictures), None if labels is None else labels[readable], classes, len(reasons), why)


def square(picture: Image.Image, size: int, channels: int) -> Bytes:
    """(C, S, S): the square in the middle, S = size, or the picture's own, but 64 at most."""
    target = size or min(*picture.size, LARGEST)
    pixels = fit(picture.convert({0: picture.mode, 1: "L", 3: "RGB"}[channels]), (target, target))
    grey = channels == 0 and bool((pixels == pixels[:1]).all())  # greys are often kept in colour
    return pixels[:1] if grey else pixels


def stacked(pictures: Sequence[Bytes]) -> Bytes:
    """(C, S, S) of several sizes and colours -> (N, C, S, S): the most channels and the largest side of all."""
    c, side = max(len(picture) for picture in pictures), max(picture.shape[-1] for picture in pictures)
    out = np.empty((len(pictures), c, side, side), np.uint8)
    for row, picture in zip(out, pictures, strict=True):
        if picture.shape[-1] == side:
            row[:] = picture
        else:
            row[:] = [
                np.asarray(Image.fromarray(plane).resize((side, side), Image.Resampling.LANCZOS)) for plane in picture
            ]
    return out
