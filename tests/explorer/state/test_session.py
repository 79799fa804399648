"""The address is followed once and then kept; what it says of a model goes with the model."""

from streamlit.testing.v1 import AppTest

from explorer.state.link import from_query, pack, to_query, unpack
from explorer.state.session import ExploreState, Session, link_of
from explorer.state.view import MapView

DIGEST = "0123456789abcdef" * 4


def test_a_session_without_a_model_has_no_address() -> None:
    assert to_query(link_of(Session())) == {}


def script() -> None:
    import streamlit as st

    from explorer.state import address, session

    link = address.arrive("explore")
    if link:
        session.choose(link.model, "d" * 64)
        if link.z:
            session.move(link.z)
    st.text(repr(link))
    address.publish()


def test_the_address_is_followed_once_and_then_kept() -> None:
    app = AppTest.from_function(script)
    app.query_params.update({"model": "m", "at": "d" * 12, "z": pack((1.0, 2.0))})
    app.run()
    session = app.session_state["session"]
    assert (session.model, session.explore.z["d" * 64], session.explore.seq) == ("m", (1.0, 2.0), 1)
    app.run()
    assert app.text[0].value == "None", "the session's own address is not a link"
    assert app.session_state["session"].explore.seq == 1


def test_an_address_that_was_replaced_meanwhile_is_no_link() -> None:
    """A click that was on its way while z moved says where z was; it must not take z back there."""
    app = AppTest.from_function(script)
    stale = {"model": "m", "at": "d" * 12, "z": pack((1.0, 2.0))}
    app.query_params.update(stale)
    app.run()
    app.session_state["session"].explore.z["d" * 64] = (3.0, 4.0)
    app.run()
    app.query_params.clear()
    app.query_params.update(stale)
    app.run()
    assert app.text[0].value == "None"
    assert app.session_state["session"].explore.z["d" * 64] == (3.0, 4.0)
    app.query_params.update({"z": pack((5.0, 6.0))})
    app.run()
    assert app.session_state["session"].explore.z["d" * 64] == (5.0, 6.0), "an address that was never ours is a link"


def test_a_page_change_that_clears_the_address_loses_nothing() -> None:
    app = AppTest.from_function(script)
    app.query_params.update({"model": "m", "at": "d" * 12, "z": pack((1.0, 2.0))})
    app.run()
    app.query_params.clear()
    app.run()
    assert unpack(app.query_params["z"] if isinstance(app.query_params["z"], str) else app.query_params["z"][0]) == (
        1,
        2,
    )


def test_the_seed_travels_only_with_a_sample() -> None:
    session = Session("m", DIGEST, explore=ExploreState(view=MapView(mode="mean", seed=7)))
    assert "seed" not in to_query(link_of(session))
    session.explore.view = MapView(mode="sample", seed=7)
    assert from_query(to_query(link_of(session))).view == session.explore.view


def test_another_model_is_not_asked_for_what_was_made_of_the_first_ones_items() -> None:
    app = AppTest.from_function(script)
    app.query_params.update({"model": "m", "at": "d" * 12})
    app.run()
    session = app.session_state["session"]
    session.explore.view = MapView(map="0123456789ab", colour="label", beside="ba9876543210", camera="1,2,3")
    session.digest = "e" * 64
    app.query_params.update({"model": "m", "at": "d" * 12, "x": "1"})
    app.run()
    assert app.session_state["session"].explore.view == MapView(colour="label")
