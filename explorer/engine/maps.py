"""Every map of a model's items: those that came with it, and those computed on request since.

As in `explorer.engine.models`, plain values come in and records go out. Knows nothing of pages; which process computes
a map, and where its result lies, is the business of `explorer.jobs.maps`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.engine import models
from explorer.engine.models import Card
from explorer.jobs import maps
from explorer.jobs.maps import MapJob
from vae.maps import requests
from vae.records import Projection


def projections(card: Card) -> tuple[Projection, ...]:
    """Every map: those that came with the model, then those computed on request."""
    latents, own, _ = models.maps(card)
    return own + maps.projections(latents)


def jobs(card: Card) -> list[MapJob]:
    """Maps, clusters and columns computed of its items, or being computed. Errors: CheckpointError."""
    return maps.jobs(models.latents(card))


def titles(card: Card) -> dict[str, str]:
    """The titles of the maps computed on request, by their keys."""
    return {job.key: job.title for job in jobs(card)}


def start(card: Card, request: Any) -> MapJob:
    """Have a request in JSON computed (`vae.maps.requests`). ValueError: why not. OSError: nowhere to keep it."""
    return maps.start(card.path, models.latents(card), requests.from_json(request))


def add_columns(card: Card, raw: bytes) -> list[MapJob]:
    """Columns of a CSV file for the items. ValueError: a sentence why not. OSError: nowhere to keep them."""
    return maps.add_columns(models.latents(card), raw)


def result_file(card: Card, key: str) -> Path | None:
    """The file of a job's result; None where there is none."""
    return maps.result_file(models.latents(card), key)


def remove(card: Card, key: str) -> bool:
    """Cancel a job, or remove its result; whether there was one."""
    return maps.remove(models.latents(card), key)
