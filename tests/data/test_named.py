"""Named sets: read from files as published, downloaded only when asked, and clear about what is missing."""

import struct
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from vae.config import Data
from vae.data import named
from vae.data.load import dataset, present

FAMILY = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST", "emnist": "EMNIST"}


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


def furnish(root: Path, name: str) -> dict[str, NDArray[np.uint8]]:
    """The four files of one of the family, with 20 pictures to learn from and 10 to test."""
    rng = np.random.default_rng(0)
    made = {}
    for file in named.KNOWN[name].needs:
        n = 20 if "train" in file else 10
        made[file] = rng.integers(1, 10, n if "labels" in file else (n, 28, 28), dtype=np.uint8)
        write_idx(root / file, made[file])
    return made


@pytest.fixture
def no_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)


@pytest.mark.usefixtures("no_torchvision")
@pytest.mark.parametrize("name", FAMILY)
def test_the_family_of_mnist_is_read_without_torchvision(name: str, tmp_path: Path) -> None:
    made = furnish(tmp_path, name)
    for split, n, files in (("train", 20, named.KNOWN[name].needs[:2]), ("test", 10, named.KNOWN[name].needs[2:])):
        data = dataset(name, root=tmp_path, split=split)
        images, labels = (made[file] for file in files)
        upright = images.swapaxes(1, 2) if name == "emnist" else images
        np.testing.assert_array_equal(data.images[:, 0], upright)
        assert data.labels is not None
        np.testing.assert_array_equal(data.labels, labels - (1 if name == "emnist" else 0))
        assert len(data) == n
        assert len(data.classes) == (26 if name == "emnist" else 10)
        assert (data.name, data.split) == (name, split)


def test_the_files_are_those_that_torchvision_lays_out() -> None:
    assert named.KNOWN["mnist"].needs == (
        "MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte",
        "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte",
    )  # fmt: skip
    assert named.KNOWN["emnist"].needs[2] == "EMNIST/raw/emnist-letters-test-images-idx3-ubyte"


@pytest.mark.parametrize("damage", ["cut", "longer", "not idx", "empty", "lies", "labels"])
def test_a_damaged_file_is_named(damage: str, tmp_path: Path) -> None:
    furnish(tmp_path, "mnist")
    path = tmp_path / named.KNOWN["mnist"].needs[0]
    raw = path.read_bytes()
    if damage == "labels":
        write_idx(path, np.zeros((19, 28, 28), np.uint8))
    else:
        lies = raw[:3] + b"\xff" + raw[4:]
        path.write_bytes(
            {"cut": raw[:-1], "longer": raw + b"0", "not idx": b"PK\3\4" + raw, "empty": b"", "lies": lies}[damage]
        )
    with pytest.raises(OSError, match="MNIST") as said:
        dataset("mnist", root=tmp_path)
    assert "download" in str(said.value)


@pytest.mark.parametrize("name", [n for n, s in named.KNOWN.items() if s.torchvision])
def test_without_files_the_way_to_them_is_told_and_nothing_is_fetched(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as said:
        dataset(name, root=tmp_path)
    for words in (named.KNOWN[name].title, named.KNOWN[name].size, "--download", "download=True", "VAE_DATA_DIR"):
        assert words in str(said.value)
    assert list(tmp_path.iterdir()) == []


def test_a_half_download_is_not_present(tmp_path: Path) -> None:
    furnish(tmp_path, "kmnist")
    assert present("kmnist", tmp_path)
    (tmp_path / named.KNOWN["kmnist"].needs[3]).unlink()
    assert not present("kmnist", tmp_path)


def test_emoji_say_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="put its pictures into"):
        dataset("emoji", root=tmp_path, download=True)


def fake(monkeypatch: pytest.MonkeyPatch, **classes: Any) -> None:
    """A torchvision with these data sets alone."""
    module = types.ModuleType("torchvision")
    vars(module)["datasets"] = types.SimpleNamespace(**classes)
    monkeypatch.setitem(sys.modules, "torchvision", module)


def test_a_download_is_asked_of_torchvision_and_then_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = []

    def mnist(root: Path, **given: Any) -> None:
        calls.append(given)
        furnish(root, "mnist")

    fake(monkeypatch, MNIST=mnist)
    said: list[str] = []
    data = dataset("mnist", root=tmp_path / "new", split="all", download=True, progress=said.append)
    assert len(data) == 30
    assert calls == [{"download": True, "train": True}, {"download": True, "train": False}]
    assert said == ["Downloading MNIST (12 MB)"]
    dataset("mnist", root=tmp_path / "new", download=True)
    assert len(calls) == 2  # what is there is not fetched again


@pytest.mark.parametrize(
    "error", [OSError("no network"), RuntimeError("not found\nor corrupted"), ImportError("gdown")]
)
def test_a_failed_download_is_a_sentence(error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    fake(monkeypatch, CelebA=fails)
    with pytest.raises(OSError, match="CelebA could not be downloaded") as said:
        dataset("celeba", root=tmp_path, download=True)
    assert "\n" not in str(said.value)
    assert "celeba/img_align_celeba" in str(said.value)


@pytest.mark.usefixtures("no_torchvision")
def test_a_torchvision_that_cannot_be_imported_breaks_only_what_needs_it(tmp_path: Path) -> None:
    for name in ("mnist", "cifar10"):
        with pytest.raises(ImportError, match="needs torchvision, which cannot be imported"):
            dataset(name, root=tmp_path, download=True)
    assert len(dataset("digits", root=tmp_path)) == 1500


def test_damaged_files_of_torchvision_are_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def corrupted(*_: Any, **__: Any) -> None:
        raise RuntimeError("Dataset not found or corrupted.")

    for file in named.KNOWN["cifar10"].needs:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    fake(monkeypatch, CIFAR10=corrupted)
    with pytest.raises(OSError, match=r"CIFAR-10 in .* is damaged"):
        dataset("cifar10", root=tmp_path)


def test_colours_of_torchvision_keep_their_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    classes = [f"class {i}" for i in range(10)]
    cifar = types.SimpleNamespace(data=pixels, targets=[3, 1, 4, 1, 5, 9], classes=classes)
    svhn = types.SimpleNamespace(data=np.moveaxis(pixels, -1, 1), labels=np.array([3, 1, 4, 1, 5, 9]))
    fake(monkeypatch, CIFAR10=lambda *_, **__: cifar, SVHN=lambda *_, **__: svhn)
    for name in ("cifar10", "svhn"):
        for file in named.KNOWN[name].needs:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).touch()
        data = dataset(name, root=tmp_path, split="test")
        np.testing.assert_array_equal(data.images, np.moveaxis(pixels, -1, 1))
        assert data.labels is not None
        assert data.labels.tolist() == [3, 1, 4, 1, 5, 9]
        assert len(data.classes) == 10


def test_faces_are_the_middle_of_their_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "celeba" / "img_align_celeba"
    folder.mkdir(parents=True)
    for file in named.KNOWN["celeba"].needs[:-1]:
        (tmp_path / file).touch()
    for i in range(4):
        face = Image.new("RGB", (178, 218), "red")
        face.paste((0, 0, 50 * i), (15, 35, 163, 183))
        face.save(folder / f"{i}.png")
    found = types.SimpleNamespace(
        filename=[f"{i}.png" for i in range(4)], attr=np.array([[0, 1], [1, 0], [0, 0], [1, 1]]),
        attr_names=["Bald", "Smiling", ""],
    )  # fmt: skip
    fake(monkeypatch, CelebA=lambda *_, **__: found)
    data = dataset("celeba", root=tmp_path)
    assert data.images.shape == (4, 3, 64, 64)
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, 0, 1]
    for i, picture in enumerate(data.images):
        assert picture[:2].max() == 0
        assert (picture[2] == 50 * i).all()
    assert dataset(Data("celeba", size=32, limit=2), root=tmp_path).images.shape == (2, 3, 32, 32)


def test_digits_are_whole_and_use_the_full_range() -> None:
    train, test, both = (dataset("digits", split=split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(both)) == (1500, 297, 1797)
    assert train.shape == (1, 8, 8)
    assert (train.images.min(), train.images.max()) == (0, 255)
    assert len(np.unique(train.images)) == 17
    for part in (train, test):
        assert part.labels is not None
        assert np.bincount(part.labels).min() > 20


@pytest.mark.parametrize("name", named.KNOWN)
def test_what_is_known_of_a_set_is_complete(name: str) -> None:
    source = named.KNOWN[name]
    assert source.title
    assert source.licence
    assert (source.fill is None) == (source.shape[0] == 3)  # photographs are no drawings, learned in grey or not
    assert source.fill is None or 0 < source.fill <= 1
    assert source.offline == (name in ("digits", "sprites"))
    assert bool(source.size) == bool(source.torchvision)


def test_mnist_is_the_canonical_one(data_dir: Path) -> None:
    train, test = (dataset("mnist", root=data_dir, split=split) for split in ("train", "test"))
    assert (len(train), len(test), train.shape) == (60_000, 10_000, (1, 28, 28))
    assert train.images.mean() / 255 == pytest.approx(0.1307, abs=1e-4)  # the usual constant
    assert train.labels is not None
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


@pytest.mark.parametrize("name", named.KNOWN)
def test_the_shape_that_is_known_is_the_shape_that_is_read(name: str, data_dir: Path) -> None:
    if not present(name, data_dir):
        with pytest.raises(FileNotFoundError):
            dataset(name, root=data_dir)
        return
    data = dataset(Data(name, limit=50), root=data_dir, split="test")
    assert data.shape == named.KNOWN[name].shape
    assert 0 < len(data) <= 50
