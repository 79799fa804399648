"""A CSV file -> a value for every encoded item, numbers or classes; or a sentence that says why it cannot be used.

The first line names the columns. Rows are the items in the map's order, unless a column says which they are: `item`,
numbers on the map, or `index`, rows of the data set. Nothing of a file becomes a path or markup.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from vae.maps.shelf import MapResult
from vae.records import Ints, Latents

MOST_BYTES = 32_000_000
MOST_COLUMNS = 40
CLASSES = 20  # the most classes told apart, the last of them "other" where there are more
NAME = 40  # letters of a name that are kept
MISSING = ("", "nan", "na", "n/a", "null", "none", "-", "inf", "-inf", "+inf")


class ColumnError(ValueError):
    """A file that cannot be used; the message is one sentence for people."""


def read(raw: bytes, latents: Latents) -> tuple[MapResult, ...]:
    """Every column of the file but the numbering. Errors: ColumnError."""
    names, rows = _table(raw)
    items, numbering = _items(names, rows, latents)
    columns = []
    for at, name in enumerate(names):
        if at == numbering:
            continue
        cells = [""] * len(latents)
        for row, item in zip(rows, items, strict=True):
            if item >= 0:
                cells[item] = row[at].strip()
        columns.append(_column(name, cells))
    if not columns:
        raise ColumnError("The file has only the items' numbers: add a column to colour by.")
    return tuple(columns)


def key(column: MapResult) -> str:
    """12 hexadecimal digits that stand for a column's name and content."""
    content = hashlib.sha256(column.title.encode())
    content.update(b"" if column.values is None else column.values.tobytes())
    content.update(b"" if column.codes is None else column.codes.tobytes() + "\0".join(column.classes).encode())
    return content.hexdigest()[:12]


def _table(raw: bytes) -> tuple[list[str], list[list[str]]]:
    if len(raw) > MOST_BYTES:
        raise ColumnError(f"The file has {len(raw) / 1e6:.0f} MB; at most {MOST_BYTES // 1_000_000} MB, please.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ColumnError("The file is not text (UTF-8): save the table as CSV.") from None
    if "\0" in text:
        raise ColumnError("The file is not text: save the table as CSV.")
    if not text.strip():
        raise ColumnError("The file is empty: its first line must name the columns, one row an item below it.")
    head = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        lines = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise ColumnError(f"The file is not CSV ({error}): save the table again.") from None
    names = _names(lines[0])
    for number, row in enumerate(lines[1:], 2):
        if len(row) != len(names):
            raise ColumnError(f"Row {number} has {len(row)} cells where the first line names {len(names)} columns.")
    return names, lines[1:]


def _names(head: Sequence[str]) -> list[str]:
    names = ["".join(c if c.isprintable() else " " for c in name) for name in head]
    names = [" ".join(name.split())[:NAME] for name in names]
    if len(names) > MOST_COLUMNS:
        raise ColumnError(f"The file has {len(names)} columns; at most {MOST_COLUMNS}, please.")
    if all(_number(name) is not None for name in names):
        raise ColumnError("The first line must name the columns, and holds only numbers.")
    for at, name in enumerate(names, 1):
        if not name:
            raise ColumnError(f"Column {at} has no name; the first line must name every column.")
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ColumnError(f"Two columns are called {repeated[0]!r}; give each its own name.")
    return names


def _items(names: Sequence[str], rows: Sequence[Sequence[str]], latents: Latents) -> tuple[Sequence[int], int]:
    """The item of every row of the file, -1 where the map does not show it; and the column that numbers them, or -1."""
    n, total = len(latents), max(latents.total, len(latents))
    lower = [name.lower() for name in names]
    numbering = next((lower.index(word) for word in ("item", "index") if word in lower), -1)
    item_of: dict[int, int] = {int(row): item for item, row in enumerate(latents.index)}
    if numbering < 0:
        if len(rows) == n:
            return range(n), -1
        if len(rows) == total:
            return [item_of.get(row, -1) for row in range(total)], -1
        also = f" or {total:,}, one for each item of the data set" if total != n else ""
        raise ColumnError(
            f"The file has {len(rows):,} rows of items, and must have {n:,}, one for each item of the map{also}; "
            "or a column named item or index that says which items they are."
        )
    name = names[numbering]
    numbers = [_whole(row[numbering], name, line) for line, row in enumerate(rows, 2)]
    if len(set(numbers)) < len(numbers):
        repeated = Counter(numbers).most_common(1)[0][0]
        raise ColumnError(f"The column {name!r} names {repeated} twice; each item once, please.")
    if lower[numbering] == "item":
        wrong = next((number for number in numbers if not 0 <= number < n), None)
        if wrong is not None:
            raise ColumnError(f"The column {name!r} names item {wrong}; the map has 0 to {n - 1}.")
        return numbers, numbering
    items = [item_of.get(number, -1) for number in numbers]
    if all(item < 0 for item in items):
        raise ColumnError(f"No row of the column {name!r} is an item of this map.")
    return items, numbering


def _whole(cell: str, name: str, line: int) -> int:
    value = _number(cell)
    if value is None or not value.is_integer():
        raise ColumnError(f"Row {line} has {cell.strip()[:30]!r} in the column {name!r}, which must be a whole number.")
    return int(value)


def _column(name: str, cells: Sequence[str]) -> MapResult:
    present = [cell for cell in cells if cell.lower() not in MISSING]
    if not present:
        raise ColumnError(f"The column {name!r} has no value for any item of the map.")
    if all(_number(cell) is not None for cell in present):
        numbers = [_number(cell) if cell.lower() not in MISSING else None for cell in cells]
        values = np.array([np.nan if v is None else v for v in numbers], np.float32)
        return MapResult(name, values=values, request={"kind": "column"})
    counts = Counter(present)
    if len(counts) > CLASSES and len(counts) == len(present):
        raise ColumnError(f"The column {name!r} has another word for every item: there are no classes to colour by.")
    codes, classes = _classes(cells, counts)
    return MapResult(name, codes=codes, classes=classes, request={"kind": "column"})


def _classes(cells: Sequence[str], counts: Counter[str]) -> tuple[Ints, tuple[str, ...]]:
    """A code (N,) for every cell, -1 where it is empty; the classes: the most frequent words, and "other"."""
    frequent = sorted(counts, key=lambda word: (-counts[word], word))
    many = len(frequent) > CLASSES
    words = frequent[: CLASSES - 1] if many else sorted(frequent)
    code_of = {word: code for code, word in enumerate(words)}
    other = len(words) if many else -1
    codes = [-1 if cell.lower() in MISSING else code_of.get(cell, other) for cell in cells]
    return np.array(codes, np.int64), (*(word[:NAME] for word in words), *(("other",) if many else ()))


def _number(cell: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 3e38 and "_" not in cell else None
