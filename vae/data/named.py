"""The data sets that have a name: what is known of each, how it is read, where it comes from.

Two are always there: `digits` (scikit-learn) and `sprites` (drawn on the fly). MNIST and its relatives are read from
their four files as they were published; the others, and every download, are torchvision's, imported here and only then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae import config
from vae.records import Dataset

FASHION = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
DIGITS = tuple("0123456789")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
MNIST_FILL = 20 / 28

Reader = Callable[[Path, str, config.Data], Dataset]  # (data directory, "train" | "test", settings)


@dataclass(frozen=True)
class Source:
    """What is known of a data set before it is read."""

    title: str
    licence: str
    shape: tuple[int, int, int]  # (C, H, W)
    read: Reader | None  # None: an image folder
    needs: tuple[str, ...] = ()  # what must lie in the data directory, its folder first
    size: str = ""  # of the download; "" where there is none
    torchvision: str = ""  # the class that downloads it
    options: tuple[tuple[str, Any], ...] = ()  # that class's further arguments
    fill: float = 1.0  # the longer side of what is drawn in the picture's: what `pictures.prepare` should imitate

    @property
    def offline(self) -> bool:
        """Whether it needs no files at all."""
        return not self.needs


def fetch(name: str, root: Path, download: bool, progress: Callable[[str], None] | None = None) -> None:
    """Downloads a missing set, if that was asked for; else FileNotFoundError with the way to it.

    OSError: the download failed. ImportError: torchvision cannot be imported.
    """
    source = KNOWN[name]
    folder = source.needs[0].split("/")[0]
    if not source.torchvision:
        raise FileNotFoundError(
            f"{source.title} is not in {root}: put its pictures into {root / folder}, a sub-folder for each class, "
            f"or name the folder that holds {folder}/ with `--data-dir` or VAE_DATA_DIR."
        )
    if not download:
        raise FileNotFoundError(
            f"{source.title} is not, or not whole, in {root}. Download it ({source.size}) with `--download` or "
            f"download=True, or name the folder that holds {folder}/ with `--data-dir` or VAE_DATA_DIR."
        )
    make = _torchvision(source)
    if progress:
        progress(f"Downloading {source.title} ({source.size})")
    place = root / "svhn" if name == "svhn" else root
    for split in ("train", "test"):
        part = {"split": split} if name in ("svhn", "celeba") else {"train": split == "train"}
        try:
            place.mkdir(parents=True, exist_ok=True)
            make(place, download=True, **part, **dict(source.options))
        except (OSError, RuntimeError, ImportError) as error:
            raise OSError(
                f"{source.title} could not be downloaded into {root} ({' '.join(str(error).split())}): try again, "
                f"or bring its files by hand: {', '.join(source.needs)}."
            ) from error


def _torchvision(source: Source) -> Any:
    """The class of torchvision that knows this set."""
    try:
        from torchvision import datasets
    except (
        ImportError,
        RuntimeError,
        AttributeError,
    ) as error:  # beside a torch of another build it fails in many ways
        raise ImportError(
            f"{source.title} needs torchvision, which cannot be imported here ({error}): install the torchvision that "
            f"belongs to your torch. MNIST's files, `digits`, `sprites` and your own folders need none."
        ) from error
    return getattr(datasets, source.torchvision)


def _opened(name: str, root: Path, **part: Any) -> Any:
    """torchvision's object of a split that is on disk; OSError where its files are damaged."""
    source = KNOWN[name]
    try:
        return _torchvision(source)(root, **part)
    except RuntimeError as error:
        raise OSError(f"{source.title} in {root} is damaged ({error}): remove it and download it again.") from error


# --- readers ----------------------------------------------------------------------------------------------------------


def idx(path: Path) -> NDArray[np.uint8]:
    """An array in the format of the MNIST files: two zero bytes, 8 (unsigned bytes), the rank, sizes, values.

    OSError: the file is missing, or not whole.
    """
    raw = path.read_bytes()
    rank = raw[3] if len(raw) >= 4 and raw[:3] == b"\0\0\x08" else 0
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank))
    if not rank or len(raw) != 4 + 4 * rank + math.prod(shape):
        raise OSError(
            f"{path} ({len(raw):,} bytes) is not a whole file in the idx format: remove it, download it again."
        )
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _idx_files(folder: str, prefix: str = "") -> tuple[str, ...]:
    stems = (f"{prefix}train", f"{prefix}test" if prefix else "t10k")
    return tuple(f"{folder}/raw/{s}-{kind}-ubyte" for s in stems for kind in ("images-idx3", "labels-idx1"))


def _idx_reader(name: str, folder: str, classes: tuple[str, ...], prefix: str = "") -> Reader:
    """A reader of the four files that MNIST and its relatives come in."""

    def read(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
        files = _idx_files(folder, prefix)[:2] if split == "train" else _idx_files(folder, prefix)[2:]
        images, labels = (idx(root / file) for file in files)
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise OSError(
                f"{root / folder}: pictures {images.shape} do not go with labels {labels.shape}: download again."
            )
        if prefix:  # EMNIST's pictures lie on their side, its letters count from 1
            images, labels = np.ascontiguousarray(images.swapaxes(1, 2)), labels - 1
        return Dataset(name, images[:, None], labels.astype(np.int64), classes, split=split)

    return read


def _digits(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    """scikit-learn's 1,797 digits of 8 x 8 with values 0..16: 1,500 to learn from, 297 to test."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = (digits.images * (255 / 16)).round().astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    rows = order[:1500] if split == "train" else order[1500:]
    return Dataset("digits", images[rows], digits.target[rows].astype(np.int64), DIGITS, split=split)


def _sprites(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    from vae.data.sprites import sprites

    return sprites(split)


def _cifar10(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    cifar = _opened("cifar10", root, train=split == "train")
    images = np.ascontiguousarray(cifar.data.transpose(0, 3, 1, 2))
    return Dataset("cifar10", images, np.array(cifar.targets, np.int64), tuple(cifar.classes), split=split)


def _svhn(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    svhn = _opened("svhn", root / "svhn", split=split)
    return Dataset("svhn", svhn.data, np.asarray(svhn.labels, np.int64), DIGITS, split=split)


def _celeba(root: Path, split: str, settings: config.Data) -> Dataset:
    """Aligned faces, the middle 148 px, at 64 px (or `size`); labels: the attribute "Smiling"."""
    from PIL import Image

    celeba = _opened("celeba", root, split=split)
    size, rows = settings.size or 64, np.arange(len(celeba.filename))
    if settings.limit and settings.limit < len(rows):  # before they are read: there are 162,770
        rows = np.sort(np.random.default_rng(0).permutation(len(rows))[: settings.limit])
    images = np.empty((len(rows), 3, size, size), np.uint8)
    for picture, row in zip(images, rows, strict=True):
        with Image.open(root / "celeba" / "img_align_celeba" / celeba.filename[row]) as face:
            left, top = (face.width - 148) // 2, (face.height - 148) // 2
            middle = face.convert("RGB").crop((left, top, left + 148, top + 148))
        small = middle.resize((size, size), Image.Resampling.LANCZOS)
        picture[:] = np.moveaxis(np.asarray(small), -1, 0)
    smiling = np.asarray(celeba.attr)[rows, celeba.attr_names.index("Smiling")].astype(np.int64)
    return Dataset("celeba", images, smiling, ("not smiling", "smiling"), split=split)


_CELEBA = ("list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt", "list_bbox_celeba.txt",
           "list_landmarks_align_celeba.txt", "img_align_celeba")  # fmt: skip
_CIFAR = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")
_GREY, _COLOUR = (1, 28, 28), (3, 32, 32)
KNOWN: dict[str, Source] = {
    "digits": Source("Digits 8 x 8", "CC BY 4.0", (1, 8, 8), _digits),
    "sprites": Source("Sprites", "made on the fly", (1, 64, 64), _sprites),
    "mnist": Source(
        "MNIST", "CC BY-SA 3.0", _GREY, _idx_reader("mnist", "MNIST", DIGITS),
        _idx_files("MNIST"), "12 MB", "MNIST", fill=MNIST_FILL,
    ),
    "fashion-mnist": Source(
        "Fashion-MNIST", "MIT", _GREY, _idx_reader("fashion-mnist", "FashionMNIST", FASHION),
        _idx_files("FashionMNIST"), "31 MB", "FashionMNIST",
    ),
    "kmnist": Source(
        "Kuzushiji-MNIST", "CC BY-SA 4.0", _GREY, _idx_reader("kmnist", "KMNIST", KUZUSHIJI),
        _idx_files("KMNIST"), "21 MB", "KMNIST",
    ),
    "emnist": Source(
        "EMNIST letters", "public domain", _GREY, _idx_reader("emnist", "EMNIST", LETTERS, "emnist-letters-"),
        _idx_files("EMNIST", "emnist-letters-"), "562 MB", "EMNIST", (("split", "letters"),), fill=24 / 28,
    ),
    "cifar10": Source(
        "CIFAR-10", "none stated", _COLOUR, _cifar10,
        tuple(f"cifar-10-batches-py/{file}" for file in _CIFAR), "170 MB", "CIFAR10",
    ),
    "svhn": Source(
        "Street View House Numbers", "non-commercial", _COLOUR, _svhn,
        ("svhn/train_32x32.mat", "svhn/test_32x32.mat"), "246 MB", "SVHN",
    ),
    "celeba": Source(
        "CelebA", "non-commercial research", (3, 64, 64), _celeba,
        tuple(f"celeba/{file}" for file in _CELEBA), "1.4 GB", "CelebA",
    ),
    "emoji": Source("Noto emoji", "Apache 2.0", (3, 64, 64), None, ("emoji",)),
}  # fmt: skip
