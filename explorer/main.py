"""Every page's frame: settings, the row with navigation and model picker, and the link in the address bar."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.engine import models, warmup
from explorer.state import address, session
from explorer.studio import theme
from explorer.studio.bundle import bundle_available
from explorer.views import shared
from explorer.views.header import lecture, picker, stage

ICON = Path(__file__).with_name("icon.svg")  # a file: a Material symbol here would be fetched from the network
HELP = {
    "explore": "Drag the latent dimensions and see the picture follow.",
    "encode": "Send a picture through the encoder and see where it lands.",
    "paths": "Walk from one picture to another.",
    "train": "Train a model on pictures of your own.",
    "about": "What this model is and how well it does.",
}
st.set_page_config("Latent Explorer", str(ICON), layout="wide", initial_sidebar_state="collapsed")
PAGES = {
    name: st.Page(
        f"views/{name}/page.py", url_path=name, title=name.capitalize(), default=name == "explore", help=sentence
    )
    for name, sentence in HELP.items()
}


def header() -> None:
    """The row of every page: its links at the left; theme, steps and model at the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("**:material/contrast: Latent Explorer**", width="content")
        for page in PAGES.values():
            st.page_link(page)
        st.space("stretch")
        with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", width="content"):
            theme.follow(shared.theme() == "dark")
            lecture.menu()
            picker.draw(models.list_models())


here = st.navigation(list(PAGES.values()), position="hidden")
link = address.arrive(next(name for name, page in PAGES.items() if page == here))
picker.settle(models.list_models(), link)
stage.settle(link)
if session.current().lecture.present and bundle_available():
    stage.bar()
else:
    header()
address.publish()
if notice := session.current().notice:
    st.warning(notice, icon=":material/link_off:")
    session.current().notice = ""
warmup.warm_up(shared.open_model())
here.run()
address.publish()
