"""Paths: two ends, a line between them, its pictures. The strip is decoded and scrubbed in the browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from explorer.drawing import files, images
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import address, session, widgets
from explorer.state.anchors import Anchor
from explorer.state.link import pack
from explorer.studio.bundle import bundle_available
from explorer.studio.components import PathReport, path
from explorer.views import shared
from explorer.views.paths import ends
from vae.records import Bytes, Floats, Latents

LINES = {"linear": "straight", "slerp": "around the origin"}
FEWEST, USUAL, MOST = 3, 11, 41  # pictures
HELP = (
    "Pictures from A to B, both included. The line around the origin (slerp) keeps its distance from the origin, where "
    "a normal prior has its mass; the straight one passes closer to it."
)


@st.fragment
def draw(card: Card, latents: Latents) -> None:
    """The ends and the line, then the strip."""
    here = session.current()
    if here.lecture.present:  # an audience does not see how the path was set up
        a, b = (ends.current(which, latents) for which in ("a", "b"))
        frames = models.line(_line(), a.z, b.z, _count())
    else:
        a, b, frames = setup(card, latents)
    address.publish()
    if not bundle_available():
        strip = images.strip(images.to_uint8(models.decode(card, frames)))
        st.image(strip, width="stretch", alt=f"{len(frames)} pictures from {a.label} to {b.label}")
        return
    report = path(
        shared.live(card), frames=frames.tolist(), labels=(a.label, b.label), view=here.explore.view,
        seq=here.explore.seq, at=_at(len(frames)), mode=_line(), stage=here.lecture.present,
        key=f"{widgets.PATH}-{card.digest[:12]}",
    )  # fmt: skip
    follow(report)


def follow(report: PathReport) -> None:
    """Take over what the strip and the map report; an end that was picked on the map is taken over once."""
    here = session.current()
    if report.at is not None:
        session.set_parameter("t", f"{report.at:.4g}")
    if report.view:
        here.explore.view = report.view
    address.publish()
    if (pick := report.pick) and pick.number != here.paths.pick:
        here.paths.pick = pick.number
        text = f"item.{pick.item}" if pick.item is not None else f"z.{pack(pick.z)}"
        session.set_parameter(pick.which, text)
        st.rerun()


def setup(card: Card, latents: Latents) -> tuple[Anchor, Anchor, Floats]:
    """The row above the map: both ends, the kind of line, the number of its pictures, and the downloads."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        a, b = (ends.draw(which, latents) for which in ("a", "b"))
        st.button("Swap", "path-swap", "Reverse the path", ends.swap, (a, b), icon=":material/swap_horiz:")
        shape()
        st.space("stretch")
        frames = models.line(_line(), a.z, b.z, _count())
        downloads(card, frames)
    return a, b, frames


def shape() -> None:
    """The kind of line and the number of its pictures; both stand in the address."""
    line = st.segmented_control(
        "Line", list(LINES), default=_line(), format_func=LINES.__getitem__, key=widgets.key(widgets.PATH_LINE),
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        n = st.number_input(
            "Pictures", FEWEST, MOST, _count(), 1, key=widgets.key(widgets.PATH_COUNT), width=120,
            label_visibility="collapsed",
        )  # fmt: skip
        st.markdown(":gray[pictures]", help=HELP, width="content")
    session.set_parameter("line", line)
    session.set_parameter("n", str(n))


def downloads(card: Card, frames: Floats) -> None:
    """The strip as a picture, the walk as a film, its latents; written when asked for."""
    with st.popover("Save", icon=":material/download:"), st.container(gap=None):
        for kind, (label, media, write) in FILES.items():
            st.download_button(
                label, partial(write, card, frames), f"{card.name}-path.{kind}", media,
                on_click="ignore", key=f"path-{kind}", type="tertiary",
            )  # fmt: skip


def _pictures(write: Callable[[Bytes], bytes], card: Card, frames: Floats) -> bytes:
    return write(images.to_uint8(models.decode(card, frames)))


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
    n = session.parameter("n", str(USUAL))
    return int(np.clip(int(n), FEWEST, MOST)) if n.isdecimal() and len(n) < 4 else USUAL


card = shared.guard()
try:
    draw(card, models.latents(card))
except models.CheckpointError as error:
    st.error(str(error))
