"""One training run: its state, its curves, its reconstructions and samples, and the way to its model."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.drawing import charts
from explorer.engine import models
from explorer.engine.models import Card
from explorer.jobs import process, runs
from explorer.jobs.runs import Run
from explorer.state import session
from explorer.views import shared

Colour = Literal["blue", "green", "orange", "red"]
SHORT = {
    "preparing": "preparing",
    "training": "training",
    "projecting": "mapping",
    "exporting": "exporting",
    "done": "done",
    "stopped": "stopped",
    "failed": "failed",
}
COLOUR: dict[str, Colour] = {
    "preparing": "blue",
    "training": "blue",
    "projecting": "blue",
    "exporting": "blue",
    "done": "green",
    "stopped": "orange",
    "failed": "red",
}
ROWS = {"inputs": "held-out pictures", "recon": "their reconstructions", "samples": "samples from the prior"}


def draw(run: Run) -> None:
    """A run; while it trains, its state is read every second and its results every three.

    The clock stops as soon as there is a model and a way to it: a tick of the clock that meets the click away tells
    Streamlit's front end that it is still here, and the page one went to stays empty.
    """
    watched = run.running and _model(run) is None
    st.fragment(_state, run_every=1.0 if watched else None)(run, watched)
    st.fragment(_results, run_every=3.0 if watched else None)(run)


def _state(run: Run, watched: bool) -> None:
    now = runs.read(run.folder)
    if watched and (not now.running or _model(now) is not None):
        st.rerun()  # the whole page: its picker has a model more, and the clock stops
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(now.title, anchor=False)
        st.space("stretch")
        _buttons(now)
    if now.state == "failed":
        _failure(now)
        return
    st.progress(now.progress.fraction if now.progress else 0.0, _progress(now))
    if now.running and not watched:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("The sliders of the model work already; its maps follow when they are computed.")
            st.button("Refresh", icon=":material/refresh:", key=f"look-{run.name}", type="tertiary")


def _failure(run: Run) -> None:
    st.error(run.message, icon=":material/error:")
    with st.expander("The last lines of the log"):
        st.code(process.log_tail(run.folder) or "The log is empty.", language=None)


def _results(run: Run) -> None:
    history = runs.history(run.folder)
    if history:
        shared.chart(charts.curves(history, shared.theme()), f"run-curves-{run.name}")
    for name, pictures in runs.preview(run.folder).items():
        shared.strip(pictures, ROWS[name], f"{len(pictures)} {ROWS[name]}", 680)


def _buttons(run: Run) -> None:
    """Stop while it trains; and the way to its model as soon as there is one, though a map may still be computed."""
    card = _model(run)
    if card:
        st.button(
            "Open in Explore", icon=":material/explore:", key=f"explore-{run.name}", on_click=explore, args=(card,)
        )
    if run.state in ("preparing", "training"):
        stopping = (run.folder / "STOP").exists()
        text = "The run is stopping" if stopping else "The run stops at its next step and writes its model"
        st.button(
            "Stop", icon=":material/stop:", help=text, disabled=stopping, key=f"stop-{run.name}",
            on_click=runs.stop, args=(run,),
        )  # fmt: skip


def explore(card: Card) -> None:
    """Make it the current model and go there."""
    session.choose(card.name, card.digest)
    st.switch_page("views/explore/page.py")


def _model(run: Run) -> Card | None:
    """The run's model, as soon as there is one."""
    return next((card for card in models.list_models() if isinstance(card, Card) and card.path == run.folder), None)


def _progress(run: Run) -> str:
    """The state in words, with what a person waits for: epoch, speed, time left."""
    parts = [run.message if run.message and run.state != "training" else runs.WORDS[run.state]]
    p = run.progress
    if p and run.state == "training":
        parts += [f"epoch {min(p.epoch, p.epochs)} of {p.epochs}", f"{p.images_per_second:,.0f} pictures a second"]
    if (left := run.seconds_left) is not None and run.state == "training":
        parts.append(f"{int(left // 60)}:{int(left % 60):02d} left")
    if p and not run.running:
        parts.append(f"{p.epoch} epochs in {int(p.seconds // 60)}:{int(p.seconds % 60):02d}")
    if p and p.skipped:
        parts.append(f"{p.skipped} steps skipped (not finite)")
    return " · ".join(parts)
