"""What `streamlit run explorer/app.py` serves: the pages, and beside them the routes that the studio fetches from."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.routes import ROUTES

app = st.App(Path(__file__).with_name("main.py"), routes=ROUTES)
