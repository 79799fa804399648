"""About the model: its card, what was measured and how, and the article's loss beside its measured terms."""

from __future__ import annotations

import streamlit as st

from explorer.drawing import charts, words
from explorer.engine import models
from explorer.state import session
from explorer.views import shared

card, theme = shared.guard(), shared.theme()
try:
    metrics, history, kl = models.metrics(card), models.history(card), models.maps(card)[0].kl_per_dim
except models.CheckpointError as error:
    st.error(str(error))
    st.stop()

measured = all(words.is_number(metrics.get(name)) for name in ("elbo", "rec", "kl"))
stage = session.session().present  # there, it stands in the header what the model is, and nothing is scrolled
if not stage:
    st.subheader(card.title, anchor=False)
if measured:
    st.markdown(rf"$\displaystyle {words.formula(metrics, theme)}$", text_alignment="center")  # its lines may break
left, right = st.columns(2, gap="large")
with left:
    if card.wrapped:
        st.write(words.unavailable(metrics))
    elif not measured:
        st.write("Nothing was measured yet; `vae eval` writes the figures into the model's folder.")
    if (table := words.measured(metrics))["measure"]:
        st.table(table, border="horizontal", hide_index=True, alt="What was measured on the test set")
    if not stage:
        st.table(words.facts(card), border="horizontal", alt="What the model is")
    if kl is not None:
        st.write(words.collapse(kl))
        st.latex(words.kl_formula(theme))
with right:
    if history:
        st.markdown("**How it learned** :gray[dotted: on the training data]")
        shared.chart(charts.curves(history, theme, 220 if stage else 320), "about-curves")
    if kl is not None:
        st.markdown("**What each dimension carries**")
        bars = charts.kl_bars(kl, shared.names(card), theme, words.ACTIVE, 180 if stage else 260)
        shared.chart(bars, "about-kl")
