"""The table of view parameters: whatever it allows survives every journey, whatever it does not is left out."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state.view import PARAMETERS, MapView, fit, fits, for_another_model


def values(name: str) -> st.SearchStrategy[Any]:
    """Any value that a parameter may have, its default among them."""
    f = PARAMETERS[name]
    text = st.from_regex(re.compile(f.metadata["pattern"], re.ASCII), fullmatch=True)
    return st.just(f.default) | text.map(type(f.default))


views = st.builds(MapView, **{name: values(name) for name in PARAMETERS})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers())


@given(views)
def test_a_view_survives_the_studio(view: MapView) -> None:
    assert MapView.from_json(view.to_json()) == view


@given(st.dictionaries(st.sampled_from([*PARAMETERS, "other", "__class__"]), scalars))
def test_whatever_is_no_view_is_left_out(value: dict[str, Any]) -> None:
    view = MapView.from_json(value)
    for name, f in PARAMETERS.items():
        taken = getattr(view, name)
        assert taken == f.default or (taken == value[name] and fits(name, taken))


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", True), ("x", 1.0), ("x", "1"), ("x", -1), ("x", 10_000), ("mode", "median"), ("mode", ""), ("map", "a/b"),
     ("map", "a\n"), ("colour", "é"), ("under", "density.grid"), ("locks", "3."), ("seed", -2), ("camera", "1,2")],
)  # fmt: skip
def test_a_value_that_breaks_its_rule_does_not_fit(name: str, value: Any) -> None:
    assert not fits(name, value)


@given(views)
def test_another_model_is_shown_as_the_first_one_but_for_what_is_the_first_ones_own(view: MapView) -> None:
    other = for_another_model(view)
    assert for_another_model(other) == other
    assert (other.x, other.y, other.mode, other.seed, other.under) == (view.x, view.y, view.mode, view.seed, view.under)
    assert {other.camera, other.beside_camera, other.focus, other.locks, other.stage} == {""}
    for name in ("map", "colour", "beside"):
        computed = re.fullmatch("[0-9a-f]{12}", getattr(view, name)) is not None
        assert getattr(other, name) == ("" if computed else getattr(view, name))


def test_maps_and_colours_that_were_computed_go_and_named_ones_stay() -> None:
    view = MapView(map="0123456789ab", colour="label", beside="raw~3~7", focus="2")
    assert for_another_model(view) == MapView(colour="label", beside="raw~3~7")


def test_dimensions_that_a_model_has_not_are_left_out_and_named() -> None:
    view = MapView(x=3, y=20, locks="1.30", stage="2.40.500", colour="label")
    kept, problem = fit(view, 16)
    assert kept == MapView(x=3, y=MapView.y, locks="1", stage="2", colour="label")
    assert all(word in problem for word in ("20", "30", "40", "500", "0 to 15"))
    assert fit(kept, 16) == (kept, "")


@given(views, st.integers(2, 512))
def test_a_fitted_view_is_one_of_the_table(view: MapView, latent: int) -> None:
    kept, _ = fit(view, latent)
    assert MapView.from_json(kept.to_json()) == kept
    assert replace(kept, x=view.x, y=view.y, locks=view.locks, stage=view.stage) == view
