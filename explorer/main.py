"""Every page's frame: settings, the row with navigation and model picker, and the link that was followed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.engine import models as engine
from explorer.engine import warmup
from explorer.state import session
from explorer.studio import bundle_available, theme
from explorer.views import shared
from explorer.views.header import lecture, picker, stage

ICON = Path(__file__).with_name("icon.svg")  # a file: a Material symbol here would be fetched from the network
st.set_page_config("Latent Explorer", str(ICON), layout="wide", initial_sidebar_state="collapsed")

HELP = {
    "explore": "Drag z and see the picture follow.",
    "encode": "Bring a picture and see where it lands.",
    "paths": "Walk from one picture to another.",
    "train": "Learn from pictures of your own.",
    "about": "What this model is, and how good.",
}
PAGES = {
    name: st.Page(
        f"views/{name}/page.py", url_path=name, title=name.capitalize(), default=name == "explore", help=sentence
    )
    for name, sentence in HELP.items()
}

here = st.navigation(list(PAGES.values()), position="hidden")
page = next(name for name, each in PAGES.items() if each == here)
models = engine.models()
link = session.arrive(page)
picker.settle(models, link)
stage.settle(link)
if session.session().present and bundle_available():
    stage.bar()
else:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("**:material/contrast: Latent Explorer**", width="content")
        for each in PAGES.values():
            st.page_link(each)
        st.space("stretch")
        with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", width="content"):
            theme.follow(shared.theme() == "dark")
            lecture.menu()
            picker.draw(models)
session.publish()
if notice := session.session().notice:
    st.warning(notice, icon=":material/link_off:")
    session.session().notice = ""
warmup.warm_up(engine.find(session.session().model, session.session().digest))
here.run()
session.publish()
