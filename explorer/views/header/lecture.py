"""The menu in which the steps of a lecture are put together, saved and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from explorer.engine import models
from explorer.state import session, steps
from explorer.views import shared
from explorer.views.header import lecture_steps, stage


def menu() -> None:
    """The button in the header, and what it opens."""
    s = session.session()
    popover = st.popover("Steps", key=session.STEPS, on_change="rerun")
    if not popover.open:
        return
    with popover, st.container(width=440):
        st.markdown("**Steps of a lecture**")
        if not s.talk:
            st.caption(
                "A step is the screen as it stands: page, model, z, map. Collect some, then turn them by clicker."
            )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Title", key="step-title", placeholder=lecture_steps.suggestion(), max_chars=steps.LONGEST["title"]
            )
            st.button("Add this screen", icon=":material/add:", key="step-add", on_click=lecture_steps.add)
        for number, step in enumerate(s.talk, 1):
            with st.container(horizontal=True, vertical_alignment="center", gap=None):
                mark = "**" if number == s.step else ""
                st.button(
                    f"{number}. {mark}{_plain(step.title)}{mark}", key=f"step-go-{number}", type="tertiary",
                    on_click=stage.go, args=(number,),
                )  # fmt: skip
                st.space("stretch")
                _tool(number, ":material/arrow_upward:", "Earlier", lecture_steps.move, number == 1)
                _tool(number, ":material/delete:", "Remove this step", lecture_steps.remove)
        if s.step:
            step = s.talk[s.step - 1]
            st.text_input(
                f"Title of step {s.step}",
                step.title,
                key=f"step-name-{s.step}",
                on_change=lecture_steps.rename,
                max_chars=80,
            )
            st.text_input(
                f"Sentence of step {s.step}",
                step.text,
                key=f"step-text-{s.step}",
                on_change=lecture_steps.rename,
                max_chars=300,
            )
        if s.page == "explore":
            _sliders()
        _files_row()


def _sliders() -> None:
    """Which sliders the stage shows."""
    s = session.session()
    card = models.find(s.model, s.digest)
    if card is None:
        return
    names = shared.names(card)
    now = [int(d) for d in s.view.stage.split(".") if d and int(d) < card.latent]
    said = st.multiselect(
        "Sliders on the stage", range(card.latent), now, format_func=lambda d: names[d], key=f"step-dims-{card.name}",
        placeholder="the six that carry most",
    )  # fmt: skip
    if said != now:
        s.view = replace(s.view, stage=".".join(str(d) for d in said))
        s.seq += 1


def _files_row() -> None:
    s = session.session()
    with st.container(horizontal=True):
        st.button("Present", icon=":material/slideshow:", key="step-present", on_click=lecture_steps.start)
        st.download_button(
            "Save as a file", partial(steps.dump, s.talk), "steps.json", "application/json", key="step-save",
            icon=":material/download:", on_click="ignore", disabled=not s.talk,
        )  # fmt: skip
    file = st.file_uploader(
        "Open a file of steps", ["json"], key="step-file", max_upload_size=2, on_change=lecture_steps.opened
    )
    if file is not None and s.refused:
        st.warning(s.refused, icon=":material/error:")
    st.caption("They are kept on this machine under the address of this page; the file is for another one.")


def _tool(number: int, icon: str, help_: str, do: Callable[[int], None], off: bool = False) -> None:
    st.button(
        "", icon=icon, key=f"step-{do.__name__}-{number}", help=help_, type="tertiary", on_click=do, args=(number,),
        disabled=off,
    )  # fmt: skip


def _plain(title: str) -> str:
    """A title without what Markdown would read in it."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-!|:$~" else c for c in title)
