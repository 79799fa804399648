"""Uploads: from the bytes of pictures to batches, places on maps, percentiles among the data, amortisation gaps.

As in `explorer.engine.models`, plain values come in, records go out, every answer is remembered by what it depends on.
Knows nothing of pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import streamlit as st

from explorer.drawing.backdrop import Backdrop, render
from explorer.drawing.batch import Batch, empty, joined
from explorer.drawing.palette import Theme
from explorer.drawing.words import class_of
from explorer.engine import maps, models
from explorer.engine.models import BY_CONTENT, Card, Preparation
from vae.config import ContinuousBernoulli, Foreign, Gaussian
from vae.data.pictures import PictureError, read_picture
from vae.data.uploads import MOST, Bundle, gather
from vae.data.zips import is_zip
from vae.maps.neighbours import nearest_items
from vae.maps.projection import place as place_on
from vae.measures import typicality
from vae.measures.typicality import Known
from vae.records import Bytes, Floats, Improvement, Latents, Posterior, Projection, Rank

__all__ = ["MOST", "Backdrop", "Batch", "Landing", "Rank", "is_zip"]

DRAWS = 32  # of q(z|x), as a cloud on the maps
PART = 32  # pictures between two reports

T = TypeVar("T")
Upload = tuple[str, bytes]
Report = Callable[[float, str], None]  # the share that is done, the present step


class Recent(Generic[T]):
    """The last few answers of work that shows its progress: Streamlit's caches would replay what it showed."""

    def __init__(self, most: int) -> None:
        self.most, self.answers, self.lock = most, OrderedDict[Hashable, T](), threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer to the key, computed if it is not there."""
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
                return self.answers[key]
        answer = make()
        with self.lock:
            self.answers[key] = answer
            while len(self.answers) > self.most:
                self.answers.popitem(last=False)
        return answer


# --- places -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Landing:
    """Where one picture lies on one map: its mean, and draws of its q(z|x), none where there is no sigma."""

    map: Projection
    spot: tuple[float, float]
    cloud: Floats  # (32, 2) or (0, 2)


def landings(card: Card, q: Posterior) -> tuple[Landing, ...]:
    """The mean and 32 draws of q(z|x), the same each time, on every map. CheckpointError: there are no latents."""
    latents = models.latents(card)
    eps = np.random.default_rng(0).standard_normal((DRAWS if q.std.any() else 0, len(q.mean)), np.float32)
    z = np.concatenate([q.mean[None], q.mean + q.std * eps])
    places = [(projection, place_on(projection, latents, z)) for projection in maps.projections(card)]
    return tuple(Landing(projection, (float(xy[0, 0]), float(xy[0, 1])), xy[1:]) for projection, xy in places)


def place(card: Card, name: str, z: Floats) -> Floats:
    """Where points z (M, D) lie on the map of that name, (M, 2)."""
    return place_on(_projection(card, name), models.latents(card), z)


def _projection(card: Card, name: str) -> Projection:
    return next(projection for projection in maps.projections(card) if projection.name == name)


@st.cache_resource(max_entries=48, show_spinner=False, hash_funcs=BY_CONTENT)
def backdrop(card: Card, name: str, theme: Theme) -> Backdrop:
    """The items of a map as a picture."""
    return render(models.latents(card), _projection(card, name).xy, theme)


# --- is it like the data? ---------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def _known(card: Card) -> Known:
    """What the encoded items cost, and how far apart they lie. CheckpointError: there are no latents."""
    return typicality.known(models.latents(card))


def ranks(card: Card, q: Posterior, row: int = -1) -> tuple[Rank, ...]:
    """A picture's costs and distance beside the items' own; `row`: it is that item itself."""
    own = np.array([row]) if row >= 0 else None
    distance = typicality.distances(models.latents(card), q.mean[None], own)
    return typicality.ranks(_known(card), q.rec, q.kl, float(distance[0]))


def is_density(card: Card) -> bool:
    """Whether its nats are of a density, which may be above 1: then a cost may lie below 0."""
    return isinstance(card.model.likelihood, Gaussian | ContinuousBernoulli)


def has_elbo(card: Card) -> bool:
    """Whether there is a p(x|z), and so an ELBO."""
    return not isinstance(card.model, Foreign)


# --- the amortisation gap ---------------------------------------------------------------------------------------------


_REFINED: Recent[Improvement] = Recent(32)


def refine(card: Card, picture: Bytes, steps: int, report: Callable[[int, float], None] | None = None) -> Improvement:
    """The picture's own q(z|x) by gradient steps; of a model without p(x|z), its z by reconstruction alone."""
    key = card.digest, picture.tobytes(), steps
    return _REFINED.get(key, lambda: models.model(card).refine(picture, steps, report))


# --- many -------------------------------------------------------------------------------------------------------------


def original(raw: bytes, side: int) -> Bytes | None:
    """The uploaded picture, upright, `side` pixels at most; None where the bytes are no picture."""
    try:
        picture = read_picture(raw)
    except PictureError:
        return None
    picture.thumbnail((side, side))
    values = np.asarray(picture)
    return values[None] if values.ndim == 2 else np.ascontiguousarray(np.moveaxis(values, -1, 0))


_BATCHES: Recent[Batch] = Recent(4)


def batch(card: Card, ids: tuple[str, ...], how: Preparation, uploads: tuple[Upload, ...], report: Report) -> Batch:
    """Every picture of the uploads through the model. `ids` names the uploads, so that their bytes are not compared."""
    key = card.digest, card.latents, ids, how
    return _BATCHES.get(key, lambda: _batch(card, how, uploads, report))


def _batch(card: Card, how: Preparation, uploads: tuple[Upload, ...], report: Report) -> Batch:
    report(0.0, "Opening the files")
    bundle = gather(uploads)
    names, pixels, refused = _prepare(card, bundle, how, report)
    if not len(pixels):
        return empty(refused, bundle.note)
    codes = _encode(card, pixels, report)
    latents = models.latents(card)
    report(0.97, "Placing them on the maps")
    places = {projection.name: place_on(projection, latents, codes.mean) for projection in maps.projections(card)}
    near = tuple(class_of(latents, int(row)) for row in nearest_items(latents, codes.mean, 1)[0][:, 0])
    return Batch(names, pixels, codes, _all_ranks(card, codes), near, places, refused, bundle.note)


def _prepare(
    card: Card, bundle: Bundle, how: Preparation, report: Report
) -> tuple[tuple[str, ...], Bytes, tuple[tuple[str, str], ...]]:
    """Of every file its name and its picture (N, C, H, W) as the model sees it; and the files that hold none."""
    names, pixels, refused = [], [], list(bundle.refused)
    for k, file in enumerate(bundle.files):
        try:
            pixels.append(models.fit(card, file.read(), how).pixels)
            names.append(file.name)
        except ValueError as error:  # a PictureError, or a file that is damaged inside its zip
            refused.append((file.name, str(error)))
        if k % PART == 0:
            report(0.5 * k / len(bundle.files), f"Preparing {k:,} of {len(bundle.files):,}")
    stack = np.stack(pixels) if pixels else np.empty((0, *card.shape), np.uint8)
    return tuple(names), stack, tuple(refused)


def _encode(card: Card, pixels: Bytes, report: Report) -> Latents:
    model, parts = models.model(card), []
    for start in range(0, len(pixels), PART):
        parts.append(model.encode_pictures(pixels[start : start + PART]))
        report(0.5 + 0.45 * start / len(pixels), f"Encoding {start:,} of {len(pixels):,}")
    return joined(parts)


def _all_ranks(card: Card, codes: Latents) -> tuple[tuple[Rank, ...], ...]:
    """`ranks` of every picture."""
    unknown = np.full(len(codes), np.nan)
    rec, kl = (unknown if column is None else column for column in (codes.rec, codes.kl))
    rows = zip(rec, kl, typicality.distances(models.latents(card), codes.mean), strict=True)
    return tuple(typicality.ranks(_known(card), *map(float, row)) for row in rows)
