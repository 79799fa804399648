"""What is sent to the components: plain values, as they are, under the names that TypeScript knows."""

import json
import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state.view import MapView
from explorer.studio import payloads
from explorer.studio.payloads import Bundle, Choice, Comparison, Mark, ModelInfo, StudioData, address, numbers, plain

MODEL = ModelInfo("my model/é", "ab" * 32, "MNIST, 3 latents", (1, 28, 28), 3, kl=(2.0, 1.0, 0.0), names={1: "slant"})
BUNDLE = Bundle(studio="s.js", net="n.js", near="k.js")
finite = st.floats(-1e6, 1e6, width=32)


def sent(value: Any) -> Any:
    """A payload as the browser has it."""
    return json.loads(json.dumps(plain(value), allow_nan=False))


def test_a_model_travels_as_json_with_a_safe_address() -> None:
    model = sent(MODEL)
    assert model["base"] == "models/my%20model%2F%C3%A9/abababababab/"
    assert model["names"] == {"1": "slant"}
    assert model["shape"] == [1, 28, 28]
    assert model["folder"] == MODEL.name, "where nobody says where it lies"


def test_a_model_that_the_browser_cannot_decode_is_encoded_there_neither() -> None:
    assert not ModelInfo("m", "ab" * 32, "M", (1, 8, 8), 2, browser=False, encoder=True).encoder


def test_a_kl_that_is_not_one_number_a_dimension_is_named() -> None:
    with pytest.raises(ValueError, match="kl must be 2 finite numbers"):
        ModelInfo("m", "ab" * 32, "M", (1, 8, 8), 2, kl=(1.0,))


@given(st.lists(finite, min_size=3, max_size=3))
def test_numbers_travel_unchanged(z: list[float]) -> None:
    assert numbers(np.asarray(z, np.float32), "z", 3) == [float(np.float32(v)) for v in z]  # type: ignore[arg-type]


@pytest.mark.parametrize("z", [[], [1.0, 2.0], [1.0, math.nan, 2.0], [1.0, 2.0, math.inf]])
def test_a_z_that_does_not_fit_is_named(z: list[float]) -> None:
    with pytest.raises(ValueError, match="z must be 3 finite numbers"):
        numbers(z, "z", 3)


def test_a_comparison_travels_as_json() -> None:
    choice = Choice("a b", "A", "2 latents", thumb=f"{address('a b', 'ab' * 32)}thumb.png")
    comparison = sent(Comparison([choice], "3 latents", MODEL, "numbers"))
    assert comparison["choices"][0]["thumb"] == "models/a%20b/abababababab/thumb.png"
    assert comparison["other"]["name"] == MODEL.name
    assert sent(Comparison([]))["other"] is None


def test_of_a_view_only_what_was_chosen_travels() -> None:
    marks = [Mark((1.0, 2.0, 3.0), "x", "encoded")]
    data = StudioData(
        bundle=BUNDLE,
        model=MODEL,
        z=None,
        seq=0,
        view=MapView(map="pca", seed=7),
        marks=marks,
        compare=None,
        stage=False,
    )
    assert sent(data)["view"] == {"map": "pca", "seed": 7}
    assert sent(data)["marks"] == [{"z": [1.0, 2.0, 3.0], "label": "x", "kind": "encoded"}]
    assert sent(data)["kind"] == "studio"


def test_every_payload_names_its_kind() -> None:
    kinds = [cls.kind for cls in get_args(payloads.Data)]
    assert kinds == ["studio", "path", "pad", "paste", "stage", "scatter"]
