"""The live components on a page: they mount, and what does not fit together is named before anything is drawn."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.studio import components
from explorer.studio.payloads import Comparison
from tests.explorer.studio.test_payloads import MODEL


def test_a_path_has_two_ends() -> None:
    with pytest.raises(ValueError, match=r"frames \(=1\) must be at least 2"):
        components.path(MODEL, frames=[[0.0, 0.0, 0.0]])


def test_pictures_of_two_shapes_have_no_difference() -> None:
    with pytest.raises(ValueError, match="must draw pictures of"):
        components.studio(MODEL, compare=Comparison([], other=replace(MODEL, shape=(3, 64, 64))))


def page() -> None:
    from explorer.studio.components import pad, paste, path, scatter, stage, studio
    from explorer.studio.payloads import Mark, ModelInfo

    model = ModelInfo("m", "ab" * 32, "M", (1, 8, 8), 2)
    assert studio(model, z=(0.5, 1.0), marks=[Mark((0.0, 1.0), "here", "encoded")]).z is None
    assert path(model, frames=[(0.0, 0.0), (1.0, 1.0)]).at is None
    assert pad(model) is None
    paste(print, shown=True)
    stage("Title", "", 1, 2, preload=[], on_turn=print, key="stage")
    scatter("{}", "A figure", on_click=print, key="scatter")


def test_the_components_mount() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
