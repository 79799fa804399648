"""What the buttons of the menu of steps do: every change is written at once, so that a closed tab loses nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.jobs import runs
from explorer.state import session, steps, widgets
from explorer.state.link import to_query
from explorer.state.steps import Step
from explorer.views import shared

LECTURE = ("deck", "step", "present")  # of the address, but of no step


def drafts() -> Path:
    """The folder of the drafts."""
    return runs.root() / "steps"


def add() -> None:
    """The screen as it stands becomes a step, behind the one that is shown or at the end."""
    here = session.current()
    talk = here.lecture
    query = {k: v for k, v in to_query(session.link_of(here)).items() if k not in LECTURE}
    title = str(widgets.value(widgets.STEP_TITLE) or "").strip() or suggestion()
    at = talk.step or len(talk.steps)
    talk.steps = (*talk.steps[:at], Step(title, here.page, query), *talk.steps[at:])[: steps.MOST]
    talk.step = min(at + 1, len(talk.steps))
    session.refresh()
    widgets.show(widgets.STEP_TITLE, "")
    _write()


def remove(number: int) -> None:
    """Take a step, counted from 1, out of the lecture."""
    talk = session.current().lecture
    talk.steps = talk.steps[: number - 1] + talk.steps[number:]
    talk.step = min(talk.step - (number < talk.step), len(talk.steps))
    session.refresh()
    _write()


def move(number: int) -> None:
    """Let a step, counted from 1, come one earlier; the step that is shown stays shown."""
    talk = session.current().lecture
    talk.steps = steps.reorder(talk.steps, number - 1, -1)
    talk.step = {number: number - 1, number - 1: number}.get(talk.step, talk.step)
    session.refresh()
    _write()


def rename() -> None:
    """Give the step that is shown the title and the sentence of the two fields."""
    talk = session.current().lecture
    step = talk.steps[talk.step - 1]
    title, text = (
        str(widgets.value(widgets.key(name)) or "").strip() for name in (widgets.STEP_NAME, widgets.STEP_TEXT)
    )
    renamed = replace(step, title=title or step.title, text=text)
    talk.steps = (*talk.steps[: talk.step - 1], renamed, *talk.steps[talk.step :])
    _write()


def open_file() -> None:
    """Take over the steps of the file that was uploaded, or the sentence why it holds none."""
    talk, file = session.current().lecture, widgets.value(widgets.STEP_FILE)
    talk.refusal = ""
    if file is None:
        return
    try:
        talk.steps = steps.load(file.getvalue())
    except ValueError as error:
        talk.refusal = str(error)
        return
    talk.step, talk.deck = 0, ""
    _write()


def start() -> None:
    """Show the stage."""
    session.current().lecture.present = True
    widgets.show(widgets.STEPS, False)


def suggestion() -> str:
    """The title that a step has if nobody types one."""
    card = shared.open_model()
    words = (card.title if card else "", session.current().page.capitalize())
    return " · ".join(filter(None, words))[: steps.LONGEST["title"]]


def _write() -> None:
    """Write the draft."""
    here = session.current()
    here.lecture.deck = here.lecture.deck or steps.new_name()
    try:
        steps.write(drafts(), here.lecture.deck, here.lecture.steps)
    except OSError as error:
        here.notice = f"The steps last for this visit only ({error.strerror}): save them as a file."
