"""The two ends of a path: a button that says what an end is and opens the list of what it could be."""

from __future__ import annotations

import secrets

import streamlit as st

from explorer.state import anchors, session
from explorer.state.anchors import Anchor
from vae.records import Latents

RANDOM, HERE, UPLOAD, ITEM = "Random from the prior", "Where Explore is", "The last encoded picture", "Any item"


def draw(which: str, latents: Latents) -> Anchor:
    """One end, "a" or "b", with the list of what else it could be."""
    now = current(which, latents)
    options = [*latents.classes, ITEM, RANDOM, *([HERE] if session.z() else []), *([UPLOAD] if _encoded() else [])]
    st.menu_button(
        f"{which.upper()}: {now.label}", options, key=f"path-{which}", help="Choose this end anew", on_click=chosen,
        args=(which, latents),
    )  # fmt: skip
    return now


def current(which: str, latents: Latents) -> Anchor:
    """An end as the address says it; where that cannot be, a sentence and another end."""
    instead = anchors.first(latents)["ab".index(which)]
    try:
        return anchors.resolve(session.parameter(which) or instead, latents)
    except ValueError as error:
        st.caption(str(error))
        return anchors.resolve(instead, latents)


def chosen(which: str, latents: Latents) -> None:
    """An end was chosen from its list: a point that exists, or one drawn at random."""
    wish = st.session_state[f"path-{which}"]
    if wish == HERE:
        text = f"z.{session.pack(session.z() or ())}"
    elif wish == UPLOAD:
        text = f"z.{session.pack(_encoded())}"
    elif wish == RANDOM:
        text = f"prior.{secrets.randbelow(10**6)}"
    else:
        k = latents.classes.index(wish) if wish in latents.classes else -1
        text = f"item.{secrets.choice(anchors.rows_of(latents, k) or anchors.rows_of(latents, -1))}"
    session.set_parameter(which, text)


def swap(a: Anchor, b: Anchor) -> None:
    """Walk the other way."""
    session.set_parameter("a", b.text)
    session.set_parameter("b", a.text)


def _encoded() -> tuple[float, ...]:
    """Where the last picture that was encoded with this model lies; empty before there was one."""
    s = session.session()
    return s.encoded.z if s.encoded and s.encoded.digest == s.digest else ()
