"""Latents as files to download, CSV or NPZ; those of all items a piece at a time. Pure: knows nothing of models.

Whatever goes to a spreadsheet is written here: with the mark that makes it read UTF-8, and no name as a formula.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from vae.records import Latents

ROWS = 1024  # lines of CSV in one piece
PIECE = 1 << 20  # bytes of NPZ in one piece
MARK = "\ufeff".encode()  # before a CSV file, or spreadsheets misread the letters of names


def csv_pieces(latents: Latents) -> Iterator[bytes]:
    """One line an item: its number, its row in the data set, class, rec and KL (nats), all of its mean and sigma.

    Numbers are the shortest decimals that are the same float32. What the model does not have is left out. UTF-8.
    """
    labels, dims = _labels(latents), range(latents.dims)
    losses = {name: column for name in ("rec", "kl") if (column := getattr(latents, name)) is not None}
    header = ["item", "row", *(["label"] if labels else []), *losses]
    header += [f"z{d}" for d in dims] + [f"sigma{d}" for d in dims]
    yield MARK + lines([header])
    for first in range(0, len(latents), ROWS):
        here = slice(first, first + ROWS)
        rows = range(len(latents))[here]
        columns: list[Any] = [rows, latents.index[here], *([labels[here]] if labels else [])]
        numbers = np.column_stack([*(c[here] for c in losses.values()), latents.mean[here], latents.std[here]])
        texts = numbers.astype(np.float32).astype(str)
        yield lines([*cells, *line] for *cells, line in zip(*columns, texts.tolist(), strict=True))


def npz_pieces(latents: Latents) -> Iterator[bytes]:
    """mean and std (N, D), index (N,), and where the model has them label (N,), classes, rec and kl (N,) in nats."""
    arrays: dict[str, Any] = {name: getattr(latents, name) for name in ("mean", "std", "index", "rec", "kl")}
    arrays["label"] = latents.labels
    arrays["classes"] = np.array(latents.classes) if latents.classes else None
    with tempfile.TemporaryFile() as file:  # so that a million items need no memory of their own
        np.savez_compressed(file, **{name: array for name, array in arrays.items() if array is not None})
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def npz(**arrays: Any) -> bytes:
    """Arrays as one file, each under its name."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _labels(latents: Latents) -> list[str]:
    """The class of every item by its name."""
    if latents.labels is None:
        return []
    names = [quoted(name) for name in latents.classes]
    return [names[k] if 0 <= k < len(names) else str(k) if k >= 0 else "" for k in latents.labels.tolist()]


def quoted(name: str) -> str:
    """A name as a cell: one that a spreadsheet would take for a formula is quoted."""
    return f"'{name}" if name[:1] in "=+-@" and name else name


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows of cells as lines of CSV. UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
