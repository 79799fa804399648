"""The 3-D view of Explore: the items along three latent dimensions, or three principal components, and where z is.

Nothing of it is made before it is asked for: Plotly is imported then. What is shown stands in the link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import anchors, session
from explorer.studio import bundle_available
from explorer.studio.scatter import scatter
from explorer.views import shared

if TYPE_CHECKING:
    from explorer.drawing.space3d import Axes

KINDS = {"raw": "Dimensions", "pca": "PCA"}
NEAREST = 8


def draw(card: Card) -> None:
    """A switch, and while it is on the axes, the figure and a way to an item. Errors: CheckpointError."""
    if card.latent < 3:
        return
    on, kind = f"{session.SPACE}-on", f"{session.SPACE}-kind"
    said = session.parameter("space")
    best = np.argsort(models.carried(card)[0])[::-1].tolist()
    dims, problem = read(said, card.latent, best)
    st.session_state[on] = bool(said)
    st.session_state[kind] = "raw" if dims else "pca"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{session.SPACE}-row"):
        st.toggle("3-D view", key=on, on_change=switch, args=(best,))
        if not said:
            return
        st.segmented_control(
            "Axes", list(KINDS), format_func=KINDS.__getitem__, key=kind, on_change=choose, args=(best,),
            required=True, label_visibility="collapsed",
        )  # fmt: skip
        titles = dimension_titles(card)
        for i, dim in enumerate(dims):
            st.session_state[axis_key(i)] = dim
            st.selectbox(
                f"Axis {i + 1}", best, format_func=titles.__getitem__, key=axis_key(i), on_change=turn, args=(i, dims),
                label_visibility="collapsed", width=180,
            )  # fmt: skip
        st.space("stretch")
        go_to(card)
    if problem:
        st.caption(problem)
    figure(card, axes(card, dims), f"{card.digest[:12]} {said}")


def read(text: str, latent: int, best: list[int]) -> tuple[list[int], str]:
    """ "3.7.11" -> the three dimensions, none for "pca"; the `best` three, and why, where a model has them not."""
    if text in ("", "pca"):
        return [], ""
    dims = [int(d) for d in text.split(".")]
    if len(set(dims)) == 3 and max(dims) < latent:
        return dims, ""
    return best[:3], f"The 3-D view needs three of this model's dimensions, 0 to {latent - 1}; {text} is not that."


def dimension_titles(card: Card) -> list[str]:
    """What each dimension is called and what it carries: "z13 · KL 2.9 nats"."""
    carried, order = models.carried(card)
    unit = "KL {:.1f} nats" if order == "kl" else "spread {:.2f}"
    return [f"{name} · {unit.format(value)}" for name, value in zip(shared.names(card), carried, strict=True)]


def axes(card: Card, dims: list[int]) -> Axes:
    """The three dimensions, or the first three principal components where none are named."""
    from explorer.drawing.space3d import Axes

    z = session.z()
    at = None if z is None else np.asarray(z, np.float32)
    if dims:
        mean, titles = models.maps(card)[0].mean, dimension_titles(card)
        return Axes(mean[:, dims], [titles[d] for d in dims], None if at is None else at[dims])
    points, affine, shares = models.principal(card)
    spot = None if at is None else affine[:, :-1] @ at + affine[:, -1]
    return Axes(points, [f"PCA {i} · {100 * share:.0f} % of variance" for i, share in enumerate(shares, 1)], spot)


def figure(card: Card, shown: Axes, seen: str) -> None:
    """The figure and what can be done with it."""
    from explorer.drawing import space3d

    latents, at = models.maps(card)[0], session.z()
    near = models.neighbours(card, np.asarray(at, np.float32), 1)[0][0] if at is not None else None
    nearest = None if near is None else (near, anchors.label(latents, near))
    chart = space3d.scatter3(shown, latents, shared.theme(), nearest, seen)
    many = space3d.drawn(len(latents)).rstrip(",")
    if not bundle_available():
        shared.chart(chart, f"{session.SPACE}-chart")
        st.caption(f"{many}. Drag to turn, scroll to zoom.")
        return
    drawn = chart.figure.to_json()
    scatter(drawn, chart.alt, clicked=lambda row: go(card, row), key=f"{session.SPACE}-{card.digest[:12]}")
    st.caption(f"{many}. Drag to turn, scroll to zoom, click a point to go there.")


def go_to(card: Card) -> None:
    """The items nearest to z, each a way to go there: what a click on a point does, for the keyboard."""
    at = session.z()
    if at is None:
        return
    latents, key = models.maps(card)[0], f"{session.SPACE}-go"
    rows = [row for row, _ in models.neighbours(card, np.asarray(at, np.float32), NEAREST)]
    st.session_state[key] = None
    st.selectbox(
        "Go to an item near z", rows, format_func=lambda row: anchors.label(latents, row), key=key,
        on_change=lambda: go(card, st.session_state[key]), placeholder="Go to a near item", width=200,
        label_visibility="collapsed",
    )  # fmt: skip


# --- what a hand does -------------------------------------------------------------------------------------------------


def switch(best: list[int]) -> None:
    """On or off; it comes up with the dimensions that carry most."""
    session.set_parameter("space", pack(best[:3]) if st.session_state[f"{session.SPACE}-on"] else "")


def choose(best: list[int]) -> None:
    """Dimensions or components."""
    session.set_parameter("space", "pca" if st.session_state[f"{session.SPACE}-kind"] == "pca" else pack(best[:3]))


def turn(i: int, dims: list[int]) -> None:
    """Another dimension along axis i; one that is on another axis changes places with it."""
    new = st.session_state[axis_key(i)]
    session.set_parameter("space", pack([new if k == i else dims[i] if d == new else d for k, d in enumerate(dims)]))


def go(card: Card, row: int | None) -> None:
    """Move z to an item."""
    latents = models.maps(card)[0]
    if row is not None and row < len(latents):
        session.move(latents.mean[row])


def axis_key(i: int) -> str:
    return f"{session.SPACE}-axis-{i}"


def pack(dims: list[int]) -> str:
    return ".".join(map(str, dims))
