"""From a data set's name, or the path of one's own pictures, to a `Dataset` of bytes.

Two sets are always there: `digits` (scikit-learn) and `sprites` (drawn on the fly). The others are read from a data
directory: the argument `root`, else VAE_DATA_DIR, else ./data. Nothing is downloaded unless `download` says so.
Knows nothing of models; torchvision is imported only to download, or to read what has a format of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae import config
from vae.records import Bytes, Dataset

Split = Literal["train", "test", "all"]
HELD_OUT = 10  # of one's own pictures, every tenth, drawn at random, is for testing
FASHION = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class Source:
    """What is known of a data set before it is read."""

    title: str
    licence: str
    shape: tuple[int, int, int]  # (C, H, W)
    read: Callable[[Path, str, config.Data], Dataset]  # (root, "train" | "test", settings)
    folder: str = ""  # in the data directory; "" where nothing is needed
    needs: str = ""  # a file or folder in there that shows that the set is present
    torchvision: str = ""  # the class that downloads it
    size: str = ""  # of the download
    options: tuple[tuple[str, Any], ...] = ()  # that class's further arguments

    @property
    def offline(self) -> bool:
        """Whether it needs no files at all."""
        return not self.folder


def dataset(
    spec: config.Data | str, *, root: str | Path | None = None, split: Split = "train", download: bool = False
) -> Dataset:
    """The data set of a name or path, as bytes (N, C, H, W), in the size and colours asked for.

    Args:
        spec: a name in `KNOWN`, the path of a folder, zip, .npy or .npz of pictures, or `vae.Data` with all settings.
        root: the data directory (else VAE_DATA_DIR, else ./data). split: "all" is both, training first.
        download: fetch a missing set by torchvision.
    Errors: ValueError or FileNotFoundError with what is missing and the way to it.
    """
    settings = config.Data(spec) if isinstance(spec, str) else config.check(spec)
    if split not in ("train", "test", "all"):
        raise ValueError(f"split (={split!r}) must be 'train', 'test' or 'all'.")
    if settings.name not in KNOWN:
        return fitted(_own(settings, split), settings)
    source, folder = KNOWN[settings.name], directory(root)
    if not present(settings.name, folder):
        _fetch(settings.name, source, folder, download)
    parts = [source.read(folder, part, settings) for part in (("train", "test") if split == "all" else (split,))]
    return fitted(replace(joined(parts), split=split), settings)


def directory(root: str | Path | None = None) -> Path:
    """Where data sets lie: the argument, else VAE_DATA_DIR, else ./data."""
    return Path(root or os.environ.get("VAE_DATA_DIR") or "data").expanduser()


def present(name: str, root: str | Path | None = None) -> bool:
    """Whether a known data set can be read without a download."""
    source = KNOWN[name]
    return source.offline or (directory(root) / source.folder / source.needs).exists()


# --- size and colours -------------------------------------------------------------------------------------------------


def fitted(data: Dataset, settings: config.Data) -> Dataset:
    """At most `limit` items, drawn at random, with `channels` and `size` as asked."""
    if settings.limit and settings.limit < len(data):
        data = rows(data, np.sort(np.random.default_rng(0).permutation(len(data))[: settings.limit]))
    images = data.images
    if settings.channels and settings.channels != images.shape[1]:
        images = grey(images) if settings.channels == 1 else np.repeat(images, 3, axis=1)
    if settings.size and images.shape[2:] != (settings.size, settings.size):
        images = resized(images, settings.size)
    return data if images is data.images else replace(data, images=images)


def rows(data: Dataset, chosen: NDArray[Any]) -> Dataset:
    """The data set of these rows alone."""
    labels = None if data.labels is None else data.labels[chosen]
    factors = None if data.factors is None else data.factors[chosen]
    return replace(data, images=data.images[chosen], labels=labels, factors=factors)


def joined(parts: list[Dataset]) -> Dataset:
    """Parts of one set, one after the other."""
    if len(parts) == 1:
        return parts[0]
    labels = [p.labels for p in parts if p.labels is not None]
    factors = [p.factors for p in parts if p.factors is not None]
    return replace(
        parts[0],
        images=np.concatenate([p.images for p in parts]),
        labels=np.concatenate(labels) if labels else None,
        factors=np.concatenate(factors) if factors else None,
    )


def grey(images: Bytes) -> Bytes:
    """(N, 3, H, W) -> (N, 1, H, W): luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    luma = np.einsum("nchw,c->nhw", images, np.array([0.299, 0.587, 0.114], np.float32), dtype=np.float32)
    return np.asarray(luma.round(), np.uint8)[:, None]


def resized(images: Bytes, size: int) -> Bytes:
    """(N, C, H, W) -> (N, C, size, size): the middle square, by Lanczos."""
    from PIL import Image

    h, w = images.shape[2:]
    side = min(h, w)
    top, left = (h - side) // 2, (w - side) // 2
    square = images[..., top : top + side, left : left + side]
    made = np.empty((*images.shape[:2], size, size), np.uint8)
    for i, c in np.ndindex(*images.shape[:2]):
        made[i, c] = Image.fromarray(square[i, c]).resize((size, size), Image.Resampling.LANCZOS)
    return made


# --- readers ----------------------------------------------------------------------------------------------------------


def idx(path: Path) -> NDArray[np.uint8]:
    """An array in the format of the MNIST files: two zero bytes, 8 (unsigned bytes), the rank, sizes, values."""
    raw = path.read_bytes()
    rank = raw[3] if len(raw) >= 4 and raw[:3] == b"\0\0\x08" else 0
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank))
    if not rank or len(raw) != 4 + 4 * rank + int(np.prod(shape)):
        raise ValueError(
            f"{path} ({len(raw):,} bytes) is not a whole file in the idx format: remove it, download again."
        )
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _idx_family(name: str, folder: str, classes: tuple[str, ...], prefix: str = "") -> Callable[..., Dataset]:
    """A reader of the four files that MNIST and its relatives come in."""

    def read(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
        stem = f"{prefix}{'t10k' if split == 'test' and not prefix else split}"
        images, labels = (
            idx(root / folder / "raw" / f"{stem}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")
        )
        if len(images) != len(labels):
            raise ValueError(
                f"{root / folder} holds {len(images)} pictures but {len(labels)} labels: download it again."
            )
        if prefix:  # EMNIST's pictures lie on their side, its letters count from 1
            images, labels = images.swapaxes(1, 2), labels - 1
        return Dataset(name, images[:, None], labels.astype(np.int64), classes, split=split)

    return read


def _digits(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    """scikit-learn's 1,797 digits of 8 x 8 with values 0..16: 1,500 to learn from, 297 to test."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = (found.images * (255 / 16)).round().astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    chosen = order[:1500] if split == "train" else order[1500:]
    return Dataset("digits", images[chosen], found.target[chosen].astype(np.int64), tuple("0123456789"), split=split)


def _sprites(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    from vae.sprites import sprites

    return sprites(split)


def _emoji(root: Path, split: str, settings: config.Data) -> Dataset:
    from vae import folders

    found = folders.read(root / "emoji", settings.size, settings.channels or 3)
    return _part(Dataset("emoji", found.images, found.labels, found.classes), split)


def _torchvision(known: Source) -> Any:
    try:
        from torchvision import datasets
    except (
        ImportError,
        RuntimeError,
        AttributeError,
    ) as error:  # beside a torch of another build it fails in many ways
        raise ImportError(
            f"{known.title} is read by torchvision, which cannot be imported here ({error}): install the torchvision "
            f"that belongs to your torch. `digits`, `sprites` and your own folders need none."
        ) from error
    return getattr(datasets, known.torchvision)


def _cifar10(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    found = _torchvision(KNOWN["cifar10"])(root, train=split == "train")
    images = np.ascontiguousarray(found.data.transpose(0, 3, 1, 2))
    return Dataset("cifar10", images, np.array(found.targets, np.int64), tuple(found.classes), split=split)


def _svhn(root: Path, split: str, settings: config.Data) -> Dataset:  # noqa: ARG001
    found = _torchvision(KNOWN["svhn"])(root / "svhn", split=split)
    return Dataset("svhn", found.data, found.labels.astype(np.int64), tuple("0123456789"), split=split)


def _celeba(root: Path, split: str, settings: config.Data) -> Dataset:
    """Aligned faces, the middle 148 px, at 64 px (or `size`); labels: the attribute "Smiling"."""
    from PIL import Image

    found = _torchvision(KNOWN["celeba"])(root, split=split)
    size = settings.size or 64
    chosen = np.arange(len(found.filename))
    if settings.limit and settings.limit < len(chosen):  # before they are read: there are 162,770
        chosen = np.sort(np.random.default_rng(0).permutation(len(chosen))[: settings.limit])
    images = np.empty((len(chosen), 3, size, size), np.uint8)
    for i, row in enumerate(chosen):
        with Image.open(root / "celeba" / "img_align_celeba" / found.filename[row]) as face:
            left, top = (face.width - 148) // 2, (face.height - 148) // 2
            square = face.convert("RGB").crop((left, top, left + 148, top + 148))
            images[i] = np.moveaxis(np.asarray(square.resize((size, size), Image.Resampling.LANCZOS)), -1, 0)
    smiling = found.attr[:, found.attr_names.index("Smiling")].numpy()[chosen].astype(np.int64)
    return Dataset("celeba", images, smiling, ("not smiling", "smiling"), split=split)


def _own(settings: config.Data, split: str) -> Dataset:
    """One's own pictures: nine tenths to learn from, a tenth to test, drawn once and for all."""
    from vae import folders

    path = Path(settings.name).expanduser()
    if not path.exists():
        known = ", ".join(KNOWN)
        raise FileNotFoundError(f"{settings.name!r} is neither a data set ({known}) nor a folder, zip or array here.")
    found = folders.read(path, settings.size, settings.channels, settings.limit)
    return _part(Dataset(path.stem, found.images, found.labels, found.classes), split)


def _part(data: Dataset, split: str) -> Dataset:
    if split == "all":
        return replace(data, split=split)
    order = np.random.default_rng(0).permutation(len(data))
    tests = max(1, len(data) // HELD_OUT) if len(data) > 1 else 0
    chosen = order[:tests] if split == "test" and tests else order[tests:]
    return replace(rows(data, np.sort(chosen)), split=split)


def _fetch(name: str, source: Source, root: Path, download: bool) -> None:
    """Downloads a missing set, if that was asked for; else says how it comes here."""
    if not source.torchvision:
        raise FileNotFoundError(f"{root / source.folder} is missing: put the pictures of {source.title} there.")
    if not download:
        raise FileNotFoundError(
            f"{source.title} is not in {root}. Download it ({source.size}) with `--download` or download=True, "
            f"or name the folder that holds {source.folder}/ with `--data-dir` or VAE_DATA_DIR."
        )
    root.mkdir(parents=True, exist_ok=True)
    make, place = _torchvision(source), root / "svhn" if name == "svhn" else root
    for split in ("train", "test"):
        chosen = {"split": split} if name in ("svhn", "celeba") else {"train": split == "train"}
        make(place, download=True, **chosen, **dict(source.options))


CC_SA, MIT = "CC BY-SA 3.0", "MIT"
NIST = "train-images-idx3-ubyte"
KNOWN: dict[str, Source] = {
    "digits": Source("Digits 8 x 8", "CC BY 4.0", (1, 8, 8), _digits),
    "sprites": Source("Sprites", "made on the fly", (1, 64, 64), _sprites),
    "mnist": Source(
        "MNIST", CC_SA, (1, 28, 28), _idx_family("mnist", "MNIST", tuple("0123456789")),
        "MNIST", f"raw/{NIST}", "MNIST", "12 MB",
    ),
    "fashion-mnist": Source(
        "Fashion-MNIST", MIT, (1, 28, 28), _idx_family("fashion-mnist", "FashionMNIST", FASHION),
        "FashionMNIST", f"raw/{NIST}", "FashionMNIST", "31 MB",
    ),
    "kmnist": Source(
        "Kuzushiji-MNIST", "CC BY-SA 4.0", (1, 28, 28), _idx_family("kmnist", "KMNIST", KUZUSHIJI),
        "KMNIST", f"raw/{NIST}", "KMNIST", "21 MB",
    ),
    "emnist": Source(
        "EMNIST letters", "public domain", (1, 28, 28), _idx_family("emnist", "EMNIST", LETTERS, "emnist-letters-"),
        "EMNIST", f"raw/emnist-letters-{NIST}", "EMNIST", "562 MB", (("split", "letters"),),
    ),
    "cifar10": Source(
        "CIFAR-10", "none stated", (3, 32, 32), _cifar10, "cifar-10-batches-py", "data_batch_1", "CIFAR10", "170 MB"
    ),
    "svhn": Source(
        "Street View House Numbers", "non-commercial", (3, 32, 32), _svhn, "svhn", "train_32x32.mat", "SVHN", "246 MB"
    ),
    "celeba": Source(
        "CelebA", "non-commercial research", (3, 64, 64), _celeba, "celeba", "img_align_celeba", "CelebA", "1.4 GB"
    ),
    "emoji": Source("Noto emoji", "Apache 2.0", (3, 64, 64), _emoji, "emoji"),
}  # fmt: skip
