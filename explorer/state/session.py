"""Where the visitor is, typed: a record with a part a page, and what changes it. The address bar is a copy of it.

Knows nothing of models or files: a digest is a string here. What a link says of it is `link`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from explorer.state.link import PAGE_PARAMETERS, Link
from explorer.state.steps import Step
from explorer.state.view import MapView, for_another_model
from vae.records import Floats

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


def current() -> Session:
    """This visitor's session, new on the first call."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = Session()
    session: Session = st.session_state[_SESSION]
    return session


def link_of(session: Session) -> Link:
    """The session as a link says it: where another browser finds the same screen."""
    here, lecture = session.parameters.get(session.page, {}), session.lecture
    parameters = {name: here[name] for name in PAGE_PARAMETERS.get(session.page, ()) if here.get(name)}
    return Link(
        session.model, session.digest[:12], session.explore.z.get(session.digest), session.explore.view, parameters,
        deck=lecture.deck, step=lecture.step, present=lecture.present,
    )  # fmt: skip


def choose(model: str, digest: str) -> None:
    """Make a model the current one."""
    session = current()
    if digest != session.digest:
        session.explore.view = for_another_model(session.explore.view)
    session.model, session.digest = model, digest


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
