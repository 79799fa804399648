"""Results of map requests on disk: SHELF/DIGEST/KEY, the digest of the latents, then the key of the request.

A result is one file, made.safetensors, written whole or not at all. Knows nothing of models or processes.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints import files
from vae.maps.requests import MapRequest, digest, key
from vae.records import Floats, Ints, Latents, Projection

RESULT = "made.safetensors"


@dataclass(frozen=True, eq=False)
class MapResult:
    """A map (`map`), or a value an item: numbers (`values`, NaN where there is none) or classes (`codes`, -1: none)."""

    title: str
    map: Projection | None = None
    values: Floats | None = None  # (N,)
    codes: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    trust: float | None = None  # trustworthiness of the map, 0 to 1
    laid: int = 0  # items that were laid out themselves, where the rest was placed by their neighbours
    request: dict[str, Any] = field(default_factory=dict)  # with its "kind"


def root() -> Path:
    """Where results are kept: VAE_MAPS_DIR, or `.maps` beside the runs. Never a checkpoint's own folder."""
    return Path(os.environ.get("VAE_MAPS_DIR") or Path(os.environ.get("VAE_RUNS_DIR") or "runs") / ".maps").resolve()


def folder(latents: Latents) -> Path:
    """The folder of all results of these latents."""
    return root() / digest(latents)


def place(latents: Latents, request: MapRequest) -> Path:
    """The folder of one result."""
    return folder(latents) / key(request)


def save(folder: Path, result: MapResult) -> None:
    """The result into its folder."""
    from safetensors.numpy import save as pack

    arrays: dict[str, NDArray[Any] | None] = {"values": result.values}
    arrays["codes"] = None if result.codes is None else result.codes.astype(np.int32)
    if result.map is not None:
        arrays |= {"xy": result.map.xy, "components": result.map.components, "center": result.map.center}
    about = {
        "title": result.title, "classes": result.classes, "trust": result.trust, "laid": result.laid,
        "what": result.request,
    }  # fmt: skip
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items() if array is not None}
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / RESULT, pack(tensors, {"about": json.dumps(about, ensure_ascii=False)}))


def load(folder: Path, arrays: bool = True) -> MapResult:
    """What `save` wrote; without its arrays where they are not wanted. Errors: CheckpointError with a sentence."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / RESULT, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            names = list(file.keys()) if arrays else []
            tensors = {name: file.get_tensor(name) for name in names}
        codes = tensors["codes"].astype(np.int64) if "codes" in tensors else None
        projection = None
        if "xy" in tensors:
            projection = Projection(folder.name, tensors["xy"], tensors.get("components"), tensors.get("center"))
        return MapResult(
            str(about["title"]), projection, tensors.get("values"), codes, tuple(about["classes"]), about["trust"],
            int(about["laid"]), dict(about["what"]),
        )  # fmt: skip
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise files.CheckpointError(f"{folder.name} cannot be read ({error}); remove it and make it again.") from None


def remove(folder: Path) -> None:
    """Take a result, or what is left of one, off the shelf."""
    aside = folder.with_name(f".gone-{folder.name}-{os.getpid()}-{time.monotonic_ns()}")
    try:
        folder.rename(aside)  # first out of sight, whole
    except FileNotFoundError:
        return
    shutil.rmtree(aside, ignore_errors=True)
