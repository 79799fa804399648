"""Explore: the studio, where map, picture and sliders move together. Python hears of z when the hand rests."""

from __future__ import annotations

import streamlit as st

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.state.view import MapView
from explorer.studio import Mark, StudioModel, bundle_available, studio
from explorer.views import shared
from explorer.views.explore import compare, fallback, space3d


@st.fragment
def draw(card: Card, model: StudioModel) -> None:
    """One turn of the studio: show where we are, hear where the hand came to rest, tell the address bar."""
    s = session.session()
    marks = [Mark(e.z, e.label, "encoded") for e in (s.encoded,) if e and e.digest == card.digest]
    said = studio(
        model, z=session.z(), seq=s.seq, view=s.view.to_json(), marks=marks, compare=compare.offer(card),
        wished=compare.choose, stage=s.present, key=f"{session.STUDIO}-{card.digest[:12]}",
    )  # fmt: skip
    if said.z is not None:
        session.commit(said.z)
    if said.view:
        s.view = MapView.from_json(said.view)
    if said.names is not None and dict(card.names) != said.names:
        keep(card, said.names)
    session.publish()
    if not s.present:
        space3d.draw(card)


def keep(card: Card, names: dict[int, str]) -> None:
    """Write the new names of dimensions into the model's folder."""
    try:
        for dim in range(card.latent):
            if names.get(dim, "") != card.names.get(dim, ""):
                models.rename(card, dim, names.get(dim, ""))
    except OSError as error:
        st.warning(f"The names are kept for this visit only: the model's folder cannot be written ({error.strerror}).")


card = shared.guard()
try:
    model = shared.live(card)
except models.CheckpointError as error:
    st.error(str(error))
    st.stop()
if sentence := compare.settle(card):
    st.warning(sentence, icon=":material/compare:")
if bundle_available():
    with st.container(gap=None):  # all of it within 900 pixels
        draw(card, model)
else:
    fallback.draw(card, model)
