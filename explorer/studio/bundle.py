"""The built front end: whether it is there, its files, and a component of Streamlit for each kind of payload."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

import streamlit as st

from explorer.studio.payloads import Bundle, Data, plain

HERE = Path(__file__).parent
DIST = HERE / "dist"


def bundle_available() -> bool:
    """Whether the front end was built. If not: `pip install -e .` with a reach to an npm registry builds it."""
    return bool(files())


def files() -> Bundle:
    """The built file of each entry; {} where none was built."""
    try:
        return cast(Bundle, json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError):
        return cast(Bundle, {})


def mount(data: Data, key: str, **on_change: Any) -> Any:
    """Draw a component, or send new data to the one that is on the page; returns what it last reported.

    Args:
        on_change: as `on_<report>_change`, what to call before the page runs anew.
    """
    return _component(data.kind)(key=key, data=plain(data), **on_change)


def silent() -> None:
    """For reports that the page reads from the return value."""


@cache
def _component(kind: str) -> Any:
    css = "\n".join(p.read_text(encoding="utf-8") for p in sorted((HERE / "src" / "css").glob("*.css")))
    html = (HERE / "src" / "skeleton" / f"{kind}.html").read_text(encoding="utf-8")
    js = (HERE / "src" / "load.js").read_text(encoding="utf-8")
    return st.components.v2.component(f"latent_explorer_{kind}", html=html, css=css, js=js)
