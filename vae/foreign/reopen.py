"""A model opened from files: an imported checkpoint, one of ours, or a source that `vae.foreign.sources` knows.

An imported checkpoint that could be exported is read from the folder's own graphs; else the model is opened from the
folder's copy of its files, or, as code, where it came from. Knows nothing of the explorer.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vae import checkpoints, model
from vae.checkpoints.card import Card
from vae.checkpoints.files import CheckpointError
from vae.config import Foreign
from vae.foreign import probe, sources, trust
from vae.foreign.graphs import Graph
from vae.foreign.latents import Sliders, on_sliders
from vae.foreign.wrapped import Wrapped

ENCODER, DECODER, SLIDERS = "encoder.onnx", "decoder.onnx", "sliders.safetensors"
SOURCE = "source"  # a folder with copies of the model's own files, where they are still needed


def load(source: str | Path | Sequence[str | Path], trust: bool = False, weights: str | Path = "") -> Any:
    """The object behind a source: a checkpoint's folder, a pair of sources, or one that `sources.load` knows.

    Errors: WrapError, CheckpointError, FileNotFoundError.
    """
    if not isinstance(source, str | Path):
        return tuple(load(part, trust) for part in source)
    folder = sources.checkpoint(source)
    if folder is None:
        return sources.load(source, trust, weights)
    card = checkpoints.describe(folder)
    return open_checkpoint(card) if card.wrapped else model.load(folder)


def open_checkpoint(card: Card) -> Wrapped:
    """The model of an imported checkpoint, its latent the sliders. Errors: CheckpointError, WrapError."""
    foreign = _foreign(card)
    exported = {name: (card.path / name).is_file() for name in (ENCODER, DECODER)}
    if exported[DECODER] and (exported[ENCODER] or not foreign.encodes):
        return _from_graphs(card, foreign, exported[ENCODER])
    try:
        return _from_source(card, foreign)
    except (ValueError, OSError) as error:
        if exported[DECODER]:
            return _from_graphs(card, foreign, False)
        raise CheckpointError(f"{card.name}: {error}") from None


def trust_key(foreign: Foreign) -> str:
    """What `trust` remembers of a source: where it is and what it held."""
    content = json.dumps([foreign.source, foreign.weights, foreign.fingerprint])
    return hashlib.sha256(content.encode()).hexdigest()


def read_sliders(folder: Path, latent: tuple[int, ...]) -> Sliders:
    """The sliders of a checkpoint: all numbers in their order, where it keeps no choice."""
    from safetensors.numpy import load_file

    n = math.prod(latent)
    if not (folder / SLIDERS).is_file():
        return Sliders(np.arange(n), np.zeros(n, np.float32))
    arrays = load_file(folder / SLIDERS)
    return Sliders(arrays["positions"].astype(np.int64), arrays["rest"])


def _from_graphs(card: Card, foreign: Foreign, encodes: bool) -> Wrapped:
    content = (card.path / DECODER).read_bytes()
    if hashlib.sha256(content).hexdigest() != card.digest:
        raise CheckpointError(f"{card.name}: {DECODER} is not the file that its card vouches for; import it again.")
    decoder = Graph(content, DECODER, patient=True)
    encoder = Graph((card.path / ENCODER).read_bytes(), ENCODER, patient=True) if encodes else None
    return probe.probe((encoder, decoder) if encoder else decoder, foreign.shape, latent=(foreign.latent,))


def _from_source(card: Card, foreign: Foreign) -> Wrapped:
    trusted = trust.knows(trust_key(foreign))
    again = f"`vae import {foreign.source} --out {card.name}`"
    if sources.is_code(foreign.source) and not trusted:
        raise CheckpointError(
            f"its model is Python code ({foreign.source}) which is not trusted on this machine: if you trust it, "
            f"import it here, {again}."
        )
    source = sources.local(foreign.source, card.path / SOURCE)
    if sources.fingerprint(source, foreign.weights) != foreign.fingerprint:
        raise CheckpointError(f"{source} has changed since it was imported: import it again, {again}.")
    model = _read_again(load(source, trusted, foreign.weights), foreign)
    if model.latent != foreign.latent_shape:
        raise CheckpointError(
            f"its latent is {model.latent}, and was {foreign.latent_shape}: import it again, {again}."
        )
    return on_sliders(model, read_sliders(card.path, foreign.latent_shape))


def _read_again(model: Any, foreign: Foreign) -> Wrapped:
    """A source's object, wrapped with the settings that it was imported with."""
    if isinstance(model, Wrapped):
        return model
    latent = None if foreign.encodes else foreign.latent_shape
    scale = foreign.scale or None
    return probe.probe(model, foreign.shape, foreign.range, scale, latent)


def _foreign(card: Card) -> Foreign:
    assert isinstance(card.model, Foreign)  # others are opened by checkpoints.load
    return card.model
