"""Explore: the studio, where map, picture and sliders move together. Python hears of z when a drag ends."""

from __future__ import annotations

import streamlit as st

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import address, session
from explorer.state.widgets import STUDIO
from explorer.studio.bundle import bundle_available
from explorer.studio.components import studio
from explorer.studio.payloads import Mark, ModelInfo
from explorer.views import shared
from explorer.views.explore import compare, fallback, space3d


@st.fragment
def draw(card: Card, model: ModelInfo) -> None:
    """The studio as the session says; what it reports goes into the session and the address bar."""
    here = session.current()
    encoded = here.encode.encoded
    marks = [Mark(encoded.z, encoded.label, "encoded")] if encoded and encoded.digest == card.digest else []
    report = studio(
        model, z=session.z(), seq=here.explore.seq, view=here.explore.view, marks=marks,
        compare=compare.offer(card), on_compare=compare.choose, stage=here.lecture.present,
        key=f"{STUDIO}-{card.digest[:12]}",
    )  # fmt: skip
    if report.z is not None:
        session.commit(report.z)
    if report.view:
        here.explore.view = report.view
    if report.names is not None and dict(card.names) != report.names:
        rename(card, report.names)
    address.publish()
    if not here.lecture.present:
        space3d.draw(card)


def rename(card: Card, names: dict[int, str]) -> None:
    """Write the new names of dimensions into the model's folder."""
    try:
        for dim in range(card.latent):
            if names.get(dim, "") != card.names.get(dim, ""):
                models.rename(card, dim, names.get(dim, ""))
    except OSError as error:
        st.warning(f"The names last for this visit only: the model's folder cannot be written ({error.strerror}).")


card = shared.guard()
try:
    model = shared.live(card)
except models.CheckpointError as error:
    st.error(str(error))
    st.stop()
if problem := compare.settle(card):
    st.warning(problem, icon=":material/compare:")
if bundle_available():
    with st.container(gap=None):  # all of it within 900 pixels
        draw(card, model)
else:
    fallback.draw(card, model)
