"""The two ends of a path: a button that names an end and opens the list of what it could be."""

from __future__ import annotations

import secrets

import streamlit as st

from explorer.state import anchors, session, widgets
from explorer.state.anchors import Anchor
from explorer.state.link import pack
from vae.records import Latents

RANDOM, HERE, UPLOAD, ITEM = "Random from the prior", "The point in Explore", "The last encoded picture", "Any item"


def draw(which: str, latents: Latents) -> Anchor:
    """One end, "a" or "b", with the list of what else it could be."""
    end = current(which, latents)
    options = [*latents.classes, ITEM, RANDOM, *([HERE] if session.z() else []), *([UPLOAD] if _encoded() else [])]
    st.menu_button(
        f"{which.upper()}: {end.label}", options, key=widgets.path_end(which), help="Choose another end",
        on_click=choose, args=(which, latents),
    )  # fmt: skip
    return end


def current(which: str, latents: Latents) -> Anchor:
    """An end as the address says it; where that cannot be, a sentence and another end."""
    instead = anchors.first(latents)["ab".index(which)]
    try:
        return anchors.resolve(session.parameter(which) or instead, latents)
    except ValueError as error:
        st.caption(str(error))
        return anchors.resolve(instead, latents)


def choose(which: str, latents: Latents) -> None:
    """Take over the choice from the list of an end: a point that exists, or a random one."""
    choice = widgets.value(widgets.path_end(which))
    if choice == HERE:
        text = f"z.{pack(session.z() or ())}"
    elif choice == UPLOAD:
        text = f"z.{pack(_encoded())}"
    elif choice == RANDOM:
        text = f"prior.{secrets.randbelow(10**6)}"
    else:
        k = latents.classes.index(choice) if choice in latents.classes else -1
        text = f"item.{secrets.choice(anchors.rows_of(latents, k) or anchors.rows_of(latents, -1))}"
    session.set_parameter(which, text)


def swap(a: Anchor, b: Anchor) -> None:
    """Reverse the path."""
    session.set_parameter("a", b.text)
    session.set_parameter("b", a.text)


def _encoded() -> tuple[float, ...]:
    """Where the last picture that this model encoded lies; empty before there is one."""
    here = session.current()
    encoded = here.encode.encoded
    return encoded.z if encoded and encoded.digest == here.digest else ()
