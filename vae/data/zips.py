"""Zips that strangers made: their members by the names that their makers gave them, and no byte more than is promised.

Nothing is unpacked to disk, so no name can lead anywhere: a name is a path in words. Training and uploads read their
zips here. Knows nothing of pictures or models.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

MOST_BYTES = 64 * 2**20  # of one member: no picture is larger
MOST_NAMES = 1_000_000  # entries that a zip may list
MOST_RATIO = 100  # times its own size: pictures are compressed already, so a zip that promises more is a bomb
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, struct.error)
SIGNATURES = b"PK\3\4", b"PK\5\6"  # how a zip begins: with a file, or empty
_UTF8, _LOCKED = 0x800, 0x1  # bits of an entry's flags (APPNOTE 6.3.10, section 4.4.4)
_UNICODE_PATH = 0x7075  # the extra field in which Info-ZIP keeps a name as UTF-8 (section 4.6.9)
_LINK = 0o120000  # of a Unix mode


@dataclass(frozen=True, eq=False)
class Member:
    """A file in a zip: its path as words with forward slashes, and its bytes when they are asked for."""

    name: str
    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def read(self) -> bytes:
        """Its bytes, at most one more than `MOST_BYTES`, whatever the zip promises. Errors: ValueError, a sentence."""
        try:
            with self.archive.open(self.entry) as file:
                return file.read(MOST_BYTES + 1)
        except DAMAGED as error:
            raise ValueError(f"It is damaged inside the zip ({error}): make the zip again.") from None


def is_zip(raw: bytes) -> bool:
    """Whether bytes begin as a zip does."""
    return raw.startswith(SIGNATURES)


def members(source: bytes | Path, most: int) -> list[Member]:
    """The files of a zip in its order; folders, links and what systems hide in it are left out.

    Args:
        most: bytes to which all of them together may unpack.
    Errors: ValueError, a sentence: damaged, locked, or promising more than `most`, or than 100 times its own size.
    """
    title = source.name if isinstance(source, Path) else "The zip"
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        packed = len(source) if isinstance(source, bytes) else source.stat().st_size
    except DAMAGED as error:
        raise ValueError(f"{title} cannot be read as a zip ({error}): make or send it again.") from None
    entries = archive.infolist()
    if len(entries) > MOST_NAMES:
        raise ValueError(f"{title} lists {len(entries):,} files; {MOST_NAMES:,} are the most.")
    files = [Member(path_of(entry), archive, entry) for entry in entries if not (entry.is_dir() or _is_link(entry))]
    files = [member for member in files if not is_hidden(member.name)]
    if any(member.entry.flag_bits & _LOCKED for member in files):
        raise ValueError(f"{title} is locked with a password: make it anew without one.")
    promise = sum(member.entry.file_size for member in files)
    if promise > most or promise > max(MOST_RATIO * packed, MOST_BYTES):
        raise ValueError(
            f"{title} ({packed / 2**20:,.1f} MiB) would unpack to {promise / 2**30:,.1f} GiB, as no zip of pictures "
            f"does; {MOST_RATIO} times its size and {most // 2**30} GiB are the most."
        )
    return files


def path_of(entry: zipfile.ZipInfo) -> str:
    """An entry's path as words: forward slashes, no drive, no way up, nothing that hides or moves letters."""
    path = PureWindowsPath(_name(entry))  # splits at / and at \
    return "/".join(_plain(part) for part in path.parts[bool(path.anchor) :] if part != "..")


def is_hidden(name: str) -> bool:
    """Whether a path is one that systems make for themselves: .git/config, __MACOSX/._a.png, Thumbs.db."""
    parts = name.split("/")
    own = ("__MACOSX", "Thumbs.db", "desktop.ini")
    return any((part.startswith(".") and part not in (".", "..")) or part in own for part in parts)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker read it: UTF-8 where the zip says so or where it is, else the standard's code page 437.

    Python decodes a name without the flag by code page 437, which has a letter for every byte, so nothing is lost.
    """
    if entry.flag_bits & _UTF8:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    if (name := _unicode_path(entry.extra, raw)) is not None:
        return name
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return entry.filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in Info-ZIP's extra field, if it is that of this entry (by CRC) and whole; None otherwise."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            if struct.unpack("<L", body[1:5])[0] != zlib.crc32(raw):
                return None
            return body[5:].decode("utf-8", "replace")
    return None


def _plain(part: str) -> str:
    """Without control characters and what is no letter in any encoding."""
    return "".join(c for c in part if c.isprintable()) or "no name"


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & 0o170000 == _LINK
