"""Many files at once: uploads, and zips among them, become named bytes, and what cannot be used becomes a sentence.

Nothing is written to disk, so no name can lead anywhere; a name is what is shown, and shown plainly. Decoding
a picture is `vae.data.pictures`. Knows nothing of models.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from vae.data.folders import DAMAGED, MOST_RATIO
from vae.data.pictures import MOST_BYTES

MOST = 1_000  # pictures at once
MOST_NAMES = 200_000  # entries that a zip may list
MOST_UNPACKED = 4 * 2**30  # bytes that the entries which are read may promise together
LONGEST = 80  # letters of a name
ZIP = b"PK\3\4", b"PK\5\6"  # how a zip begins: with a file, or empty

Named = tuple[str, bytes]


@dataclass(frozen=True)
class File:
    """A name, and bytes that are unpacked when they are asked for."""

    name: str
    raw: bytes = field(default=b"", repr=False)
    archive: zipfile.ZipFile | None = field(default=None, repr=False)  # that holds it as `entry`
    entry: zipfile.ZipInfo | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """Its bytes, at most a byte more than a picture may have. Errors: ValueError, a sentence."""
        if self.archive is None or self.entry is None:
            return self.raw
        try:
            with self.archive.open(self.entry) as file:
                return file.read(MOST_BYTES + 1)
        except DAMAGED as error:
            raise ValueError(f"It is damaged inside the zip ({error}): make the zip again.") from None


@dataclass(frozen=True)
class Bundle:
    """Files by name, not yet looked into; what was left out, each with its sentence; and a note on all of them."""

    files: tuple[File, ...]
    refused: tuple[tuple[str, str], ...] = ()  # (name, why)
    note: str = ""


def gather(uploads: Sequence[Named], most: int = MOST, seed: int = 0) -> Bundle:
    """Every file of the uploads, those in zips included; beyond `most`, so many drawn at random, and a note.

    A zip is refused, with its sentence, where it is damaged, locked, empty, lists more than 200,000 names, or promises
    more than 100 times its own size. Zips inside zips and hidden files are left out, the former with a sentence.
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
        chosen = np.sort(np.random.default_rng(seed).permutation(len(files))[:most])
        files = [files[i] for i in chosen.tolist()]
    return Bundle(tuple(_told_apart(files)), tuple(refused), note)


def is_zip(raw: bytes) -> bool:
    """Whether bytes begin as a zip does."""
    return raw.startswith(ZIP)


def shown(name: str) -> str:
    """A name as people may see it: its last part, without what moves or hides letters, at most 80 of them."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 12]}…{plain[-11:]}"


def _inside(raw: bytes) -> tuple[list[File], list[tuple[str, str]]]:
    """The files of a zip, and the zips in it with a sentence. ValueError: a sentence why there are none."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except DAMAGED as error:
        raise ValueError(f"The zip cannot be read ({error}): make or send it again.") from None
    entries = archive.infolist()
    if len(entries) > MOST_NAMES:
        raise ValueError(f"The zip lists {len(entries):,} files; {MOST_NAMES:,} are the most.")
    named = [(_name(entry), entry) for entry in entries if not entry.is_dir()]
    named = [(name, entry) for name, entry in named if not _hidden(name)]
    if not named:
        raise ValueError("The zip holds no files: put pictures into it.")
    if any(entry.flag_bits & 1 for _, entry in named):
        raise ValueError("The zip is locked with a password: make it anew without one.")
    promised = sum(entry.file_size for _, entry in named)
    if promised > MOST_UNPACKED or promised > max(MOST_RATIO * len(raw), MOST_BYTES):
        raise ValueError(
            f"The zip ({len(raw) / 2**20:,.1f} MiB) would unpack to {promised / 2**30:,.1f} GiB, as no zip of pictures "
            f"does; {MOST_RATIO} times its size and {MOST_UNPACKED // 2**30} GiB are the most."
        )
    nested = [name for name, _ in named if name.lower().endswith(".zip")]
    files = [File(shown(name), b"", archive, entry) for name, entry in named if not name.lower().endswith(".zip")]
    return files, [(shown(name), "It is a zip inside the zip: unpack it, and bring it by itself.") for name in nested]


def _name(entry: zipfile.ZipInfo) -> str:
    """Its name; where the zip does not say that it is UTF-8 and it is, as UTF-8."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _told_apart(files: Sequence[File]) -> Iterator[File]:
    """The same files, no name twice: a.png, a.png (2)."""
    seen: dict[str, int] = {}
    for file in files:
        name = file.name or "no name"
        seen[name] = seen.get(name, 0) + 1
        yield replace(file, name=name if seen[name] == 1 else f"{name} ({seen[name]})")
