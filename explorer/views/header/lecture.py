"""The menu in which the steps of a lecture are collected, saved and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from explorer.state import session, steps, widgets
from explorer.state.steps import Step
from explorer.views import shared
from explorer.views.header import lecture_steps, stage


def menu() -> None:
    """The button in the header, and the menu that it opens."""
    here = session.current()
    popover = st.popover("Steps", key=widgets.STEPS, on_change="rerun")
    if not popover.open:
        return
    with popover, st.container(width=440):
        st.markdown("**Steps of a lecture**")
        if not here.lecture.steps:
            st.caption("A step is the screen as it stands: page, model, z, map. Collect steps, then present them.")
        _new_step()
        for number, step in enumerate(here.lecture.steps, 1):
            _row(number, step)
        if here.lecture.step:
            _fields(here.lecture.step, here.lecture.steps[here.lecture.step - 1])
        if here.page == "explore":
            _sliders()
        _actions()
        _file()


def _new_step() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Title", key=widgets.STEP_TITLE, placeholder=lecture_steps.suggestion(), max_chars=steps.LONGEST["title"],
            on_change="ignore",
        )  # fmt: skip
        st.button("Add this screen", icon=":material/add:", key="step-add", on_click=lecture_steps.add)


def _row(number: int, step: Step) -> None:
    """One step: a click shows it; it can come earlier, or go."""
    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        mark = "**" if number == session.current().lecture.step else ""
        st.button(
            f"{number}. {mark}{_verbatim(step.title)}{mark}", key=f"step-go-{number}", type="tertiary",
            on_click=stage.go, args=(number,),
        )  # fmt: skip
        st.space("stretch")
        _tool(number, ":material/arrow_upward:", "Earlier", lecture_steps.move, number == 1)
        _tool(number, ":material/delete:", "Remove this step", lecture_steps.remove)


def _fields(number: int, step: Step) -> None:
    """Title and sentence of the step that is shown."""
    fields = (
        (widgets.STEP_NAME, f"Title of step {number}", step.title, steps.LONGEST["title"]),
        (widgets.STEP_TEXT, f"Sentence of step {number}", step.text, steps.LONGEST["text"]),
    )
    for name, label, text, longest in fields:
        st.text_input(label, text, key=widgets.key(name), on_change=lecture_steps.rename, max_chars=longest)


def _sliders() -> None:
    """Which sliders the stage shows."""
    card = shared.open_model()
    if card is None:
        return
    names = shared.names(card)
    dims = [int(d) for d in session.current().explore.view.stage.split(".") if d and int(d) < card.latent]
    key = f"{widgets.key(widgets.STEP_SLIDERS)}-{card.name}"
    st.multiselect(
        "Sliders on the stage", range(card.latent), dims, format_func=lambda d: names[d], key=key,
        placeholder="the six most informative", on_change=_choose_sliders, args=(key,),
    )  # fmt: skip


def _choose_sliders(key: str) -> None:
    explore = session.current().explore
    explore.view = replace(explore.view, stage=".".join(str(d) for d in widgets.value(key)))
    explore.seq += 1


def _actions() -> None:
    talk = session.current().lecture
    with st.container(horizontal=True):
        st.button("Present", icon=":material/slideshow:", key="step-present", on_click=lecture_steps.start)
        st.download_button(
            "Save as a file", partial(steps.dump, talk.steps), "steps.json", "application/json", key="step-save",
            icon=":material/download:", on_click="ignore", disabled=not talk.steps,
        )  # fmt: skip


def _file() -> None:
    file = st.file_uploader(
        "Open a file of steps", ["json"], key=widgets.STEP_FILE, max_upload_size=2, on_change=lecture_steps.open_file
    )
    refusal = session.current().lecture.refusal
    if file is not None and refusal:
        st.warning(refusal, icon=":material/error:")
    st.caption("This machine keeps the steps under the address of this page; the file takes them to another one.")


def _tool(number: int, icon: str, words: str, action: Callable[[int], None], off: bool = False) -> None:
    st.button(
        "", icon=icon, key=f"step-{action.__name__}-{number}", help=words, type="tertiary", on_click=action,
        args=(number,), disabled=off,
    )  # fmt: skip


def _verbatim(title: str) -> str:
    """A title, letter for letter: Markdown in it has no effect."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-!|:$~" else c for c in title)
