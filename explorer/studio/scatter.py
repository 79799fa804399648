"""A Plotly figure in the studio's keeping: drawn once and then updated, so its camera stays, and told of clicks.

`st.plotly_chart` makes a new chart whenever a number in the figure changes, and hears no click in three dimensions.
Plotly itself comes from the installed package, by a route. Knows nothing of what the figure shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from explorer.state import widgets
from explorer.studio import _component, _files


def scatter(figure: str, alt: str, *, clicked: Callable[[int], None], key: str) -> None:
    """Draw a figure, as JSON, whose traces carry the numbers of items as `customdata`.

    Args:
        clicked: told the number of the item that was clicked, before the page runs anew.
    """
    data = {
        "kind": "scatter",
        "bundle": _files(),
        "plotly": f"plotly.js?v={version('plotly')}",
        "figure": figure,
        "alt": alt,
    }

    def heard() -> None:
        if (row := item(widgets.value(key))) is not None:
            clicked(row)

    _component("scatter")(key=key, data=data, on_item_change=heard)


def item(state: Any) -> int | None:
    """The item in what the component reported: a browser sends it, so whatever is no number from 0 is left out."""
    row = state.get("item") if isinstance(state, Mapping) else None
    return row if isinstance(row, int) and not isinstance(row, bool) and row >= 0 else None
