"""The names of pictures' files: which file is a picture, which class its folder is, which part is held out.

A name is a path with forward slashes below the folder or zip that holds it. Knows nothing of torch.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from vae.records import Ints

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
UNREADABLE = (".heic", ".heif", ".avif", ".svg")  # pictures that cannot be read here: counted, not passed over
MOST_CLASSES = 1000  # ImageNet's; a legend shows no more
STRAYS = 10  # one picture in ten may lie beside the classes and is left out; of more, the classes are no labels
TRAINING = frozenset(("train", "training"))
HELD_OUT = frozenset(("test", "testing", "val", "valid", "validation", "eval", "dev"))
_SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")  # what macOS and Windows put beside one's files
_INVISIBLE = ("Zl", "Zp")  # Unicode categories beside C: separators of lines and paragraphs

Folder = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """What folders say of the pictures in them."""

    rows: Ints  # (N,): the pictures, as positions in the list of names; those beside the classes are left out
    labels: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    held_out: NDArray[np.bool_] | None = None  # (N,): whether it is for testing; None: no folder says so
    note: str = ""  # why there are no labels, where folders look like classes


def printable(name: str) -> str:
    """A name without control characters and what is no letter in any encoding; a file system's stray bytes in Latin-1.

    Python gives a byte of a file's name that is not UTF-8 as a lone surrogate, which no JSON and no page can hold.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("latin-1")
    kinds = map(unicodedata.category, name)
    return "".join(c for c, kind in zip(name, kinds, strict=True) if kind[0] != "C" and kind not in _INVISIBLE)


def expanded(path: str | Path) -> Path:
    """The path that a person wrote, with ~ for a home; ~someone stays as it is where there is no such person."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_hidden(name: str) -> bool:
    """Whether a path is one that systems make for themselves: .git/config, __MACOSX/._a.png, Thumbs.db."""
    parts = name.split("/")
    return any((part.startswith(".") and part not in (".", "..")) or part.lower() in _SYSTEM for part in parts)


def is_picture(name: str) -> bool:
    """Whether a file is to be read as a picture, by its name."""
    return not is_hidden(name) and name.lower().endswith((*SUFFIXES, *UNREADABLE))


def layout(names: Sequence[str]) -> Layout:
    """Classes, and what is held out, by the first folders in which the pictures differ.

    Two folders or more are classes. train/cat and test/cat are the class cat, once to learn from and once held out.
    """
    folders = _differing([PurePosixPath(name).parts[:-1] for name in names])
    held_out = None
    if _are_parts({folder[0].lower() for folder in folders if folder}):
        held_out = np.array([bool(folder) and folder[0].lower() in HELD_OUT for folder in folders])
        folders = _differing([folder[1:] for folder in folders])
    return _labelled([_label(folder[0]) if folder else "" for folder in folders], held_out)


def _differing(folders: list[Folder]) -> list[Folder]:
    """The same paths without the folders that all of them share, but for pictures that lie above those."""
    while len({folder[0] for folder in folders if folder}) == 1:
        folders = [folder[1:] for folder in folders]
    return folders


def _are_parts(folders: set[str]) -> bool:
    """Whether folders are the parts of a data set and not its classes."""
    return folders <= TRAINING | HELD_OUT and bool(folders & TRAINING) and bool(folders & HELD_OUT)


def _label(folder: str) -> str:
    """A class's name; macOS writes ü as two letters, others as one (NFC)."""
    return unicodedata.normalize("NFC", printable(folder)) or "no name"


def _labelled(labels: list[str], held_out: NDArray[np.bool_] | None) -> Layout:
    """The layout of pictures whose class is named in `labels`, "" beside the classes."""
    inside = np.array([label != "" for label in labels])
    n, classes, strays = len(labels), sorted(set(labels) - {""}), int((~inside).sum())
    note = ""
    if len(classes) > MOST_CLASSES:
        note = f"There are {len(classes):,} folders; {MOST_CLASSES:,} classes are the most, so there are no labels."
    elif len(classes) > 1 and STRAYS * strays > n:
        note = f"{strays:,} of {n:,} pictures lie beside the folders of the classes, so there are no labels."
    if note or len(classes) < 2:
        return Layout(np.arange(n), held_out=held_out, note=note)
    numbers = {name: k for k, name in enumerate(classes)}
    own = np.array([numbers[label] for label in labels if label], np.int64)
    return Layout(np.flatnonzero(inside), own, tuple(classes), None if held_out is None else held_out[inside])
