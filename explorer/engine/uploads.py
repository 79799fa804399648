"""Pictures that people bring. From bytes to batches, places on maps, percentiles and gaps.

As in `explorer.engine.models`, plain values come in, records go out, every answer is remembered by what it depends on,
and torch loads inside the functions that need it. Knows nothing of pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import streamlit as st

from explorer.drawing import batch as batches
from explorer.drawing import words
from explorer.drawing.backdrop import Backdrop, render
from explorer.drawing.batch import Batch
from explorer.drawing.palette import Theme
from explorer.engine import maps, models
from explorer.engine.models import BY_CONTENT, Card, Preparation
from vae.config import Foreign
from vae.data import pictures
from vae.data import uploads as bundles
from vae.data.pictures import PictureError
from vae.data.uploads import Bundle
from vae.maps.neighbours import nearest_items
from vae.measures import typicality
from vae.measures.typicality import Known
from vae.records import Bytes, Floats, Improvement, Posterior, Projection, Rank

__all__ = ["Backdrop", "Batch", "Bundle", "Landing", "Rank"]

DRAWS = 32  # of q(z|x), as a cloud on the maps
PART = 32  # pictures between two reports
MOST = bundles.MOST

T = TypeVar("T")
Upload = tuple[str, bytes]
Report = Callable[[float, str], None]  # share done, what is being done


class Recent(Generic[T]):
    """The last few answers, for work that draws while it runs: Streamlit's caches would draw all of that again."""

    def __init__(self, most: int) -> None:
        self.most, self.answers, self.lock = most, OrderedDict[Hashable, T](), threading.Lock()

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer to the key, made if it is not there."""
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
                return self.answers[key]
        made = make()
        with self.lock:
            self.answers[key] = made
            while len(self.answers) > self.most:
                self.answers.popitem(last=False)
        return made


# --- places -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Landing:
    """Where one picture lies on one map: its mean, and draws of its q(z|x), none where there is no sigma."""

    map: Projection
    spot: tuple[float, float]
    cloud: Floats  # (32, 2) or (0, 2)


def landings(card: Card, q: Posterior) -> tuple[Landing, ...]:
    """The mean and 32 draws of q(z|x), the same each time, on every map. CheckpointError: there are no latents."""
    from vae.maps.projection import place

    latents, projections = models.maps(card)[0], maps.projections(card)
    eps = np.random.default_rng(0).standard_normal((DRAWS if q.std.any() else 0, len(q.mean)), np.float32)
    z = np.concatenate([q.mean[None], q.mean + q.std * eps])
    found = [(each, place(each, latents, z)) for each in projections]
    return tuple(Landing(each, (float(xy[0, 0]), float(xy[0, 1])), xy[1:]) for each, xy in found)


def placed(card: Card, name: str, z: Floats) -> Floats:
    """Where points z (M, D) lie on the map of that name, (M, 2)."""
    from vae.maps.projection import place

    latents, projections = models.maps(card)[0], maps.projections(card)
    return place(next(each for each in projections if each.name == name), latents, z)


@st.cache_resource(max_entries=48, show_spinner=False, hash_funcs=BY_CONTENT)
def backdrop(card: Card, name: str, theme: Theme) -> Backdrop:
    """The items of a map as a picture."""
    xy = next(each.xy for each in maps.projections(card) if each.name == name)
    return render(models.maps(card)[0], xy, theme)


# --- is it like the data? ---------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_CONTENT)
def known(card: Card) -> Known:
    """What the encoded items cost, and how far apart they lie. CheckpointError: there are no latents."""
    return typicality.known(models.maps(card)[0])


def ranks(card: Card, q: Posterior, row: int = -1) -> tuple[Rank, ...]:
    """A picture's costs and distance beside the items' own; `row`: it is that item itself."""
    own = np.array([row]) if row >= 0 else None
    distance = typicality.distances(models.maps(card)[0], q.mean[None], own)
    return typicality.ranks(known(card), q.rec, q.kl, float(distance[0]))


def is_density(card: Card) -> bool:
    """Whether its nats are of a density, which may be above 1: then a cost may lie below 0."""
    from vae.config import ContinuousBernoulli, Gaussian

    return isinstance(card.model.likelihood, Gaussian | ContinuousBernoulli)


def measured(card: Card) -> bool:
    """Whether there is a p(x|z), and so an ELBO."""
    return not isinstance(card.model, Foreign)


# --- the amortisation gap ---------------------------------------------------------------------------------------------


_REFINED: Recent[Improvement] = Recent(32)


def refine(card: Card, picture: Bytes, steps: int, report: Callable[[int, float], None] | None = None) -> Improvement:
    """The picture's own q(z|x) by gradient steps; of a model without p(x|z), its z by reconstruction alone."""
    key = card.digest, picture.tobytes(), steps
    return _REFINED.kept(key, lambda: models.model(card).refine(picture, steps, report))


# --- many -------------------------------------------------------------------------------------------------------------


def gather(uploads: tuple[Upload, ...]) -> Bundle:
    """The files of the uploads, zips opened, nothing decoded yet."""
    return bundles.gather(uploads)


def is_zip(raw: bytes) -> bool:
    """Whether an upload is a zip, whatever its name."""
    return bundles.is_zip(raw)


def original(raw: bytes, side: int) -> Bytes | None:
    """The picture as it was brought, upright, `side` pixels at most; None where there is none."""
    try:
        picture = pictures.read_picture(raw)
    except PictureError:
        return None
    picture.thumbnail((side, side))
    values = np.asarray(picture)
    return values[None] if values.ndim == 2 else np.ascontiguousarray(np.moveaxis(values, -1, 0))


_BATCHES: Recent[Batch] = Recent(4)


def batch(
    card: Card, ids: tuple[str, ...], how: Preparation, uploads: tuple[Upload, ...], report: Report
) -> Batch:  # fmt: skip
    """Every picture of the uploads through the model. `ids` names the uploads, so that their bytes need no look."""
    key = card.digest, card.latents, ids, how
    return _BATCHES.kept(key, lambda: _batch(card, how, uploads, report))


def _batch(card: Card, how: Preparation, uploads: tuple[Upload, ...], report: Report) -> Batch:
    report(0.0, "Opening the files")
    bundle = bundles.gather(uploads)
    names, pixels, refused = [], [], list(bundle.refused)
    for k, file in enumerate(bundle.files):
        try:
            pixels.append(models.fit(card, file.read(), how).pixels)
            names.append(file.name)
        except ValueError as error:  # a PictureError, or a file that is damaged inside its zip
            refused.append((file.name, str(error)))
        if k % PART == 0:
            report(0.5 * k / len(bundle.files), f"Preparing {k:,} of {len(bundle.files):,}")
    images_ = np.stack(pixels) if pixels else np.empty((0, *card.shape), np.uint8)
    return _encoded(card, tuple(names), images_, tuple(refused), bundle.note, report)


def _encoded(
    card: Card, names: tuple[str, ...], pixels: Bytes, refused: tuple[tuple[str, str], ...], note: str, report: Report
) -> Batch:
    from vae.maps.projection import place

    if not len(pixels):
        return batches.empty(refused, note)
    model = models.model(card)
    parts = []
    for start in range(0, len(pixels), PART):
        parts.append(model.encode_pictures(pixels[start : start + PART]))
        report(0.5 + 0.45 * start / len(pixels), f"Encoding {start:,} of {len(pixels):,}")
    codes = batches.joined(parts)
    latents, projections = models.maps(card)[0], maps.projections(card)
    report(0.97, "Placing them on the maps")
    places = {each.name: place(each, latents, codes.mean) for each in projections}
    distance = typicality.distances(latents, codes.mean)
    rec = np.full(len(codes), np.nan) if codes.rec is None else codes.rec
    kl = np.full(len(codes), np.nan) if codes.kl is None else codes.kl
    found = tuple(typicality.ranks(known(card), *map(float, each)) for each in zip(rec, kl, distance, strict=True))
    near = tuple(words.class_of(latents, int(row)) for row in nearest_items(latents, codes.mean, 1)[0][:, 0])
    return Batch(names, pixels, codes, found, near, places, refused, note)
