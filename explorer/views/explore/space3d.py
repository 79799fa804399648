"""The 3-D view of Explore: the items along three latent dimensions, or three principal components, and where z is.

Nothing of it is computed before it is asked for: Plotly is imported then. What is shown stands in the link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import anchors, session, widgets
from explorer.studio.bundle import bundle_available
from explorer.studio.components import scatter
from explorer.views import shared

if TYPE_CHECKING:
    from explorer.drawing.space3d import Axes

KINDS = {"raw": "Dimensions", "pca": "PCA"}
NEAREST = 8


def draw(card: Card) -> None:
    """A switch, and while it is on the axes, the figure and a way to an item. Errors: CheckpointError."""
    if card.latent < 3:
        return
    text = session.parameter("space")
    best = np.argsort(models.importance(card)[0])[::-1].tolist()
    dims, problem = read(text, card.latent, best)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{widgets.SPACE}-row"):
        widgets.show(widgets.SPACE_ON, bool(text))
        st.toggle("3-D view", key=widgets.SPACE_ON, on_change=switch, args=(best,))
        if not text:
            return
        controls(card, dims, best)
        st.space("stretch")
        go_to(card)
    if problem:
        st.caption(problem)
    figure(card, axes(card, dims), f"{card.digest[:12]} {text}")


def read(text: str, latent: int, best: list[int]) -> tuple[list[int], str]:
    """ "3.7.11" -> the three dimensions, none for "pca"; the `best` three, and why, where a model lacks one of them."""
    if text in ("", "pca"):
        return [], ""
    dims = [int(d) for d in text.split(".")]
    if len(set(dims)) == 3 and max(dims) < latent:
        return dims, ""
    return best[:3], f"The 3-D view takes three different dimensions of this model, 0 to {latent - 1}, not {text}."


def controls(card: Card, dims: list[int], best: list[int]) -> None:
    """Dimensions or components, and which dimension along which axis."""
    widgets.show(widgets.SPACE_KIND, "raw" if dims else "pca")
    st.segmented_control(
        "Axes", list(KINDS), format_func=KINDS.__getitem__, key=widgets.SPACE_KIND, on_change=choose, args=(best,),
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    titles = dimension_titles(card)
    for i, dim in enumerate(dims):
        widgets.show(widgets.space_axis(i), dim)
        st.selectbox(
            f"Axis {i + 1}", best, format_func=titles.__getitem__, key=widgets.space_axis(i), on_change=turn,
            args=(i, dims), label_visibility="collapsed", width=180,
        )  # fmt: skip


def dimension_titles(card: Card) -> list[str]:
    """The name of each dimension and how informative it is: "z13 · KL 2.9 nats"."""
    carried, order = models.importance(card)
    unit = "KL {:.1f} nats" if order == "kl" else "spread {:.2f}"
    return [f"{name} · {unit.format(value)}" for name, value in zip(shared.names(card), carried, strict=True)]


def axes(card: Card, dims: list[int]) -> Axes:
    """The three dimensions, or the first three principal components where none are named."""
    from explorer.drawing.space3d import Axes

    z = session.z()
    at = None if z is None else np.asarray(z, np.float32)
    if dims:
        mean, titles = models.latents(card).mean, dimension_titles(card)
        return Axes(mean[:, dims], [titles[d] for d in dims], None if at is None else at[dims])
    points, affine, shares = models.principal(card)
    spot = None if at is None else affine[:, :-1] @ at + affine[:, -1]
    return Axes(points, [f"PCA {i} · {100 * share:.0f} % of variance" for i, share in enumerate(shares, 1)], spot)


def figure(card: Card, axes: Axes, view: str) -> None:
    """The figure, and how it is turned. `view` names what it shows: the camera stays for as long as it does."""
    from explorer.drawing import space3d

    latents, at = models.latents(card), session.z()
    near = models.neighbours(card, np.asarray(at, np.float32), 1)[0][0] if at is not None else None
    nearest = None if near is None else (near, anchors.label(latents, near))
    chart = space3d.scatter3(axes, latents, shared.theme(), nearest, view)
    count = space3d.count(len(latents)).rstrip(",")
    if not bundle_available():
        shared.chart(chart, f"{widgets.SPACE}-chart")
        st.caption(f"{count}. Drag to turn, scroll to zoom.")
        return
    key = f"{widgets.SPACE}-{card.digest[:12]}"
    scatter(chart.figure.to_json(), chart.alt, on_click=lambda row: go(card, row), key=key)
    st.caption(f"{count}. Drag to turn, scroll to zoom, click a point to go there.")


def go_to(card: Card) -> None:
    """The items nearest to z, each a way to go there: what a click on a point does, for the keyboard."""
    at = session.z()
    if at is None:
        return
    latents = models.latents(card)
    rows = [row for row, _ in models.neighbours(card, np.asarray(at, np.float32), NEAREST)]
    widgets.show(widgets.SPACE_GO, None)
    st.selectbox(
        "Go to an item near z", rows, format_func=lambda row: anchors.label(latents, row), key=widgets.SPACE_GO,
        on_change=lambda: go(card, widgets.value(widgets.SPACE_GO)), placeholder="Go to a nearby item", width=200,
        label_visibility="collapsed",
    )  # fmt: skip


# --- callbacks --------------------------------------------------------------------------------------------------------


def switch(best: list[int]) -> None:
    """On or off; it comes up with the most informative dimensions."""
    session.set_parameter("space", pack(best[:3]) if widgets.value(widgets.SPACE_ON) else "")


def choose(best: list[int]) -> None:
    """Dimensions or components."""
    session.set_parameter("space", "pca" if widgets.value(widgets.SPACE_KIND) == "pca" else pack(best[:3]))


def turn(i: int, dims: list[int]) -> None:
    """Another dimension along axis i; one that is on another axis changes places with it."""
    new = widgets.value(widgets.space_axis(i))
    session.set_parameter("space", pack([new if k == i else dims[i] if d == new else d for k, d in enumerate(dims)]))


def go(card: Card, row: int | None) -> None:
    """Move z to an item."""
    latents = models.latents(card)
    if row is not None and row < len(latents):
        session.move(latents.mean[row])


def pack(dims: list[int]) -> str:
    """The inverse of `read`: [3, 7, 11] -> "3.7.11"."""
    return ".".join(map(str, dims))
