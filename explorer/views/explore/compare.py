"""Compare: which second model follows the hand of the first, as the address says and the studio's menu asks."""

from __future__ import annotations

from explorer.engine import models
from explorer.engine.models import Broken, Card
from explorer.state import session
from explorer.studio.compare import By, Choice, Comparison, Wish
from explorer.views import shared
from explorer.views.header import picker


def settle(card: Card) -> str:
    """Make the address point at a second model that fits, or at none; the sentence where that is not what it said."""
    wanted, digest = session.parameter("with"), session.parameter("with_at")
    if not wanted:
        return ""
    found = next((m for m in models.models() if m.name == wanted), None)
    if not isinstance(found, Card) or unsuitable(card, found):
        close()
        return f"The comparison with {wanted!r} is closed: {_why(card, found)}"
    session.set_parameter("with_at", found.digest[:12])
    return picker.difference(wanted, digest, found)


def _why(card: Card, found: Card | Broken | None) -> str:
    if found is None:
        return "there is no model of that name here."
    return found.reason if isinstance(found, Broken) else unsuitable(card, found)


def unsuitable(a: Card, b: Card) -> str:
    """Why b cannot follow the hand of a, in a sentence; nothing where it can."""
    if a.shape != b.shape:
        ours, theirs = (" × ".join(map(str, each.shape)) for each in (a, b))
        return f"its pictures are {theirs} (channels, height, width), not {ours}."
    if not models.encodes(b):
        return "it has no encoder, so nothing says which of its z stands for a picture."
    return ""


def offer(card: Card) -> Comparison:
    """What the studio must know: the models there are, the one that is compared, the way."""
    every = (m for m in models.models() if isinstance(m, Card))
    cards = sorted(every, key=lambda m: (m.digest == card.digest, m.data.name != card.data.name))
    choices = [_choice(card, each) for each in cards]
    other = next((each for each in cards if each.name == session.parameter("with")), None)
    if other is None or unsuitable(card, other):
        return Comparison(choices, about(card))
    said = session.parameter("by")
    by: By = "numbers" if said == "numbers" or (not said and card.digest == other.digest) else "picture"
    return Comparison(choices, about(card), shared.bare(other), by)


def _choice(card: Card, each: Card) -> Choice:
    title = f"{each.title} (itself)" if each.name == card.name else each.title
    thumb = each.digest if each.thumb is not None else ""
    return Choice(each.name, title, about(each), thumb, unsuitable(card, each))


def about(card: Card) -> str:
    """What tells a model from its sisters: its latents and how well it does."""
    size = f"{card.latent} latents"
    known = size in card.title  # as in most titles that were made from the settings
    score = picker.score(card)
    measured = score and ", ".join(filter(None, (f"−ELBO {score}", picker.protocol(card))))
    return " · ".join(filter(None, ("" if known else size, measured))) or size


def choose(wish: Wish) -> None:
    """Do what the studio's menu asked for."""
    found = next((m for m in models.models() if isinstance(m, Card) and m.name == wish.name), None)
    if found is None:
        return close()
    session.set_parameter("with", found.name)
    session.set_parameter("with_at", found.digest[:12])
    session.set_parameter("by", wish.by)
    return None


def close() -> None:
    """No second model."""
    for name in ("with", "with_at", "by"):
        session.set_parameter(name, "")
