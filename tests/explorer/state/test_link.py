"""A link says where a visitor is, to the bit; whatever else stands in an address becomes a sentence, never an error."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state.link import RULES, from_query, pack, to_query, unpack
from explorer.state.session import ExploreState, Session, link_of
from explorer.state.view import DEFAULTS, PARAMETERS, MapView
from tests.explorer.state.test_view import views

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
words = st.text(max_size=30)
DIGEST = "0123456789abcdef" * 4


@given(st.lists(finite, min_size=1, max_size=512))
def test_z_travels_to_the_bit(z: list[float]) -> None:
    back = np.array(unpack(pack(tuple(z))), np.float32)
    assert back.tobytes() == np.array(z, np.float32).tobytes()


def outcome(text: str) -> tuple[float, ...] | None:
    """The point, or None after the sentence that says why there is none."""
    refused = None
    try:
        return unpack(text)
    except ValueError as error:
        refused = str(error)
    assert "copy the link again" in refused
    return None


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    if (z := outcome(text)) is not None:
        assert unpack(pack(z)) == z


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_z_that_is_no_point_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        unpack(pack((0.0, bad)))


@given(views, st.lists(finite, min_size=1, max_size=20), words.filter(bool))
def test_a_link_is_the_session(view: MapView, z: list[float], model: str) -> None:
    session = Session(model, DIGEST, "paths", explore=ExploreState({DIGEST: tuple(z)}, view))
    session.parameters = {"paths": {"a": "item.3", "n": "12", "nonsense": "x"}, "train": {"run": "r"}}
    link = from_query(to_query(link_of(session)))
    view = view if view.mode == "sample" else replace(view, seed=MapView.seed)  # the seed of what is shown
    assert (link.model, link.digest, link.view, link.problem) == (model, DIGEST[:12], view, "")
    assert link.z == unpack(pack(tuple(z)))
    assert link.parameters == {"a": "item.3", "n": "12"}


@given(st.dictionaries(st.sampled_from(["model", "at", "z", "map", "x", "y", "colour", "mode", "a", "n"]), words))
def test_no_address_raises(query: dict[str, str]) -> None:
    link = from_query(query)
    if query.get("x", "0") in ("-1", "zwei", "1e3", "²"):
        assert "x (=" in link.problem


@pytest.mark.parametrize("name", list(RULES))
def test_every_part_of_a_link_has_a_rule_that_it_states(name: str) -> None:
    """Garbage in one part costs that part only, and is answered by a sentence with the value and the rule."""
    link = from_query({"model": "m", name: "\x00<script>" * 9000})
    assert link.model == "m"
    assert name in link.problem
    assert RULES[name][1] in link.problem
    assert len(link.problem) < 300
    assert link.view == MapView()
    assert from_query({"model": "m"}).problem == ""


@pytest.mark.parametrize("name", [*RULES, "z"])
def test_a_link_of_100_kb_is_answered_in_short(name: str) -> None:
    link = from_query({"model": "m", name: "x" * 100_000 + "/"})
    assert f"{name} (=" in link.problem
    assert len(link.problem) < 200
    assert link.view == MapView()
    assert not any(link.parameters.values())


@given(st.sampled_from(sorted(PARAMETERS)), words | st.from_regex("[0-9]{1,10}", fullmatch=True))
def test_a_value_of_a_view_is_taken_or_is_a_sentence(name: str, value: str) -> None:
    """Nothing is lost in silence: what the view does not have, the problem names."""
    link = from_query({"model": "m", name: value})
    if link.problem:
        assert link.problem == f"{name} (={value[:20]!r}) must be {PARAMETERS[name].metadata['rule']}."
        assert link.view == MapView()
    elif value:
        assert getattr(link.view, name) == type(DEFAULTS[name])(value)
