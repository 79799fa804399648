"""Records -> Plotly figures. Pure: no Streamlit, no files, no arithmetic of losses.

Every figure is a `Chart`: the figure and the sentence that stands for it where it cannot be seen. Backgrounds are
transparent, words come from the page's theme, numbers are set in its monospaced face so that they never jitter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer import palette
from explorer.palette import FAINT, RULE, SYMBOLS, TEXT, Theme
from vae.records import Floats, Latents, Progress, Projection

NUMBERS = '"Source Code", monospace'
CONFIG: dict[str, Any] = {"displaylogo": False, "modeBarButtons": [["toImage"]], "responsive": True}
"""For st.plotly_chart: one button, and only while the pointer is there: save the picture."""


@dataclass(frozen=True)
class Chart:
    """A figure and its alternative text."""

    figure: go.Figure
    alt: str


def posterior(mean: Floats, std: Floats, names: Sequence[str], theme: Theme) -> Chart:
    """q(z|x): the mean of every dimension (D,) as a dot, one sigma to either side as a bar, over the prior's band."""
    figure = blank(theme, "standard deviations of the prior", height=_rows(len(mean)))
    figure.add_vrect(-1, 1, fillcolor=SYMBOLS["kl"].area, opacity=0.1, line_width=0)
    figure.add_scatter(
        x=mean,
        y=list(names),
        mode="markers",
        marker={"color": SYMBOLS["mu"].area, "size": 9, "line": {"color": SYMBOLS["mu"].ink(theme), "width": 1}},
        error_x={"array": std, "color": SYMBOLS["sigma"].ink(theme), "thickness": 3, "width": 0},
        customdata=std,
        hovertemplate="%{y}: μ %{x:+.3f}, σ %{customdata:.3f}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", tickfont={"family": NUMBERS}, dtick=1, showgrid=False)
    sure = int((std < 0.5).sum())
    return Chart(figure, f"Mean and sigma of {len(mean)} latent dimensions; the encoder is sure of {sure} of them.")


def kl_bars(kl: Floats, names: Sequence[str], theme: Theme, threshold: float = 0.01) -> Chart:
    """Mean KL of every dimension (D,) in nats, the most informative first; those under `threshold` are faint."""
    order = np.argsort(kl)[::-1]
    active = kl[order] > threshold
    figure = blank(theme, height=280)
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


def scatter(
    projection: Projection, latents: Latents, theme: Theme, marks: Mapping[str, tuple[float, float]] | None = None
) -> Chart:
    """The map: one dot an item, colour and shape by class; `marks` are named points drawn as a ringed dot on top."""
    figure = blank(theme, height=380)
    for k, name in _classes(latents):
        where = slice(None) if latents.labels is None else latents.labels == k
        colour, shape = palette.class_style(k, theme)
        xy = projection.xy[where]
        figure.add_scattergl(
            x=xy[:, 0],
            y=xy[:, 1],
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": shape, "size": 4, "opacity": 0.6 if theme == "light" else 0.85},
            hoverinfo="name" if name else "skip",
        )
    for name, (x, y) in (marks or {}).items():
        ring = {"color": SYMBOLS["z"].area, "size": 15, "line": {"color": TEXT[theme], "width": 2.5}}
        figure.add_scattergl(x=[x], y=[y], mode="markers", marker=ring, hoverinfo="skip", showlegend=False)
        figure.add_annotation(  # not the marker's own text, which lies under the points
            x=x, y=y, text=name, showarrow=False, yshift=20, bgcolor=palette.BACKGROUND[theme], opacity=0.9,
            font={"color": TEXT[theme], "size": 13},
        )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    figure.update_layout(
        showlegend=bool(latents.classes),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        legend={"itemsizing": "constant", "itemwidth": 30},
    )
    named = ", ".join(f"{n} at ({x:.1f}, {y:.1f})" for n, (x, y) in (marks or {}).items())
    return Chart(figure, f"Map ({projection.name}) of {len(latents):,} items. {named}".strip())


# --- common -----------------------------------------------------------------------------------------------------------


def blank(theme: Theme, x_title: str = "", height: int = 320) -> go.Figure:
    """An empty figure in the house's look."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        showlegend=False,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": FAINT[theme], "size": 13},
        hoverlabel={"font": {"family": NUMBERS}},
        xaxis=_axis(theme) | {"title": x_title or None},
        yaxis=_axis(theme),
    )
    return figure


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
    every = np.concatenate(series)
    low, high = float(every.min()), float(np.quantile(every, 0.97))
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _rows(n: int) -> int:
    return int(np.clip(18 * n + 70, 150, 560))


def _classes(latents: Latents) -> list[tuple[int, str]]:
    if latents.labels is None:
        return [(-1, "")]
    present = np.unique(latents.labels).tolist()
    return [(k, latents.classes[k] if 0 <= k < len(latents.classes) else "no class") for k in present]


def _points(reports: Sequence[Progress], sign: float, values: Sequence[float]) -> tuple[Floats, Floats]:
    """(epochs with fractions, sign * value) of the reports where the value is a number."""
    x = np.asarray([r.fraction * r.epochs for r in reports], np.float32)
    y = sign * np.asarray(values, np.float32)
    keep = np.isfinite(y)
    return x[keep], y[keep]
