"""What the components report: a value that fits, or nothing, whatever a browser sends."""

import base64
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state.view import DEFAULTS, MapView
from explorer.studio import incoming
from explorer.studio.incoming import ComparisonRequest, Pick
from explorer.studio.payloads import plain
from tests.explorer.state.test_view import views
from tests.explorer.studio.test_payloads import MODEL, finite

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)


@given(anything)
def test_whatever_a_browser_sends_is_a_value_or_nothing(state: Any) -> None:
    model = replace(MODEL, digest="d")
    for report in (state, {"digest": "d", "z": state, "seq": 0}, {"digest": "d", "view": state, "names": state}):
        z = incoming.z_of(report, model, 0)
        assert z is None or (len(z) == 3 and all(map(math.isfinite, z)))
        view = incoming.view_of(report, model, 0)
        assert view is None or MapView.from_json(view.to_json()) == view
        names = incoming.names_of(report, model)
        assert names is None or all(0 <= k < 3 and len(v) <= 40 for k, v in names.items())
        assert incoming.pick_of(report, model) is None
    at = incoming.at_of({"digest": "d", "at": state, "seq": 0}, model, 0)
    assert at is None or math.isfinite(at)
    assert incoming.png_of(state) is None
    assert incoming.turn_of({"turn": state}) is None
    assert incoming.item_of(state) is None


@given(anything, anything)
def test_a_pick_is_whole_or_none(item: Any, number: Any) -> None:
    report = {"digest": MODEL.digest, "which": "b", "z": [1, 2, 3], "item": item, "number": number}
    pick = incoming.pick_of(report, MODEL)
    assert pick is not None
    assert pick.item is None or pick.item >= 0
    assert pick.number >= 0


@given(st.lists(finite, min_size=3, max_size=3), st.integers(0, 5), st.integers(0, 5))
def test_a_z_counts_only_if_python_has_not_moved_it_since(z: list[float], then: int, now: int) -> None:
    report = {"digest": MODEL.digest, "seq": then, "z": z}
    assert incoming.z_of(report, MODEL, now) == (tuple(z) if then == now else None)
    assert incoming.z_of(report | {"digest": "another"}, MODEL, now) is None


@given(views, st.integers(0, 5), st.integers(0, 5))
def test_every_view_survives_the_way_to_the_studio_and_back(view: MapView, then: int, now: int) -> None:
    """The studio reports every parameter, those too of which nothing was chosen."""
    report = {"digest": MODEL.digest, "seq": then, "view": DEFAULTS | plain(view)}
    assert incoming.view_of(report, MODEL, now) == (view if then == now else None)


def test_a_pick_is_an_item_or_a_point() -> None:
    report = {"digest": MODEL.digest, "which": "a", "z": [1, 2, 3], "item": 7, "number": 4}
    assert incoming.pick_of(report, MODEL) == Pick("a", (1.0, 2.0, 3.0), 7, 4)
    between = incoming.pick_of(report | {"item": None}, MODEL)
    assert between is not None
    assert between.item is None


def test_names_are_those_of_dimensions_that_there_are() -> None:
    report = {"digest": MODEL.digest, "names": {"0": "slant", "2": "x" * 99, "3": "no", "-1": "no", "٢": "no"}}
    assert incoming.names_of(report, MODEL) == {0: "slant", 2: "x" * 40}


def test_a_drawing_is_png_bytes() -> None:
    assert incoming.png_of("data:image/png;base64,iVBORw==") == b"\x89PNG"
    assert incoming.png_of("data:image/png;base64,???") is None


def test_what_was_pasted_is_files_and_nothing_else() -> None:
    good = {"name": "a.png", "data": base64.b64encode(b"bytes").decode()}
    bad = [{"name": "b"}, {"data": "AAAA"}, {"name": "c", "data": "no base64!"}, {"name": "d", "data": None}, 7, None]
    assert incoming.files_of({"pasted": [good, *bad]}) == [("a.png", b"bytes")]
    assert len(incoming.files_of({"pasted": [good | {"name": "x" * 999}]})[0][0]) == 200
    states: tuple[Any, ...] = (None, {}, {"pasted": None}, {"pasted": "text"}, [])
    for state in states:
        assert incoming.files_of(state) == []


@pytest.mark.parametrize("way", ["next", "previous", "leave"])
def test_a_clicker_turns_the_page(way: str) -> None:
    assert incoming.turn_of({"turn": way}) == way
    assert incoming.turn_of({"turn": [way]}) is None


@given(anything)
def test_whatever_a_menu_sends_is_a_choice_or_nothing(value: Any) -> None:
    for report in (
        value,
        {"digest": MODEL.digest, "name": value, "by": "picture"},
        {"digest": MODEL.digest, "name": "a", "by": value},
    ):
        request = incoming.comparison_of({"compare": report}, MODEL)
        assert request is None or (isinstance(request.name, str) and request.by in ("picture", "numbers"))
    assert incoming.comparison_of(value, MODEL) is None


def test_a_choice_is_about_the_model_that_is_open() -> None:
    report = {"digest": MODEL.digest, "name": "twin", "by": "numbers"}
    assert incoming.comparison_of({"compare": report}, MODEL) == ComparisonRequest("twin", "numbers")
    assert incoming.comparison_of({"compare": report | {"digest": "another"}}, MODEL) is None
