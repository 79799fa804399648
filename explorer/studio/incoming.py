"""What the live components report. A browser sends it, so every part is checked: what does not fit is left out.

Knows nothing of Streamlit, files or pages.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from explorer.state.view import MapView
from explorer.studio.payloads import By, ModelInfo, numbers

Turn = Literal["next", "previous", "leave"]
Point = tuple[float, ...]
File = tuple[str, bytes]  # its name, its content


@dataclass(frozen=True)
class Pick:
    """An end of the path that was picked on the map: `item` is a row of the latents, None for a point between them."""

    which: Literal["a", "b"]
    z: Point
    item: int | None
    number: int  # grows with every pick, so that one is acted on once


@dataclass(frozen=True)
class ComparisonRequest:
    """Another second model, by its name ("": none), and where its z comes from."""

    name: str
    by: By


def report_on(state: Any, model: ModelInfo, seq: int | None = None) -> dict[str, Any]:
    """A report about this very model, after the last move from Python if `seq` says which that was; {} otherwise."""
    fits = isinstance(state, Mapping) and state.get("digest") == model.digest
    return dict(state) if fits and seq in (None, state.get("seq")) else {}


def z_of(state: Any, model: ModelInfo, seq: int | None = None) -> Point | None:
    """Where the studio rests, if Python has not moved z since."""
    try:
        return tuple(numbers(report_on(state, model, seq).get("z"), "z", model.latent))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def view_of(state: Any, model: ModelInfo, seq: int) -> MapView | None:
    """What the map and the picture show, if Python has moved nothing since."""
    view = report_on(state, model, seq).get("view")
    return MapView.from_json(view) if view and isinstance(view, Mapping) else None


def names_of(state: Any, model: ModelInfo) -> dict[int, str] | None:
    """The names of all dimensions after one was renamed."""
    names = report_on(state, model).get("names")
    if not isinstance(names, Mapping):
        return None
    dims = {str(dim): dim for dim in range(model.latent)}
    return {dims[k]: str(name)[:40] for k, name in names.items() if k in dims}


def at_of(state: Any, model: ModelInfo, seq: int) -> float | None:
    """Where the scrubber of a path rests."""
    at = report_on(state, model, seq).get("at")
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 10**9 else None


def pick_of(state: Any, model: ModelInfo) -> Pick | None:
    """The last end that was picked on a path's map."""
    report, z = report_on(state, model), z_of(state, model)
    if z is None or (which := report.get("which")) not in ("a", "b"):
        return None
    return Pick(which, z, _count(report.get("item")), _count(report.get("number")) or 0)


def png_of(state: Any) -> bytes | None:
    """A drawing."""
    prefix = "data:image/png;base64,"
    if not (isinstance(state, str) and state.startswith(prefix)):
        return None
    try:
        return base64.b64decode(state[len(prefix) :], validate=True)
    except binascii.Error:
        return None


def files_of(state: Any) -> list[File]:
    """Pictures that were pasted."""
    entries = state.get("pasted") if isinstance(state, Mapping) else None
    files = []
    for entry in entries if isinstance(entries, list) else []:
        try:
            files.append((str(entry["name"])[:200], base64.b64decode(entry["data"], validate=True)))
        except (KeyError, TypeError, ValueError):
            continue
    return files


def turn_of(state: Any) -> Turn | None:
    """A key of the clicker, or a button of the stage."""
    turn = state.get("turn") if isinstance(state, Mapping) else None
    return next((way for way in get_args(Turn) if way == turn), None)


def item_of(state: Any) -> int | None:
    """The row of an item that was clicked in a figure."""
    return _count(state.get("item")) if isinstance(state, Mapping) else None


def comparison_of(state: Any, model: ModelInfo) -> ComparisonRequest | None:
    """What was chosen in the menu of models to compare."""
    report = report_on(state.get("compare") if isinstance(state, Mapping) else None, model)
    name, by = report.get("name"), next((way for way in get_args(By) if way == report.get("by")), None)
    return ComparisonRequest(name, by) if isinstance(name, str) and len(name) < 256 and by is not None else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
