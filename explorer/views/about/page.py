"""About the model: what it is, its measurements, and the article's loss beside its measured terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.drawing import charts, words
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from vae.records import Floats, Progress


def facts(card: Card) -> dict[str, str]:
    """What the model is, for a small table."""
    rows = {
        "Data": card.data.title or card.data.name,
        "Licence": card.data.licence,
        "Pictures": words.pictures(card.shape),
        "Training pictures": f"{card.data.train_size:,}" if card.data.train_size else "",
        "Latents": f"{card.latent}",
        "Networks": card.model.arch,
        "p(x|z)": "not defined" if card.wrapped else type(card.model.likelihood).__name__,
        "Digest": f"{card.digest[:12]}",
    }
    return {label: value for label, value in rows.items() if value}


def tables(card: Card, metrics: Mapping[str, Any], kl: Floats | None, complete: bool) -> None:
    """The measurements, the facts, and what the KL of the dimensions means."""
    if card.wrapped:
        st.write(words.unavailable(metrics))
    elif not complete:
        st.write("This model has no measurements yet; `vae eval` writes them into its folder.")
    if (table := words.measured(metrics))["measure"]:
        st.table(table, border="horizontal", hide_index=True, alt="Measurements on the test set")
    if not session.current().lecture.present:
        st.table(facts(card), border="horizontal", alt="Facts about the model")
    if kl is not None:
        st.write(words.collapse(kl))
        st.latex(words.kl_formula(shared.theme()))


def figures(card: Card, history: Sequence[Progress], kl: Floats | None) -> None:
    """The training curves and the KL of every dimension."""
    theme, stage = shared.theme(), session.current().lecture.present
    if history:
        st.markdown("**Training curves** :gray[solid: held-out data, dotted: training data]")
        shared.chart(charts.curves(history, theme, 220 if stage else 320), "about-curves")
    if kl is not None:
        st.markdown("**How much each dimension says about x** :gray[its KL]")
        bars = charts.kl_bars(kl, shared.names(card), theme, words.ACTIVE, 180 if stage else 260)
        shared.chart(bars, "about-kl")


card = shared.guard()
try:
    metrics, history, kl = models.metrics(card), models.history(card), models.latents(card).kl_per_dim
except models.CheckpointError as error:
    st.error(str(error))
    st.stop()
complete = all(words.is_number(metrics.get(name)) for name in ("elbo", "rec", "kl"))
if not session.current().lecture.present:  # the stage's header names the model
    st.subheader(card.title, anchor=False)
if complete:
    st.markdown(rf"$\displaystyle {words.formula(metrics, shared.theme())}$", text_alignment="center")  # it may break
left, right = st.columns(2, gap="large")
with left:
    tables(card, metrics, kl, complete)
with right:
    figures(card, history, kl)
