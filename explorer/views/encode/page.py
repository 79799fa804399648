"""Encode: pictures go through the model: what was done to them, where they land, what comes back, what that costs."""

from __future__ import annotations

import streamlit as st

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode import one_picture, source, table
from vae.records import Latents


def page(card: Card, latents: Latents) -> None:
    """What was brought at the left, what became of it at the right; a table in place of both, if it was many.

    On the stage an item of the data stands alone: how it was picked is not shown to an audience.
    """
    if session.session().present and source.way() == "item":
        return one_picture.staged(card, latents, source.item(card, latents))
    left, right = st.columns([1, 2], gap="large")
    with left:
        x = source.given(card, latents)
    session.publish()
    if isinstance(x, source.Many):
        with left:
            batch = table.encoded(card, x)
            x = table.opened(batch)
        if x is None:
            with left:
                for name, why in batch.refused if not len(batch) else ():
                    st.warning(f"{shared.verbatim(name)} {why}", icon=":material/broken_image:")
            if len(batch):
                return table.draw(card, latents, batch)
    if x is None:
        with right:
            st.subheader("Bring a picture", anchor=False)
            st.write("Its reconstruction, its place on every map and what it costs in nats appear here.")
        return None
    return one_picture.draw(card, latents, x, left, right)


card = shared.guard()
try:
    page(card, models.maps(card)[0])
except models.CheckpointError as error:
    st.error(str(error))
