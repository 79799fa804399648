"""Explore without the studio's bundle: Streamlit's own sliders, decoded on the server each time one is let go."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import engine, images, state
from explorer.engine import Card
from explorer.studio import StudioModel
from explorer.views import parts, space

SHOWN = 12  # dimensions with a slider, the most informative first


@st.fragment
def draw(card: Card, model: StudioModel) -> None:
    """The picture at the left, sliders at the right."""
    st.info(
        "The live studio was not built, so pictures are decoded on the server when a slider is let go. "
        "`pip install -e .` with a network builds it.",
        icon=":material/build:",
    )
    now = np.array(state.z() or np.zeros(card.latent), np.float32)
    left, right = st.columns([2, 3], gap="large")
    with right, st.grid(2):
        for dim in np.argsort(model.kl)[::-1][:SHOWN].tolist():
            start = float(np.clip(now[dim], -4, 4))
            now[dim] = st.slider(
                parts.names(card)[dim],
                -4.0,
                4.0,
                start,
                0.05,
                key=f"plain-{card.digest[:12]}-{dim}-{state.session().seq}",
            )
    state.commit(now)
    state.publish()
    with left:
        try:
            parts.picture(images.to_uint8(engine.decode(card, now[None])[0]), "decoded", "The decoded picture", 448)
        except engine.CheckpointError as error:
            st.error(str(error))
    space.draw(card)
