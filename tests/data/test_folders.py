"""Folders and zips: every readable picture once, classes by sub-folder, and a sentence for what is hostile."""

import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vae.data import folders
from vae.data.folders import read

Pack = Callable[[dict[str, bytes]], Path]


def png(level: int | tuple[int, ...] = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[len(level) if isinstance(level, tuple) else 1]
    Image.new(mode, size, level).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(params=["folder", "zip"])
def pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    """Files by name -> a folder of them, or a zip."""

    def make(files: dict[str, bytes]) -> Path:
        path = tmp_path / ("pictures" if request.param == "folder" else "pictures.zip")
        if request.param == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for name, raw in files.items():
                    archive.writestr(name, raw)
            return path
        shutil.rmtree(path, ignore_errors=True)
        for name, raw in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(raw)
        path.mkdir(exist_ok=True)
        return path

    return make


def levels(found: folders.Pictures) -> list[int]:
    return [int(grey) for grey in found.images[:, 0, 0, 0]]


# --- names and classes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "labels", "classes"),
    [
        (["a/1.png", "b/2.png", "b/3.png"], [0, 1, 1], ("a", "b")),
        (["top/a/1.png", "top/b/2.png", "top/b/c/3.png"], [0, 1, 1], ("a", "b")),
        (["1.png", "2.png", "3.png"], None, ()),
        (["a/1.png", "a/2.png", "a/3.png"], None, ()),
        (["a/1.png", "b/2.png", "loose.png"], None, ()),
        (["ä ö/1.png", "数/2.PNG", "数/3.JpEg"], [0, 1, 1], ("ä ö", "数")),
    ],
)
def test_sub_folders_are_the_classes(
    pack: Pack, names: list[str], labels: list[int] | None, classes: tuple[str, ...]
) -> None:
    found = read(pack({name: png(10 * i) for i, name in enumerate(names)}))
    assert levels(found) == [0, 10, 20]
    assert found.classes == classes
    assert (None if found.labels is None else found.labels.tolist()) == labels


def test_order_is_by_name_whatever_the_file_system_says(pack: Pack) -> None:
    files = {f"{i:02}.png": png(i) for i in np.random.default_rng(0).permutation(30).tolist()}
    assert levels(read(pack(files))) == list(range(30))


def test_hidden_files_and_other_files_are_passed_over(pack: Pack) -> None:
    found = read(
        pack({"a.png": png(1), ".b.png": b"x", "__MACOSX/._a.png": b"x", "labels.csv": b"a,b", ".git/c.png": png(9)})
    )
    assert levels(found) == [1]
    assert found.skipped == 0
    assert found.labels is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.png").write_bytes(png(1))
    (tmp_path / "own" / "round").symlink_to(tmp_path)
    (tmp_path / "secret.png").write_bytes(png(2))
    assert levels(read(tmp_path / "own")) == [1]


def test_what_cannot_be_read_is_left_out_and_counted_with_its_label(pack: Pack) -> None:
    found = read(
        pack(
            {
                "a/1.png": png(1),
                "a/2.png": b"",
                "b/3.png": png(3)[:40],
                "b/4.png": png(4),
                "b/5.heic": b"\0\0\0\x18ftypheic",
            }
        )
    )
    assert levels(found) == [1, 4]
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1]
    assert found.skipped == 3
    assert found.why.startswith("a/2.png: The file is empty")


@pytest.mark.parametrize("limit", [1, 3, 10, 99])
def test_a_limit_draws_before_reading_and_always_the_same(pack: Pack, limit: int) -> None:
    path = pack({f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(10)})
    found, again = read(path, limit=limit), read(path, limit=limit)
    assert levels(found) == levels(again)
    assert len(set(levels(found))) == len(levels(found)) == min(limit, 10)
    assert found.labels is not None
    assert found.labels.tolist() == [level % 2 for level in levels(found)]
    assert found.classes == ("a", "b")


def test_the_stamp_changes_with_names_sizes_and_times(pack: Pack) -> None:
    path = pack({"a.png": png(1)})
    first = folders.stamp(path)
    assert folders.stamp(path) == first
    assert folders.stamp(pack({"a.png": png(1), "b.png": png(2)})) != first


# --- sizes and colours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sides", "size", "expected"),
    [([8, 8], 0, 8), ([64, 64], 0, 64), ([200, 200], 0, 64), ([20, 40], 0, 40), ([20, 200], 16, 16), ([9, 9], 32, 32)],
)
def test_the_side_is_as_asked_or_the_pictures_own_up_to_64(
    pack: Pack, sides: list[int], size: int, expected: int
) -> None:
    found = read(pack({f"{i}.png": png(100 + i, (side, side)) for i, side in enumerate(sides)}), size)
    assert found.images.shape == (len(sides), 1, expected, expected)
    for i, picture in enumerate(found.images):
        assert (picture == 100 + i).all()


def test_the_square_is_the_middle(pack: Pack) -> None:
    wide = Image.new("L", (40, 20), 200)
    wide.paste(50, (10, 0, 30, 20))
    out = io.BytesIO()
    wide.save(out, "PNG")
    for size in (0, 7):
        assert (read(pack({"a.png": out.getvalue()}), size).images == 50).all()


def test_grey_stays_grey_and_one_colour_makes_all_colour(pack: Pack) -> None:
    grey = {"a.png": png(10), "b.png": png((20, 20, 20))}
    assert read(pack(grey)).images.shape[1] == 1
    found = read(pack(grey | {"c.png": png((1, 2, 3))}))
    assert found.images[:, :, 0, 0].tolist() == [[10] * 3, [20] * 3, [1, 2, 3]]
    assert read(pack(grey), channels=3).images.shape[1] == 3
    assert read(pack({"c.png": png((255, 0, 0))}), channels=1).images[0, :, 0, 0].tolist() == [76]


def test_transparent_parts_lie_on_white(pack: Pack) -> None:
    assert (read(pack({"a.png": png((255, 0, 0, 0)), "b.png": png((1, 2, 3, 255))})).images[0] == 255).all()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"hello"}, {".hidden.png": png(1)}])
def test_no_pictures_is_a_sentence(pack: Pack, files: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="holds no pictures: PNG"):
        read(pack(files))


def test_only_unreadable_pictures_is_a_sentence_with_the_first_reason(pack: Pack) -> None:
    with pytest.raises(ValueError, match=r"None of the 2 pictures in .* can be read\. a\.png: The file is empty"):
        read(pack({"a.png": b"", "b.svg": b"<svg/>"}))


def test_too_many_is_a_sentence_and_a_limit_helps(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack({f"{i}.png": png(i) for i in range(5)})
    monkeypatch.setattr(folders, "MOST_FILES", 4)
    with pytest.raises(ValueError, match=r"holds 5 pictures.*4 and 8 GiB are the most: set `limit`"):
        read(path)
    assert len(read(path, limit=4).images) == 4
    monkeypatch.setattr(folders, "MOST_PIXELS", 3 * 64 * 64 * 3)
    with pytest.raises(ValueError, match="smaller `size`"):
        read(path, limit=4)
    assert len(read(path, limit=4, size=8).images) == 4


def archive(path: Path, kind: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.png", bytes(200 * 2**20) if kind == "bomb" else png(1))
    raw = path.read_bytes()
    if kind == "locked":  # the flag in the local and in the central header
        central = raw.index(b"PK\1\2")
        path.write_bytes(raw[:6] + b"\1" + raw[7 : central + 8] + b"\1" + raw[central + 9 :])
    if kind == "cut":
        path.write_bytes(raw[:-10])
    if kind == "strange":  # a way of packing that nobody knows
        central = raw.index(b"PK\1\2")
        path.write_bytes(raw[:8] + b"\x63" + raw[9 : central + 10] + b"\x63" + raw[central + 11 :])
    if kind == "lies":  # promises one byte
        central = raw.index(b"PK\1\2")
        path.write_bytes(raw[: central + 24] + struct.pack("<I", 1) + raw[central + 28 :])
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bomb", "would unpack to 0.2 GiB, as no zip of pictures does"),
        ("locked", "locked with a password"),
        ("cut", "cannot be read as a zip"),
        ("strange", "None of the 1 pictures"),
        ("lies", "None of the 1 pictures"),
    ],
)
def test_a_hostile_zip_gets_its_sentence(kind: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read(archive(tmp_path / "a.zip", kind))


def test_what_is_no_zip_and_what_is_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"hello")
    for name in ("a.zip", "b.zip"):
        with pytest.raises(ValueError, match=f"{name} cannot be read as a zip"):
            read(tmp_path / name)


def test_names_that_climb_out_are_only_names(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        for i, name in enumerate(("../up.png", "/etc/root.png", "C:\\x.png")):
            out.writestr(name, png(i))
    before = sorted(tmp_path.parent.rglob("*.png"))
    assert len(read(path).images) >= 2
    assert sorted(tmp_path.parent.rglob("*.png")) == before


def test_nothing_else_of_a_damaged_zip_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        for i in range(3):
            out.writestr(f"{i}.png", png(i))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"IDAT") + 6] ^= 0xFF  # within the first picture: its checksum no longer holds
    path.write_bytes(raw)
    found: Any = read(path)
    assert levels(found) == [1, 2]
    assert found.skipped == 1
