"""Improve: a picture's own q(z|x) by steps of its own, the ELBO climbing before one's eyes; keep it, or leave it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.drawing import images, words
from explorer.engine import uploads
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode.source import Given
from vae.records import Bytes, Floats, Improvement, Posterior

CHOICES = (50, 100, 200)
EVERY = 4  # steps between two drawings of the curve
HELP = "Steps of an optimiser on this picture's own q(z|x): how much did the encoder leave on the table?"


def result(card: Card, picture: Bytes, steps: int = 0) -> Improvement:
    """What was found for a picture, at once if it was asked for before; `steps` 0: as many as were chosen last."""
    return uploads.refine(card, picture, steps or session.session().refine_steps)


@st.dialog("Improve on the encoder", width="large")
def dialog(card: Card, x: Given, name: str) -> None:
    """The climb, before and after, the way on the map; Keep makes it the picture's point."""
    steps = st.segmented_control(
        "Steps", CHOICES, default=session.session().refine_steps, key="improve-steps", required=True,
        label_visibility="collapsed", format_func=lambda n: f"{n} steps",
    )  # fmt: skip
    session.session().refine_steps = steps
    left, right = st.columns([3, 2], gap="medium")
    with left:
        found = climbing(card, x.pixels, steps)
        st.markdown(words.improved(found, steps))
    with right:
        moved(card, found)
    before_after(x, found)
    with st.container(horizontal=True):
        kept = st.button(
            "Keep", icon=":material/check:", key="improve-keep", on_click=keep, args=(name,),
            help="Make it the point that goes to Explore and Paths",
        )  # fmt: skip
        if kept or st.button("Leave it", key="improve-leave"):
            st.rerun()


def keep(name: str) -> None:
    """The improved q stands for the picture of that mark from now on; "": the encoder's own does."""
    session.session().kept = name


def climbing(card: Card, picture: Bytes, steps: int) -> Improvement:
    """The curve, drawn while it grows, then as it ended."""
    from explorer.drawing import landing

    place, seen = st.empty(), []
    unit = "nats" if uploads.measured(card) else "a pixel"
    best = max if unit == "nats" else min

    def told(step: int, value: float) -> None:
        seen.append(value)
        if step % EVERY == 0 and len(seen) > 1:
            with place:
                chart = landing.climb(np.array(seen, np.float32), best(seen), shared.theme(), steps, unit)
                shared.chart(chart, f"improve-curve-{steps}-{step}")

    found = uploads.refine(card, picture, steps, told)
    with place:
        shared.chart(landing.climb(found.curve, float(best(found.curve)), shared.theme(), steps, unit), "improve-curve")
    return found


def moved(card: Card, found: Improvement) -> None:
    """The way of the mean on the last map, from the encoder's dot to the better one."""
    from explorer.drawing import landing

    at = uploads.landings(card, found.after)[-1]
    way = uploads.placed(card, at.map.name, thinned(found))
    drop = uploads.backdrop(card, at.map.name, shared.theme())
    drawn = landing.landed(drop, at.map.name, shared.theme(), at.spot, at.cloud, way, height=250)
    shared.chart(drawn, "improve-map")


def thinned(found: Improvement) -> Floats:
    """Some 25 means on the way, the encoder's first, the best last."""
    rows = np.unique(np.linspace(0, len(found.path) - 1, 24).astype(int))
    return np.concatenate([found.path[rows], found.after.mean[None]])


def before_after(x: Given, found: Improvement) -> None:
    """Input, both reconstructions, both errors."""

    def error(q: Posterior) -> Bytes:
        return images.signed(q.recon - x.pixels / 255, shared.theme())

    shown = (
        (x.pixels, "x"),
        (images.to_uint8(found.before.recon), "x̂ before"), (images.to_uint8(found.after.recon), "x̂ after"),
        (error(found.before), "x̂ − x before"), (error(found.after), "x̂ − x after"),
    )  # fmt: skip
    for column, (picture, caption) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            shared.picture(picture, caption, f"{caption}, {x.label}", 168)
