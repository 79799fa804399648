"""Encode: a picture goes through the model: what was done to it, where it lands, what comes back, what that costs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import engine, figures, images, state, words
from explorer.engine import Card
from explorer.views import bring, parts
from vae.records import Latents, Posterior

MOST = 64  # dimensions in the chart of the posterior


def pictures(x: bring.Given, q: Posterior) -> None:
    """Input, reconstruction and their difference, at hard pixels."""
    back = images.to_uint8(q.recon)
    error = images.signed(q.recon - x.pixels / 255, parts.theme())
    shown = (
        (x.pixels, "x, as the model sees it", f"The input: {x.label}"),
        (back, "x̂, what comes back", f"The reconstruction of {x.label}"),
        (error, "x̂ − x: blue too dark, red too bright", "Where the reconstruction differs from the input"),
    )
    for column, (image, caption, alt) in zip(st.columns(3, gap="small"), shown, strict=True):
        with column:
            parts.picture(image, caption, alt)


def costs(q: Posterior, latents: Latents) -> None:
    """The ELBO of this picture as a sum, and as a sentence."""
    if words.is_number(q.elbo):
        st.latex(words.split(q, parts.theme()))
    st.write(words.costs(q, latents))


def where(card: Card, latents: Latents, q: Posterior, label: str) -> None:
    """The posterior, dimension by dimension, beside the dot on the map."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Where it lands** :gray[mean and sigma of q(z|x)]")
        shown = np.sort(np.argsort(-engine.carried(card)[0], kind="stable")[:MOST])
        names = [parts.names(card)[k] for k in shown]
        parts.chart(figures.posterior(q.mean[shown], q.std[shown], names, parts.theme()), "encode-posterior")
        if len(shown) < card.latent:
            st.caption(f"The {MOST} of {card.latent} dimensions that carry most.")
    with right:
        projections = engine.maps(card)[1]
        known = [p.name for p in projections]
        name = st.segmented_control(
            "Map", known, default=known[-1], format_func=lambda n: words.MAPS.get(n, n), key=f"encode-map-{card.name}",
            required=True, label_visibility="collapsed",
        )  # fmt: skip
        spot = engine.place(card, name, q.mean)
        projection = next(p for p in projections if p.name == name)
        parts.chart(figures.scatter(projection, latents, parts.theme(), {label: spot}), "encode-map")


def nearest(card: Card, latents: Latents, q: Posterior) -> None:
    """The real items whose means lie nearest, with their distances."""
    near = engine.neighbours(card, q.mean, 8)
    found = [picture for row, _ in near if (picture := engine.item(card, row)) is not None]
    if len(found) < len(near):
        found = list(images.to_uint8(engine.decode(card, np.stack([latents.mean[row] for row, _ in near]))))
    labels = [f"{words.class_of(latents, row)} · {distance:.2f}".strip(" ·") for row, distance in near]
    st.caption("Its nearest items, and how far they are in z")
    parts.row(np.stack(found), labels, [f"Neighbour {i + 1}: {text}" for i, text in enumerate(labels)], 84)


card = parts.guard()
try:
    latents = engine.maps(card)[0]
    left, right = st.columns([2, 3], gap="large")
    with left:
        x = bring.given(card, latents)
        if x is not None:
            st.caption(" · ".join(x.steps))
    state.publish()
    if x is None:
        with right:
            st.subheader("Bring a picture", anchor=False)
            st.write("Its reconstruction, its place on the map and what it costs in nats appear here.")
        st.stop()
    with right, st.skeleton(height=320):
        q = engine.posterior(card, x.pixels)
    state.session().encoded = state.Encoded(card.digest, tuple(q.mean.tolist()), x.label)
    with left:
        if st.button("Open in Explore", icon=":material/explore:", key="encode-open", width="stretch"):
            state.move(q.mean)
            st.switch_page("views/explore.py")
        costs(q, latents)
    with right:
        pictures(x, q)
        nearest(card, latents, q)
    where(card, latents, q, x.label)
except engine.CheckpointError as error:
    st.error(str(error))
