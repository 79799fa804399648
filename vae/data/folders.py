"""A folder of pictures, or a zip of one, becomes an array; its sub-folders are the classes.

Nothing is unpacked to disk, links to folders are not followed, and a file that cannot be read is left out and counted.
Knows nothing of models and torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from vae.data.collection import MOST_PICTURES, MOST_PIXELS, Pictures, limited
from vae.data.names import is_hidden, is_picture, layout, printable
from vae.data.pictures import READABLE, fit, read_picture
from vae.data.zips import Limits, contents
from vae.records import Bytes

ZIP = Limits(total=64 * 2**30)  # of a data set: what a computer's disk holds, read a picture at a time
LARGEST = 64  # pixels a side where no size is asked for
LINK = "It is a link to a folder, and those are not followed: copy the folder, or name it itself."
BESIDE = "It lies beside the folders of the classes: move it into one of them."

File = tuple[str, Callable[[], "bytes | Path"]]  # a name with forward slashes, and what `read_picture` takes
Refusal = tuple[str, str]  # a name, and why it is left out


def read(path: Path, size: int = 0, channels: int = 0, limit: int = 0) -> Pictures:
    """The pictures of a folder or zip in the order of their names, squares cut from the middle, RGBA on white.

    Args:
        size: pixels a side, by Lanczos; 0: that of the largest, but 64 at most. channels: 1 grey, 3 colour; 0: grey if
            all are grey. limit: at most so many, drawn at random, the same on every machine; 0: all.
    Classes are the sub-folders, two or more; those of train/ and test/ are the same ones, and test/ is held out.
    Errors: ValueError: a sentence why there are no pictures, or too many.
    """
    if path.is_dir():
        files: list[File] = [(name, partial(path.joinpath, name)) for name in _below(path)]
        return _read(str(path), files, tuple(_links(path)), size, channels, limit)
    inside = contents(path, ZIP)
    return _read(
        path.name, [(member.name, member.read) for member in inside.files], inside.refused, size, channels, limit
    )


def stamp(path: Path) -> int:
    """A number that changes when a file at or below the path does: names, sizes, times."""
    files = [path / name for name in sorted(_below(path))] if path.is_dir() else [path]
    stamps = [(str(file), stat.st_size, stat.st_mtime_ns) for file in files for stat in (file.lstat(),)]
    return hash(tuple(stamps))


def _below(path: Path) -> Iterator[str]:
    """The names of all files below a folder, relative to it, with forward slashes."""
    for folder, _, files in os.walk(path):
        for name in files:
            yield (Path(folder) / name).relative_to(path).as_posix()


def _links(path: Path) -> Iterator[Refusal]:
    """The links to folders below a folder, unless they are hidden."""
    for parent, folders, _ in os.walk(path):
        for folder in (Path(parent) / name for name in sorted(folders)):
            if folder.is_symlink() and not is_hidden(name := folder.relative_to(path).as_posix()):
                yield name, LINK


# --- pictures ---------------------------------------------------------------------------------------------------------


def _read(
    title: str, files: list[File], refused: tuple[Refusal, ...], size: int, channels: int, limit: int
) -> Pictures:
    """The pictures among the files; `refused` are left out already."""
    files = sorted((file for file in files if is_picture(file[0])), key=lambda file: file[0])
    if not files:
        first = "".join(f" {printable(name)}: {why}" for name, why in refused[:1])
        raise ValueError(f"{title} holds no pictures: {READABLE} can be read.{first}")
    plan = layout([name for name, _ in files])
    strays = np.setdiff1d(np.arange(len(files)), plan.rows)
    rows = limited(len(plan.rows), limit, plan.held_out)
    _check_size(title, len(rows), size)
    answers = _decoded([files[i] for i in plan.rows[rows]], size, channels)
    pictures = [answer for answer in answers if not isinstance(answer, tuple)]
    left_out = [answer for answer in answers if isinstance(answer, tuple)]
    left_out += [*refused, *((files[i][0], BESIDE) for i in strays)]
    reasons = [f"{printable(name)}: {why}" for name, why in left_out]
    if not pictures:
        raise ValueError(f"None of the {len(rows):,} pictures in {title} can be read. {reasons[0]}")
    rows = rows[[not isinstance(answer, tuple) for answer in answers]]
    return Pictures(
        stacked(pictures),
        None if plan.labels is None else plan.labels[rows],
        plan.classes,
        len(reasons),
        reasons[0] if reasons else "",
        None if plan.held_out is None else plan.held_out[rows],
        (f"{title}: {plan.note}",) if plan.note else (),
    )


def _check_size(title: str, n: int, size: int) -> None:
    """ValueError where n pictures of that size are too many for the memory."""
    memory = n * 3 * (size or LARGEST) ** 2
    if n > MOST_PICTURES or memory > MOST_PIXELS:
        raise ValueError(
            f"{title} holds {n:,} pictures, which take {memory / 2**30:,.1f} GiB; {MOST_PICTURES:,} and "
            f"{MOST_PIXELS // 2**30} GiB are the most: set `limit` or a smaller `size`."
        )


def _decoded(files: Sequence[File], size: int, channels: int) -> list[Bytes | Refusal]:
    """The square of every picture, or why there is none."""

    def decode(file: File) -> Bytes | Refusal:
        try:
            return square(read_picture(file[1]()), size, channels)
        except (ValueError, OSError) as error:
            return file[0], str(error)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(decode, files))


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
