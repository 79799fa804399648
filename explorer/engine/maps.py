"""The engine's third room: every map of a model's items, those that came with it and what was made of them since.

As in `explorer.engine.models`, plain values come in and records go out. Knows nothing of pages; how something is made,
by which process, and where it lies is the business of `explorer.jobs.maps`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.engine import models
from explorer.engine.models import Card
from explorer.jobs import maps
from vae.maps import requests
from vae.records import Projection


def projections(card: Card) -> tuple[Projection, ...]:
    """Every map: those that came with the model, then those that were made of its items since."""
    latents, came, _ = models.maps(card)
    return came + maps.maps(latents)


def made(card: Card) -> list[maps.Thing]:
    """Maps, clusters and columns that were made of its items, or are being made. Errors: CheckpointError."""
    return maps.everything(models.maps(card)[0])


def titles(card: Card) -> dict[str, str]:
    """What people call the maps that were made."""
    return {each.key: each.title for each in made(card)}


def ask(card: Card, wish: Any) -> maps.Thing:
    """Have a map or clusters made (`vae.maps.requests`). ValueError: why not. OSError: nowhere to keep it."""
    return maps.ask(card.path, models.maps(card)[0], requests.from_json(wish))


def keep_columns(card: Card, raw: bytes) -> list[maps.Thing]:
    """Columns of a CSV file for the items. ValueError: a sentence why not. OSError: nowhere to keep them."""
    return maps.keep(models.maps(card)[0], raw)


def made_file(card: Card, key: str) -> Path | None:
    """The file of something that was made."""
    return maps.file(models.maps(card)[0], key)


def forget(card: Card, key: str) -> bool:
    """Cancel what is being made, or remove what was."""
    return maps.remove(models.maps(card)[0], key)
