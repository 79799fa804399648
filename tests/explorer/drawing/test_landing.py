"""Every figure of the Encode page shows the numbers it was given, where they are, and says so in words."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.drawing import landing
from explorer.drawing.backdrop import Backdrop
from explorer.drawing.charts import Chart
from explorer.drawing.palette import SYMBOLS, Theme
from tests.charts import assert_lies_on_its_page
from vae.records import Rank

THEMES: tuple[Theme, ...] = ("light", "dark")
DROP = Backdrop("data:image/png;base64,AA", -1, 1, -2, 0, (("a", 0.0, -1.0), ("b", 0.01, -1.0), ("c", 0.8, -0.2)))
RANKS = (Rank("rec", 50.0, 20.0, 60.0), Rank("elbo", 900.0, 99.9, 90.0), Rank("distance", 1.0, 0.0, 2.0))
CLOUD = np.random.default_rng(0).normal(size=(32, 2)).astype(np.float32)
NAMES = ["z0", "z1", "z2", "smile"]


def charts(theme: Theme) -> list[Chart]:
    mean = np.array([0, 1, -2, 3], np.float32)
    return [
        landing.landed(DROP, "umap", theme, (0.2, -0.3), CLOUD, CLOUD[:5]),
        landing.landed(DROP, "pca", theme, (0.2, -0.3), CLOUD[:0]),
        landing.marked(DROP, "pca", theme, CLOUD, ["x"] * 32),
        landing.posterior(mean, mean * 0 + 0.5, NAMES, theme, mean + 1),
        landing.posterior(np.zeros(64, np.float32), np.ones(64, np.float32), [f"z{i}" for i in range(64)], theme),
        landing.standing(RANKS, theme),
        landing.climb(np.array([-90, -80, -85], np.float32), -80, theme, 100),
        landing.climb(np.array([0.2, 0.1], np.float32), 0.1, theme, 50, "a pixel"),
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_chart_lies_on_the_page_and_has_words(theme: Theme) -> None:
    for chart in charts(theme):
        assert_lies_on_its_page(chart)


def test_the_spot_the_cloud_and_the_way_are_drawn_where_they_are() -> None:
    figure = landing.landed(DROP, "umap", "light", (0.2, -0.3), CLOUD, CLOUD[:5]).figure
    cloud, way, start, spot = figure.data
    assert np.array_equal(np.column_stack([cloud.x, cloud.y]), CLOUD)
    assert np.array_equal(np.column_stack([way.x, way.y]), CLOUD[:5])
    assert (start.x[0], start.y[0]) == (CLOUD[0, 0], CLOUD[0, 1])
    assert (spot.x[0], spot.y[0]) == (0.2, -0.3)
    assert len(landing.landed(DROP, "umap", "light", (0.2, -0.3), CLOUD[:0]).figure.data) == 1


def test_the_maps_picture_lies_where_its_items_do_and_all_is_in_view() -> None:
    far = np.array([[9, 9], [-9, 0]], np.float32)
    figure = landing.landed(DROP, "pca", "light", (0.0, -1.0), far).figure
    (image,) = figure.layout.images
    assert (image.x, image.y, image.sizex, image.sizey) == (-1, 0, 2, 2)
    (left, right), (bottom, top) = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert left < -9
    assert right > 9
    assert bottom < -2
    assert top > 9


def test_names_of_classes_lie_on_nothing() -> None:
    shown = [
        note.text for note in landing.landed(DROP, "pca", "light", (0.8, -0.2), CLOUD[:0]).figure.layout.annotations
    ]
    assert shown == ["<b>a</b>"], "b lies on a, c on the spot"


def test_the_posterior_shows_each_mean_and_sigma() -> None:
    mean, std = np.array([0, 1, -2, 3], np.float32), np.array([1, 0.1, 0.4, 2], np.float32)
    (trace,) = landing.posterior(mean, std, NAMES, "light").figure.data
    assert np.array_equal(trace.y, mean)
    assert np.array_equal(trace.error_y.array, std)
    assert list(trace.x) == NAMES
    before, _ = landing.posterior(mean, std, NAMES, "light", mean + 1).figure.data
    assert np.array_equal(before.y, mean + 1)
    assert "sure of 2 of them" in landing.posterior(mean, std, NAMES, "light").alt


def test_a_tail_has_a_colour_and_a_shape_of_its_own() -> None:
    chart = landing.standing(RANKS, "light")
    dots = [trace for trace in chart.figure.data if trace.mode == "markers"]
    assert [dot.x[0] for dot in dots] == [20.0, 99.9, 0.0]
    assert [dot.marker.symbol for dot in dots] == ["circle", "diamond", "circle"]
    assert dots[1].marker.color == SYMBOLS["xhat"].area
    assert "redraw it 20" in chart.alt
    assert "unlike them" in chart.alt


def test_the_climb_has_every_step_and_room_for_the_rest() -> None:
    chart = landing.climb(np.array([-90, -80, -85], np.float32), -80, "light", 100)
    assert list(chart.figure.data[0].y) == [-90, -80, -85]
    assert chart.figure.layout.xaxis.range == (0, 100)
    assert "from -90 to -80 at its best" in chart.alt
