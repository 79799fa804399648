"""Where the visitor is: every session key and every query parameter, typed, in this one file.

The truth is a `Session`; the address bar is a copy of it, which a link carries to another browser. Knows nothing of
models or files: a digest is a string here. z travels as float32 in base64, so a link reproduces the pixels exactly.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.state.steps import Step
from explorer.state.view import MapView
from vae.records import Floats

Page = Literal["explore", "encode", "paths", "train", "about"]
PAGE_PARAMETERS: dict[str, tuple[str, ...]] = {
    "explore": ("with", "with_at", "by", "space"),  # the second model, its digest, where its z comes from; the 3-D view
    "encode": ("item",),
    "paths": ("a", "b", "n", "line", "t"),
    "train": ("run",),
    "about": (),
}

# What a value in a link must look like, and the rule in words.
_DIM, _NUMBER = "[0-9]{1,4}", r"-?[0-9]{1,12}(\.[0-9]{1,12})?(e[+-]?[0-9]{1,2})?"
_MADE = "[0-9a-f]{12}"  # how a map or colours that were made on demand are named
RULES: dict[str, tuple[str, str]] = {
    "at": ("[0-9a-f]{1,64}", "the first digits of a model's digest"),
    "map": (r"[\w.+-]{1,40}", "the name of a map"),
    "x": (_DIM, "the number of a latent dimension"),
    "y": (_DIM, "the number of a latent dimension"),
    "colour": (r"[\w .+-]{1,60}", "the name of what the points are coloured by"),
    "mode": ("mean|sample|sigma", "mean, sample or sigma"),
    "beside": (r"[\w~.+-]{1,60}", "the name of a map, or raw~0~1"),
    "seed": ("[0-9]{1,9}", "a whole number that a sample begins with"),
    "camera": (f"{_NUMBER},{_NUMBER},{_NUMBER}", "three numbers: the middle of the map and how near it is"),
    "beside_camera": (
        f"{_NUMBER},{_NUMBER},{_NUMBER}",
        "three numbers: the middle of the second map and how near it is",
    ),
    "focus": ("-1|[0-9]{1,4}", "the number of a class"),
    "under": (r"(grid|density)(\.density)?", "grid, density or grid.density"),
    "locks": (rf"{_DIM}(\.{_DIM}){{0,511}}", "numbers of latent dimensions with dots between"),
    "stage": (rf"{_DIM}(\.{_DIM}){{0,511}}", "numbers of latent dimensions with dots between"),
    "item": ("[0-9]{1,9}", "the number of an item"),
    "n": ("[0-9]{1,3}", "a number of pictures"),
    "line": (r"[\w-]{1,20}", "the name of a line"),
    "t": (_NUMBER, "a place on the path"),
    "space": (rf"pca|{_DIM}\.{_DIM}\.{_DIM}", "pca, or three latent dimensions with dots between"),
    "run": (r"[^/\\]{1,100}", "the name of a run"),
    "deck": ("[0-9a-f]{8}", "the name of a list of steps"),
    "step": ("[0-9]{1,3}", "the number of a step"),
    "present": ("1", "1, for the stage"),
}
MOST = 20_000  # letters of any other parameter
RECENT = 16  # addresses that a browser may still say while a newer one is on its way

# Keys of widgets and components whose values are read elsewhere than where they are drawn.
STUDIO, PATH, PAD, PICKER = "studio", "path", "pad", "picker"
PASTE, WAY, STAGE, STEPS, SPACE = "paste", "encode-way", "stage", "steps", "space"
_SESSION = "session"


@dataclass(frozen=True)
class Encoded:
    """The last picture that went through the encoder: where it landed and what to call it."""

    digest: str
    z: tuple[float, ...]
    label: str


@dataclass
class Session:
    """One visitor's state. `seq` grows when Python, not the studio, moves z."""

    model: str = ""
    digest: str = ""
    page: str = "explore"
    z: dict[str, tuple[float, ...]] = field(default_factory=dict)  # by digest: a model is found as it was left
    view: MapView = MapView()
    seq: int = 0
    encoded: Encoded | None = None
    pasted: tuple[tuple[str, bytes], ...] = ()  # (name, file) of what was last pasted on the Encode page
    opened: int = -1  # the row of a batch that is looked at by itself
    kept: str = ""  # the picture whose improved z was kept
    refine_steps: int = 100  # of gradient, for an improvement
    turn: int = 0  # grows with every picture that is opened from a table
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)  # by page
    published: list[dict[str, str]] = field(default_factory=list)  # the addresses that this session wrote last
    picked: int = 0  # the number of the last end that was picked on a path's map
    notice: str = ""  # a sentence to be shown once: a link that did not fit
    deck: str = ""  # the name under which the steps of a lecture are kept
    talk: tuple[Step, ...] = ()  # these steps
    step: int = 0  # the number of the step that is shown, from 1; 0: none
    present: bool = False  # only the stage is shown
    refused: str = ""  # why a file of steps could not be opened


@dataclass(frozen=True)
class Link:
    """The address bar, read. `problem` is a sentence about the part that could not be read."""

    model: str = ""
    digest: str = ""  # its first 12 digits
    z: tuple[float, ...] | None = None
    view: MapView = MapView()
    parameters: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    deck: str = ""
    step: int = 0
    present: bool = False


# --- pure: links ------------------------------------------------------------------------------------------------------


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


def to_query(session: Session) -> dict[str, str]:
    """The address of a session: what a link must say to reproduce the screen."""
    query = {"model": session.model, "at": session.digest[:12]} if session.model else {}
    if z := session.z.get(session.digest):
        query["z"] = pack(z)
    view = session.view if session.view.mode == "sample" else replace(session.view, seed=-1)
    query |= {k: str(v) for k, v in view.to_json().items()}
    here = session.parameters.get(session.page, {})
    query |= {k: here[k] for k in PAGE_PARAMETERS.get(session.page, ()) if here.get(k)}
    lecture = {"deck": session.deck, "step": str(session.step or ""), "present": "1" if session.present else ""}
    return query | {k: v for k, v in lecture.items() if v and (session.deck or k == "present")}


def from_query(query: Mapping[str, str]) -> Link:
    """The inverse of `to_query`; what cannot be read becomes a sentence, never an error."""
    problems, z = [], None
    if query.get("z"):
        try:
            z = unpack(query["z"])
        except ValueError as error:
            problems.append(str(error))
    said = {}
    for name, (pattern, rule) in RULES.items():
        if (value := query.get(name, "")) and re.fullmatch(pattern, value, re.ASCII):
            said[name] = value
        elif value:
            problems.append(f"{name} (={value[:20]!r}) must be {rule}.")
    numbers = {f.name: isinstance(f.default, int) for f in fields(MapView)}
    view = MapView.from_json({k: int(v) if numbers[k] else v for k, v in said.items() if k in numbers})
    names = {name for several in PAGE_PARAMETERS.values() for name in several}
    parameters = {k: said.get(k, "") if k in RULES else v[:MOST] for k, v in query.items() if k in names}
    lecture = said.get("deck", ""), int(said.get("step", 0)), "present" in said
    return Link(query.get("model", ""), said.get("at", "")[:12], z, view, parameters, " ".join(problems), *lecture)


# --- the session ------------------------------------------------------------------------------------------------------


def session() -> Session:
    """This visitor's session, made on the first call."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = Session()
    found: Session = st.session_state[_SESSION]
    return found


def arrive(page: str) -> Link | None:
    """Note the page; return the link in the address bar, if it is one that this session did not write itself.

    A click may carry an address that this session has replaced since: that is no link, unless one went back to it.
    """
    s = session()
    s.page = page
    query = st.query_params.to_dict()
    ours = s.published if not _went_back() else s.published[-1:]
    if not query or query in ours:
        return None
    link = from_query(query)
    _note(query)
    s.parameters[page] = {k: v for k, v in link.parameters.items() if k in PAGE_PARAMETERS.get(page, ())}
    return link


def publish() -> None:
    """Copy the session into the address bar."""
    s = session()
    query = to_query(s)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    _note(query)


def _note(query: dict[str, str]) -> None:
    s = session()
    s.published = [*(each for each in s.published if each != query), query][-RECENT:]


def _went_back() -> bool:
    """Whether the browser's Back or Forward brought the address; Streamlit says so only in the run's context."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def choose(model: str, digest: str) -> None:
    """Make a model the current one."""
    s = session()
    if digest != s.digest:  # what is lit, locked, looked at closely or made of the items is another model's
        map_, colour, beside = (
            "" if re.fullmatch(_MADE, each) else each for each in (s.view.map, s.view.colour, s.view.beside)
        )
        s.view = replace(
            s.view, map=map_, colour=colour, beside=beside, camera="", beside_camera="", focus="", locks="", stage=""
        )
    s.model, s.digest = model, digest
    publish()


def z() -> tuple[float, ...] | None:
    """The committed z of the current model, or None before anything was moved."""
    s = session()
    return s.z.get(s.digest)


def commit(z: tuple[float, ...] | Floats) -> None:
    """The studio has come to rest at z."""
    s = session()
    s.z[s.digest] = tuple(np.asarray(z, np.float32).tolist())


def move(z: tuple[float, ...] | Floats) -> None:
    """Python moves z; the studio follows because `seq` grew."""
    commit(z)
    session().seq += 1


def parameter(name: str, default: str = "") -> str:
    """A query parameter of the current page."""
    s = session()
    return s.parameters.get(s.page, {}).get(name, default)


def set_parameter(name: str, value: str, page: str = "") -> None:
    """Set a query parameter of a page (the current one, if none is named)."""
    s = session()
    s.parameters.setdefault(page or s.page, {})[name] = value
