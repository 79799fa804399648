"""A link is the session, to the bit; whatever else stands in an address bar becomes a sentence, never an error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from explorer.state import session as state
from explorer.state.view import MapView, fit

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
words = st.text(max_size=30)
DIGEST = "0123456789abcdef" * 4


@given(st.lists(finite, min_size=1, max_size=512))
def test_z_travels_to_the_bit(z: list[float]) -> None:
    back = np.array(state.unpack(state.pack(tuple(z))), np.float32)
    assert back.tobytes() == np.array(z, np.float32).tobytes()


def outcome(text: str) -> tuple[float, ...] | None:
    """The point, or None after the sentence that says why there is none."""
    refused = None
    try:
        return state.unpack(text)
    except ValueError as error:
        refused = str(error)
    assert "copy the link again" in refused
    return None


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    if (z := outcome(text)) is not None:
        assert state.unpack(state.pack(z)) == z


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_z_that_is_no_point_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        state.unpack(state.pack((0.0, bad)))


views = st.builds(
    MapView,
    map=st.sampled_from(["", "raw", "pca", "umap"]),
    x=st.integers(0, 511),
    y=st.integers(0, 511),
    colour=st.sampled_from(["", "label", "z3"]),
    mode=st.sampled_from(["", "mean", "sample"]),
    beside=st.sampled_from(["", "umap", "raw~3~7"]),
    camera=st.sampled_from(["", "0.5,-1.25,2", "-1.234567e-05,3,400"]),
    beside_camera=st.sampled_from(["", "0.5,-1.25,2", "-1.234567e-05,3,400"]),
    focus=st.sampled_from(["", "-1", "7"]),
    under=st.sampled_from(["", "grid", "density", "grid.density"]),
    locks=st.lists(st.integers(0, 511), max_size=5).map(lambda dims: ".".join(map(str, dims))),
    stage=st.sampled_from(["", "0", "3.7.11"]),
)


@given(views)
def test_a_view_survives_the_studio(view: MapView) -> None:
    assert MapView.from_json(view.to_json()) == view


@given(views, st.lists(finite, min_size=1, max_size=20), words.filter(bool))
def test_a_link_is_the_session(view: MapView, z: list[float], model: str) -> None:
    session = state.Session(model, DIGEST, "paths", explore=state.ExploreState({DIGEST: tuple(z)}, view))
    session.parameters = {"paths": {"a": "item.3", "n": "12", "nonsense": "x"}, "train": {"run": "r"}}
    link = state.from_query(state.to_query(session))
    assert (link.model, link.digest, link.view, link.problem) == (model, DIGEST[:12], view, "")
    assert link.z == state.unpack(state.pack(tuple(z)))
    assert link.parameters == {"a": "item.3", "n": "12"}


@given(st.dictionaries(st.sampled_from(["model", "at", "z", "map", "x", "y", "colour", "mode", "a", "n"]), words))
def test_no_address_raises(query: dict[str, str]) -> None:
    link = state.from_query(query)
    if query.get("x", "0") in ("-1", "zwei", "1e3", "²"):
        assert "x (=" in link.problem


def test_a_session_without_a_model_has_no_address() -> None:
    assert state.to_query(state.Session()) == {}


def script() -> None:
    import streamlit as st

    from explorer.state import address
    from explorer.state import session as state

    link = address.arrive("explore")
    if link:
        state.choose(link.model, "d" * 64)
        if link.z:
            state.move(link.z)
    st.text(repr(link))
    address.publish()


def test_the_address_is_followed_once_and_then_kept() -> None:
    app = AppTest.from_function(script)
    app.query_params.update({"model": "m", "at": "d" * 12, "z": state.pack((1.0, 2.0))})
    app.run()
    session = app.session_state["session"]
    assert (session.model, session.explore.z["d" * 64], session.explore.seq) == ("m", (1.0, 2.0), 1)
    app.run()
    assert app.text[0].value == "None", "the session's own address is not a link"
    assert app.session_state["session"].explore.seq == 1


def test_an_address_that_was_replaced_meanwhile_is_no_link() -> None:
    """A click that was on its way while z moved says where z was; it must not take z back there."""
    app = AppTest.from_function(script)
    stale = {"model": "m", "at": "d" * 12, "z": state.pack((1.0, 2.0))}
    app.query_params.update(stale)
    app.run()
    app.session_state["session"].explore.z["d" * 64] = (3.0, 4.0)
    app.run()
    app.query_params.clear()
    app.query_params.update(stale)
    app.run()
    assert app.text[0].value == "None"
    assert app.session_state["session"].explore.z["d" * 64] == (3.0, 4.0)
    app.query_params.update({"z": state.pack((5.0, 6.0))})
    app.run()
    assert app.session_state["session"].explore.z["d" * 64] == (5.0, 6.0), "an address that was never ours is a link"


def test_a_page_change_that_clears_the_address_loses_nothing() -> None:
    app = AppTest.from_function(script)
    app.query_params.update({"model": "m", "at": "d" * 12, "z": state.pack((1.0, 2.0))})
    app.run()
    app.query_params.clear()
    app.run()
    assert state.unpack(
        app.query_params["z"] if isinstance(app.query_params["z"], str) else app.query_params["z"][0]
    ) == (1, 2)


@pytest.mark.parametrize("name", list(state.RULES))
def test_every_part_of_a_link_has_a_rule_that_it_states(name: str) -> None:
    """Garbage in one part costs that part only, and is answered by a sentence with the value and the rule."""
    link = state.from_query({"model": "m", name: "\x00<script>" * 9000})
    assert link.model == "m"
    assert name in link.problem
    assert state.RULES[name][1] in link.problem
    assert len(link.problem) < 300
    assert link.view == MapView()
    assert state.from_query({"model": "m"}).problem == ""


def test_the_seed_travels_only_with_a_sample() -> None:
    session = state.Session("m", DIGEST, explore=state.ExploreState(view=MapView(mode="mean", seed=7)))
    assert "seed" not in state.to_query(session)
    session.explore.view = MapView(mode="sample", seed=7)
    assert state.from_query(state.to_query(session)).view == session.explore.view


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


def test_dimensions_that_a_model_has_not_are_left_out_and_named() -> None:
    view = MapView(x=3, y=20, locks="1.30", stage="2.40.500", colour="label")
    kept, problem = fit(view, 16)
    assert kept == MapView(x=3, y=MapView.y, locks="1", stage="2", colour="label")
    assert all(word in problem for word in ("20", "30", "40", "500", "0 to 15"))
    assert fit(kept, 16) == (kept, "")


@pytest.mark.parametrize("name", [*state.RULES, "z"])
def test_a_link_of_100_kb_is_answered_in_short(name: str) -> None:
    link = state.from_query({"model": "m", name: "x" * 100_000 + "/"})
    assert f"{name} (=" in link.problem
    assert len(link.problem) < 200
    assert link.view == MapView()
    assert not any(link.parameters.values())
