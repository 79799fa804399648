"""The records on disk: whole or not at all, readable without torch.

Latents and maps are one safetensors file, the history a CSV file, the metrics JSON. Knows nothing of models.
"""

from __future__ import annotations

import csv
import io
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.records import Histograms, Latents, Progress, Projection

LATENTS, HISTORY, METRICS = "latents.safetensors", "history.csv", "metrics.json"
WHOLE = (
    "config.json",
    "model.safetensors",
    "train.json",
    LATENTS,
    METRICS,
    HISTORY,
    "encoder.onnx",
    "decoder.onnx",
    "thumb.png",
    "README.md",
)  # fmt: skip  (the files of a complete checkpoint)
BINS = 48
_COLUMNS = [f.name for f in fields(Progress) if f.name != "valid"]
_VALID = ["elbo", "rec", "kl"]


class CheckpointError(ValueError):
    """A folder or file that cannot be used, for the reason in the message, one sentence."""


def write(path: Path, content: bytes | str) -> None:
    """Writes under another name, then renames: a reader sees the old file or the new one, never half of either."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def folder(path: Path | str, make: bool = True) -> Path:
    """A folder to write into; creates it unless `make` is False. Errors: CheckpointError where a file has its name."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise CheckpointError(f"{path} is a file, but must be a folder: name another one.")
    if make:
        path.mkdir(parents=True, exist_ok=True)
    return path


def write_json(path: Path, value: Any) -> None:
    """JSON for people: indented, NaN as null. See `write`."""
    write(path, json.dumps(_finite(value), indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Errors: CheckpointError with the reason."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read ({_brief(error)}).") from None
    if not isinstance(value, dict):
        raise CheckpointError(f"{path.name} must hold an object, but holds {type(value).__name__}.")
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _brief(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:120] or type(error).__name__


# --- latents and maps -------------------------------------------------------------------------------------------------


def histograms(mean: NDArray[np.float32], bins: int = BINS, least: float = 3.0) -> Histograms:
    """Counts of the encoded means, mean (N, D), per dimension over ±r, r the 99.9 % quantile of |mean|, or `least`.

    The few items beyond r are counted in the outermost bins, so each row of counts sums to N.
    """
    reach = np.maximum(np.quantile(np.abs(mean), 0.999, axis=0), least).astype(np.float32)
    edges = np.linspace(-reach, reach, bins + 1, axis=1, dtype=np.float32)
    inside = np.clip(mean, -reach, reach)
    counts = [np.histogram(column, edge)[0] for column, edge in zip(inside.T, edges, strict=True)]
    return Histograms(np.stack(counts).astype(np.int64), edges)


def write_latents(folder: Path, latents: Latents, maps: tuple[Projection, ...]) -> None:
    """latents.safetensors: posteriors, labels, factors, losses, maps, histograms of many items; a text header."""
    from safetensors.numpy import save

    n = len(latents)
    # Without a posterior variance no KL pulls the latents to N(0, 1): their histogram is as wide as they are.
    hist = histograms(latents.mean, least=3.0 if latents.kl_per_dim is not None else 1e-6)
    labels = np.full(n, -1) if latents.labels is None else latents.labels
    tensors: dict[str, NDArray[Any]] = {
        "mean": latents.mean, "std": latents.std, "index": latents.index.astype(np.int32),
        "label": labels.astype(np.int32), "hist/counts": hist.counts.astype(np.int32), "hist/edges": hist.edges,
    }  # fmt: skip
    optional = {"factors": latents.factors, "kl": latents.kl_per_dim, "rec": latents.rec, "kl_item": latents.kl}
    for plane in maps:
        tensors[f"xy/{plane.name}"] = plane.xy
        optional[f"{plane.name}/components"] = plane.components
        optional[f"{plane.name}/center"] = plane.center
    tensors |= {name: array for name, array in optional.items() if array is not None}
    header = {
        "split": latents.split, "data": latents.data, "total": str(latents.total or n),
        "classes": json.dumps(latents.classes, ensure_ascii=False),
        "factor_names": json.dumps(latents.factor_names, ensure_ascii=False),
        "maps": json.dumps([plane.name for plane in maps]),
    }  # fmt: skip
    # One layout for all arrays: safetensors would write a transposed view in its own order.
    write(folder / LATENTS, save({k: np.ascontiguousarray(v) for k, v in tensors.items()}, header))


def read_latents(folder: Path) -> tuple[Latents, tuple[Projection, ...], Histograms]:
    """The records of `write_latents`. Errors: CheckpointError for a missing or damaged file."""
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / LATENTS
    if not path.is_file():
        raise CheckpointError(f"{path.name} is missing: `vae project {folder}` writes it again.")
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        return _parse(tensors, header)
    except (OSError, SafetensorError, KeyError, ValueError, struct.error) as error:
        raise CheckpointError(
            f"{path.name} is damaged ({_brief(error)}): `vae project {folder}` writes it again."
        ) from None


def _parse(
    tensors: dict[str, NDArray[Any]], header: dict[str, str]
) -> tuple[Latents, tuple[Projection, ...], Histograms]:
    names = json.loads(header.get("maps", "[]")) or sorted(k[3:] for k in tensors if k.startswith("xy/"))
    label = tensors["label"].astype(np.int64)
    latents = Latents(
        tensors["mean"], tensors["std"], tensors["index"].astype(np.int64),
        labels=None if (label < 0).all() else label,
        classes=tuple(json.loads(header.get("classes", "[]"))),
        factors=tensors.get("factors"), factor_names=tuple(json.loads(header.get("factor_names", "[]"))),
        split=header.get("split", "test"), kl_per_dim=tensors.get("kl"), rec=tensors.get("rec"),
        kl=tensors.get("kl_item"), data=header.get("data", ""), total=int(header.get("total", len(label))),
    )  # fmt: skip
    maps = tuple(
        Projection(name, tensors[f"xy/{name}"], tensors.get(f"{name}/components"), tensors.get(f"{name}/center"))
        for name in names
    )
    return latents, maps, Histograms(tensors["hist/counts"].astype(np.int64), tensors["hist/edges"])


# --- history and metrics ----------------------------------------------------------------------------------------------


def history_row(progress: Progress | None = None) -> str:
    """One line of history.csv, or its header: the fields of `Progress`, then valid_elbo, valid_rec, valid_kl."""
    row: list[Any] = [*_COLUMNS, *(f"valid_{name}" for name in _VALID)]
    if progress is not None:
        row = [getattr(progress, name) for name in _COLUMNS]
        row = [f"{v:.6g}" if isinstance(v, float) else v for v in row]
        row += [f"{progress.valid[name]:.6g}" if name in progress.valid else "" for name in _VALID]
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    return line.getvalue()


def read_history(folder: Path, name: str = HISTORY) -> tuple[Progress, ...]:
    """Every report of a run, in order; none where there is no file. Leaves out a last line that is incomplete.

    Errors: CheckpointError for a damaged file.
    """
    path = Path(folder) / name
    if not path.is_file():
        return ()
    text = path.read_text(encoding="utf-8", errors="replace")
    whole = text[: text.rfind("\n") + 1]
    rows = csv.DictReader(io.StringIO(whole))
    try:
        return tuple(_progress(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{name} is damaged ({_brief(error)}): delete it.") from None


def _progress(row: dict[str, str]) -> Progress:
    kinds = {f.name: int if f.type == "int" else float for f in fields(Progress)}
    values: dict[str, Any] = {name: kinds[name](row[name]) for name in _COLUMNS}
    valid = {name: float(row[f"valid_{name}"]) for name in _VALID if row.get(f"valid_{name}")}
    return Progress(**values, valid=valid)


def read_metrics(folder: Path) -> dict[str, Any]:
    """The object in metrics.json; {} where there is none. Errors: CheckpointError for a damaged file."""
    path = Path(folder) / METRICS
    return read_json(path) if path.exists() else {}
