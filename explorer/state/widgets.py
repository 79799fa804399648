"""Widgets by their keys: the only place that reads and writes their values in `st.session_state`.

The session is the truth and a widget begins as its copy: it is drawn with the session's value as its default, under
`key(name)`, and its answer goes into the session. Where a link, a step of a lecture or a paste changes the session,
`session.refresh` makes the keys new, so that every widget begins again; none is wiped. Fields that only their own page
reads (the Train form) survive a change of page by Streamlit's `persist_state`.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.state.session import current

# Keys of widgets and components whose values are read or set elsewhere than where they are drawn.
STUDIO, PATH, PAD, PASTE, STAGE, SPACE = "studio", "path", "pad", "paste", "stage", "space"
PICKER, STEPS = "picker", "steps"  # popovers: whether they are open
STEP_TITLE, STEP_NAME, STEP_TEXT, STEP_FILE, STEP_SLIDERS = (
    "step-title", "step-name", "step-text", "step-file", "step-sliders",
)  # fmt: skip
ENCODE_SOURCE, ENCODE_CLASS = "encode-way", "encode-class"
PATH_LINE, PATH_COUNT = "path-line", "path-n"
SPACE_ON, SPACE_KIND, SPACE_GO = "space-on", "space-kind", "space-go"
TRAIN_TITLE = "train-title"


def key(name: str) -> str:
    """The key of a widget that begins as the session's copy."""
    edition = current().edition
    return f"{name}-{edition}" if edition else name


def path_end(which: str) -> str:
    """The key of the menu of one end of a path, "a" or "b"."""
    return f"path-{which}"


def space_axis(i: int) -> str:
    """The key of the choice along axis i of the 3-D view."""
    return f"space-axis-{i}"


def show(key: str, value: Any) -> None:
    """Set what a widget shows from now on; before it is drawn, or in a callback. It then has no default."""
    st.session_state[key] = value


def value(key: str) -> Any:
    """What a widget or a component says, None where it is not on the page."""
    return st.session_state.get(key)
