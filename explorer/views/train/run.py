"""One training run as it goes: where it stands, its curves, what it makes of pictures, and the way to its model."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.drawing import charts
from explorer.engine import models
from explorer.jobs import process, runs
from explorer.jobs.runs import Run
from explorer.state import session
from explorer.views import shared

Colour = Literal["blue", "green", "orange", "red"]
SHORT = {
    "preparing": "getting ready",
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
ROWS = {"inputs": "pictures it has not learned from", "recon": "what comes back", "samples": "dreamt up from the prior"}


def draw(run: Run) -> None:
    """A run; while it learns, looked at again: where it stands every second, what it has learned every three.

    The clock stops as soon as there is a model and a way to it: a look of the clock's that meets the click away tells
    Streamlit's front end that it is still here, and the page one went to stays empty.
    """
    watched = run.running and _model(run) is None
    st.fragment(_stands, run_every=1.0 if watched else None)(run, watched)
    st.fragment(_learned, run_every=3.0 if watched else None)(run)


def _stands(run: Run, watched: bool) -> None:
    now = runs.read(run.folder)
    if watched and (not now.running or _model(now) is not None):
        st.rerun()  # the whole page: its picker has a model more, and the clock stops
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(now.title, anchor=False)
        st.space("stretch")
        _buttons(now)
    if now.state != "failed":
        st.progress(now.progress.fraction if now.progress else 0.0, _where(now))
        if now.running and not watched:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption("Its sliders work already; its maps will be there when they are drawn.")
                st.button("Look again", icon=":material/refresh:", key=f"look-{run.name}", type="tertiary")
        return
    st.error(now.message, icon=":material/error:")
    with st.expander("What the process printed last"):
        st.code(process.log_tail(now.folder) or "nothing", language=None)


def _learned(run: Run) -> None:
    history = runs.history(run.folder)
    if history:
        shared.chart(charts.curves(history, shared.theme()), f"run-curves-{run.name}")
    for name, pictures in runs.preview(run.folder).items():
        shared.strip(pictures, ROWS[name], f"{len(pictures)} {ROWS[name]}", 680)


def _buttons(run: Run) -> None:
    """Stop while it learns; and the way to its model as soon as there is one, though a map may still be drawn."""
    card = _model(run)
    if card:
        st.button("Explore it", icon=":material/explore:", key=f"explore-{run.name}", on_click=explore, args=(card,))
    if run.state in ("preparing", "training"):
        asked = (run.folder / "STOP").exists()
        hint = "It is ending" if asked else "It ends at its next step and keeps what it learned"
        st.button(
            "Stop",
            icon=":material/stop:",
            help=hint,
            disabled=asked,
            key=f"stop-{run.name}",
            on_click=runs.stop,
            args=(run,),
        )


def explore(card: models.Card) -> None:
    """Make it the current model and go there."""
    session.choose(card.name, card.digest)
    st.switch_page("views/explore/page.py")


def _model(run: Run) -> models.Card | None:
    """Its model, as soon as there is one."""
    return next((c for c in models.models() if isinstance(c, models.Card) and c.path == run.folder), None)


def _where(run: Run) -> str:
    """The state in words, with what a person waits for: epoch, speed, time left."""
    parts_ = [run.message if run.message and run.state != "training" else runs.WORDS[run.state]]
    p = run.progress
    if p and run.state == "training":
        parts_ += [f"epoch {min(p.epoch, p.epochs)} of {p.epochs}", f"{p.images_per_second:,.0f} pictures a second"]
    if (left := run.seconds_left) is not None and run.state == "training":
        parts_.append(f"{int(left // 60)}:{int(left % 60):02d} left")
    if p and not run.running:
        parts_.append(f"{p.epoch} epochs in {int(p.seconds // 60)}:{int(p.seconds % 60):02d}")
    if p and p.skipped:
        parts_.append(f"{p.skipped} steps skipped (not finite)")
    return " · ".join(parts_)
