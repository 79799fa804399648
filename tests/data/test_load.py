"""Data: any name or path becomes bytes in the size and colours asked for; splits are fixed, disjoint and whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from vae.config import Data
from vae.data import load as module
from vae.data.collection import draw
from vae.data.load import dataset, directory, present
from vae.records import Bytes, Dataset


def pictures(folder: Path, n: int = 24, size: int = 8, colour: bool = False) -> Path:
    """n pictures in the classes "a" and "b", each with its number as its level."""
    for i in range(n):
        path = folder / "ab"[i % 2] / f"{i:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB" if colour else "L", (size, size), (i, 255 - i, 7) if colour else i).save(path)
    return folder


def levels(data: Dataset) -> list[int]:
    return [int(grey) for grey in data.images[:, 0, 0, 0]]


# --- splits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["digits", "folder"])
def test_train_and_test_are_disjoint_and_together_all(kind: str, tmp_path: Path) -> None:
    name = str(pictures(tmp_path / "own", 50)) if kind == "folder" else kind
    train, test, both = (dataset(name, split=split) for split in ("train", "test", "all"))
    np.testing.assert_array_equal(both.images, np.concatenate([train.images, test.images]))
    assert train.labels is not None
    assert test.labels is not None
    assert both.labels is not None
    np.testing.assert_array_equal(both.labels, np.concatenate([train.labels, test.labels]))
    assert [d.split for d in (train, test, both)] == ["train", "test", "all"]
    assert train.classes == test.classes == both.classes
    if kind == "folder":
        assert len(test) == 5
        assert sorted(levels(train) + levels(test)) == list(range(50))
        assert (both.labels == np.array(levels(both)) % 2).all()


def test_splits_are_the_same_every_time(tmp_path: Path) -> None:
    first = dataset(str(pictures(tmp_path / "one")), split="test")
    again = dataset(str(pictures(tmp_path / "two")), split="test")
    assert levels(first) == levels(again)
    assert (first.name, again.name) == ("one", "two")


def test_a_lone_picture_is_in_both_splits(tmp_path: Path) -> None:
    pictures(tmp_path, 1)
    assert len(dataset(str(tmp_path))) == len(dataset(str(tmp_path), split="test")) == 1
    pictures(tmp_path, 2)
    assert len(dataset(str(tmp_path))) == len(dataset(str(tmp_path), split="test")) == 1


def test_a_changed_folder_is_read_again(tmp_path: Path) -> None:
    assert len(dataset(str(pictures(tmp_path, 10)), split="all")) == 10
    assert len(dataset(str(pictures(tmp_path, 12)), split="all")) == 12


# --- size, colours, number --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [0, 1, 3])
@pytest.mark.parametrize("size", [0, 5, 28])
@pytest.mark.parametrize("kind", ["digits", "grey", "colour"])
def test_size_and_channels_are_as_asked(kind: str, size: int, channels: Any, tmp_path: Path) -> None:
    name = kind if kind == "digits" else str(pictures(tmp_path, colour=kind == "colour"))
    data = dataset(Data(name, size=size, channels=channels, limit=20))
    own = 3 if kind == "colour" else 1
    assert data.shape == (channels or own, size or 8, size or 8)
    assert data.images.dtype == np.uint8
    assert not data.images.flags.writeable


@pytest.mark.parametrize("limit", [1, 7, 1499, 1500, 9999])
def test_a_limit_draws_without_repeating_and_always_the_same(limit: int) -> None:
    data, again = (dataset(Data("digits", limit=limit)) for _ in range(2))
    whole = dataset("digits")
    assert len(data) == min(limit, 1500)
    np.testing.assert_array_equal(data.images, again.images)
    assert data.labels is not None
    assert whole.labels is not None
    rows = draw(1500, limit)
    assert len(set(rows.tolist())) == len(rows)
    np.testing.assert_array_equal(data.images, whole.images[rows])
    np.testing.assert_array_equal(data.labels, whole.labels[rows])


def test_factors_follow_their_pictures() -> None:
    from vae.data import sprites

    whole = sprites.at(np.array([[i % 3, 0, i % 40, i % 32, 31 - i % 32] for i in range(60)]))
    data = module.fitted(whole, Data("sprites", size=32, channels=3, limit=9))
    assert data.factors is not None
    assert whole.factors is not None
    assert data.images.shape == (9, 3, 32, 32)
    np.testing.assert_array_equal(data.factors, whole.factors[draw(60, 9)])


@given(arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(3), st.integers(1, 5), st.integers(1, 5))))
def test_grey_is_what_pillow_calls_grey(images: Bytes) -> None:
    expected = [np.asarray(Image.fromarray(np.moveaxis(each, 0, -1)).convert("L")) for each in images]
    np.testing.assert_array_equal(module.grey(images)[:, 0], expected)


@given(
    arrays(np.uint8, st.tuples(st.just(2), st.sampled_from([1, 3]), st.integers(1, 9), st.integers(1, 9))),
    st.integers(1, 12),
)
def test_resizing_takes_the_middle_square_and_stays_within_its_levels(images: Bytes, size: int) -> None:
    made = module.resized(images, size)
    n, c, h, w = images.shape
    side = min(h, w)
    assert made.shape == (n, c, size, size)
    square = images[..., (h - side) // 2 :, (w - side) // 2 :][..., :side, :side]
    if size == side:
        np.testing.assert_array_equal(made, square)
    flat = module.resized(np.full_like(images, 77), size)
    assert (flat == 77).all()


# --- where data lie, and what is not there ----------------------------------------------------------------------------


def test_the_argument_goes_before_the_environment_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", "/from/environment")
    assert directory("/given") == Path("/given")
    assert directory() == Path("/from/environment")
    monkeypatch.delenv("VAE_DATA_DIR")
    assert directory() == Path("data")
    assert directory("~").is_absolute()


def test_what_is_known_can_be_asked_for(tmp_path: Path) -> None:
    assert present("digits", tmp_path)
    assert not present("mnist", tmp_path)
    with pytest.raises(KeyError):
        present("mnits", tmp_path)


@pytest.mark.parametrize(
    ("spec", "split", "error", "words"),
    [
        ("mnits", "train", FileNotFoundError, "'mnits' is neither.*Did you mean 'mnist'"),
        ("/nowhere/at/all", "train", FileNotFoundError, "Known: digits, sprites"),
        ("", "train", FileNotFoundError, "'' is neither"),
        (" ", "train", FileNotFoundError, "is neither"),
        ("a\0b", "train", FileNotFoundError, "is neither"),
        ("digits", "valid", ValueError, r"split \(='valid'\) must be one of 'train', 'test', 'all'"),
        (Data("digits", size=-1), "train", ValueError, r"size \(=-1\)"),
        (Data("digits", size=1000), "train", ValueError, r"size \(=1000\)"),
        (Data("digits", limit=-1), "train", ValueError, r"limit \(=-1\)"),
        (__file__, "train", ValueError, "is no folder, .zip, .npz or .npy"),
    ],
)
def test_what_cannot_be_read_is_told(spec: Any, split: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        dataset(spec, split=split)


@pytest.mark.parametrize("limit", [0, 10])
def test_what_folders_hold_out_is_tested_on_and_not_learned_from(limit: int, tmp_path: Path) -> None:
    for i in range(24):
        path = tmp_path / ("val" if i % 3 == 0 else "train") / "ab"[i % 2] / f"{i:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), i).save(path)
    train, test, both = (dataset(Data(str(tmp_path), limit=limit), split=split) for split in ("train", "test", "all"))
    assert all(level % 3 for level in levels(train))
    assert not any(level % 3 for level in levels(test))
    assert levels(both) == levels(train) + levels(test)
    assert (len(train), len(test)) == ((7, 3) if limit else (16, 8))
    assert train.classes == test.classes == ("a", "b")


def test_a_home_that_nobody_has_is_a_path_that_is_not_there() -> None:
    assert directory("~nobodyofthatname/data") == Path("~nobodyofthatname/data")
    with pytest.raises(FileNotFoundError, match="'~nobodyofthatname/pics' is neither"):
        dataset("~nobodyofthatname/pics")


def test_pictures_beside_many_classes_are_a_warning(tmp_path: Path) -> None:
    pictures(tmp_path, 4)
    Image.new("L", (8, 8)).save(tmp_path / "loose.png")
    with pytest.warns(UserWarning, match="1 of 5 pictures lie beside the folders of the classes"):
        assert dataset(tmp_path, split="all").labels is None


def test_what_was_left_out_is_told_or_warned_of(tmp_path: Path) -> None:
    pictures(tmp_path, 12)
    (tmp_path / "a" / "broken.png").write_bytes(b"no picture")
    said: list[str] = []
    assert len(dataset(str(tmp_path), split="all", progress=said.append)) == 12
    assert said[0] == f"Reading the pictures in {tmp_path}"
    assert said[1].startswith(f"1 files in {tmp_path} were left out. The first: a/broken.png: This is text")
    with pytest.warns(UserWarning, match=r"a/broken\.png"):
        dataset(str(tmp_path))


def test_a_numpy_file_keeps_its_shape_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    values = np.random.default_rng(0).integers(0, 256, (30, 20, 24), dtype=np.uint8)
    np.savez(path, images=values, labels=np.arange(30) % 3)
    assert dataset(str(path)).images.shape == (27, 1, 20, 24)
    assert dataset(Data(str(path), size=16, channels=3), split="test").images.shape == (3, 3, 16, 16)
    assert dataset(Data(str(path), limit=10), split="all").images.shape == (10, 1, 20, 24)
    assert dataset(str(path)).classes == ("0", "1", "2")


def test_emoji_are_colour_on_white(data_dir: Path) -> None:
    data = dataset(Data("emoji", limit=100), root=data_dir, split="all")
    assert data.images.shape == (100, 3, 64, 64)
    assert len(data.classes) == 10
    assert np.median(data.images[:, :, 0, 0]) == 255
