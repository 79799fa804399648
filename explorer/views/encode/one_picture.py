"""One picture through the model: it and its reconstruction, its cost, whether it is like the data, where it lands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.drawing import images, words
from explorer.engine import maps, models, uploads
from explorer.engine.models import Card
from explorer.engine.uploads import Landing
from explorer.state import session
from explorer.state.session import Encoded
from explorer.views import shared
from explorer.views.encode import improve
from explorer.views.encode.source import Input
from vae.records import Improvement, Latents, Posterior, Rank

MOST = 64  # dimensions in the chart of the posterior
ACROSS = 3  # maps beside one another
NEAREST = 6  # items in a row, which a phone still holds
SHORT = 3  # letters of a class that fit under a neighbour
WIDE, NARROW = 200, 100  # pixels of a picture, and on a phone


def draw(card: Card, latents: Latents, x: Input, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Everything about a picture; what can be done with it goes to the `left`, below its source."""
    encode, picture = session.current().encode, key(card, x)
    with right, st.skeleton(height=320):
        encoder = models.posterior(card, x.pixels)
        better = improve.result(card, x.pixels) if encode.improved_picture == picture else None
    q = encoder if better is None else better.after
    encode.encoded = Encoded(card.digest, tuple(q.mean.tolist()), x.label)
    with left:
        actions(card, x, q, picture, better)
    with right, st.container(gap="small"):
        pictures(x, q)
        costs(card, latents, x, q)
        nearest(card, latents, q, x.row)
    where(card, q, None if better is None else better.before)


def staged(card: Card, latents: Latents, x: Input) -> None:
    """The same for an audience: pictures and costs side by side, the maps below, nothing to scroll for."""
    with st.skeleton(height=320):
        q = models.posterior(card, x.pixels)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        pictures(x, q)
    with right:
        verdict(card, latents, x, q)
        nearest(card, latents, q, x.row)
    where(card, q, height=240)


def key(card: Card, x: Input) -> str:
    """What the session knows a picture by."""
    return hashlib.sha256(card.digest.encode() + x.pixels.tobytes()).hexdigest()[:16]


def actions(card: Card, x: Input, q: Posterior, picture: str, better: Improvement | None) -> None:
    """Take it to Explore, or improve on the encoder; an improvement that is in use can be undone."""
    with st.container(horizontal=True):
        st.button("Open in Explore", icon=":material/explore:", key="encode-open", on_click=explore, args=(q,))
        if better is not None:
            st.button(
                "Undo the improvement", icon=":material/undo:", key="encode-undo", on_click=improve.use, args=("",)
            )
        elif st.button("Improve", icon=":material/trending_up:", key="encode-improve", help=improve.HELP):
            improve.dialog(card, x, picture)
    if better is not None:
        st.caption(words.improved(better, len(better.curve) - 1))


def explore(q: Posterior) -> None:
    """Go where the picture landed."""
    session.move(q.mean)
    st.switch_page("views/explore/page.py")


def pictures(x: Input, q: Posterior) -> None:
    """The original, the input, the reconstruction and their difference, at hard pixels."""
    error = images.signed(q.recon - x.pixels / 255, shared.theme())
    row = [
        (x.pixels, "x, input", f"The input: {x.label}"),
        (images.to_uint8(q.recon), "x̂, reconstruction", f"The reconstruction of {x.label}"),
        (error, "x̂ − x, blue: too dark", "Where the reconstruction differs from the input"),
    ]
    if x.original is not None:
        row.insert(0, (x.original, "original", f"{x.label}, before it was prepared"))
    with st.grid(len(row), min_column_width=NARROW, gap="xsmall", width=len(row) * (WIDE + 8)):
        for image, caption, alt in row:
            shared.picture(image, caption, alt, WIDE)


def costs(card: Card, latents: Latents, x: Input, q: Posterior) -> None:
    """The ELBO of this picture as a sum, and where its parts and its distance lie among the items' own."""
    from explorer.drawing import landing

    left, right = st.columns([2, 1], gap="medium")
    with left:
        ranks = verdict(card, latents, x, q)
    with right:
        shared.chart(landing.standing(ranks, shared.theme()), "encode-standing")


def verdict(card: Card, latents: Latents, x: Input, q: Posterior) -> Sequence[Rank]:
    """The sum, and whether the picture is like the data -> the ranks that this rests on."""
    ranks = uploads.ranks(card, q, x.row)
    if words.is_number(q.elbo):
        note = words.DENSITY if uploads.is_density(card) else None
        st.markdown(f"${words.split(q, shared.theme())}$", help=note)
    elif reason := words.costs(q):
        st.caption(reason)
    st.markdown(words.typicality(ranks, len(latents)))
    return ranks


def nearest(card: Card, latents: Latents, q: Posterior, own: int) -> None:
    """The items whose means lie nearest, with their distances; without the picture's `own` row, if it is an item."""
    near = [pair for pair in models.neighbours(card, q.mean, NEAREST + 1) if pair[0] != own][:NEAREST]
    rows, distances = [row for row, _ in near], [distance for _, distance in near]
    pixels = [picture for row in rows if (picture := models.item(card, row)) is not None]
    if len(pixels) < len(rows):
        pixels = list(images.to_uint8(models.decode(card, latents.mean[rows])))
    names = [words.class_of(latents, row) for row in rows]
    short = max(map(len, names), default=0) <= SHORT
    pairs = list(zip(names, distances, strict=True))
    labels = [f"{name} · {far:.2f}".strip(" ·") if short else f"{far:.2f}" for name, far in pairs]
    alts = [f"Neighbour {i}: {name or 'an item'} at {far:.2f}" for i, (name, far) in enumerate(pairs, 1)]
    st.caption("Nearest items, with their distance in z")
    shared.row(np.stack(pixels), labels, alts, 64)


def where(card: Card, q: Posterior, before: Posterior | None = None, height: int = 256) -> None:
    """The posterior, dimension by dimension, beside its mean and a cloud of its draws on every map."""
    landings, titles = uploads.landings(card, q), words.MAPS | maps.titles(card)
    columns = st.columns([1.15, *[1] * min(len(landings), ACROSS)], gap="medium")
    with columns[0]:
        posterior(card, q, before, height)
    for k, landing in enumerate(landings):
        with columns[1 + k % ACROSS]:
            on_map(card, landing, titles.get(landing.map.name, landing.map.name), height)


def posterior(card: Card, q: Posterior, before: Posterior | None, height: int) -> None:
    """Mean and sigma of every dimension, or of the most informative ones."""
    from explorer.drawing import landing

    dims = np.sort(np.argsort(-models.importance(card)[0], kind="stable")[:MOST])
    names = [shared.names(card)[d] for d in dims]
    st.markdown("**How sure the encoder is** :gray[μ and σ of q(z|x)]")
    old = None if before is None else before.mean[dims]
    shared.chart(landing.posterior(q.mean[dims], q.std[dims], names, shared.theme(), old, height), "encode-posterior")
    if len(dims) < card.latent:
        st.caption(f"The {MOST} most informative of {card.latent} dimensions.")


def on_map(card: Card, at: Landing, title: str, height: int) -> None:
    """Where the picture lies on one map, and how sure that is."""
    from explorer.drawing import landing

    draws = f"and {len(at.cloud)} draws of q(z|x)" if len(at.cloud) else ""
    st.markdown(f"**{title}** :gray[{draws}]")
    name, theme = at.map.name, shared.theme()
    chart = landing.landed(uploads.backdrop(card, name, theme), name, theme, at.spot, at.cloud, height=height)
    shared.chart(chart, f"encode-map-{name}")
