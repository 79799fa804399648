"""One reader for every zip: the same names and bytes in training and in uploads, whatever its maker did."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae.data import folders, uploads, zips
from vae.data.pictures import Preparation, prepare, read_picture
from vae.data.zips import members

GIB = 2**30


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
        (packed(("a.png", bytes(200 * 2**20))), "as no zip of pictures does"),
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


# --- one crop ---------------------------------------------------------------------------------------------------------

MODES = ("L", "RGB", "RGBA", "LA", "P", "CMYK", "1", "I;16")
sides = st.integers(1, 90)


@given(st.sampled_from(MODES), sides, sides, st.sampled_from([8, 28, 33]), st.sampled_from([1, 3]), st.integers(0, 99))
def test_a_picture_is_the_same_pixels_in_training_and_in_encode(
    mode: str, width: int, height: int, size: int, channels: int, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    picture = Image.fromarray(values, "RGBA")
    picture = Image.fromarray(values[..., 0].astype(np.uint16) * 256) if mode == "I;16" else picture.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
    learned = folders.square(read_picture(buffer.getvalue()), size, channels)
    plain = Preparation(crop=False, invert=False, centre=False, contrast=False)
    seen = prepare(read_picture(buffer.getvalue()), (channels, size, size), plain)
    assert np.array_equal(learned, seen.pixels)


def test_a_photograph_needs_no_settings_for_it() -> None:
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (500, 700, 3), dtype=np.uint8))
    for channels in (1, 3):
        assert np.array_equal(folders.square(photo, 64, channels), prepare(photo, (channels, 64, 64)).pixels)
