"""What every chart of the app owes its page."""

from __future__ import annotations

import json

from explorer.drawing.charts import Chart


def assert_lies_on_its_page(chart: Chart) -> None:
    """No ground of its own, and words for whoever does not see it."""
    layout = json.loads(chart.figure.to_json())["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert len(chart.alt) > 20
    assert chart.alt.endswith(".")
