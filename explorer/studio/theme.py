"""Runs the page anew when the system turns dark or light: formulas and charts have their colours from Python.

It has a few lines of JavaScript of its own, so that a page without the studio loads no bundle, and nothing to see.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.studio.bundle import silent


def follow(dark: bool, key: str = "theme") -> None:
    """Listen for as long as the page is open; `dark` is how this run draws."""
    _component()(key=key, data={"dark": dark}, on_dark_change=silent, width=1)


@cache
def _component() -> Any:
    js = (Path(__file__).parent / "src" / "watch.js").read_text(encoding="utf-8")
    return st.components.v2.component("latent_explorer_theme", js=js)
