"""What the buttons of the menu of steps do: every change is kept at once, so that a tab that closes loses nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from explorer.engine import models
from explorer.jobs import runs
from explorer.state import session, steps
from explorer.state.steps import Step

LECTURE = ("deck", "step", "present")  # of the address, but of no step


def drafts() -> Path:
    """Where steps are kept."""
    return runs.root() / "steps"


def add() -> None:
    s = session.session()
    query = {k: v for k, v in session.to_query(s).items() if k not in LECTURE}
    title = str(st.session_state.get("step-title") or "").strip() or suggestion()
    s.talk = (*s.talk[: s.step or None], Step(title, s.page, query), *(s.talk[s.step :] if s.step else ()))[
        : steps.MOST
    ]
    s.step = s.step + 1 if s.step else len(s.talk)
    st.session_state["step-title"] = ""
    _keep()


def remove(number: int) -> None:
    s = session.session()
    s.talk = s.talk[: number - 1] + s.talk[number:]
    s.step = min(s.step - (number < s.step), len(s.talk))
    _forget()
    _keep()


def move(number: int) -> None:
    s = session.session()
    s.talk = steps.moved(s.talk, number - 1, -1)
    s.step = {number: number - 1, number - 1: number}.get(s.step, s.step)
    _forget()
    _keep()


def rename() -> None:
    s = session.session()
    old = s.talk[s.step - 1]
    title = str(st.session_state[f"step-name-{s.step}"]).strip() or old.title
    text = str(st.session_state[f"step-text-{s.step}"]).strip()
    s.talk = (*s.talk[: s.step - 1], replace(old, title=title, text=text), *s.talk[s.step :])
    _keep()


def opened() -> None:
    s = session.session()
    file = st.session_state["step-file"]
    s.refused = ""
    if file is None:
        return
    try:
        s.talk = steps.load(file.getvalue())
    except ValueError as error:
        s.refused = str(error)
        return
    s.step, s.deck = 0, ""
    _forget()
    _keep()


def start() -> None:
    session.session().present = True
    st.session_state[session.STEPS] = False


def _keep() -> None:
    """Write the draft, so that a tab that closes loses nothing."""
    s = session.session()
    s.deck = s.deck or steps.fresh()
    try:
        steps.write(drafts(), s.deck, s.talk)
    except OSError as error:
        s.notice = f"The steps are kept for this visit only ({error.strerror}): save them as a file."


def _forget() -> None:
    """Fields of steps that have another number now."""
    for key in [str(k) for k in st.session_state if str(k).startswith(("step-name-", "step-text-"))]:
        del st.session_state[key]


def suggestion() -> str:
    s = session.session()
    card = models.find(s.model, s.digest)
    return " · ".join(filter(None, (card.title if card else "", s.page.capitalize())))[: steps.LONGEST["title"]]
