"""The model picker: which model is open, the gallery of all there are, and the model that a link asks for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.drawing.images import address
from explorer.drawing.words import is_number, number, pictures
from explorer.engine.models import Broken, Card
from explorer.state import session, widgets
from explorer.state.link import Link
from explorer.state.view import fit
from explorer.views.header.lecture_steps import drafts

LONGEST = 28  # letters of a title in the header


def settle(models: Sequence[Card | Broken], link: Link | None) -> None:
    """Make the session name a model that is here; say so where it is not the one that the link asks for."""
    here = session.current()
    cards = [m for m in models if isinstance(m, Card)]
    name, digest = (link.model, link.digest) if link and link.model else (here.model, here.digest[:12])
    card = next((c for c in cards if c.name == name), cards[0] if cards else None)
    if card is None:
        here.model, here.digest = "", ""
        return
    here.model, here.digest = card.name, card.digest
    here.notice = " ".join(filter(None, (link.problem if link else "", difference(name, digest, card))))
    if link is not None and link.model:
        _follow(link, card)


def _follow(link: Link, card: Card) -> None:
    """Take over the view and the z of a link, as far as they fit the model."""
    here = session.current()
    here.explore.view, problem = fit(link.view, card.latent)
    here.notice = " ".join(filter(None, (here.notice, problem)))
    if not link.z or card.name != link.model:
        return
    if len(link.z) == card.latent:
        session.move(link.z)
    else:
        here.notice += (
            f" The link's z has {len(link.z)} numbers and this model has {card.latent} latents: it is left out."
        )


def draw(models: Sequence[Card | Broken]) -> None:
    """The button at the right end of the header, and the gallery that it opens."""
    name = session.current().model
    card = next((m for m in models if isinstance(m, Card) and m.name == name), None)
    label = " · ".join(filter(None, (short(card.title), score(card, ",.0f")))) if card else "No model yet"
    thumb = f"![]({address(card.thumb.read_bytes())})\N{EN SPACE}" if card and card.thumb else ""
    popover = st.popover(thumb + label, key=widgets.PICKER, on_change="rerun")
    if popover.open:
        with popover, st.container(width=640):
            _gallery(models, name)


def _gallery(models: Sequence[Card | Broken], current: str) -> None:
    """Every model, those that do not open with their reason."""
    cards = [model for model in models if isinstance(model, Card)]
    with st.grid(2, border=True):
        for card in cards:
            _card(card, card.name == current)
    for model in models:
        if isinstance(model, Broken) and model.path != drafts():  # it lies among the runs
            st.caption(f":material/heart_broken: **{model.name}** {model.reason}")
    if cards:
        st.caption("−ELBO: what a test picture costs on average; among models of the same pictures, lower is better.")
    if not models:
        st.write("No trained model is here yet. The Train page makes one in about a minute.")


def _card(card: Card, current: bool) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if card.thumb is not None:
            st.image(address(card.thumb.read_bytes()), width=72, alt=f"Four pictures decoded by {card.title}")
        with st.container(gap=None, width="stretch"):
            st.button(
                card.title, key=f"open-{card.name}", type="tertiary", icon=":material/check:" if current else None,
                on_click=_open, args=(card,),
            )  # fmt: skip
            st.caption(about(card))
            if measured := score(card):
                st.caption(", ".join(filter(None, (f"−ELBO {measured}", protocol(card)))))


def _open(card: Card) -> None:
    session.choose(card.name, card.digest)
    widgets.show(widgets.PICKER, False)


def about(card: Card) -> str:
    """Its data, its latents, its pictures: what its title does not say already."""
    parts = (card.data.title, f"{card.latent} latents", pictures(card.shape))
    return " · ".join(part for part in parts if part and part not in card.title)


def short(title: str) -> str:
    """As much of a title as fits into the header."""
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1].rstrip()}…"


def score(card: Card, form: str = ",.1f") -> str:
    """Its −ELBO with its unit; "" where it was not measured."""
    elbo = card.summary.get("elbo")
    return f"{number(-float(elbo), form)} nats" if elbo is not None and is_number(elbo) else ""


def protocol(card: Card) -> str:
    """Which pixels the ELBO was measured on: binarised ones, or grey levels."""
    return {"dynamic": "binarised", "none": "grey levels"}.get(str(card.summary.get("binarise")), "")


def difference(name: str, digest: str, card: Card) -> str:
    """The sentence where a card is not the model that a link names; "" where it is."""
    if name and card.name != name:
        return f"The model {name[:60]!r} is no longer here; {card.title!r} is open instead."
    if name and digest and not card.digest.startswith(digest):
        then, now = digest[:6], card.digest[:6]
        return f"{card.title!r} has been trained anew since (then {then}…, now {now}…): its pictures differ."
    return ""
