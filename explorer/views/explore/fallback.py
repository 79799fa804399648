"""Explore without the studio's bundle: Streamlit's own sliders; the server decodes when one is released."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.drawing import images
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import address, session
from explorer.studio.payloads import ModelInfo
from explorer.views import shared
from explorer.views.explore import space3d
from vae.records import Floats

SLIDERS = 12  # dimensions with a slider, the most informative first


@st.fragment
def draw(card: Card, model: ModelInfo) -> None:
    """The picture at the left, sliders at the right."""
    st.info(
        "The live studio is not built, so the server decodes a picture when a slider is released. "
        "`pip install -e .` on a machine with a network builds it.",
        icon=":material/build:",
    )
    left, right = st.columns([2, 3], gap="large")
    with right:
        z = sliders(card, model)
    session.commit(z)
    address.publish()
    with left:
        try:
            shared.picture(images.to_uint8(models.decode(card, z[None])[0]), "decoded", "The decoded picture", 448)
        except models.CheckpointError as error:
            st.error(str(error))
    space3d.draw(card)


def sliders(card: Card, model: ModelInfo) -> Floats:
    """A slider for each of the most informative dimensions -> z (D,)."""
    z = np.array(session.z() or np.zeros(card.latent), np.float32)
    names, seq = shared.names(card), session.current().explore.seq
    with st.grid(2):
        for dim in np.argsort(model.kl)[::-1][:SLIDERS].tolist():
            start, key = float(np.clip(z[dim], -4, 4)), f"plain-{card.digest[:12]}-{dim}-{seq}"
            z[dim] = st.slider(names[dim], -4.0, 4.0, start, 0.05, key=key)
    return z
