"""NumPy files: any usual layout and range comes out as the same bytes; the rest is refused in a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vae.data import arrays
from vae.data.arrays import read

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 7, 9), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 3, 7, 9), dtype=np.uint8)


def save(folder: Path, **held: Any) -> Path:
    path = folder / "a.npz"
    np.savez(path, **held)
    return path


LAYOUTS = {
    "nhw": (GREY, GREY[:, None]),
    "nhw1": (GREY[..., None], GREY[:, None]),
    "n1hw": (GREY[:, None], GREY[:, None]),
    "nchw": (COLOUR, COLOUR),
    "nhwc": (np.moveaxis(COLOUR, 1, -1), COLOUR),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_every_layout_is_the_same_pictures(layout: str, suffix: str, tmp_path: Path) -> None:
    given, expected = LAYOUTS[layout]
    path = save(tmp_path, images=given)
    if suffix == ".npy":
        path = tmp_path / "a.npy"
        np.save(path, given)
    np.testing.assert_array_equal(read(path).images, expected)


RANGES: dict[str, NDArray[Any]] = {
    "unit": (GREY / 255).astype(np.float32),
    "unit, doubles": GREY / 255,
    "signed unit": GREY / 127.5 - 1,
    "floats to 255": GREY.astype(np.float64),
    "whole numbers": GREY.astype(np.int64),
    "sixteen bits": GREY.astype(np.uint16) * 257,
    "big-endian": GREY.astype(">i2"),
}


@pytest.mark.parametrize("name", RANGES)
def test_every_range_is_the_same_bytes(name: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(save(tmp_path, images=RANGES[name])).images[:, 0], GREY)


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int32, np.float32])
def test_zero_and_one_are_black_and_white(kind: type, tmp_path: Path) -> None:
    bits = GREY > 100
    np.testing.assert_array_equal(read(save(tmp_path, imgs=bits.astype(kind))).images[:, 0], 255 * bits)


def test_rgba_lies_on_white(tmp_path: Path) -> None:
    alpha = np.concatenate([COLOUR, np.broadcast_to(np.array([0, 255], np.uint8).repeat(3)[:, None, None, None],
                                                    (6, 1, 7, 9))], axis=1)  # fmt: skip
    found = read(save(tmp_path, images=alpha)).images
    assert (found[:3] == 255).all()
    np.testing.assert_array_equal(found[3:], COLOUR[3:])


@pytest.mark.parametrize(
    ("labels", "extra", "numbers", "classes"),
    [
        ([3, 3, 7, 7, 9, 9], {}, [0, 0, 1, 1, 2, 2], ("3", "7", "9")),
        ([[0], [1], [0], [1], [0], [1]], {}, [0, 1, 0, 1, 0, 1], ("0", "1")),
        ([2, 0, 2, 0, 2, 0], {"classes": ["x", "y", "z"]}, [2, 0, 2, 0, 2, 0], ("x", "y", "z")),
        ([5, 0, 5, 0, 5, 0], {"classes": ["x", "y", "z"]}, [1, 0, 1, 0, 1, 0], ("0", "5")),
        (["b", "a", "b", "a", "b", "a"], {}, [1, 0, 1, 0, 1, 0], ("a", "b")),
        ([True, False] * 3, {}, [1, 0] * 3, ("False", "True")),
        ([0.5] * 6, {}, None, ()),
        ([1, 2], {}, None, ()),
    ],
)
def test_labels_are_numbers_or_words(
    labels: list[Any], extra: dict[str, Any], numbers: list[int] | None, classes: tuple[str, ...], tmp_path: Path
) -> None:
    found = read(save(tmp_path, images=GREY, labels=np.array(labels), **extra))
    assert (None if found.labels is None else found.labels.tolist()) == numbers
    assert found.classes == classes


def test_a_limit_keeps_pictures_and_labels_together(tmp_path: Path) -> None:
    values = np.arange(50, dtype=np.uint8)
    path = save(tmp_path, images=np.broadcast_to(values[:, None, None], (50, 4, 4)), labels=values)
    found = read(path, limit=9)
    assert found.labels is not None
    np.testing.assert_array_equal(found.images[:, 0, 0, 0], found.labels)
    assert len(set(found.labels.tolist())) == 9


def test_the_named_array_is_taken_and_otherwise_the_first_that_fits(tmp_path: Path) -> None:
    other = np.zeros((2, 5, 5), np.uint8)
    np.testing.assert_array_equal(read(save(tmp_path, other=other, x_train=GREY)).images[:, 0], GREY)
    np.testing.assert_array_equal(read(save(tmp_path, flat=np.zeros(9), mine=GREY, other=other)).images[:, 0], GREY)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        raise AssertionError("it was pickled")


REFUSED: dict[str, tuple[Any, str]] = {
    "flat": (np.zeros((5, 784)), r"holds no pictures.*but images \(5, 784\)|pictures are"),
    "two channels": (np.zeros((5, 2, 8, 8)), "pictures are"),
    "no items": (np.zeros((0, 8, 8)), "no picture in it"),
    "no pixels": (np.zeros((5, 0, 8)), "no picture in it"),
    "nan": (np.full((2, 4, 4), np.nan), "not finite"),
    "inf": (np.full((2, 4, 4), np.inf), "not finite"),
    "negative": (np.full((2, 4, 4), -3), "from -3 to -3"),
    "standardised": (np.linspace(-2, 2, 32).reshape(2, 4, 4), "from -2 to 2: bring them"),
    "half signed": (np.linspace(-1, 200, 32).reshape(2, 4, 4), "from -1 to 200"),
    "too high": (np.full((2, 4, 4), 1e6), "bring them to"),
    "complex": (np.zeros((2, 4, 4), complex), "pictures are numbers"),
    "words": (np.full((2, 4, 4), "a"), "pictures are numbers"),
    "too wide": (np.zeros((1, 2, 2000), np.uint8), "1024 a side"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_gets_its_sentence(name: str, tmp_path: Path) -> None:
    held, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        read(save(tmp_path, images=held))


def test_an_object_beside_the_pictures_is_left_alone(tmp_path: Path) -> None:
    """dSprites' own file has one."""
    path = tmp_path / "a.npz"
    np.savez(path, metadata=np.array({"title": "sprites"}, dtype=object), imgs=GREY, labels=np.arange(6) % 2)
    found = read(path)
    np.testing.assert_array_equal(found.images[:, 0], GREY)
    assert found.classes == ("0", "1")
    assert found.notes == ()


def test_labels_that_are_objects_are_said_not_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=GREY, labels=np.array(["cat", "dog"] * 3, dtype=object))
    found = read(path)
    assert found.labels is None
    assert found.notes == ("a.npz: labels hold Python objects and are not read: save them as np.array(words, str).",)
    np.savez(path, images=np.array([GREY], dtype=object))
    with pytest.raises(ValueError, match=r"holds no pictures.*but images of objects"):
        read(path)


def test_arrays_of_fortrans_order_and_what_packs_well_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    blank = np.zeros((2000, 64, 64), np.uint8)
    blank[0, 0, 0] = 255
    np.savez_compressed(path, images=np.asfortranarray(blank))
    assert path.stat().st_size * 100 < blank.size
    np.testing.assert_array_equal(read(path).images[:, 0], blank)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="cannot be read as plain NumPy arrays"):
        read(path)


def header(shape: str) -> bytes:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"PK\3\4 and no more", header("(9999999, 9999, 9999)"), header("(5, 8, 8)")[:40], header("(")],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_damaged_file_is_told(raw: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="cannot be read as plain NumPy arrays"):
        read(path)


def test_too_much_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path, images=np.zeros((50, 9, 9), np.uint8))
    monkeypatch.setattr(arrays, "MOST_PIXELS", 1000)
    with pytest.raises(ValueError, match="unpacks to"):
        read(path)
    monkeypatch.setattr(arrays, "MOST_PIXELS", 4000)
    with pytest.raises(ValueError, match="set `limit`"):
        read(path)
    assert len(read(path, limit=9).images) == 9
