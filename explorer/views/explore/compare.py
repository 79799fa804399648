"""Compare: which second model follows the z of the first, as the address says and the studio's menu asks."""

from __future__ import annotations

from explorer.engine import models
from explorer.engine.models import Broken, Card
from explorer.state import session
from explorer.studio.incoming import ComparisonRequest
from explorer.studio.payloads import By, Choice, Comparison, address
from explorer.views import shared
from explorer.views.header import picker


def settle(card: Card) -> str:
    """Make the address name a second model that fits, or none; the sentence where that is not what it asked for."""
    name, digest = session.parameter("with"), session.parameter("with_at")
    if not name:
        return ""
    other = next((m for m in models.list_models() if m.name == name), None)
    if not isinstance(other, Card) or unsuitable(card, other):
        close()
        return f"The comparison with {name!r} is closed: {_reason(card, other)}"
    session.set_parameter("with_at", other.digest[:12])
    return picker.difference(name, digest, other)


def _reason(card: Card, other: Card | Broken | None) -> str:
    if other is None:
        return "there is no model of that name here."
    return other.reason if isinstance(other, Broken) else unsuitable(card, other)


def unsuitable(a: Card, b: Card) -> str:
    """Why b cannot follow the z of a, in a sentence; "" where it can."""
    if a.shape != b.shape:
        ours, theirs = (" × ".join(map(str, shape)) for shape in (a.shape, b.shape))
        return f"its pictures are {theirs} (channels, height, width), not {ours}."
    if not models.encodes(b):
        return "it has no encoder, so it has no z for a given picture."
    return ""


def offer(card: Card) -> Comparison:
    """The models to choose from, the one that is compared, and the way, for the studio."""
    cards = sorted(
        (m for m in models.list_models() if isinstance(m, Card)),
        key=lambda m: (m.digest == card.digest, m.data.name != card.data.name),
    )
    choices = [_choice(card, other) for other in cards]
    other = next((m for m in cards if m.name == session.parameter("with")), None)
    if other is None or unsuitable(card, other):
        return Comparison(choices, about(card))
    way = session.parameter("by")
    by: By = "numbers" if way == "numbers" or (not way and card.digest == other.digest) else "picture"
    return Comparison(choices, about(card), shared.bare(other), by)


def _choice(card: Card, other: Card) -> Choice:
    title = f"{other.title} (itself)" if other.name == card.name else other.title
    thumb = f"{address(other.name, other.digest)}thumb.png" if other.thumb is not None else ""
    return Choice(other.name, title, about(other), thumb, unsuitable(card, other))


def about(card: Card) -> str:
    """What tells a model from its sisters: its latents and its −ELBO."""
    size = f"{card.latent} latents"
    score = picker.score(card)
    measured = ", ".join(filter(None, (f"−ELBO {score}", picker.protocol(card)))) if score else ""
    return " · ".join(filter(None, ("" if size in card.title else size, measured))) or size


def choose(request: ComparisonRequest) -> None:
    """Do what the studio's menu asks for."""
    other = next((m for m in models.list_models() if isinstance(m, Card) and m.name == request.name), None)
    if other is None:
        close()
        return
    for name, value in (("with", other.name), ("with_at", other.digest[:12]), ("by", request.by)):
        session.set_parameter(name, value)


def close() -> None:
    """No second model."""
    for name in ("with", "with_at", "by"):
        session.set_parameter(name, "")
