"""One reader for every zip: the same names and bytes in training and in uploads, whatever its maker did."""

import io
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae.config import Data
from vae.data import folders, uploads, zips
from vae.data.load import dataset
from vae.data.memmap import pack
from vae.data.pictures import prepare, read_picture
from vae.data.zips import DEFLATE_RATIO, Limits, Member, contents, entries

GIB = Limits(2**30)


def members(raw: bytes, limits: Limits) -> tuple[Member, ...]:
    return contents(raw, limits).files


def png(grey: int = 100, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, grey).save(buffer, "PNG")
    return buffer.getvalue()


def packed(*entries: tuple[zipfile.ZipInfo | str, bytes], unflagged: bool = False) -> bytes:
    """A zip of these; `unflagged`: names in UTF-8 without the flag that says so, as many programs do."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries:
            archive.writestr(name, raw)
    content = buffer.getvalue()
    if unflagged:  # the flags are 6 bytes into a local header and 8 into a central one
        changed = bytearray(content)
        for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            start = -1
            while (start := changed.find(sign, start + 1)) >= 0:
                changed[start + at + 1] &= ~0x08
        content = bytes(changed)
    return content


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), st.booleans())
def test_a_name_is_the_makers_own_flagged_or_not(name: str, unflagged: bool) -> None:
    raw = packed((f"{name}/a.png", png()), unflagged=unflagged)
    ((member),) = members(raw, GIB)
    assert member.name == f"{name}/a.png"
    assert member.read() == png()


def test_training_and_uploads_say_the_same_names(tmp_path: Path) -> None:
    raw = packed(("grün/ä.png", png(10)), ("größe/ö.png", png(200)), unflagged=True)
    (tmp_path / "two.zip").write_bytes(raw)
    found = folders.read(tmp_path / "two.zip")
    assert found.classes == ("größe", "grün")
    assert [file.name for file in uploads.gather([("two.zip", raw)]).files] == ["ä.png", "ö.png"]


def test_a_name_of_an_old_code_page_is_read_as_the_standard_says() -> None:
    entry = zipfile.ZipInfo("x.png")
    raw = packed((entry, png())).replace(b"x.png", "ü.png".encode("cp437"))
    assert members(raw, GIB)[0].name == "ü.png"


@pytest.mark.parametrize("fits", [True, False])
def test_info_zips_own_field_has_the_name_if_it_is_this_entrys(fits: bool) -> None:
    entry = zipfile.ZipInfo("gr_n.png")
    body = struct.pack("<BL", 1, zlib.crc32(b"gr_n.png") if fits else 7) + "grün.png".encode()
    entry.extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert members(packed((entry, png())), GIB)[0].name == ("grün.png" if fits else "gr_n.png")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("..\\..\\up\\a.png", "up/a.png"), ("/etc/a.png", "etc/a.png"), ("C:\\x\\a.png", "x/a.png"),
        ("\\\\server\\share\\x\\a.png", "x/a.png"), ("a\u202eb\u0007/c.png", "ab/c.png"), ("./x//a.png", "x/a.png"),
        ("../a.png", "a.png"),
    ],
)  # fmt: skip
def test_no_name_leads_anywhere(name: str, path: str) -> None:
    assert members(packed((name, png())), GIB)[0].name == path


def test_backslashes_are_folders_and_so_classes(tmp_path: Path) -> None:
    (tmp_path / "w.zip").write_bytes(packed(("pets\\cat\\1.png", png()), ("pets\\dog\\1.png", png())))
    assert folders.read(tmp_path / "w.zip").classes == ("cat", "dog")


def test_links_and_what_systems_hide_are_left_out() -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    hidden = ["__MACOSX/._a.png", ".git/a.png", "x/Thumbs.db", "x/.DS_Store"]
    raw = packed((link, b"/etc/passwd"), *((name, b"x") for name in hidden), ("a.png", png()))
    assert [member.name for member in members(raw, GIB)] == ["a.png"]


def test_two_entries_of_one_name_are_two_files(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = packed(("a.png", png(1)), ("a.png", png(2)))
    assert [member.read() for member in members(raw, GIB)] == [png(1), png(2)]
    (tmp_path / "d.zip").write_bytes(raw)
    assert sorted(folders.read(tmp_path / "d.zip").images[:, 0, 0, 0].tolist()) == [1, 2]


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    raw = packed(("a.png", png(1)), ("b.png", png(2)))
    at = raw.index(b"a.png") + len("a.png") + 12
    (tmp_path / "d.zip").write_bytes(raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :])
    found = folders.read(tmp_path / "d.zip")
    assert (len(found.images), found.skipped) == (1, 1)
    assert "a.png: It is damaged inside the zip" in found.why


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\3\4 no zip at all", "cannot be read as a zip"),
        (packed(("a.png", png()))[:-30], "cannot be read as a zip"),
        (packed(("a.png", bytes(200 * 2**20))), "are the most: divide it"),
    ],
    ids=["none", "cut", "bomb"],
)  # fmt: skip
def test_a_zip_that_cannot_be_used_is_one_sentence_everywhere(raw: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "z.zip").write_bytes(raw)
    with pytest.raises(ValueError, match=words):
        folders.read(tmp_path / "z.zip")
    assert words in uploads.gather([("z.zip", raw)]).refused[0][1]


def test_is_zip_knows_empty_ones() -> None:
    assert zips.is_zip(packed())
    assert not zips.is_zip(png())


# --- limits -----------------------------------------------------------------------------------------------------------


def test_what_is_unpacked_counts_and_not_what_is_promised() -> None:
    """A reader that believed the sizes in the zip would fill the memory."""
    raw = packed(("a.png", bytes(3 * 2**20)), ("b.png", bytes(3 * 2**20)))
    small = Limits(total=8 * 2**20)
    first, second = members(raw, small)
    assert len(first.read()) == len(first.read()) == 3 * 2**20  # what is read again counts once
    first.budget.most = 4 * 2**20
    with pytest.raises(ValueError, match=r"more than the 0\.0 GiB that it may have: divide it"):
        second.read()


def test_a_member_is_read_no_further_than_its_limit() -> None:
    ((member),) = members(packed(("a.png", bytes(5000))), Limits(2**30, member=1000))
    assert len(member.read()) == 1001
    assert len(member.read(10)) == 10


def test_mostly_zeros_are_refused_as_pictures_and_read_as_arrays() -> None:
    raw = packed(("a.npy", bytes(200 * 2**20)))
    with pytest.raises(ValueError, match="100 times its size and 1 GiB are the most"):
        members(raw, GIB)
    assert len(members(raw, Limits(2**30, ratio=DEFLATE_RATIO))) == 1


def test_thousands_of_members_are_read_and_too_many_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = packed(*((f"{i}.png", b"%d" % i) for i in range(5000)))
    assert [member.read() for member in members(raw, GIB)] == [b"%d" % i for i in range(5000)]
    monkeypatch.setattr(zips, "MOST_NAMES", 4999)
    with pytest.raises(ValueError, match="lists 5,000 files; 4,999 are the most"):
        members(raw, GIB)


# --- what is refused within a zip -------------------------------------------------------------------------------------


def test_links_and_zips_within_are_refused_with_a_sentence_everywhere(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("set/dogs")
    link.external_attr = 0o120777 << 16
    raw = packed((link, b"../store/dogs"), ("set/more.zip", packed(("a.png", png()))), ("set/cats/1.png", png()))
    found = contents(raw, GIB)
    assert found.refused == (("set/dogs", zips.LINK), ("set/more.zip", zips.NESTED))
    assert uploads.gather([("z.zip", raw)]).refused == (("dogs", zips.LINK), ("more.zip", zips.NESTED))
    (tmp_path / "z.zip").write_bytes(raw)
    learned = folders.read(tmp_path / "z.zip")
    assert (learned.skipped, learned.why) == (2, f"set/dogs: {zips.LINK}")
    (tmp_path / "only.zip").write_bytes(packed(("more.zip", raw)))
    with pytest.raises(ValueError, match=r"holds no pictures.*more\.zip: It is a zip inside the zip"):
        folders.read(tmp_path / "only.zip")


def test_a_folder_written_with_backslashes_is_no_file() -> None:
    assert [member.name for member in members(packed(("pets\\", b""), ("pets\\a.png", png())), GIB)] == ["pets/a.png"]


def test_a_name_beyond_the_code_page_comes_from_info_zips_field() -> None:
    entry = zipfile.ZipInfo("___.png")
    body = struct.pack("<BL", 1, zlib.crc32(b"___.png")) + "日本.png".encode()
    entry.extra = struct.pack("<HH", 0x7075, len(body)) + body
    ((member),) = members(packed((entry, png())), GIB)
    assert (member.name, member.stored) == ("日本.png", "___.png")
    assert member.read() == png()


def test_a_name_that_claims_utf8_and_is_none_is_a_sentence() -> None:
    raw = packed(("ü.png", png())).replace("ü.png".encode(), b"\xff\xfe.png")
    with pytest.raises(ValueError, match="cannot be read as a zip"):
        members(raw, GIB)


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@given(st.sampled_from(METHODS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6))
def test_no_damage_raises_anything_but_a_sentence(method: int, damage: list[tuple[int, int]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("grün/a.png", png())
        archive.writestr("b.png", png())
    raw = bytearray(buffer.getvalue())
    for at, value in damage:
        raw[at % len(raw)] = value
    try:
        parts = [member.read() for member in entries(bytes(raw), GIB)]
    except ValueError as error:
        assert str(error).endswith((".",))  # noqa: PT017
    else:
        assert len(parts) <= 2


# --- one crop ---------------------------------------------------------------------------------------------------------

MODES = ("L", "RGB", "RGBA", "LA", "P", "CMYK", "1", "I;16")
sides = st.integers(1, 90)


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """A file of noise or of a drawing, in any mode, size and way of being held."""
    mode, height, width = draw(st.sampled_from(MODES)), draw(sides), draw(sides)
    values = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width, 4), dtype=np.uint8)
    if draw(st.booleans()):  # a drawing: ink on plain paper
        values[:], values[height // 3 : height // 2, width // 3 : width // 2] = (255, 0, 0, 255), (0, 0, 0, 255)
        values[..., 1:3] = values[..., :1]
    picture = Image.fromarray(values, "RGBA")
    picture = Image.fromarray(values[..., 0].astype(np.uint16) * 256) if mode == "I;16" else picture.convert(mode)
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = draw(st.integers(1, 8))
    picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG", exif=exif)
    return buffer.getvalue()


@given(pictures(), st.sampled_from([8, 28, 33]), st.sampled_from([1, 3]), st.booleans())
def test_a_picture_is_the_same_in_training_and_in_encode(raw: bytes, size: int, channels: Any, zipped: bool) -> None:
    """A folder's or a zip's item is what Encode makes of the same file, for a model of that folder, all automatic."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "a.png").write_bytes(raw)
        if zipped:
            path = path / "z.zip"
            path.write_bytes(packed(("a.png", raw)))
        (learned,) = dataset(Data(str(path), size=size, channels=channels), split="all").images
    seen = prepare(read_picture(raw), (channels, size, size), fill=None)
    assert np.array_equal(learned, seen.pixels)


def test_a_photograph_needs_no_settings_for_it() -> None:
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (500, 700, 3), dtype=np.uint8))
    for channels in (1, 3):
        assert np.array_equal(folders.square(photo, 64, channels), prepare(photo, (channels, 64, 64)).pixels)


def test_a_packed_file_holds_the_same_bytes_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    Image.fromarray(rng.integers(0, 256, (51, 70, 3), dtype=np.uint8)).save(tmp_path / "in" / "a.png")
    for channels in (1, 3):
        (kept,) = np.load(pack(tmp_path / "in", tmp_path / "out.npy", size=16, channels=channels))
        assert np.array_equal(kept, folders.read(tmp_path / "in", 16, channels).images[0])
