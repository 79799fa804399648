"""Paths: two ends, a line between them, its pictures. The strip is decoded and scrubbed in the browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from explorer.drawing import files, images
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.state.anchors import Anchor
from explorer.state.view import MapView
from explorer.studio import bundle_available, path
from explorer.views import shared
from explorer.views.paths import ends
from vae.records import Bytes, Floats, Latents

LINES = {"linear": "straight", "slerp": "around the origin"}
HELP = (
    "As many from A to B, both counted. The line around the origin (slerp) keeps the distance from it, where a normal "
    "prior has its mass; the straight one comes nearer."
)


@st.fragment
def draw(card: Card, latents: Latents) -> None:
    """The ends and the line, then the strip; an end that was picked on the map is taken over once."""
    stage = session.session().present
    if stage:  # what is set up before is not shown to an audience
        a, b = (ends.current(which, latents) for which in ("a", "b"))
        line, n = _line(), _count()
        frames = models.line(line, a.z, b.z, n)
    else:
        a, b, line, n, frames = setup(card, latents)
    session.publish()
    if not bundle_available():
        strip = images.strip(images.to_uint8(models.decode(card, frames)))
        st.image(strip, width="stretch", alt=f"{n} pictures from {a.label} to {b.label}")
        return
    said = path(
        shared.live(card), frames=frames.tolist(), labels=(a.label, b.label), view=session.session().view.to_json(),
        seq=session.session().seq, at=_at(n), mode=line, stage=stage, key=f"{session.PATH}-{card.digest[:12]}",
    )  # fmt: skip
    if said.at is not None:
        session.set_parameter("t", f"{said.at:.4g}")
    if said.view:
        session.session().view = MapView.from_json(said.view)
    session.publish()
    if said.pick and said.pick.number != session.session().picked:
        pick = said.pick
        session.session().picked = pick.number
        session.set_parameter(pick.which, f"item.{pick.item}" if pick.item is not None else f"z.{session.pack(pick.z)}")
        st.rerun()


def setup(card: Card, latents: Latents) -> tuple[Anchor, Anchor, str, int, Floats]:
    """The row above the map: both ends, the kind of line, the number of its pictures, and what they are saved as."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        a, b = (ends.draw(which, latents) for which in ("a", "b"))
        st.button("Swap", "path-swap", "Walk the other way", ends.swap, (a, b), icon=":material/swap_horiz:")
        line, n = shape()
        st.space("stretch")
        frames = models.line(line, a.z, b.z, n)
        downloads(card, frames)
    return a, b, line, n, frames


def shape() -> tuple[str, int]:
    """The kind of line and the number of its pictures, as they are in the address."""
    line = st.segmented_control(
        "Line", list(LINES), default=_line(), format_func=LINES.__getitem__, key="path-line", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        n = int(st.number_input("Pictures", 3, 41, _count(), 1, key="path-n", width=120, label_visibility="collapsed"))
        st.markdown(":gray[pictures]", help=HELP, width="content")
    session.set_parameter("line", line)
    session.set_parameter("n", str(n))
    return line, n


def downloads(card: Card, frames: Floats) -> None:
    """The strip as a picture, the walk as a film, its latents; made when asked for."""
    with st.popover("Save", icon=":material/download:"), st.container(gap=None):
        for kind, (said, media, make) in FILES.items():
            st.download_button(
                said, partial(make, card, frames), f"{card.name}-path.{kind}", media,
                on_click="ignore", key=f"path-{kind}", type="tertiary",
            )  # fmt: skip


def _pictures(make: Callable[[Bytes], bytes], card: Card, frames: Floats) -> bytes:
    return make(images.to_uint8(models.decode(card, frames)))


def _numbers(_: Card, frames: Floats) -> bytes:
    return files.npz(z=frames)


FILES: dict[str, tuple[str, str, Callable[[Card, Floats], bytes]]] = {
    "png": ("Strip, PNG", "image/png", partial(_pictures, images.strip_png)),
    "gif": ("Film, GIF", "image/gif", partial(_pictures, images.gif)),
    "webp": ("Film, WebP", "image/webp", partial(_pictures, images.webp)),
    "npz": ("Latents, NPZ", "application/octet-stream", _numbers),
}


def _line() -> str:
    line = session.parameter("line", "linear")
    return line if line in LINES else "linear"


def _at(n: int) -> float:
    """Where the scrubber stands, 0 to n - 1."""
    return float(np.clip(float(session.parameter("t") or 0), 0, n - 1))


def _count() -> int:
    n = session.parameter("n", "11")
    return int(np.clip(int(n), 3, 41)) if n.isdecimal() and len(n) < 4 else 11


card = shared.guard()
try:
    draw(card, models.maps(card)[0])
except models.CheckpointError as error:
    st.error(str(error))
