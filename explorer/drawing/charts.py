"""Records -> Plotly figures. Pure: knows nothing of Streamlit and files; computes no loss.

Every figure is a `Chart`: the figure and the sentence that stands for it where it cannot be seen. Backgrounds are
transparent, words come from the page's theme, numbers are set in its monospaced face so that they never jitter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.drawing.palette import BACKGROUND, FAINT, RULE, SYMBOLS, TEXT, Theme
from vae.records import Floats, Progress

WORDS, NUMBERS = '"Source Sans", sans-serif', '"Source Code", monospace'
CONFIG: dict[str, Any] = {"displaylogo": False, "modeBarButtons": [["toImage"]], "responsive": True}
"""For st.plotly_chart: one button, and only while the pointer is there: save the picture."""


@dataclass(frozen=True)
class Chart:
    """A figure and its alternative text."""

    figure: go.Figure
    alt: str


def kl_bars(kl: Floats, names: Sequence[str], theme: Theme, threshold: float = 0.01, height: int = 280) -> Chart:
    """Mean KL of every dimension (D,) in nats, the most informative first; those under `threshold` are faint."""
    order = np.argsort(kl)[::-1]
    active = kl[order] > threshold
    figure = blank(theme, height=height)
    figure.add_bar(
        x=[names[i] for i in order],
        y=kl[order],
        marker={
            "color": [SYMBOLS["kl"].area if on else RULE[theme] for on in active],
            "line": {"color": SYMBOLS["kl"].ink(theme), "width": 1},
        },
        hovertemplate="%{x}: %{y:.3f} nats<extra></extra>",
    )
    figure.update_yaxes(title="nats", rangemode="tozero")
    figure.update_xaxes(tickfont={"family": NUMBERS}, showgrid=False)
    best = f"; {names[order[0]]} carries most, {kl[order[0]]:.2f} nats" if len(kl) else ""
    return Chart(figure, f"KL of {len(kl)} dimensions, {int(active.sum())} of them in use{best}.")


def curves(reports: Sequence[Progress], theme: Theme, height: int = 340) -> Chart:
    """The loss above, its KL term below, in nats an image by epoch: held-out data solid, training data dotted."""
    figure = blank(theme, height=height)
    lines = (
        ("−ELBO", "elbo", -1.0, TEXT[theme], "y"),
        ("reconstruction", "rec", -1.0, SYMBOLS["xhat"].ink(theme), "y"),
        ("KL", "kl", 1.0, SYMBOLS["kl"].ink(theme), "y2"),
    )
    last, spread = [], []
    for label, term, sign, colour, axis in lines:
        learned = _points(reports, sign, [getattr(r, term) for r in reports])
        held_out = _points(reports, sign, [r.valid.get(term, np.nan) for r in reports])
        for solid, (x, y) in ((False, learned), (True, held_out)):
            if not len(x):
                continue
            solid = solid or not len(held_out[0])
            figure.add_scatter(
                x=x, y=y, yaxis=axis, name=label, showlegend=solid, mode="lines" if len(x) > 1 else "markers",
                line={"color": colour, "width": 2 if solid else 1.5, "dash": "solid" if solid else "dot"},
                hovertemplate=f"{label}{'' if solid else ', training'} %{{y:.2f}} nats<extra></extra>",
            )  # fmt: skip
            last += [f"{label} {y[-1]:.1f}"] if solid else []
            spread += [y] if axis == "y" else []
    figure.update_layout(
        hovermode="x", showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": "epoch", "anchor": "y2"},
        yaxis={"title": "nats", "domain": [0.36, 1], "range": _range(spread)},
        yaxis2=_axis(theme) | {"title": "nats", "domain": [0, 0.28], "rangemode": "tozero", "nticks": 4},
    )  # fmt: skip
    return Chart(figure, "Loss curves. " + (f"Last values in nats: {', '.join(last)}." if last else "No points yet."))


# --- common -----------------------------------------------------------------------------------------------------------


def blank(theme: Theme, x_title: str = "", height: int = 320) -> go.Figure:
    """An empty figure in the app's style."""
    figure = go.Figure()
    figure.update_layout(
        template={"layout": {"xaxis": _TITLE, "yaxis": _TITLE}},
        height=height,
        showlegend=False,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": WORDS, "color": FAINT[theme], "size": 13},
        hoverlabel={
            "bgcolor": BACKGROUND[theme],
            "bordercolor": RULE[theme],
            "font": {"family": NUMBERS, "color": TEXT[theme]},
        },
        xaxis=_axis(theme) | {"title": x_title or None, "showgrid": False, "zeroline": False},
        yaxis=_axis(theme),
    )
    return figure


_TITLE = {"title": {"font": {"size": 12}, "standoff": 8}}


def _axis(theme: Theme) -> dict[str, Any]:
    return {
        "fixedrange": True,
        "automargin": True,
        "gridcolor": RULE[theme],
        "zerolinecolor": RULE[theme],
        "tickfont": {"family": NUMBERS, "size": 12},
    }


def _range(series: Sequence[Floats]) -> tuple[float, float] | None:
    """From just under the least value to just over nearly all: the steep first moments would flatten the rest."""
    if not series:
        return None
    values = np.concatenate(series)
    low, high = float(values.min()), float(np.quantile(values, 0.97))
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _points(reports: Sequence[Progress], sign: float, values: Sequence[float]) -> tuple[Floats, Floats]:
    """(epochs with fractions, sign * value) of the reports where the value is a number."""
    x = np.asarray([r.fraction * r.epochs for r in reports], np.float32)
    y = sign * np.asarray(values, np.float32)
    keep = np.isfinite(y)
    return x[keep], y[keep]
