"""A figure shows every number it was given, hides its clutter, and says in words what it shows."""

import numpy as np
import pytest

from explorer.drawing import charts as figures
from explorer.drawing.palette import Theme
from tests.charts import assert_lies_on_its_page
from vae.records import Progress

THEMES: tuple[Theme, ...] = ("light", "dark")


def reports(n: int, valid: bool = True) -> list[Progress]:
    return [
        Progress(
            i + 1, n, i + 1, n, i, 100.0, -100 + i, -80 + i, 20.0,
            valid={"elbo": -101.0 + i, "rec": -81.0 + i, "kl": 20.5} if valid and i % 2 else {},
        )
        for i in range(n)
    ]  # fmt: skip


def charts(theme: Theme) -> list[figures.Chart]:
    names = [f"z{i}" for i in range(4)]
    return [
        figures.kl_bars(np.array([0.5, 2.0, 0.0, 1.0], np.float32), names, theme),
        figures.curves(reports(10), theme),
        figures.curves([], theme),
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_chart_lies_on_the_page_and_has_words(theme: Theme) -> None:
    for chart in charts(theme):
        assert_lies_on_its_page(chart)


def test_kl_is_sorted_and_dead_dimensions_are_faint() -> None:
    bars = figures.kl_bars(np.array([0.5, 2.0, 0.0, 1.0], np.float32), ["a", "b", "c", "d"], "light").figure.data[0]
    assert list(bars.x) == ["b", "d", "a", "c"]
    assert bars.marker.color[2] != bars.marker.color[3]


def test_held_out_curves_are_solid_and_training_dotted() -> None:
    figure = figures.curves(reports(10), "light").figure
    dashes = [(trace.name, trace.line.dash, trace.showlegend) for trace in figure.data]
    assert dashes == [
        (name, dash, solid)
        for name in ("−ELBO", "reconstruction", "KL")
        for dash, solid in (("dot", False), ("solid", True))
    ]
    assert figure.data[1].y[-1] == pytest.approx(92.0)
    assert figure.data[1].x[-1] == pytest.approx(10.0)


def test_a_run_without_held_out_data_is_still_in_the_legend() -> None:
    figure = figures.curves(reports(3, valid=False), "dark").figure
    assert [trace.showlegend for trace in figure.data] == [True] * 3


def test_numbers_that_are_none_leave_a_gap_not_an_error() -> None:
    broken = Progress(1, 1, 1, 1, 1, 1, float("nan"), float("inf"), float("nan"))
    assert len(figures.curves([broken], "light").figure.data) == 0
