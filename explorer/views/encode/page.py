"""Encode: pictures go through the model: how they are prepared, where they land, their reconstruction, their cost."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import address, session
from explorer.views import shared
from explorer.views.encode import one_picture, source, table
from explorer.views.encode.source import Files, Input
from vae.records import Latents


def page(card: Card, latents: Latents) -> None:
    """The source at the left, the result at the right; a table in place of both, for several files.

    On the stage an item of the data stands alone: an audience does not see how it was picked.
    """
    here = session.current()
    if here.lecture.present and here.encode.source == "item":
        one_picture.staged(card, latents, source.item(card, latents))
        return
    left, right = st.columns([1, 2], gap="large")
    with left:
        x = source.choose(card, latents)
    address.publish()
    if isinstance(x, Files):
        several(card, latents, x, left, right)
    elif x is not None:
        one_picture.draw(card, latents, x, left, right)
    else:
        nothing(right)


def several(card: Card, latents: Latents, files: Files, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """The table of several files, or the one of them that is open."""
    with left:
        batch = table.encode(card, files)
        x: Input | None = table.open_row(batch)
    if x is not None:
        one_picture.draw(card, latents, x, left, right)
    elif len(batch):
        table.draw(card, latents, batch)
    else:
        with left:
            for name, reason in batch.refused:
                st.warning(f"{shared.verbatim(name)} {reason}", icon=":material/broken_image:")
        nothing(right)


def nothing(right: DeltaGenerator) -> None:
    """What will be here, and what brings it."""
    with right:
        st.subheader("No picture yet", anchor=False)
        st.write("Add one at the left: its reconstruction, its place on every map and its cost in nats appear here.")


card = shared.guard()
try:
    page(card, models.latents(card))
except models.CheckpointError as error:
    st.error(str(error))
