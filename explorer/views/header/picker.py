"""The model picker: which model is open, the gallery of all there are, and what a link asked for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.drawing.words import is_number, number, pictures
from explorer.engine.models import Broken, Card
from explorer.state import session
from explorer.state.view import fit
from explorer.views import shared

LONGEST = 28  # letters of a title in the header


def settle(models: Sequence[Card | Broken], link: session.Link | None) -> None:
    """Make sure that the session points at a model that exists; say so where that is not the one that was asked for."""
    s = session.session()
    cards = [m for m in models if isinstance(m, Card)]
    wanted, digest = (link.model, link.digest) if link and link.model else (s.model, s.digest[:12])
    found = next((c for c in cards if c.name == wanted), cards[0] if cards else None)
    if found is None:
        s.model, s.digest = "", ""
        return
    s.model, s.digest = found.name, found.digest
    s.notice = " ".join(filter(None, (link.problem if link else "", difference(wanted, digest, found))))
    if link is None or not link.model:
        return
    s.view, beyond = fit(link.view, found.latent)
    s.notice = " ".join(filter(None, (s.notice, beyond)))
    if link.z and found.name == wanted:
        if len(link.z) == found.latent:
            session.move(link.z)
        else:
            s.notice += f" The link's z has {len(link.z)} numbers and this model has {found.latent}; it was left out."


def draw(models: Sequence[Card | Broken]) -> None:
    """The button at the right end of the header, and the gallery that it opens."""
    s = session.session()
    now = next((m for m in models if isinstance(m, Card) and m.name == s.model), None)
    label = " · ".join(filter(None, (short(now.title), score(now, ",.0f")))) if now else "No model yet"
    thumb = f"![]({shared.address(now.thumb.read_bytes())})\N{EN SPACE}" if now and now.thumb else ""
    popover = st.popover(thumb + label, key=session.PICKER, on_change="rerun")
    if not popover.open:
        return
    with popover, st.container(width=640):
        with st.grid(2, border=True):
            for model in models:
                if isinstance(model, Card):
                    _card(model, model.name == s.model)
        for model in models:
            if isinstance(model, Broken):
                st.caption(f":material/heart_broken: **{model.name}** {model.reason}")
        if any(isinstance(model, Card) for model in models):
            st.caption(
                "−ELBO: what a test picture costs on average; among models of the same pictures, lower is better."
            )
        if not models:
            st.write("There is no trained model here yet. The Train page makes one in about a minute.")


def _card(card: Card, current: bool) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if card.thumb is not None:
            st.image(shared.address(card.thumb.read_bytes()), width=72, alt=f"Four pictures decoded by {card.title}")
        with st.container(gap=None, width="stretch"):
            st.button(
                card.title,
                key=f"open-{card.name}",
                type="tertiary",
                icon=":material/check:" if current else None,
                on_click=_open,
                args=(card,),
            )
            st.caption(about(card))
            if measured := score(card):
                st.caption(", ".join(filter(None, (f"−ELBO {measured}", protocol(card)))))


def _open(card: Card) -> None:
    session.choose(card.name, card.digest)
    st.session_state[session.PICKER] = False


def about(card: Card) -> str:
    """Its data, its latents, its pictures: what its title does not say already."""
    known = (card.data.title, f"{card.latent} latents", pictures(card))
    return " · ".join(part for part in known if part and part not in card.title)


def short(title: str) -> str:
    """As much of a title as the header has room for."""
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1].rstrip()}…"


def score(card: Card, form: str = ",.1f") -> str:
    """Its −ELBO with its unit; nothing where it was not measured."""
    elbo = card.summary.get("elbo")
    return f"{number(-float(elbo), form)} nats" if elbo is not None and is_number(elbo) else ""


def protocol(card: Card) -> str:
    """What was made of grey levels when that was measured."""
    return {"dynamic": "binarised", "none": "grey levels"}.get(str(card.summary.get("binarise")), "")


def difference(wanted: str, digest: str, found: Card) -> str:
    """The sentence where what was found is not the model that a link asked for."""
    if wanted and found.name != wanted:
        return f"The model {wanted[:60]!r} is not here any more; this is {found.title!r} instead."
    if wanted and digest and not found.digest.startswith(digest):
        then, now = digest[:6], found.digest[:6]
        return f"{found.title!r} has been trained anew since (then {then}…, now {now}…): pictures differ."
    return ""
