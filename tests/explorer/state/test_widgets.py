"""A widget is the session's copy: it shows what the session says, and what is typed is never taken away."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from explorer.state import session, widgets

    lecture = session.current().lecture

    def take() -> None:
        lecture.deck = widgets.value("field")

    widgets.show("field", lecture.deck)
    st.text_input("Field", key="field", on_change=take)
    if not st.toggle("Hide", key="hide"):
        widgets.show("choice", lecture.refusal or "a")
        st.segmented_control("Choice", ["a", "b"], key="choice", required=True)


def test_a_widget_shows_what_the_session_says() -> None:
    app = AppTest.from_function(script).run()
    assert (app.text_input[0].value, app.segmented_control[0].value) == ("", "a")
    app.session_state["session"].lecture.deck = "from a link"
    app.session_state["session"].lecture.refusal = "b"
    app.run()
    assert (app.text_input[0].value, app.segmented_control[0].value) == ("from a link", "b")


def test_the_session_takes_what_a_widget_says() -> None:
    app = AppTest.from_function(script).run()
    app.text_input[0].set_value("typed").run()
    assert app.session_state["session"].lecture.deck == "typed"
    assert app.run().text_input[0].value == "typed"


def test_a_widget_that_was_gone_comes_back_as_the_session_says() -> None:
    app = AppTest.from_function(script).run()
    app.session_state["session"].lecture.refusal = "b"
    app.toggle[0].set_value(True).run()
    assert not app.segmented_control
    app.toggle[0].set_value(False).run()
    assert app.segmented_control[0].value == "b"


def quiet() -> None:
    import streamlit as st

    from explorer.state import widgets

    widgets.show("field", "same")
    st.text_input("Field", key="field")


def test_a_field_that_says_so_already_is_left_alone() -> None:
    """Setting a value again would take away from a browser what is being typed there."""
    app = AppTest.from_function(quiet).run()
    assert app.text_input[0].proto.set_value
    app.run()
    assert not app.text_input[0].proto.set_value
