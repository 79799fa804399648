"""Encode: pictures go through the model: what was done to them, where they land, what comes back, what that costs."""

from __future__ import annotations

import streamlit as st

from explorer import engine, state
from explorer.engine import Card
from explorer.views import bring, many, one, parts
from vae.records import Latents


def page(card: Card, latents: Latents) -> None:
    """What was brought at the left, what became of it at the right; a table in place of both, if it was many.

    On the stage an item of the data stands alone: how it was picked is not shown to an audience.
    """
    if state.session().present and bring.way() == "item":
        return one.staged(card, latents, bring.item(card, latents))
    left, right = st.columns([1, 2], gap="large")
    with left:
        x = bring.given(card, latents)
    state.publish()
    if isinstance(x, bring.Many):
        with left:
            batch = many.encoded(card, x)
            x = many.opened(batch)
        if x is None:
            with left:
                for name, why in batch.refused if not len(batch) else ():
                    st.warning(f"{parts.verbatim(name)} {why}", icon=":material/broken_image:")
            if len(batch):
                return many.draw(card, latents, batch)
    if x is None:
        with right:
            st.subheader("Bring a picture", anchor=False)
            st.write("Its reconstruction, its place on every map and what it costs in nats appear here.")
        return None
    return one.draw(card, latents, x, left, right)


card = parts.guard()
try:
    page(card, engine.maps(card)[0])
except engine.CheckpointError as error:
    st.error(str(error))
