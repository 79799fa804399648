"""Latents in three dimensions, as a Plotly figure to be turned: the items by class, where z is, the item nearest to it.

Pure: arrays and words in, a `Chart` out. The caller names the three axes. Knows nothing of models or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.drawing.charts import NUMBERS, Chart, blank
from explorer.drawing.palette import BACKGROUND, NO_CLASS, RULE, SYMBOLS, TEXT, Theme, class_style
from vae.records import Floats, Ints, Latents

MOST = 10_000  # points that a browser turns without effort
SOLID = {  # the five that Plotly fills in three dimensions, outlines being too pale: the map's own shape where it can
    "circle": "circle", "square": "square", "diamond": "diamond", "triangle-up": "x", "cross": "cross", "x": "x",
    "triangle-down": "diamond", "star": "cross", "pentagon": "circle", "hexagon": "square",
}  # fmt: skip
NAMED = 12  # classes that fit into a legend
HEIGHT = 560  # pixels


@dataclass(frozen=True, eq=False)
class Axes:
    """Three axes and the points along them."""

    points: Floats  # (N, 3), an item a row
    titles: Sequence[str]  # three: the name of an axis and how informative it is
    spot: Floats | None = None  # (3,), the current z; None while there is none


def scatter3(
    axes: Axes, latents: Latents, theme: Theme, nearest: tuple[int, str] | None = None, view: str = ""
) -> Chart:
    """The items as points, z as a diamond, a line from it to its nearest item (row, name).

    Args:
        view: names what is shown: the camera and the legend stay for as long as it does.
    """
    rows = sample(len(axes.points))
    figure = blank(theme, height=HEIGHT)
    for label, colour, shape, some in _classes(latents, rows, theme):
        x, y, z = axes.points[some].T
        figure.add_scatter3d(
            x=x, y=y, z=z, mode="markers", name=label or "items", customdata=some.astype(np.int32),
            marker={"color": colour, "symbol": shape, "size": 2 if len(rows) > 2000 else 4},
            hovertemplate=f"{label or 'item'} #%{{customdata:,}}<extra></extra>",
        )  # fmt: skip
    _here(figure, axes, theme, nearest)
    named = 1 < len(latents.classes) <= NAMED and latents.labels is not None
    figure.update_layout(
        scene={name: _axis(title, theme) for name, title in zip(("xaxis", "yaxis", "zaxis"), axes.titles, strict=True)},
        showlegend=named, uirevision=view, dragmode="turntable", margin={"l": 0, "r": 0, "t": 0, "b": 0},
        legend={"itemsizing": "constant", "y": 0.5, "yanchor": "middle", "font": {"color": TEXT[theme]}},
    )  # fmt: skip
    figure.update_scenes(
        aspectmode="data", bgcolor="rgba(0,0,0,0)", uirevision=view, dragmode="turntable",
        camera={"eye": {"x": 1.3, "y": 1.3, "z": 0.8}, "center": {"x": 0, "y": 0, "z": -0.12}},
    )  # fmt: skip
    near = f" The item nearest to z is {nearest[1]}." if nearest and axes.spot is not None else ""
    return Chart(figure, f"{count(len(axes.points))} along {', '.join(axes.titles)}.{near}")


def sample(n: int, most: int = MOST) -> Ints:
    """At most `most` of n rows, drawn at random, the same every time; in order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def count(n: int, most: int = MOST) -> str:
    """How many of n items are in the picture."""
    return f"{n:,} items" if n <= most else f"{most:,} of {n:,} items, drawn at random,"


def _classes(latents: Latents, rows: Ints, theme: Theme) -> list[tuple[str, str, str, Ints]]:
    """(name, colour, shape, rows) of every class among the rows; items without a class come first."""
    if latents.labels is None:
        return [("", NO_CLASS, "circle", rows)]
    labels = latents.labels[rows]
    classes = []
    for k in np.unique(labels).tolist():
        label = latents.classes[k] if 0 <= k < len(latents.classes) else ""
        colour, shape = class_style(k, theme)
        classes.append((label, colour, SOLID[shape], rows[labels == k]))
    return classes


def _here(figure: go.Figure, axes: Axes, theme: Theme, nearest: tuple[int, str] | None) -> None:
    """z as a diamond, and a thin line to a ring around the item that lies nearest to it in all dimensions."""
    if axes.spot is None:
        return
    if nearest is not None:
        x, y, z = np.stack([axes.spot, axes.points[nearest[0]]]).T
        line = {"color": TEXT[theme], "width": 2}
        figure.add_scatter3d(x=x, y=y, z=z, mode="lines", line=line, hoverinfo="skip", showlegend=False, name="nearest")
        ring = {"symbol": "circle-open", "size": 9, "color": TEXT[theme], "line": {"width": 2}}
        figure.add_scatter3d(
            x=x[1:], y=y[1:], z=z[1:], mode="markers", marker=ring, customdata=[nearest[0]], showlegend=False,
            name="ring", hovertemplate=f"nearest to z: {nearest[1]}<extra></extra>",
        )  # fmt: skip
    x, y, z = axes.spot[:, None]
    diamond = {"symbol": "diamond", "size": 8, "color": SYMBOLS["z"].area, "line": {"color": TEXT[theme], "width": 2}}
    figure.add_scatter3d(
        x=x, y=y, z=z, mode="markers", marker=diamond, name="z", showlegend=False, hovertemplate="z<extra></extra>"
    )
    words = f"z · nearest {nearest[1]}" if nearest else "z"
    figure.update_scenes(annotations=[{
        "x": float(axes.spot[0]), "y": float(axes.spot[1]), "z": float(axes.spot[2]), "text": words, "ax": 0, "ay": -32,
        "font": {"color": TEXT[theme], "size": 13}, "bgcolor": BACKGROUND[theme], "bordercolor": RULE[theme],
        "borderpad": 4, "arrowcolor": TEXT[theme], "arrowwidth": 1, "arrowhead": 0, "standoff": 6,
    }])  # fmt: skip


def _axis(title: str, theme: Theme) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"color": TEXT[theme], "size": 13}},
        "gridcolor": RULE[theme],
        "zerolinecolor": RULE[theme],
        "tickfont": {"family": NUMBERS, "size": 11},
        "showbackground": False,
        "showspikes": False,
        "nticks": 6,
    }
