"""Many encoded pictures as one record, as a table, and as files to download. Pure: knows nothing of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.drawing import files, images, words
from vae.records import Bytes, Floats, Latents, Rank

THUMB = 56  # pixels in the table
MEANS = 32  # columns of means in the table; the files have all


@dataclass(frozen=True, eq=False)
class Batch:
    """N pictures through a model, row by row, and the files that are no pictures."""

    names: tuple[str, ...]
    pixels: Bytes  # (N, C, H, W), as the model saw them
    codes: Latents  # (N, D)
    ranks: tuple[tuple[Rank, ...], ...]  # of each picture, beside the encoded items
    near: tuple[str, ...]  # the class of the nearest item; "" where there are no classes
    places: dict[str, Floats] = field(default_factory=dict)  # map -> (N, 2)
    refused: tuple[tuple[str, str], ...] = ()  # (name, reason)
    note: str = ""

    def __len__(self) -> int:
        return len(self.names)


def empty(refused: tuple[tuple[str, str], ...], note: str = "") -> Batch:
    """The batch of files among which there is no picture."""
    none = np.empty((0, 0), np.float32)
    return Batch(
        (), np.empty((0, 1, 1, 1), np.uint8), Latents(none, none, np.empty(0, np.int64)), (), (), {}, refused, note
    )


def joined(parts: Sequence[Latents]) -> Latents:
    """Latents one after the other, as one."""
    mean, std = (np.concatenate([getattr(part, name) for part in parts]) for name in ("mean", "std"))
    losses: dict[str, Any] = {}
    for name in ("rec", "kl"):
        columns = [getattr(part, name) for part in parts]
        losses[name] = None if any(column is None for column in columns) else np.concatenate(columns)
    return Latents(mean, std, np.arange(len(mean), dtype=np.int64), total=len(mean), **losses)


def table(batch: Batch, names: Sequence[str]) -> dict[str, Any]:
    """Columns for the page, in their order; a column that the model or the data lack is left out."""
    codes = batch.codes
    columns: dict[str, Any] = {"picture": [_thumb(picture) for picture in batch.pixels], "name": list(batch.names)}
    if any(batch.near):
        columns["nearest class"] = list(batch.near)
    columns["unlike the data"] = [words.unlike(ranks) for ranks in batch.ranks]
    if codes.rec is not None and codes.kl is not None:
        columns |= {"ELBO": codes.rec - codes.kl, "rec": codes.rec}
    if codes.kl is not None:
        columns["KL"] = codes.kl
    columns |= {name: _percentiles(batch, measure) for name, measure in (("cost", "elbo"), ("distance", "distance"))}
    columns |= {f"μ {name}": codes.mean[:, k] for k, name in enumerate(names[:MEANS])}
    return {name: column for name, column in columns.items() if column is not None}


def to_csv(batch: Batch, names: Sequence[str]) -> bytes:
    """One line a picture: name, nearest class, ELBO, rec, KL (nats), percentiles, every mean and sigma. UTF-8."""
    codes = batch.codes
    columns: dict[str, Any] = {"name": batch.names, "nearest_class": batch.near}
    if codes.rec is not None and codes.kl is not None:
        columns |= {"elbo": codes.rec - codes.kl, "rec": codes.rec}
    columns |= {"kl": codes.kl, "cost_percentile": _percentiles(batch, "elbo")}
    columns["distance_percentile"] = _percentiles(batch, "distance")
    columns |= {f"mu_{name}": codes.mean[:, k] for k, name in enumerate(names)}
    columns |= {f"sigma_{name}": codes.std[:, k] for k, name in enumerate(names)}
    columns = {name: column for name, column in columns.items() if column is not None}
    cells = ([_cell(value) for value in column] for column in columns.values())
    return files.MARK + files.lines([list(columns), *zip(*cells, strict=True)])


def to_npz(batch: Batch) -> bytes:
    """names (N,), mu and sigma (N, D), pictures (N, C, H, W) as the model saw them, and rec and kl in nats."""
    losses = {name: getattr(batch.codes, name) for name in ("rec", "kl") if getattr(batch.codes, name) is not None}
    return files.npz(
        names=np.array(batch.names), mu=batch.codes.mean, sigma=batch.codes.std, pictures=batch.pixels, **losses
    )


def _percentiles(batch: Batch, measure: str) -> Floats | None:
    values = [next((r.percentile for r in ranks if r.measure == measure), None) for ranks in batch.ranks]
    return None if None in values else np.array(values, np.float32)


def _thumb(picture: Bytes) -> str:
    return images.address(images.png(images.upscale(picture, max(1, THUMB // max(picture.shape[1:])))))


def _cell(value: Any) -> str:
    return files.quoted(value) if isinstance(value, str) else f"{float(value):.7g}"
