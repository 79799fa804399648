"""A link: what an address says of where a visitor is, and the rule of every part of it.

`to_query` and `from_query` are each other's inverse, z to the bit: it travels as float32 in base64. Pure. A digest
is a string here. Knows nothing of the session, models or files.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from explorer.state.view import DEFAULTS, DIM, NUMBER, PARAMETERS, MapView
from vae.records import Floats

PAGE_PARAMETERS: dict[str, tuple[str, ...]] = {
    "explore": ("with", "with_at", "by", "space"),  # the second model, its digest, where its z comes from; the 3-D view
    "encode": ("item",),
    "paths": ("a", "b", "n", "line", "t"),
    "train": ("run",),
    "about": (),
}
PAGES_HAVE = {name for names in PAGE_PARAMETERS.values() for name in names}

RULES: dict[str, tuple[str, str]] = {  # what a value must look like, and the rule in words
    "at": ("[0-9a-f]{1,64}", "the first digits of a model's digest"),
    **{name: (f.metadata["pattern"], f.metadata["rule"]) for name, f in PARAMETERS.items()},
    "item": ("[0-9]{1,9}", "the number of an item"),
    "n": ("[0-9]{1,3}", "a number of pictures"),
    "line": (r"[\w-]{1,20}", "the name of a line"),
    "t": (NUMBER, "a place on the path"),
    "space": (rf"pca|{DIM}\.{DIM}\.{DIM}", "pca, or three latent dimensions with dots between"),
    "run": (r"[^/\\]{1,100}", "the name of a run"),
    "deck": ("[0-9a-f]{8}", "the name of a list of steps"),
    "step": ("[0-9]{1,3}", "the number of a step"),
    "present": ("1", "1, for the stage"),
}
MOST = 20_000  # letters of any other parameter


@dataclass(frozen=True)
class Link:
    """The address bar, read. `problem` is a sentence about the parts that could not be read."""

    model: str = ""
    digest: str = ""  # its first 12 digits
    z: tuple[float, ...] | None = None
    view: MapView = MapView()
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the page
    problem: str = ""
    deck: str = ""
    step: int = 0
    present: bool = False


def pack(z: tuple[float, ...] | Floats) -> str:
    """z -> base64url of little-endian float32, without padding; `unpack` is the inverse, to the bit."""
    return base64.urlsafe_b64encode(np.asarray(z, "<f4").tobytes()).decode().rstrip("=")


def unpack(text: str) -> tuple[float, ...]:
    """The inverse of `pack`. ValueError for anything else, and for numbers that are not finite."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        z = np.frombuffer(raw, "<f4")
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"z (={text[:20]!r}) must be whole float32 numbers in base64; copy the link again.") from error
    if not (len(z) and np.isfinite(z).all()):
        raise ValueError(f"z (={text[:20]!r}) must hold finite numbers; copy the link again.")
    return tuple(z.tolist())


def to_query(link: Link) -> dict[str, str]:
    """The address: what a link must say to reproduce the screen."""
    query = {"model": link.model, "at": link.digest[:12]} if link.model else {}
    if link.z:
        query["z"] = pack(link.z)
    view = link.view if link.view.mode == "sample" else replace(link.view, seed=MapView.seed)
    query |= {name: str(value) for name, value in view.to_json().items()}
    query |= {name: value for name, value in link.parameters.items() if value}
    lecture = {"deck": link.deck, "step": str(link.step or ""), "present": "1" if link.present else ""}
    return query | {name: value for name, value in lecture.items() if value and (link.deck or name == "present")}


def from_query(query: Mapping[str, str]) -> Link:
    """The inverse of `to_query`; what cannot be read becomes a sentence, never an error."""
    problems, z = [], None
    if query.get("z"):
        try:
            z = unpack(query["z"])
        except ValueError as error:
            problems.append(str(error))
    values = {}
    for name, (pattern, rule) in RULES.items():
        if (value := query.get(name, "")) and re.fullmatch(pattern, value, re.ASCII):
            values[name] = value
        elif value:
            problems.append(f"{name} (={value[:20]!r}) must be {rule}.")
    view = MapView.from_json({name: type(DEFAULTS[name])(values[name]) for name in DEFAULTS if name in values})
    parameters = {k: values.get(k, "") if k in RULES else v[:MOST] for k, v in query.items() if k in PAGES_HAVE}
    lecture = values.get("deck", ""), int(values.get("step", 0)), "present" in values
    return Link(query.get("model", ""), values.get("at", "")[:12], z, view, parameters, " ".join(problems), *lecture)
