"""What Python and TypeScript agree on is written by Python: stale is red, and every parameter makes every journey."""

from __future__ import annotations

import re
from typing import Any, get_args, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.drawing import palette
from explorer.state.view import DEFAULTS, PARAMETERS, MapView
from explorer.studio import contract, payloads
from explorer.studio.payloads import plain
from tests.explorer.state.test_view import values
from vae.maps import neighbours
from vae.maps.requests import KINDS

MANY = 10_000  # latent dimensions: every number of one that a link may hold


def test_contract_ts_is_what_python_says() -> None:
    written = contract.PATH.read_text(encoding="utf-8")
    assert written == contract.render(), (
        f"src/contract.ts is stale: run `{contract.COMMAND}` and commit what it writes."
    )


def test_every_field_of_every_record_is_in_it() -> None:
    text = contract.render()
    for cls in (*contract.RECORDS, *get_args(payloads.Data)):
        body = re.search(rf"export interface {cls.__name__} {{\n(.*?)\n}}", text, re.S)
        assert body is not None
        assert re.findall(r"^  (\w+): ", body.group(1), re.M) == list(get_type_hints(cls))


def test_the_browser_has_the_constants_of_python(javascript: Any) -> None:
    found = javascript("contract", "m", None)
    assert found["VIEW"] == DEFAULTS
    assert found["CLASSES"] == {theme: list(colours) for theme, colours in palette.CLASSES.items()}
    assert found["SYMBOLS"]["dark"] == {name: symbol.dark for name, symbol in palette.SYMBOLS.items()}
    for name in ("SHAPES", "VIRIDIS", "DIVERGING", "DIVERGING_DARK"):
        assert found[name] == list(getattr(palette, name))
    assert found["PLACEMENT"] == {"K": neighbours.K, "ACTIVE": neighbours.ACTIVE}
    for kind, cls in KINDS.items():
        assert {name: setting["default"] for name, setting in found["MAP_REQUESTS"][kind].items()} == vars(cls())


def canonical(name: str, value: Any) -> Any:
    """A list of dimensions as the studio writes it: ascending."""
    dims = name in ("locks", "stage") and value
    return ".".join(map(str, sorted(int(d) for d in value.split(".")))) if dims else value


in_the_studio = st.builds(
    MapView,
    **{name: values(name) for name in PARAMETERS if name != "map"},
    map=st.sampled_from(["raw", "0123456789ab"]),
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(in_the_studio, min_size=30, max_size=30))
def test_the_studio_shows_whatever_was_chosen(javascript: Any, views: list[MapView]) -> None:
    """Every parameter that is not left to the studio is in the view that it starts with, and that it reports."""
    started = javascript("state/view", f"v.map((view) => m.startView(view, {{latent: {MANY}}}, null))", plain(views))
    for view, shown in zip(views, started, strict=True):
        assert shown.keys() == PARAMETERS.keys()
        assert {k: shown[k] for k in view.to_json()} == {k: canonical(k, v) for k, v in view.to_json().items()}
