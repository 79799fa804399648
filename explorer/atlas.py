"""The engine's third room: every map of a model's items, those that came with it and what was made of them since.

As in `explorer.engine`, plain values come in and records go out. Knows nothing of pages; how something is made, by
which process, and where it lies is the business of `explorer.making`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer import engine, making
from explorer.engine import Card
from vae import requests
from vae.records import Projection


def projections(card: Card) -> tuple[Projection, ...]:
    """Every map: those that came with the model, then those that were made of its items since."""
    latents, came, _ = engine.maps(card)
    return came + making.maps(latents)


def made(card: Card) -> list[making.Thing]:
    """Maps, clusters and columns that were made of its items, or are being made. Errors: CheckpointError."""
    return making.everything(engine.maps(card)[0])


def titles(card: Card) -> dict[str, str]:
    """What people call the maps that were made."""
    return {each.key: each.title for each in made(card)}


def ask(card: Card, wish: Any) -> making.Thing:
    """Have a map or clusters made, see `vae.requests`. ValueError: a sentence why not. OSError: nowhere to keep it."""
    return making.ask(card.path, engine.maps(card)[0], requests.read(wish))


def keep_columns(card: Card, raw: bytes) -> list[making.Thing]:
    """Columns of a CSV file for the items. ValueError: a sentence why not. OSError: nowhere to keep them."""
    return making.keep(engine.maps(card)[0], raw)


def made_file(card: Card, key: str) -> Path | None:
    """The file of something that was made."""
    return making.file(engine.maps(card)[0], key)


def forget(card: Card, key: str) -> bool:
    """Cancel what is being made, or remove what was."""
    return making.remove(engine.maps(card)[0], key)
