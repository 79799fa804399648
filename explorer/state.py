"""Where the visitor is: every session key and every query parameter, typed, in this one file.

The truth is a `Session`; the address bar is a copy of it, which a link carries to another browser. Knows nothing of
models or files: a digest is a string here. z travels as float32 in base64, so a link reproduces the pixels exactly.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np
import streamlit as st

from vae.records import Floats

Page = Literal["explore", "encode", "paths", "train", "about"]
PAGE_PARAMETERS: dict[str, tuple[str, ...]] = {
    "explore": ("with", "with_at", "by"),  # the second model, its digest, where its z comes from
    "encode": ("item",),
    "paths": ("a", "b", "n", "line"),
    "train": ("run",),
    "about": (),
}

# Keys of widgets and components whose values are read elsewhere than where they are drawn.
STUDIO, PATH, PAD, PICKER = "studio", "path", "pad", "picker"
_SESSION = "session"


@dataclass(frozen=True)
class MapView:
    """What the map and the picture show. Empty words leave the choice to the studio."""

    map: str = ""  # "raw" | "pca" | "umap"
    x: int = 0  # the two dimensions of a raw map
    y: int = 1
    colour: str = ""  # "label", "kl", "z3", ...
    mode: str = ""  # "mean" | "sample" | "sigma"
    beside: str = ""  # a second map: "umap", or "raw~3~7" for two dimensions; none where empty

    def to_json(self) -> dict[str, str | int]:
        """Only what was chosen: a default is left out."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    @classmethod
    def from_json(cls, value: Mapping[str, str | int]) -> MapView:
        """The inverse of `to_json`; keys that are not known here are left out."""
        x, y = (n if isinstance(n := value.get(axis), int) else d for axis, d in (("x", cls.x), ("y", cls.y)))
        words = {name: str(value.get(name, "")) for name in ("map", "colour", "mode", "beside")}
        return cls(words["map"], x, y, words["colour"], words["mode"], words["beside"])


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
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)  # by page
    published: dict[str, str] = field(default_factory=dict)  # the address as this session wrote it
    picked: int = 0  # the number of the last end that was picked on a path's map
    notice: str = ""  # a sentence to be shown once: a link that did not fit


@dataclass(frozen=True)
class Link:
    """The address bar, read. `problem` is a sentence about the part that could not be read."""

    model: str = ""
    digest: str = ""  # its first 12 digits
    z: tuple[float, ...] | None = None
    view: MapView = MapView()
    parameters: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


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
    query |= {k: str(v) for k, v in session.view.to_json().items()}
    here = session.parameters.get(session.page, {})
    return query | {k: here[k] for k in PAGE_PARAMETERS.get(session.page, ()) if here.get(k)}


def from_query(query: Mapping[str, str]) -> Link:
    """The inverse of `to_query`; what cannot be read becomes a sentence, never an error."""
    problems, z = [], None
    if query.get("z"):
        try:
            z = unpack(query["z"])
        except ValueError as error:
            problems.append(str(error))
    view = MapView(
        map=query.get("map", ""),
        colour=query.get("colour", ""),
        mode=query.get("mode", ""),
        beside=query.get("beside", ""),
    )
    for axis in ("x", "y"):
        if (value := query.get(axis)) is None:
            continue
        if value.isascii() and value.isdigit() and len(value) < 5:
            view = replace(view, x=int(value)) if axis == "x" else replace(view, y=int(value))
        else:
            problems.append(f"{axis} (={value!r}) must be the number of a latent dimension.")
    names = {name for several in PAGE_PARAMETERS.values() for name in several}
    parameters = {k: v for k, v in query.items() if k in names}
    return Link(query.get("model", ""), query.get("at", "")[:12], z, view, parameters, " ".join(problems))


# --- the session ------------------------------------------------------------------------------------------------------


def session() -> Session:
    """This visitor's session, made on the first call."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = Session()
    found: Session = st.session_state[_SESSION]
    return found


def arrive(page: str) -> Link | None:
    """Note the page; return the link in the address bar, if it is one that this session did not write itself."""
    s = session()
    s.page = page
    query = st.query_params.to_dict()
    if not query or query == s.published:
        return None
    link = from_query(query)
    s.published = query
    s.parameters[page] = {k: v for k, v in link.parameters.items() if k in PAGE_PARAMETERS.get(page, ())}
    return link


def publish() -> None:
    """Copy the session into the address bar."""
    s = session()
    query = to_query(s)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    s.published = query


def choose(model: str, digest: str) -> None:
    """Make a model the current one."""
    s = session()
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
