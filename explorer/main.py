"""Every page's frame: settings, the row with navigation and model picker, and the link that was followed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import engine, state, warming
from explorer.studio import bundle_available, theme
from explorer.views import lecture, parts, picker, present

ICON = Path(__file__).with_name("icon.svg")  # a file: a Material symbol here would be fetched from the network
st.set_page_config("Latent Explorer", str(ICON), layout="wide", initial_sidebar_state="collapsed")

PAGES = {
    "explore": st.Page("views/explore.py", title="Explore", default=True, help="Drag z and see the picture follow."),
    "encode": st.Page("views/encode.py", title="Encode", help="Bring a picture and see where it lands."),
    "paths": st.Page("views/paths.py", title="Paths", help="Walk from one picture to another."),
    "train": st.Page("views/train.py", title="Train", help="Learn from pictures of your own."),
    "about": st.Page("views/about.py", title="About", help="What this model is, and how good."),
}

here = st.navigation(list(PAGES.values()), position="hidden")
page = next(name for name, each in PAGES.items() if each == here)
models = engine.models()
link = state.arrive(page)
picker.settle(models, link)
present.settle(link)
if state.session().present and bundle_available():
    present.bar()
else:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("**:material/contrast: Latent Explorer**", width="content")
        for each in PAGES.values():
            st.page_link(each)
        st.space("stretch")
        with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", width="content"):
            theme.follow(parts.theme() == "dark")
            lecture.menu()
            picker.draw(models)
state.publish()
if notice := state.session().notice:
    st.warning(notice, icon=":material/link_off:")
    state.session().notice = ""
warming.warm_up(engine.find(state.session().model, state.session().digest))
here.run()
state.publish()
