"""One picture through the model: it and what comes back, what it costs, whether it is like the data, where it lands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.drawing import images, words
from explorer.engine import maps, models, uploads
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode import improve
from explorer.views.encode.source import Given
from vae.records import Improvement, Latents, Posterior

MOST = 64  # dimensions in the chart of the posterior
ACROSS = 3  # maps beside one another
NEAREST = 7  # items in a row, which a narrow column still holds
SHORT = 3  # letters of a class that fit under a neighbour
WIDE, NARROW = 200, 100  # pixels of a picture, and on a phone


def draw(card: Card, latents: Latents, x: Given, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Everything about a picture; what can be done with it goes to the `left`, below where it came from."""
    name = mark(card, x)
    with right, st.skeleton(height=320):
        encoder = models.posterior(card, x.pixels)
        better = improve.result(card, x.pixels) if session.session().kept == name else None
    q = encoder if better is None else better.after
    session.session().encoded = session.Encoded(card.digest, tuple(q.mean.tolist()), x.label)
    with left:
        actions(card, x, q, name, better)
    with right, st.container(gap="small"):
        pictures(x, q)
        costs(card, latents, x, q)
        nearest(card, latents, q)
    where(card, q, None if better is None else better.before)


def staged(card: Card, latents: Latents, x: Given) -> None:
    """The same for an audience: pictures and costs side by side, the maps below, all of it in one look."""
    with st.skeleton(height=320):
        q = models.posterior(card, x.pixels)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        pictures(x, q)
    with right:
        said(card, latents, x, q)
        nearest(card, latents, q)
    where(card, q, height=240)


def mark(card: Card, x: Given) -> str:
    """What a picture that was improved is remembered by."""
    return hashlib.sha256(card.digest.encode() + x.pixels.tobytes()).hexdigest()[:16]


def actions(card: Card, x: Given, q: Posterior, name: str, better: Improvement | None) -> None:
    """Take it to Explore, or improve on the encoder; an improvement that was kept can be taken back."""
    with st.container(horizontal=True):
        st.button("Open in Explore", icon=":material/explore:", key="encode-open", on_click=explore, args=(q,))
        if better is not None:
            st.button(
                "Undo the improvement", icon=":material/undo:", key="encode-undo", on_click=improve.keep, args=("",)
            )
        elif st.button("Improve", icon=":material/trending_up:", key="encode-improve", help=improve.HELP):
            improve.dialog(card, x, name)
    if better is not None:
        st.caption(words.improved(better, len(better.curve) - 1))


def explore(q: Posterior) -> None:
    """Go where the picture landed."""
    session.move(q.mean)
    st.switch_page("views/explore/page.py")


def pictures(x: Given, q: Posterior) -> None:
    """As it was brought, as the model sees it, what comes back, and their difference, at hard pixels."""
    error = images.signed(q.recon - x.pixels / 255, shared.theme())
    shown = [
        (x.pixels, "x, prepared", f"The input: {x.label}"),
        (images.to_uint8(q.recon), "x̂, given back", f"The reconstruction of {x.label}"),
        (error, "x̂ − x, blue: too dark", "Where the reconstruction differs from the input"),
    ]
    if x.before is not None:
        shown.insert(0, (x.before, "as it came", f"{x.label}, before it was prepared"))
    with st.grid(len(shown), min_column_width=NARROW, gap="xsmall", width=len(shown) * (WIDE + 8)):
        for image, caption, alt in shown:
            shared.picture(image, caption, alt, WIDE)


def costs(card: Card, latents: Latents, x: Given, q: Posterior) -> None:
    """The ELBO of this picture as a sum, and where its parts and its distance lie among the items' own."""
    from explorer.drawing import landing

    left, right = st.columns([2, 1], gap="medium")
    with left:
        ranks = said(card, latents, x, q)
    with right:
        shared.chart(landing.standing(ranks, shared.theme()), "encode-standing")


def said(card: Card, latents: Latents, x: Given, q: Posterior) -> Sequence[uploads.Rank]:
    """The sum and the verdict; what the verdict rests on."""
    ranks = uploads.ranks(card, q, x.row)
    if words.is_number(q.elbo):
        note = words.DENSITY if uploads.is_density(card) else None
        st.markdown(f"${words.split(q, shared.theme())}$", help=note)
    elif why := words.costs(q):
        st.caption(why)
    st.markdown(words.typicality(ranks, len(latents)))
    return ranks


def nearest(card: Card, latents: Latents, q: Posterior) -> None:
    """The real items whose means lie nearest, with their distances."""
    near = models.neighbours(card, q.mean, NEAREST)
    found = [picture for row, _ in near if (picture := models.item(card, row)) is not None]
    if len(found) < len(near):
        found = list(images.to_uint8(models.decode(card, np.stack([latents.mean[row] for row, _ in near]))))
    names = [words.class_of(latents, row) for row, _ in near]
    short = max(map(len, names), default=0) <= SHORT
    labels = [
        f"{name} · {far:.2f}".strip(" ·") if short else f"{far:.2f}" for name, (_, far) in zip(names, near, strict=True)
    ]
    alts = [
        f"Neighbour {i + 1}: {name} at {far:.2f}" for i, (name, (_, far)) in enumerate(zip(names, near, strict=True))
    ]
    st.caption("Its nearest items, and how far they are in z")
    shared.row(np.stack(found), labels, alts, 64)


def where(card: Card, q: Posterior, before: Posterior | None = None, height: int = 256) -> None:
    """The posterior, dimension by dimension, beside its mean and a cloud of its draws on every map."""
    from explorer.drawing import landing

    found, titles = uploads.landings(card, q), words.MAPS | maps.titles(card)
    columns = st.columns([1.15, *[1] * min(len(found), ACROSS)], gap="medium")
    with columns[0]:
        shown = np.sort(np.argsort(-models.carried(card)[0], kind="stable")[:MOST])
        names = [shared.names(card)[k] for k in shown]
        st.markdown("**How sure the encoder is** :gray[μ and σ of q(z|x)]")
        was = None if before is None else before.mean[shown]
        shared.chart(
            landing.posterior(q.mean[shown], q.std[shown], names, shared.theme(), was, height), "encode-posterior"
        )
        if len(shown) < card.latent:
            st.caption(f"The {MOST} of {card.latent} dimensions that carry most.")
    for k, each in enumerate(found):
        name = each.map.name
        with columns[1 + k % ACROSS]:
            said = f"and {len(each.cloud)} draws of q(z|x)" if len(each.cloud) else ""
            st.markdown(f"**{titles.get(name, name)}** :gray[{said}]")
            drop = uploads.backdrop(card, name, shared.theme())
            shared.chart(
                landing.landed(drop, name, shared.theme(), each.spot, each.cloud, height=height), f"encode-map-{name}"
            )
