"""What `streamlit run explorer/app.py` serves: the pages, and beside them the routes that the studio fetches from."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from explorer.routes import maps, models


def sentence(error: Exception) -> bool:
    """An error that no page expected: its words for the visitor, its traceback for the terminal."""
    logging.getLogger("explorer").error("A page failed.", exc_info=error)
    st.error(
        f"Something here did not work: {type(error).__name__}. The terminal that runs the app says more; "
        "the other pages and models still work.",
        icon=":material/error:",
    )
    return True


app = st.App(Path(__file__).with_name("main.py"), routes=[*maps.ROUTES, *models.ROUTES], on_script_error=sentence)
