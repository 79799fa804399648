"""Paths: two ends, a line between them, its pictures. The strip is decoded and scrubbed in the browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from explorer import anchors, engine, images, state
from explorer.anchors import Anchor
from explorer.engine import Card
from explorer.studio import bundle_available, path
from explorer.views import parts
from vae.records import Bytes, Floats, Latents

LINES = {"linear": "straight", "slerp": "around the origin"}
RANDOM, HERE, UPLOAD, ITEM = "Random from the prior", "Where Explore is", "The last encoded picture", "Any item"


@st.fragment
def draw(card: Card, latents: Latents) -> None:
    """The ends and the line, then the strip."""
    model = parts.live(card)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        a, b = (end(which, latents) for which in ("a", "b"))
        st.button(
            "Swap", key="path-swap", icon=":material/swap_horiz:", help="Walk the other way", on_click=swap, args=(a, b)
        )
        line = st.segmented_control(
            "Line", list(LINES), default=_line(), format_func=LINES.__getitem__, key="path-line", required=True,
            help="slerp keeps the distance from the origin, where a normal prior has its mass",
        )  # fmt: skip
        n = int(st.number_input("Pictures", 3, 41, _count(), 1, key="path-n", width=130))
        st.space("stretch")
        state.set_parameter("line", line)
        state.set_parameter("n", str(n))
        frames = engine.line(line, a.z, b.z, n)
        downloads(card, frames)
    state.publish()
    if not bundle_available():
        strip = images.strip(images.to_uint8(engine.decode(card, frames)))
        st.image(strip, width="stretch", alt=f"{n} pictures from {a.label} to {b.label}")
        return
    said = path(
        model, frames=frames.tolist(), labels=(a.label, b.label), view=state.session().view.to_json(), mode=line,
        key=f"{state.PATH}-{card.digest[:12]}",
    )  # fmt: skip
    if said.pick and said.pick.number != state.session().picked:
        pick = said.pick
        state.session().picked = pick.number
        state.set_parameter(pick.which, f"item.{pick.item}" if pick.item is not None else f"z.{state.pack(pick.z)}")
        st.rerun()


def end(which: str, latents: Latents) -> Anchor:
    """One end: a button that says what it is and opens the list of what it could be."""
    instead = anchors.first(latents)["ab".index(which)]
    try:
        now = anchors.resolve(state.parameter(which) or instead, latents)
    except ValueError as error:
        st.caption(str(error))
        now = anchors.resolve(instead, latents)
    options = [*latents.classes, ITEM, RANDOM, *([HERE] if state.z() else []), *([UPLOAD] if _encoded() else [])]
    st.menu_button(
        f"{which.upper()}: {now.label}", options, key=f"path-{which}", help="Choose this end anew", on_click=chosen,
        args=(which, latents),
    )  # fmt: skip
    return now


def chosen(which: str, latents: Latents) -> None:
    """An end was chosen from its list: a point that exists, or one drawn at random."""
    wish = st.session_state[f"path-{which}"]
    if wish == HERE:
        text = f"z.{state.pack(state.z() or ())}"
    elif wish == UPLOAD:
        text = f"z.{state.pack(_encoded())}"
    elif wish == RANDOM:
        text = f"prior.{secrets.randbelow(10**6)}"
    else:
        k = latents.classes.index(wish) if wish in latents.classes else -1
        text = f"item.{secrets.choice(anchors.rows_of(latents, k) or anchors.rows_of(latents, -1))}"
    state.set_parameter(which, text)


def swap(a: Anchor, b: Anchor) -> None:
    """Walk the other way."""
    state.set_parameter("a", b.text)
    state.set_parameter("b", a.text)


def downloads(card: Card, frames: Floats) -> None:
    """The strip as a picture, the walk as a GIF; made when asked for."""
    for kind, make in (("PNG", images.strip_png), ("GIF", images.gif)):
        st.download_button(
            kind, partial(_file, card, frames, make), f"{card.name}-path.{kind.lower()}", f"image/{kind.lower()}",
            icon=":material/download:", on_click="ignore", key=f"path-{kind}",
        )  # fmt: skip


def _file(card: Card, frames: Floats, make: Callable[[Bytes], bytes]) -> bytes:
    return make(images.to_uint8(engine.decode(card, frames)))


def _line() -> str:
    line = state.parameter("line", "linear")
    return line if line in LINES else "linear"


def _count() -> int:
    n = state.parameter("n", "11")
    return int(np.clip(int(n), 3, 41)) if n.isdecimal() and len(n) < 4 else 11


def _encoded() -> tuple[float, ...]:
    """Where the last picture that was encoded with this model lies; empty before there was one."""
    s = state.session()
    return s.encoded.z if s.encoded and s.encoded.digest == s.digest else ()


card = parts.guard()
try:
    draw(card, engine.maps(card)[0])
except engine.CheckpointError as error:
    st.error(str(error))
