"""Many files at once: uploads, and zips among them, become named bytes, and what cannot be used becomes a sentence.

Nothing is written to disk, so no name leads anywhere: it is shown, without what hides or moves letters.
`vae.data.pictures` decodes a picture. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from vae.data.collection import draw
from vae.data.names import printable
from vae.data.zips import Limits, Member, contents, is_zip

MOST = 1_000  # pictures at once: a table of more is not read, and encoding them takes a minute
ZIP = Limits(total=4 * 2**30)  # of an upload, which a server holds in memory for every visitor
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
    """Files by name, not yet decoded; what is left out, with a sentence for every file; and a note on all of them."""

    files: tuple[File, ...]
    refused: tuple[tuple[str, str], ...] = ()  # (name, why)
    note: str = ""


def gather(uploads: Sequence[Named], most: int = MOST, seed: int = 0) -> Bundle:
    """Every file of the uploads, those in zips included; beyond `most`, so many drawn at random, and a note.

    A zip that `vae.data.zips` refuses, or that is empty, is left out with its sentence; so are zips and links in a zip.
    """
    files: list[File] = []
    refused: list[tuple[str, str]] = []
    for name, raw in uploads:
        if not is_zip(raw):
            files.append(File(shown(name), raw))
            continue
        try:
            inside = contents(raw, ZIP)
        except ValueError as error:
            refused.append((shown(name), str(error)))
            continue
        files += [File(shown(member.name), member=member) for member in inside.files]
        refused += [(shown(path), why) for path, why in inside.refused]
        if not (inside.files or inside.refused):
            refused.append((shown(name), "The zip holds no files: put pictures into it."))
    note = ""
    if len(files) > most:
        note = f"{most:,} of {len(files):,} files, drawn at random: more at once are too many."
        files = [files[i] for i in draw(len(files), most, seed).tolist()]
    return Bundle(tuple(_distinct(files)), tuple(refused), note)


def shown(name: str) -> str:
    """A name as people may see it: its last part, without what moves or hides letters, at most 80 of them."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = printable(last).strip()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 12]}…{plain[-11:]}"


def _distinct(files: Sequence[File]) -> Iterator[File]:
    """The same files, no name twice: a.png, a.png (2)."""
    seen: dict[str, int] = {}
    for file in files:
        name = file.name or "no name"
        seen[name] = seen.get(name, 0) + 1
        yield replace(file, name=name if seen[name] == 1 else f"{name} ({seen[name]})")
