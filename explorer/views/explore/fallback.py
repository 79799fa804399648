"""Explore without the studio's bundle: Streamlit's own sliders, decoded on the server each time one is let go."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.drawing import images
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.studio import StudioModel
from explorer.views import shared
from explorer.views.explore import space3d

SHOWN = 12  # dimensions with a slider, the most informative first


@st.fragment
def draw(card: Card, model: StudioModel) -> None:
    """The picture at the left, sliders at the right."""
    st.info(
        "The live studio was not built, so pictures are decoded on the server when a slider is let go. "
        "`pip install -e .` with a network builds it.",
        icon=":material/build:",
    )
    now = np.array(session.z() or np.zeros(card.latent), np.float32)
    left, right = st.columns([2, 3], gap="large")
    with right, st.grid(2):
        for dim in np.argsort(model.kl)[::-1][:SHOWN].tolist():
            start = float(np.clip(now[dim], -4, 4))
            now[dim] = st.slider(
                shared.names(card)[dim],
                -4.0,
                4.0,
                start,
                0.05,
                key=f"plain-{card.digest[:12]}-{dim}-{session.session().seq}",
            )
    session.commit(now)
    session.publish()
    with left:
        try:
            shared.picture(images.to_uint8(models.decode(card, now[None])[0]), "decoded", "The decoded picture", 448)
        except models.CheckpointError as error:
            st.error(str(error))
    space3d.draw(card)
