"""Many files at once: uploads, and zips among them, become named bytes, and what cannot be used becomes a sentence.

Nothing is written to disk, so no name can lead anywhere; a name is what is shown, and shown plainly. Decoding
a picture is `vae.data.pictures`. Knows nothing of models.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from vae.data.zips import Member, is_zip, members

MOST = 1_000  # pictures at once
MOST_UNPACKED = 4 * 2**30  # bytes to which a zip may unpack
LONGEST = 80  # letters of a name

Named = tuple[str, bytes]


@dataclass(frozen=True)
class File:
    """A name, and bytes that are unpacked when they are asked for."""

    name: str
    raw: bytes = field(default=b"", repr=False)
    member: Member | None = field(default=None, repr=False)  # of a zip

    def read(self) -> bytes:
        """Its bytes, at most a byte more than a picture may have. Errors: ValueError, a sentence."""
        return self.raw if self.member is None else self.member.read()


@dataclass(frozen=True)
class Bundle:
    """Files by name, not yet looked into; what was left out, each with its sentence; and a note on all of them."""

    files: tuple[File, ...]
    refused: tuple[tuple[str, str], ...] = ()  # (name, why)
    note: str = ""


def gather(uploads: Sequence[Named], most: int = MOST, seed: int = 0) -> Bundle:
    """Every file of the uploads, those in zips included; beyond `most`, so many drawn at random, and a note.

    A zip that `vae.data.zips` refuses, or that is empty, is left out with its sentence; so is a zip inside a zip.
    """
    files: list[File] = []
    refused: list[tuple[str, str]] = []
    for name, raw in uploads:
        if not is_zip(raw):
            files.append(File(shown(name), raw))
            continue
        try:
            inside, nested = _inside(raw)
        except ValueError as error:
            refused.append((shown(name), str(error)))
        else:
            files += inside
            refused += nested
    note = ""
    if len(files) > most:
        note = f"{most:,} of {len(files):,} files, drawn at random: more at once are too many."
        rows = np.sort(np.random.default_rng(seed).permutation(len(files))[:most])
        files = [files[i] for i in rows.tolist()]
    return Bundle(tuple(_distinct(files)), tuple(refused), note)


def shown(name: str) -> str:
    """A name as people may see it: its last part, without what moves or hides letters, at most 80 of them."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 12]}…{plain[-11:]}"


def _inside(raw: bytes) -> tuple[list[File], list[tuple[str, str]]]:
    """The files of a zip, and the zips in it with a sentence. ValueError: a sentence why there are none."""
    inside = members(raw, MOST_UNPACKED)
    if not inside:
        raise ValueError("The zip holds no files: put pictures into it.")
    nested = [member.name for member in inside if member.name.lower().endswith(".zip")]
    files = [File(shown(member.name), member=member) for member in inside if member.name not in nested]
    return files, [(shown(name), "It is a zip inside the zip: unpack it, and bring it by itself.") for name in nested]


def _distinct(files: Sequence[File]) -> Iterator[File]:
    """The same files, no name twice: a.png, a.png (2)."""
    seen: dict[str, int] = {}
    for file in files:
        name = file.name or "no name"
        seen[name] = seen.get(name, 0) + 1
        yield replace(file, name=name if seen[name] == 1 else f"{name} ({seen[name]})")
