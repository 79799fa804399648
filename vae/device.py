"""Devices, a data set as one tensor on a device, and a batch of it as floats.

Knows nothing of models.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.arguments import remedy
from vae.data.memmap import Stream
from vae.records import Dataset

Pictures = Dataset | NDArray[np.generic] | Tensor


def pick(name: Literal["auto", "cpu", "cuda", "mps"] | str = "auto") -> torch.device:
    """The device of a setting; auto: CUDA, else Apple's MPS, else the CPU.

    Errors: ValueError for one that this machine lacks.
    """
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(d for d in ("cuda", "mps", "cpu") if here[d]))
    if not here.get(name, False):
        raise ValueError(
            f"device (={name!r}) is not available: this machine has {', '.join(d for d in here if here[d])}. "
            "Choose 'auto'."
        )
    return torch.device(name)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device itself multiplies bfloat16, two to four times as fast as float32; elsewhere it is emulated."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    features: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)() if device.type == "cpu" else {}
    return any(features.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))


def pictures(data: Pictures, device: torch.device) -> Tensor | Stream:
    """All pictures (N, C, H, W) as one tensor on the device: bytes stay bytes, floats must lie in [0, 1].

    A memory map of bytes stays on disk; a batch of it is read when an index selects it.
    Errors: TypeError for data without numbers, ValueError for another shape, no pictures, or values beyond [0, 1].
    """
    raw = data.images if isinstance(data, Dataset) else data
    if isinstance(raw, np.memmap) and raw.dtype == np.uint8 and raw.ndim == 4 and len(raw):
        return Stream(raw, device)
    images = raw.detach() if isinstance(raw, Tensor) else _tensor(raw)
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"the data has the shape {tuple(images.shape)}, but must be (N, C, H, W) with N at least 1.")
    if images.dtype != torch.uint8:
        low, high = float(images.min()), float(images.max())
        inside = low >= 0 and high <= 1
        if not (images.is_floating_point() and inside):
            raise ValueError(
                f"the data is {images.dtype} from {low:.4g} to {high:.4g}, but must be uint8, or floats in [0, 1]: "
                f"{'x * 1.0 converts it to floats' if inside else remedy(low, high)}."
            )
        images = images.float()
    return images.contiguous().to(device)


def _tensor(data: object) -> Tensor:
    try:
        array = np.asarray(data)
    except ValueError:  # a list of pictures of several sizes
        array = np.array(None)
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"the data is {type(data).__name__}, but must be a Dataset, an array or a tensor (N, C, H, W): "
            "vae.dataset(NAME_OR_PATH) reads one; torch.stack([x for x, _ in data]) converts a torch data set."
        )
    return torch.tensor(array)


def floats(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """A batch as floats in [0, 1]."""
    return images.to(dtype) / 255 if images.dtype == torch.uint8 else images.to(dtype)


def fingerprint(images: Tensor | Stream) -> str:
    """A hash that differs between data sets of one size: of the content of up to 64 pictures, evenly apart."""
    n = min(64, len(images))
    sample = images[torch.arange(n, device=images.device) * len(images) // n]
    return hashlib.sha256(sample.cpu().numpy().tobytes()).hexdigest()[:12]


def moments(images: Tensor | Stream, chunk: int = 8192) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every pixel over the data: (C, H, W) twice, float32."""
    total, square = torch.zeros(2, *images.shape[1:], device=images.device)
    for part in images.split(chunk):
        x = floats(part)
        total += x.sum(0)
        square += x.square().sum(0)
    mean = total / len(images)
    return mean, (square / len(images) - mean**2).clamp_min(0).sqrt()


def binarised(x: Tensor, how: Literal["none", "dynamic"] | str, generator: torch.Generator | None = None) -> Tensor:
    """dynamic: every pixel is 1 with probability x, by new numbers at every call (Salakhutdinov and Murray, 2008)."""
    if how != "dynamic":
        return x
    # Three times as fast on a CPU as torch.bernoulli.
    return (torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) < x).to(x.dtype)


def augmented(x: Tensor, how: Literal["none", "flip", "shift"] | str, generator: torch.Generator) -> Tensor:
    """flip: mirrors a picture with probability 1/2; shift: moves it by -1, 0 or 1 pixel in x and y, edges repeated."""
    b, c, h, w = x.shape
    if how == "flip":
        turn = torch.rand(b, generator=generator, device=x.device) < 0.5
        return torch.where(turn[:, None, None, None], x.flip(3), x)
    if how == "shift":
        dy, dx = torch.randint(-1, 2, (2, b, 1), generator=generator, device=x.device)
        rows = (torch.arange(h, device=x.device) + dy).clamp(0, h - 1)
        cols = (torch.arange(w, device=x.device) + dx).clamp(0, w - 1)
        picture, channel = torch.arange(b, device=x.device), torch.arange(c, device=x.device)
        return x[picture[:, None, None, None], channel[:, None, None], rows[:, None, :, None], cols[:, None, None, :]]
    return x
