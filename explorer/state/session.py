"""Where the visitor is, typed: a record with a part a page, and what changes it. The address bar is a copy of it.

Knows nothing of models or files: a digest is a string here. z travels as float32 in base64, so a link reproduces the
pixels exactly.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import streamlit as st

from explorer.state.steps import Step
from explorer.state.view import MapView
from vae.records import Floats

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
_SESSION = "session"  # the one key of `st.session_state` that is no widget's


@dataclass(frozen=True)
class Encoded:
    """The last picture that went through the encoder: where it landed and what to call it."""

    digest: str
    z: tuple[float, ...]
    label: str


@dataclass
class ExploreState:
    """Where z is and what the map shows; Paths shows the same map."""

    z: dict[str, tuple[float, ...]] = field(default_factory=dict)  # by digest: a model is found as it was left
    view: MapView = MapView()
    seq: int = 0  # grows when Python, not the studio, moves z or the view


@dataclass
class EncodeState:
    """Where pictures come from, and what became of the last ones."""

    source: str = "item"  # "item" | "upload" | "draw" | "camera" | "paste"
    category: str = ""  # the class that items are taken from; any where empty
    pasted: tuple[tuple[str, bytes], ...] = ()  # (name, file) of the last paste
    opened_row: int = -1  # the row of a table that is shown by itself; -1: the table
    table: int = 0  # grows with every row that is opened, so that a table comes back without its selection
    encoded: Encoded | None = None
    improved_picture: str = ""  # the key of the picture whose improved q(z|x) replaces the encoder's
    refine_steps: int = 100  # of gradient, for an improvement


@dataclass
class PathsState:
    """What was picked on the map; the ends and the line stand in the address."""

    pick: int = 0  # the number of the last end that was picked, so that a pick is acted on once


@dataclass
class LectureState:
    """The steps of a lecture, and where in it one is."""

    deck: str = ""  # the name under which the steps are kept
    steps: tuple[Step, ...] = ()
    step: int = 0  # the number of the step that is shown, from 1; 0: none
    present: bool = False  # only the stage is shown
    refusal: str = ""  # why a file of steps could not be opened


@dataclass
class Session:
    """One visitor's state: the open model, and a part a page."""

    model: str = ""
    digest: str = ""
    page: str = "explore"
    notice: str = ""  # a sentence to be shown once: a link that did not fit
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)  # of the address, by page
    addresses: list[dict[str, str]] = field(default_factory=list)  # that this session wrote last
    edition: int = 0  # of the widgets that begin as the session's copies
    explore: ExploreState = field(default_factory=ExploreState)
    encode: EncodeState = field(default_factory=EncodeState)
    paths: PathsState = field(default_factory=PathsState)
    lecture: LectureState = field(default_factory=LectureState)


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
    if z := session.explore.z.get(session.digest):
        query["z"] = pack(z)
    shown, talk = session.explore.view, session.lecture
    view = shown if shown.mode == "sample" else replace(shown, seed=-1)
    query |= {k: str(v) for k, v in view.to_json().items()}
    here = session.parameters.get(session.page, {})
    query |= {k: here[k] for k in PAGE_PARAMETERS.get(session.page, ()) if here.get(k)}
    lecture = {"deck": talk.deck, "step": str(talk.step or ""), "present": "1" if talk.present else ""}
    return query | {k: v for k, v in lecture.items() if v and (talk.deck or k == "present")}


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


def current() -> Session:
    """This visitor's session, new on the first call."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = Session()
    session: Session = st.session_state[_SESSION]
    return session


def choose(model: str, digest: str) -> None:
    """Make a model the current one."""
    session = current()
    if digest != session.digest:  # what is lit, locked, enlarged or computed from the items belongs to the other model
        view = session.explore.view
        session.explore.view = replace(
            view, map=_shared(view.map), colour=_shared(view.colour), beside=_shared(view.beside),
            camera="", beside_camera="", focus="", locks="", stage="",
        )  # fmt: skip
    session.model, session.digest = model, digest


def _shared(name: str) -> str:
    """The name of a map or of colours that every model may have; "" if it was computed from one model's items."""
    return "" if re.fullmatch(_MADE, name) else name


def z() -> tuple[float, ...] | None:
    """The committed z of the current model, or None before z was moved."""
    session = current()
    return session.explore.z.get(session.digest)


def commit(z: tuple[float, ...] | Floats) -> None:
    """Take over the z at which the studio rests."""
    session = current()
    session.explore.z[session.digest] = tuple(np.asarray(z, np.float32).tolist())


def move(z: tuple[float, ...] | Floats) -> None:
    """Move z from Python; the studio follows because `seq` grew."""
    commit(z)
    current().explore.seq += 1


def parameter(name: str, default: str = "") -> str:
    """A query parameter of the current page."""
    session = current()
    return session.parameters.get(session.page, {}).get(name, default)


def set_parameter(name: str, value: str) -> None:
    """Set a query parameter of the current page."""
    session = current()
    session.parameters.setdefault(session.page, {})[name] = value


def follow(page: str, parameters: Mapping[str, str]) -> None:
    """Take over a page's parameters from a link or a step. The item that it names may be of any class."""
    session = current()
    session.parameters[page] = {k: v for k, v in parameters.items() if k in PAGE_PARAMETERS.get(page, ())}
    session.encode.category = ""
    if session.addresses:  # a page was drawn before
        refresh()


def refresh() -> None:
    """Let the widgets begin again as the session's copies: it was changed, and not by them."""
    current().edition += 1
