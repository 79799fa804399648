"""Zip files from strangers: their members by the names that their makers gave them, within limits.

Nothing is unpacked to disk, so no name leads anywhere: a name is a path in words. Training, uploads, NumPy files and
TorchScript all open their zips here. Knows nothing of models or torch.
"""

from __future__ import annotations

import io
import lzma
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from vae.data.names import is_hidden, printable

MOST_BYTES = 64 * 2**20  # of one picture: a camera's largest file has about 50 MiB
MOST_NAMES = 1_000_000  # entries that a zip may list: ImageNet has 1.3 million, and needs a folder
MOST_RATIO = 100  # times its own size: pictures are compressed already, so a zip that promises more is a bomb
DEFLATE_RATIO = 1_032  # what deflate reaches at best: dSprites' own .npz, mostly zeros, unpacks to 115 times its size
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError, RuntimeError, struct.error,
    UnicodeError, ValueError,
)  # fmt: skip
SIGNATURES = b"PK\3\4", b"PK\5\6"  # how a zip begins: with a file, or empty
NESTED = "It is a zip inside the zip: unpack it, and bring it by itself."
LINK = "It is a link inside the zip, and links are not followed: put the files themselves into the zip."
_PIECE = 2**20  # bytes that are unpacked between two checks
_UTF8, _LOCKED = 0x800, 0x1  # bits of an entry's flags (APPNOTE 6.3.10, section 4.4.4)
_UNICODE_PATH = 0x7075  # the extra field in which Info-ZIP keeps a name as UTF-8 (section 4.6.9)
_LINK_MODE, _MODE = 0o120000, 0o170000  # of a Unix mode


@dataclass(frozen=True)
class Limits:
    """How far a zip may unpack."""

    total: int  # bytes of all members together
    member: int = MOST_BYTES  # bytes of one member: `Member.read` stops one byte later
    ratio: int = MOST_RATIO  # of the unpacked to the packed size


class _Budget:
    """The bytes that one zip still may unpack to. A member that is read again counts once."""

    def __init__(self, most: int) -> None:
        self.most, self.total, self.sizes, self.lock = most, 0, dict[int, int](), threading.Lock()

    def spend(self, member: int, size: int) -> None:
        """Counts that a member has `size` bytes so far. Errors: ValueError where all of them have more than `most`."""
        with self.lock:
            before = self.sizes.get(member, 0)
            self.sizes[member] = max(size, before)
            self.total += self.sizes[member] - before
            if self.total > self.most:
                raise ValueError(
                    f"The zip unpacks to more than the {self.most / 2**30:,.1f} GiB that it may have: divide it."
                )


@dataclass(frozen=True, eq=False)
class Member:
    """A file in a zip: its path as words with forward slashes, and its bytes when they are asked for."""

    name: str
    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo
    limits: Limits
    budget: _Budget

    @property
    def stored(self) -> str:
        """Its name as it is stored, of the old code page where the zip does not say UTF-8: what C programs compare."""
        return self.entry.orig_filename.partition("\0")[0]

    def read(self, most: int = 0) -> bytes:
        """Its first `most` bytes; 0: all, but at most one more than `limits.member`, whatever the zip promises.

        Errors: ValueError: a sentence, where it is damaged or the zip unpacks to more than it may.
        """
        pieces, size = [], 0
        for piece in self._pieces(most or self.limits.member + 1):
            pieces.append(piece)
            size += len(piece)
            self.budget.spend(self.entry.header_offset, size)
        return b"".join(pieces)

    def _pieces(self, most: int) -> Iterator[bytes]:
        """Its first bytes, a mebibyte at a time: a bomb is noticed before it fills the memory."""
        try:
            with self.archive.open(self.entry) as file:
                while piece := file.read(min(_PIECE, most)):
                    most -= len(piece)
                    yield piece
        except DAMAGED as error:
            raise ValueError(f"It is damaged inside the zip ({error}): make the zip again.") from None


@dataclass(frozen=True, eq=False)
class Contents:
    """The files of a zip in its order, and the links and zips in it, with a sentence for each."""

    files: tuple[Member, ...]
    refused: tuple[tuple[str, str], ...] = ()  # (name, why)


def is_zip(raw: bytes) -> bool:
    """Whether bytes begin as a zip does."""
    return raw.startswith(SIGNATURES)


def contents(source: bytes | Path, limits: Limits) -> Contents:
    """The files of a zip by their makers' names; folders and what systems hide in it are left out.

    Errors: ValueError: a sentence, where `entries` raises it.
    """
    files, refused = [], []
    for member in entries(source, limits):
        if is_hidden(member.name):
            continue
        if (member.entry.external_attr >> 16) & _MODE == _LINK_MODE:
            refused.append((member.name, LINK))
        elif member.name.lower().endswith(".zip"):
            refused.append((member.name, NESTED))
        else:
            files.append(member)
    return Contents(tuple(files), tuple(refused))


def entries(source: bytes | Path, limits: Limits) -> list[Member]:
    """Every entry of a zip that is no folder, hidden files and links too.

    Errors: ValueError: a sentence, where it is damaged, locked, or promises more than the limits.
    """
    title = source.name if isinstance(source, Path) else "The zip"
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        packed = len(source) if isinstance(source, bytes) else source.stat().st_size
    except DAMAGED as error:
        raise ValueError(f"{title} cannot be read as a zip ({error}): make or send it again.") from None
    listing = archive.infolist()
    if len(listing) > MOST_NAMES:
        raise ValueError(f"{title} lists {len(listing):,} files; {MOST_NAMES:,} are the most: divide it.")
    files = [entry for entry in listing if not (entry.is_dir() or entry.orig_filename.endswith("\\"))]
    if any(entry.flag_bits & _LOCKED for entry in files):
        raise ValueError(f"{title} is locked with a password: make it anew without one.")
    _check_promise(title, packed, sum(entry.file_size for entry in files), limits)
    budget = _Budget(limits.total)
    return [Member(path_of(entry), archive, entry, limits, budget) for entry in files]


def _check_promise(title: str, packed: int, promise: int, limits: Limits) -> None:
    """ValueError where the sizes that a zip states are a bomb's. `Member.read` counts the bytes themselves."""
    if promise > limits.total or promise > max(limits.ratio * packed, MOST_BYTES):
        raise ValueError(
            f"{title} ({packed / 2**20:,.1f} MiB) unpacks to {promise / 2**30:,.1f} GiB; {limits.ratio:,} times its "
            f"size and {limits.total / 2**30:,.0f} GiB are the most: divide it, or unpack it into a folder."
        )


# --- names ------------------------------------------------------------------------------------------------------------


def path_of(entry: zipfile.ZipInfo) -> str:
    """An entry's path as words: forward slashes, no drive, no way up, nothing that hides or moves letters."""
    path = PureWindowsPath(_name(entry))  # splits at / and at \
    return "/".join(printable(part) or "no name" for part in path.parts[bool(path.anchor) :] if part != "..")


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker read it: UTF-8 where the zip says so or where it is, else the standard's code page 437.

    Python decodes a name without the flag by code page 437, which has a letter for every byte, so nothing is lost. It
    keeps that name in `orig_filename`, and puts the one of Info-ZIP's field, of which it does not check all, elsewhere.
    """
    stored = entry.orig_filename.partition("\0")[0]
    if entry.flag_bits & _UTF8:
        return stored
    raw = stored.encode("cp437", "replace")
    if (name := _unicode_path(entry.extra, raw)) is not None:
        return name
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return stored


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in Info-ZIP's extra field, if it is that of this entry (by CRC) and whole; None otherwise."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            if struct.unpack("<L", body[1:5])[0] != zlib.crc32(raw):
                return None
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None
