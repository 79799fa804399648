"""A widget begins as the session's copy, and begins again where the session was changed and not by it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from explorer.state import session, widgets

    lecture = session.current().lecture

    def change() -> None:
        lecture.deck = "from elsewhere"
        session.refresh()

    st.button("Change", on_click=change)
    if not st.toggle("Hide", key="hide"):
        lecture.deck = st.text_input("Field", lecture.deck, key=widgets.key("field"))


def test_the_session_takes_what_a_widget_says() -> None:
    app = AppTest.from_function(script).run()
    app.text_input[0].set_value("typed").run()
    assert app.session_state["session"].lecture.deck == "typed"
    assert app.run().text_input[0].value == "typed"


def test_a_widget_that_was_gone_comes_back_as_the_session_says() -> None:
    app = AppTest.from_function(script).run()
    app.text_input[0].set_value("typed").run()
    app.toggle[0].set_value(True).run()
    assert not app.text_input
    app.toggle[0].set_value(False).run()
    assert app.text_input[0].value == "typed"


def test_a_change_from_elsewhere_is_shown_whatever_was_typed() -> None:
    app = AppTest.from_function(script).run()
    app.text_input[0].set_value("typed").run()
    app.button[0].click().run()
    assert app.text_input[0].value == "from elsewhere"
    assert app.session_state["session"].lecture.deck == "from elsewhere"
    app.text_input[0].set_value("typed again").run()
    assert app.session_state["session"].lecture.deck == "typed again"
