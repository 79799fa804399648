"""Where pictures land and how they stand, as Plotly figures: maps with a cloud, q(z|x), percentiles, a climb. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.drawing import words
from explorer.drawing.backdrop import Backdrop
from explorer.drawing.charts import NUMBERS, WORDS, Chart, blank
from explorer.drawing.palette import BACKGROUND, FAINT, RULE, SYMBOLS, TEXT, Theme
from vae.records import TAIL, Floats, Rank

SPOT = 9  # pixels from the middle of a picture's dot to its edge
LABELLED = 32  # dimensions whose names fit under the bars


def landed(
    drop: Backdrop, name: str, theme: Theme, spot: tuple[float, float], cloud: Floats, path: Floats | None = None,
    height: int = 270,
) -> Chart:  # fmt: skip
    """One picture on a map: its mean as a ringed dot in the cloud (M, 2) of its draws; `path` (K, 2): how it moved."""
    figure = _map(drop, theme, height, np.vstack([[spot], cloud.reshape(-1, 2)]))
    if len(cloud):
        dot = {"color": SYMBOLS["z"].area, "size": 6, "opacity": 0.85, "line": {"color": TEXT[theme], "width": 0.75}}
        figure.add_scatter(x=cloud[:, 0], y=cloud[:, 1], mode="markers", marker=dot, hoverinfo="skip")
    if path is not None:
        line = {"color": TEXT[theme], "width": 2}
        figure.add_scatter(x=path[:, 0], y=path[:, 1], mode="lines", line=line, hoverinfo="skip")
        start = {"color": BACKGROUND[theme], "size": 10, "line": {"color": SYMBOLS["mu"].ink(theme), "width": 2.5}}
        figure.add_scatter(x=path[:1, 0], y=path[:1, 1], mode="markers", marker=start, hoverinfo="skip")
    ring = {"color": SYMBOLS["mu"].area, "size": 14, "line": {"color": TEXT[theme], "width": 2.5}}
    figure.add_scatter(x=[spot[0]], y=[spot[1]], mode="markers", marker=ring, hoverinfo="skip")
    draws = f", in a cloud of {len(cloud)} draws" if len(cloud) else ""
    return Chart(figure, f"Map ({name}): the picture at ({spot[0]:.1f}, {spot[1]:.1f}){draws}.")


def marked(drop: Backdrop, name: str, theme: Theme, xy: Floats, names: Sequence[str], height: int = 420) -> Chart:
    """Many pictures (N, 2) on a map, every one a ringed dot with its name."""
    figure = _map(drop, theme, height, xy)
    ring = {"color": SYMBOLS["mu"].area, "size": 9, "line": {"color": TEXT[theme], "width": 1.5}, "opacity": 0.9}
    figure.add_scatter(
        x=xy[:, 0], y=xy[:, 1], mode="markers", marker=ring, text=list(names), hovertemplate="%{text}<extra></extra>"
    )
    return Chart(figure, f"Map ({name}) with {len(xy):,} encoded pictures.")


def _map(drop: Backdrop, theme: Theme, height: int, inside: Floats) -> go.Figure:
    """The map's picture behind axes that hold it and every point `inside`, with the names of its classes."""
    figure = blank(theme, height=height)
    figure.add_layout_image(
        source=drop.address, xref="x", yref="y", x=drop.left, y=drop.top, sizex=drop.right - drop.left,
        sizey=drop.top - drop.bottom, sizing="stretch", layer="below",
    )  # fmt: skip
    halo = ", ".join([f"0 0 3px {BACKGROUND[theme]}"] * 2)
    for label, x, y in _apart(drop, inside[:1], height):
        figure.add_annotation(
            x=x, y=y, text=f"<b>{label}</b>", showarrow=False, font={"color": TEXT[theme], "size": 13, "shadow": halo}
        )
    low, high = np.minimum(inside.min(0), (drop.left, drop.bottom)), np.maximum(inside.max(0), (drop.right, drop.top))
    edge = 0.03 * float((high - low).max())
    figure.update_xaxes(visible=False, range=(low[0] - edge, high[0] + edge), constrain="domain")
    figure.update_yaxes(visible=False, range=(low[1] - edge, high[1] + edge), constrain="domain", scaleanchor="x")
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure


def _apart(drop: Backdrop, spot: Floats, height: int) -> list[tuple[str, float, float]]:
    """The names of classes, without those that would lie on another or on the spot (1, 2)."""
    unit = (drop.top - drop.bottom) / height  # of the map, a pixel
    taken = [(float(x), float(y), SPOT * unit, SPOT * unit) for x, y in spot]
    names = []
    for label, x, y in drop.middles:
        wide, high = (4 * len(label) + 3) * unit, 9 * unit  # half of what the letters take
        if all(abs(x - a) > wide + w or abs(y - b) > high + t for a, b, w, t in taken):
            taken.append((x, y, wide, high))
            names.append((label, x, y))
    return names


def posterior(
    mean: Floats, std: Floats, names: Sequence[str], theme: Theme, before: Floats | None = None, height: int = 270
) -> Chart:
    """q(z|x) side by side: each dimension's mean (D,) as a dot, one sigma to either side, over the prior's band."""
    figure = blank(theme, height=height)
    figure.add_hrect(-1, 1, fillcolor=SYMBOLS["kl"].area, opacity=0.1, line_width=0)
    if before is not None:
        ring = {"color": BACKGROUND[theme], "size": 8, "line": {"color": FAINT[theme], "width": 1.5}}
        figure.add_scatter(
            x=list(names), y=before, mode="markers", marker=ring, hovertemplate="%{x}: %{y:+.3f} before<extra></extra>"
        )
    figure.add_scatter(
        x=list(names), y=mean, mode="markers",
        marker={"color": SYMBOLS["mu"].area, "size": 9, "line": {"color": SYMBOLS["mu"].ink(theme), "width": 1}},
        error_y={"array": std, "color": SYMBOLS["sigma"].ink(theme), "thickness": 3, "width": 0},
        customdata=std, hovertemplate="%{x}: μ %{y:+.3f}, σ %{customdata:.3f}<extra></extra>",
    )  # fmt: skip
    few = len(mean) <= LABELLED
    figure.update_xaxes(
        type="category", showgrid=False, showticklabels=few, tickfont={"family": NUMBERS, "size": 11},
        autotickangles=[0, -90],
    )  # fmt: skip
    figure.update_yaxes(title="in σ of the prior", title_standoff=4, nticks=7)
    sure = int((std < 0.5).sum())
    return Chart(figure, f"Mean and sigma of {len(mean)} latent dimensions; the encoder is sure of {sure} of them.")


STANDING = {"rec": "redraw it", "kl": "place it", "elbo": "in total", "distance": "distance"}


def standing(ranks: Sequence[Rank], theme: Theme) -> Chart:
    """Where costs and distance lie among the items', 0 to 100 %: a dot a line, vermilion in a tail."""
    figure = blank(theme, height=24 * len(ranks) + 36)
    rows = [STANDING[rank.measure] for rank in ranks]
    for rank, name in zip(ranks, rows, strict=True):
        figure.add_scatter(
            x=[0, 100], y=[name, name], mode="lines", line={"color": RULE[theme], "width": 4}, hoverinfo="skip"
        )
        odd = "xhat" if rank.unlike else "z"
        figure.add_scatter(
            x=[rank.percentile], y=[name], mode="markers", cliponaxis=False,
            marker={"color": SYMBOLS[odd].area, "size": 13, "symbol": "diamond" if rank.unlike else "circle",
                    "line": {"color": TEXT[theme], "width": 1.5}},
            customdata=[[rank.value, rank.middle]],
            hovertemplate="%{customdata[0]:,.2f}, more than %{x:.1f} % of the items; their median %{customdata[1]:,.2f}"
            "<extra></extra>",
        )  # fmt: skip
    font = {"family": WORDS, "size": 13}
    figure.update_xaxes(range=(-3, 103), tickvals=[0, 100], ticktext=["least", "most"], tickangle=0, tickfont=font)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category", tickfont=font)
    figure.update_layout(margin={"l": 4, "r": 20, "t": 4, "b": 4}, minreducedwidth=24)
    named = ", ".join(f"{name} {words.percent(rank.percentile)}" for rank, name in zip(ranks, rows, strict=True))
    tails = f"; within {TAIL:.0f} % of an end it is unlike them" if any(r.unlike for r in ranks) else ""
    return Chart(figure, f"Percentiles among the encoded items: {named}{tails}.")


def climb(curve: Floats, best: float, theme: Theme, steps: int = 0, unit: str = "nats", height: int = 220) -> Chart:
    """The ELBO at every step so far (or, falling, the squared error), the best as a line across; `steps` in all."""
    figure = blank(theme, "step", height=height)
    colour = TEXT[theme] if unit == "nats" else SYMBOLS["xhat"].ink(theme)
    figure.add_hline(best, line={"color": SYMBOLS["z"].ink(theme), "width": 1, "dash": "dot"})
    name = "ELBO" if unit == "nats" else "squared error"
    figure.add_scatter(
        x=np.arange(len(curve)), y=curve, mode="lines", line={"color": colour, "width": 2},
        hovertemplate=f"step %{{x}}: {name} %{{y:,.4g}} {unit if unit == 'nats' else ''}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(range=(0, max(steps, len(curve) - 1)), showgrid=False)
    figure.update_yaxes(title=f"{name}, {unit}" if unit == "nats" else "error per pixel", tickformat=",.4~g", nticks=5)
    return Chart(figure, f"{name} over {len(curve) - 1} steps, from {curve[0]:,.4g} to {best:,.4g} at its best.")
