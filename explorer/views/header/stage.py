"""The stage: one step of a lecture at a time, turned by a clicker; and a link's way onto it."""

from __future__ import annotations

import streamlit as st

from explorer.engine import models
from explorer.state import session, steps
from explorer.state.link import Link, from_query
from explorer.state.widgets import STAGE
from explorer.studio.components import stage
from explorer.studio.incoming import Turn
from explorer.views import shared
from explorer.views.header import lecture_steps, picker


def settle(link: Link | None) -> None:
    """Follow the part of a link that speaks of a lecture."""
    if link is None:
        return
    here = session.current()
    talk = here.lecture
    talk.present = link.present
    if link.deck and link.deck != talk.deck:
        draft = steps.read(lecture_steps.drafts(), link.deck)
        if draft is None:
            here.notice += " The link's steps are not on this machine: open the file that holds them."
        talk.deck, talk.steps = (link.deck, draft) if draft is not None else ("", ())
    talk.step = min(link.step, len(talk.steps))


def bar() -> None:
    """The stage's own header; a clicker turns the pages."""
    talk = session.current().lecture
    step = talk.steps[talk.step - 1] if talk.step else None
    card = shared.open_model()
    title = step.title if step else card.title if card else "Latent Explorer"
    stage(
        title, step.text if step else "", talk.step, len(talk.steps),
        preload=[*_files(talk.step + 1), *_files(talk.step - 1)], on_turn=turn, key=STAGE,
    )  # fmt: skip


def turn(way: Turn) -> None:
    """Do what a key of the clicker, or a button of the stage, asks for."""
    talk = session.current().lecture
    if way == "leave":
        talk.present = False
    elif 1 <= (number := talk.step + (1 if way == "next" else -1)) <= len(talk.steps):
        go(number)


def go(number: int) -> None:
    """Show a step, counted from 1: what a link to it would show."""
    here = session.current()
    here.lecture.step = number
    step = here.lecture.steps[number - 1]
    link = from_query(step.query)
    session.follow(step.page, link.parameters)
    here.encode.source = "item"  # whatever was uploaded since is no part of the step
    picker.settle(models.list_models(), link)
    here.explore.seq += 1
    st.switch_page(f"views/{step.page}/page.py")


def _files(number: int) -> list[str]:
    """The files that a browser may fetch before a step is shown, so that its model is there at once."""
    here = session.current()
    if not 1 <= number <= len(here.lecture.steps):
        return []
    query = here.lecture.steps[number - 1].query
    card = models.find(query.get("model", ""), query.get("at", ""))
    return [] if card is None or card.digest == here.digest else shared.files(card)
