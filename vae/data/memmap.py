"""Data larger than memory: bytes in one file on disk, which training reads batch by batch.

A NumPy memory map is a Dataset's `images` like any other array; `Stream` stands for the one tensor on the device
that training indexes. `pack` writes such a file from a folder of any size, a picture at a time, in random
order, so that its last tenth can be the test set without an index. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vae.data.collection import HELD_OUT
from vae.data.names import SUFFIXES
from vae.records import Bytes, Dataset


class Stream:
    """Pictures (N, C, H, W) on disk, indexed like a uint8 tensor on a device: indexing reads them."""

    dtype = torch.uint8

    def __init__(self, images: Bytes, device: torch.device) -> None:
        self.images, self.device = images, device
        self.shape = torch.Size(images.shape)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: Tensor | slice) -> Tensor:
        """The pictures of these rows, in their order, on the device. Read in the order in which they lie on disk."""
        if isinstance(rows, slice):
            return self._sent(np.array(self.images[rows]))
        numbers = rows.cpu().numpy()
        ordered = numbers.argsort(kind="stable")
        out = np.empty((len(numbers), *self.images.shape[1:]), np.uint8)
        out[ordered] = self.images[numbers[ordered]]
        return self._sent(out)

    def split(self, size: int) -> Iterator[Tensor]:
        """All pictures, `size` at a time."""
        return (self[start : start + size] for start in range(0, len(self), size))

    def _sent(self, images: Bytes) -> Tensor:
        tensor = torch.from_numpy(images)
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor


def pack(
    source: str | Path,
    out: str | Path,
    *,
    size: int = 64,
    channels: Literal[1, 3] = 3,
    seed: int = 0,
    report: Callable[[int, int], object] | None = None,
) -> Path:
    """Writes all pictures of a folder into one .npy (N, C, size, size) of bytes, in random order; memory: one picture.

    Squares are cut from the middle, RGBA is composited on white. `report(done, of)` is called now and then. Files that
    are no pictures are left out. Errors: ValueError where there is none.
    """
    source, out = Path(source), Path(out)
    names = sorted(p for p in source.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    order = np.random.default_rng(seed).permutation(len(names))
    unfinished = out.with_suffix(".part")
    images, done = None, 0
    for at, which in enumerate(order):
        pixels = _read(names[which], size, channels)
        if pixels is None:
            continue
        if images is None:
            images = np.lib.format.open_memmap(unfinished, "w+", np.uint8, (len(names), channels, size, size))
        images[done] = pixels
        done += 1
        if report and at % 1000 == 0:
            report(at, len(names))
    if images is None:
        raise ValueError(f"{source} holds no picture that can be read: give a folder of PNG, JPEG or the like.")
    _cut(images, done, unfinished, out)
    return out


def opened(path: str | Path, split: Literal["train", "test", "all"] = "train") -> Dataset:
    """The pictures of a packed file as a Dataset that stays on disk: its last tenth is "test".

    Errors: ValueError for a file of another layout.
    """
    path = Path(path)
    images = np.lib.format.open_memmap(path, mode="r")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"{path.name} holds {images.dtype} {images.shape}, but must be uint8 (N, C, H, W) with 1 or 3 channels: "
            "vae.data.memmap.pack writes that."
        )
    end = len(images) - max(1, len(images) // HELD_OUT)
    return Dataset(
        path.stem, images[{"train": slice(end), "test": slice(end, None), "all": slice(None)}[split]], split=split
    )


def _read(path: Path, size: int, channels: int) -> Bytes | None:
    """One picture (C, size, size), or None for a file that holds none."""
    from vae.data.folders import square
    from vae.data.pictures import PictureError, read_picture

    try:
        return square(read_picture(path), size, channels)
    except PictureError:
        return None


def _cut(images: Bytes, done: int, unfinished: Path, out: Path) -> None:
    """Ends the file after `done` pictures: NumPy's header has the same length for any N."""
    shape, item = (done, *images.shape[1:]), int(np.prod(images.shape[1:]))
    del images
    with unfinished.open("r+b") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + done * item)
    unfinished.replace(out)
