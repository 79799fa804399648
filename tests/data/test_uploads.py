"""Bundles: every hostile zip is refused in a sentence or defused, and every file that is left has a plain name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from vae.data import uploads, zips
from vae.data.uploads import gather
from vae.data.zips import MOST_BYTES


def packed(files: Mapping[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


def locked() -> bytes:
    """A zip whose entries say that they are encrypted: what zipfile cannot write."""
    raw = bytearray(packed({"a.png": b"x" * 9}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(mark) + at] |= 1
    return bytes(raw)


def overlapping(times: int) -> bytes:
    """Many entries that all point at the same 20 MB of zeros, packed once: 20 kB that promise gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(20_000_000))
        first = archive.infolist()[0]
        archive.filelist += [first] * times
    return out.getvalue()


REFUSED = {
    "bomb by ratio": (packed({"a.png": bytes(100_000_000)}, zipfile.ZIP_DEFLATED), "would unpack to 0.1 GiB"),
    "bomb by overlap": (overlapping(300), "would unpack to 5.6 GiB"),
    "locked": (locked(), "locked with a password"),
    "empty": (packed({}), "holds no files"),
    "only folders": (packed({"a/": b"", "a/b/": b""}), "holds no files"),
    "only hidden files": (packed({".DS_Store": b"x", "__MACOSX/._a.png": b"x"}), "holds no files"),
    "cut": (packed({"a.png": b"x" * 999})[:500], "cannot be read"),
    "a beginning alone": (b"PK\3\4" + bytes(99), "cannot be read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_zip_that_cannot_be_used_gets_its_sentence(name: str) -> None:
    raw, words = REFUSED[name]
    found = gather([("mine.zip", raw)])
    ((which, why),) = found.refused
    assert found.files == ()
    assert which == "mine.zip"
    assert words in why
    assert why.endswith(".")


def test_a_zip_of_too_many_names_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_NAMES", 10)
    found = gather([("mine.zip", packed({f"{i}.png": b"x" for i in range(11)}))])
    assert "lists 11 files; 10 are the most" in found.refused[0][1]


def test_uploads_and_zips_are_gathered_in_their_order() -> None:
    found = gather([("one.png", b"1"), ("more.zip", packed({"x/two.png": b"2", "notes.txt": b"3"})), ("four", b"4")])
    assert [(file.name, file.read()) for file in found.files] == [
        ("one.png", b"1"), ("two.png", b"2"), ("notes.txt", b"3"), ("four", b"4"),
    ]  # fmt: skip
    assert found.refused == ()
    assert found.note == ""


def test_a_zip_is_a_zip_whatever_its_name() -> None:
    assert [file.name for file in gather([("seven.png", packed({"a.png": b"1"}))]).files] == ["a.png"]


def test_a_bad_zip_spoils_no_good_one() -> None:
    found = gather([("bad.zip", REFUSED["locked"][0]), ("good.zip", packed({"a.png": b"1"}))])
    assert len(found.files) == len(found.refused) == 1


def test_a_zip_in_a_zip_is_left_out_with_a_sentence() -> None:
    found = gather([("mine.zip", packed({"in/inner.zip": packed({"a.png": b"1"}), "b.png": b"2"}))])
    assert [file.name for file in found.files] == ["b.png"]
    assert found.refused == (("inner.zip", "It is a zip inside the zip: unpack it, and bring it by itself."),)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("/root/a.png", "a.png"),
        ("C:\\Users\\me\\b.png", "b.png"),
        ("a/..", ".."),
        ("日本/七 ✍️.png", "七 ✍️.png"),
        ("gnp.\u202eexe.png", "gnp.exe.png"),
        ("tab\tand\nline.png", "tabandline.png"),
        ("x" * 300 + "-the-end.png", "x" * 68 + "…the-end.png"),
        ("", "no name"),
    ],
)
def test_a_name_is_shown_plainly_and_leads_nowhere(name: str, shown: str) -> None:
    (file,) = gather([(name, b"1")]).files
    assert file.name == shown
    assert len(file.name) <= uploads.LONGEST


def test_names_in_a_zip_are_read_as_they_were_written() -> None:
    raw = packed({"ü/7-日.png": b"1", "../up.png": b"2"})
    assert [file.name for file in gather([("z", raw)]).files] == ["7-日.png", "up.png"]
    unflagged = packed({"c3bc.png": b"1"}).replace(b"c3bc.png", "üüüü"[:2].encode() + b".png")  # UTF-8, and not said so
    assert [file.name for file in gather([("z", unflagged)]).files] == ["üü.png"]


def test_names_that_are_alike_are_told_apart() -> None:
    found = gather([("a.png", b"1"), ("z.zip", packed({"x/a.png": b"2", "y/a.png": b"3"}))])
    assert [file.name for file in found.files] == ["a.png", "a.png (2)", "a.png (3)"]


def test_of_too_many_a_random_part_is_taken_and_said() -> None:
    raw = packed({f"{i:05}.png": b"%d" % i for i in range(10_000)})
    found, again = gather([("z", raw)]), gather([("z", raw)])
    assert len(found.files) == uploads.MOST == 1000
    assert found.note.startswith("1,000 of 10,000 files, drawn at random")
    numbers = [int(file.read()) for file in found.files]
    assert numbers == sorted(numbers) == [int(file.read()) for file in again.files]
    assert max(numbers) > 9_000


def test_a_lying_entry_gives_no_more_than_a_picture_may_have() -> None:
    """The sizes that a zip states are checked first; what is unpacked is cut off whatever they were."""
    raw = packed({"a.png": bytes(MOST_BYTES + 5)})
    assert len(gather([("z", raw)]).files[0].read()) == MOST_BYTES + 1


def test_a_damaged_entry_is_a_sentence_when_it_is_read() -> None:
    raw = packed({"a.png": b"hello, world" * 50}).replace(b"hello", b"HELLO", 1)
    (file,) = gather([("z", raw)]).files
    with pytest.raises(ValueError, match="damaged inside the zip"):
        file.read()
