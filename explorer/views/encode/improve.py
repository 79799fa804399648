"""Improve: fit a picture's own q(z|x) by gradient steps; the ELBO climbs live, and the result is kept or discarded."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.drawing import images, words
from explorer.engine import uploads
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode.source import Input
from vae.records import Bytes, Floats, Improvement, Posterior

CHOICES = (50, 100, 200)
EVERY = 4  # steps between two drawings of the curve
HELP = "Fit q(z|x) to this picture alone: how many nats does the encoder miss (the amortisation gap)?"


def result(card: Card, picture: Bytes) -> Improvement:
    """The improvement of a picture with as many steps as were chosen last; at once if it was asked for before."""
    return uploads.refine(card, picture, session.current().encode.refine_steps)


@st.dialog("Improve on the encoder", width="large")
def dialog(card: Card, x: Input, picture: str) -> None:
    """The climb, before and after, the way on the map; Keep makes it the point of the `picture` with that key."""
    encode = session.current().encode
    steps = st.segmented_control(
        "Steps", CHOICES, default=encode.refine_steps, key="improve-steps", required=True,
        label_visibility="collapsed", format_func=lambda n: f"{n} steps",
    )  # fmt: skip
    encode.refine_steps = steps
    left, right = st.columns([3, 2], gap="medium")
    with left:
        improvement = climb(card, x.pixels, steps)
        st.markdown(words.improved(improvement, steps))
    with right:
        way(card, improvement)
    before_after(x, improvement)
    with st.container(horizontal=True):
        keep = st.button(
            "Keep", icon=":material/check:", key="improve-keep", on_click=use, args=(picture,),
            help="Use the improved point in Explore and Paths",
        )  # fmt: skip
        if keep or st.button("Discard", key="improve-leave"):
            st.rerun()


def use(picture: str) -> None:
    """Let the improved q replace the encoder's for the picture of that key; "": for none."""
    session.current().encode.improved_picture = picture


def climb(card: Card, picture: Bytes, steps: int) -> Improvement:
    """The curve, drawn while it grows, then as it ended."""
    from explorer.drawing import landing

    place, values = st.empty(), []
    unit = "nats" if uploads.has_elbo(card) else "a pixel"
    best = max if unit == "nats" else min

    def report(step: int, value: float) -> None:
        values.append(value)
        if step % EVERY == 0 and len(values) > 1:
            with place:
                chart = landing.climb(np.array(values, np.float32), best(values), shared.theme(), steps, unit)
                shared.chart(chart, f"improve-curve-{steps}-{step}")

    improvement = uploads.refine(card, picture, steps, report)
    curve = improvement.curve
    with place:
        shared.chart(landing.climb(curve, float(best(curve)), shared.theme(), steps, unit), "improve-curve")
    return improvement


def way(card: Card, improvement: Improvement) -> None:
    """The way of the mean on the last map, from the encoder's dot to the better one."""
    from explorer.drawing import landing

    at = uploads.landings(card, improvement.after)[-1]
    path = uploads.place(card, at.map.name, thin(improvement))
    drop = uploads.backdrop(card, at.map.name, shared.theme())
    chart = landing.landed(drop, at.map.name, shared.theme(), at.spot, at.cloud, path, height=250)
    shared.chart(chart, "improve-map")


def thin(improvement: Improvement) -> Floats:
    """Some 25 means on the way, the encoder's first, the best last."""
    rows = np.unique(np.linspace(0, len(improvement.path) - 1, 24).astype(int))
    return np.concatenate([improvement.path[rows], improvement.after.mean[None]])


def before_after(x: Input, improvement: Improvement) -> None:
    """Input, both reconstructions, both errors."""
    before, after = improvement.before, improvement.after

    def error(q: Posterior) -> Bytes:
        return images.signed(q.recon - x.pixels / 255, shared.theme())

    pictures = (
        (x.pixels, "x"), (images.to_uint8(before.recon), "x̂ before"), (images.to_uint8(after.recon), "x̂ after"),
        (error(before), "x̂ − x before"), (error(after), "x̂ − x after"),
    )  # fmt: skip
    for column, (picture, caption) in zip(st.columns(5, gap="small"), pictures, strict=True):
        with column:
            shared.picture(picture, caption, f"{caption}, {x.label}", 168)
