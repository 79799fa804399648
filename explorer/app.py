"""What `streamlit run explorer/app.py` serves: the pages, and beside them the routes that the studio fetches from."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from explorer.routes import maps, models, networks, static


def sentence(error: Exception) -> bool:
    """An error that no page expects: a sentence for the visitor, the traceback for the terminal."""
    logging.getLogger("explorer").error("A page failed.", exc_info=error)
    st.error(
        f"This page failed ({type(error).__name__}). The terminal that runs the app shows the details; "
        "the other pages and models still work.",
        icon=":material/error:",
    )
    return True


routes = [*maps.ROUTES, *networks.ROUTES, *models.ROUTES, *static.ROUTES]
app = st.App(Path(__file__).with_name("main.py"), routes=routes, on_script_error=sentence)
