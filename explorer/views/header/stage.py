"""The stage: one step of a lecture at a time, turned by a clicker; and a link's way onto it."""

from __future__ import annotations

import streamlit as st

from explorer.engine import models
from explorer.state import session, steps
from explorer.studio import Turn, stage
from explorer.views import shared
from explorer.views.header import lecture_steps, picker


def settle(link: session.Link | None) -> None:
    """Follow the part of a link that speaks of a lecture."""
    s = session.session()
    if link is None:
        return
    s.present = link.present
    if link.deck and link.deck != s.deck:
        found = steps.read(lecture_steps.drafts(), link.deck)
        if found is None:
            s.notice += " The steps that the link names are not on this machine: open the file that holds them."
        s.deck, s.talk = (link.deck, found) if found is not None else ("", ())
    s.step = min(link.step, len(s.talk))


def bar() -> None:
    """The stage's own header; a clicker turns the pages."""
    s = session.session()
    step = s.talk[s.step - 1] if s.step else None
    card = models.find(s.model, s.digest)
    title = step.title if step else card.title if card else "Latent Explorer"
    stage(
        title,
        step.text if step else "",
        s.step,
        len(s.talk),
        [*_files(s.step + 1), *_files(s.step - 1)],
        turned=turned,
        key=session.STAGE,
    )


def turned(way: Turn) -> None:
    """A key of the clicker, or a button of the stage."""
    s = session.session()
    if way == "leave":
        s.present = False
    elif 1 <= (number := s.step + (1 if way == "next" else -1)) <= len(s.talk):
        go(number)


def go(number: int) -> None:
    """Show a step, counted from 1: what a link to it would show."""
    s = session.session()
    s.step = number
    step = s.talk[number - 1]
    link = session.from_query(step.query)
    allowed = session.PAGE_PARAMETERS[step.page]
    s.parameters[step.page] = {k: v for k, v in link.parameters.items() if k in allowed}
    for key in [str(k) for k in st.session_state if str(k).startswith(("path-", "encode-"))]:
        del st.session_state[key]  # widgets that would hold what the page showed before
    picker.settle(models.models(), link)
    s.seq += 1
    st.switch_page(f"views/{step.page}/page.py")


def _files(number: int) -> list[str]:
    """What a browser may fetch before a step is shown, so that its model is there at once."""
    s = session.session()
    if not 1 <= number <= len(s.talk):
        return []
    query = s.talk[number - 1].query
    card = models.find(query.get("model", ""), query.get("at", ""))
    return [] if card is None or card.digest == s.digest else shared.files(card)
