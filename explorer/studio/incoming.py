"""What the live components report. A browser sends it, so every part is looked at: what does not fit is left out."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from explorer.studio import StudioModel

Vector = Sequence[float]
WORDS = ("map", "colour", "mode", "beside", "camera", "beside_camera", "focus", "under", "locks", "stage")  # of a view
NUMBERS = ("x", "y", "seed")
LONGEST = 2500  # letters of a word: 512 dimensions that are locked


@dataclass(frozen=True)
class Pick:
    """An end of the path that was picked on the map: `item` is a row of the latents, None for a point between them."""

    which: Literal["a", "b"]
    z: tuple[float, ...]
    item: int | None
    number: int  # grows with every pick, so that one is acted on once


def numbers(values: Vector, name: str, count: int) -> list[float]:
    """Finite Python floats, `count` of them; ValueError with the name otherwise."""
    plain = [float(v) for v in values]
    if len(plain) != count or not all(map(math.isfinite, plain)):
        raise ValueError(f"{name} must be {count} finite numbers, not {len(plain)} such as {plain[:3]}.")
    return plain


def pasted(state: Any) -> list[tuple[str, bytes]]:
    """The files in what the component reported: a browser sends it, so whatever is no file is left out."""
    files = state.get("pasted") if isinstance(state, Mapping) else None
    found = []
    for each in files if isinstance(files, list) else []:
        try:
            found.append((str(each["name"])[:200], base64.b64decode(each["data"], validate=True)))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def mine_of(state: Any, model: StudioModel) -> dict[str, Any]:
    """A report, if it is about this very model; {} otherwise."""
    return dict(state) if isinstance(state, Mapping) and state.get("digest") == model.digest else {}


def latent_of(values: Any, model: StudioModel) -> tuple[float, ...] | None:
    try:
        return tuple(numbers(values, "z", model.latent))
    except (TypeError, ValueError):
        return None


def committed(state: Any, model: StudioModel, seq: int) -> tuple[float, ...] | None:
    mine = mine_of(state, model)
    return latent_of(mine.get("z"), model) if mine.get("seq") == seq else None


def view_of(state: Any, model: StudioModel) -> dict[str, str | int]:
    view = mine_of(state, model).get("view")
    if not isinstance(view, Mapping):
        return {}
    words = {k: view[k][:LONGEST] for k in WORDS if isinstance(view.get(k), str)}
    return words | {k: view[k] for k in NUMBERS if isinstance(view.get(k), int)}


def seen(state: Any, model: StudioModel, seq: int) -> dict[str, str | int]:
    """A view, if Python has moved nothing since."""
    return view_of(state, model) if mine_of(state, model).get("seq") == seq else {}


def names_of(state: Any, model: StudioModel) -> dict[int, str] | None:
    names = mine_of(state, model).get("names")
    if not isinstance(names, Mapping):
        return None
    return {int(k): str(v)[:40] for k, v in names.items() if str(k).isdecimal() and int(k) < model.latent}


def at_of(state: Any, model: StudioModel) -> float | None:
    at = mine_of(state, model).get("at")
    return float(at) if isinstance(at, int | float) and math.isfinite(at) else None


def pick_of(state: Any, model: StudioModel) -> Pick | None:
    mine = mine_of(state, model)
    z, item = latent_of(mine.get("z"), model), mine.get("item")
    if z is None or mine.get("which") not in ("a", "b"):
        return None
    return Pick(mine["which"], z, item if isinstance(item, int) and item >= 0 else None, int(mine.get("number", 0)))


def png_of(state: Any) -> bytes | None:
    prefix = "data:image/png;base64,"
    if not (isinstance(state, str) and state.startswith(prefix)):
        return None
    try:
        return base64.b64decode(state[len(prefix) :], validate=True)
    except binascii.Error:
        return None
