"""Three dimensions at once: every item once and in its class's colour, z where it is, a sample bounded and random."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.drawing import space3d
from explorer.drawing.charts import Chart
from explorer.drawing.palette import Theme, class_style
from explorer.state.link import from_query, to_query
from explorer.state.session import Session, link_of
from explorer.studio import incoming
from explorer.views.explore.space3d import read
from vae.maps.projection import pca, principal
from vae.records import Latents

RNG = np.random.default_rng(3)
TITLES = ("z3 · KL 2.0 nats", "z0 · KL 1.0 nats", "z1 · KL 0.5 nats")


def latents(n: int, classes: tuple[str, ...] = ("a", "b", "c")) -> Latents:
    mean = RNG.standard_normal((n, 5)).astype(np.float32)
    labels = RNG.integers(0, len(classes), n) if classes else None
    return Latents(mean, np.ones_like(mean), np.arange(n), labels, classes)


def chart(codes: Latents, theme: Theme = "light", spot: Any = (0.5, 0.0, 1.0)) -> Chart:
    at = None if spot is None else np.asarray(spot, np.float32)
    return space3d.scatter3(space3d.Axes(codes.mean[:, :3], TITLES, at), codes, theme, (7, "b #7"), "here")


def items(figure: Any) -> list[Any]:
    return [trace for trace in figure.data if trace.customdata is not None and trace.name != "ring"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_item_is_drawn_once_in_the_colour_of_its_class(theme: Theme) -> None:
    codes = latents(300)
    assert codes.labels is not None
    traces = items(chart(codes, theme).figure)
    assert sorted(np.concatenate([trace.customdata for trace in traces]).tolist()) == list(range(300))
    for trace in traces:
        k = codes.classes.index(trace.name)
        assert (codes.labels[trace.customdata] == k).all()
        assert trace.marker.color == class_style(k, theme)[0]
        np.testing.assert_array_equal(np.column_stack([trace.x, trace.y, trace.z]), codes.mean[trace.customdata, :3])


def test_z_and_its_nearest_item_are_told_in_picture_and_words() -> None:
    codes = latents(50)
    drawn = chart(codes)
    diamond = next(trace for trace in drawn.figure.data if trace.name == "z")
    ring = next(trace for trace in drawn.figure.data if trace.name == "ring")
    assert (diamond.x[0], diamond.y[0], diamond.z[0]) == (0.5, 0.0, 1.0)
    assert (ring.x[0], ring.y[0], ring.z[0]) == tuple(codes.mean[7, :3])
    assert drawn.figure.layout.scene.annotations[0].text == "z · nearest b #7"
    assert drawn.alt == f"50 items along {', '.join(TITLES)}. The item nearest to z is b #7."
    assert chart(codes, spot=None).alt.endswith("KL 0.5 nats.")


def test_the_camera_stays_while_z_moves_and_the_axes_say_what_they_are() -> None:
    codes = latents(20)
    one, two = (json.loads(chart(codes, spot=spot).figure.to_json())["layout"] for spot in ((0, 0, 0), (1, 2, 3)))
    assert one["scene"]["uirevision"] == two["scene"]["uirevision"] == "here"
    assert tuple(one["scene"][axis]["title"]["text"] for axis in ("xaxis", "yaxis", "zaxis")) == TITLES


def test_items_without_classes_are_grey_and_have_no_legend() -> None:
    figure = chart(latents(20, ())).figure
    assert len(items(figure)) == 1
    assert not figure.layout.showlegend


def test_a_sample_is_bounded_random_and_said() -> None:
    rows = space3d.sample(30_000)
    assert len(set(rows.tolist())) == len(rows) == space3d.MOST
    assert 14_000 < rows.mean() < 16_000, "from everywhere, not the first ones"
    assert rows.max() < 30_000
    np.testing.assert_array_equal(rows, space3d.sample(30_000))
    np.testing.assert_array_equal(space3d.sample(7), np.arange(7))
    drawn = chart(latents(12_000))
    assert sum(len(trace.x) for trace in items(drawn.figure)) == space3d.MOST
    assert drawn.alt.startswith("10,000 of 12,000 items, drawn at random, along")


def test_principal_components_are_those_of_the_map_and_share_all_variance() -> None:
    codes = latents(100)
    components, center, shares = principal(codes)
    np.testing.assert_allclose(components @ components.T, np.eye(5), atol=1e-9)
    np.testing.assert_allclose((codes.mean - center) @ components[:2].T, pca(codes).xy, atol=1e-5)
    assert shares.sum() == pytest.approx(1)
    along = ((codes.mean - center) @ components.T).var(0)
    np.testing.assert_allclose(shares, along / along.sum(), atol=1e-9)


@pytest.mark.parametrize("text", ["3.3.1", "0.1.16", "9999.1.2"])
def test_axes_that_are_none_become_the_best_with_a_sentence(text: str) -> None:
    dims, problem = read(text, 16, [4, 2, 9, 1])
    assert dims == [4, 2, 9]
    assert text in problem
    assert "0 to 15" in problem
    assert read("15.0.3", 16, [4, 2, 9, 1]) == ([15, 0, 3], "")
    assert read("pca", 16, [4, 2, 9, 1]) == ([], "")


@pytest.mark.parametrize("value", ["pca", "13.4.1"])
def test_the_view_is_in_the_link(value: str) -> None:
    session = Session(model="m", digest="d" * 64, parameters={"explore": {"space": value}})
    assert from_query(to_query(link_of(session))).parameters == {"space": value}


@pytest.mark.parametrize("said", [None, {}, {"item": -1}, {"item": "3"}, {"item": True}, {"item": 1.5}, "item"])
def test_a_click_that_is_none_is_left_out(said: Any) -> None:
    assert incoming.item_of(said) is None
    assert incoming.item_of({"item": 3}) == 3
