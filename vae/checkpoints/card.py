"""The card of a checkpoint: config.json as a record, read, checked and written.

Reads JSON alone, so listing a hundred models costs no torch. Knows nothing of tensors.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae.checkpoints.files import CheckpointError, read_json, write_json
from vae.config import Foreign, Model, check, from_json, setting, to_json

FORMAT = 1
CONFIG, WEIGHTS = "config.json", "model.safetensors"
OURS = "library_name: vae-explorer"  # the first line of a README.md that this package writes
FORMERLY = "library_name: latent-explorer"  # and wrote, under its former name
CLASSES: dict[str, type[Model] | type[Foreign]] = {"vae.VAE": Model, "wrapped": Foreign}
_KEYS = ["format", "class", "kwargs", "data", "title", "digest", "names", "summary", "browser", "latents"]


@dataclass(frozen=True)
class About:
    """The data that a model was trained on."""

    name: str = setting("", "the data set's name, or the folder's")
    title: str = setting("", "its name for people")
    licence: str = setting("", "of the data; empty: unknown")
    shape: tuple[int, ...] = setting((1, 28, 28), "channels, height, width as the model sees them")
    channels: int = setting(1, "1 grey, 3 colour", low=1, high=4)
    size: int = setting(28, "height in pixels", low=1, high=4096)
    classes: tuple[str, ...] = setting((), "names of the labels")
    factor_names: tuple[str, ...] = setting((), "names of the true factors of variation")
    binarise: str = setting("none", "none or dynamic: how training turned grey levels into 0 and 1")
    train_size: int = setting(0, "items learned from", low=0, high=10**9)
    test_size: int = setting(0, "items held out", low=0, high=10**9)


@dataclass(frozen=True)
class Card:
    """A checkpoint as its folder describes it: all that a list of models and a page need before they read weights."""

    name: str
    path: Path
    title: str
    digest: str  # sha256 of the weights, hexadecimal; of decoder.onnx or the source where the model is foreign
    model: Model | Foreign
    data: About
    names: Mapping[int, str] = field(default_factory=dict)  # latent dimension, from 0 -> the name that people gave it
    summary: Mapping[str, Any] = field(default_factory=dict)  # elbo (nats), binarise, nll where it was measured
    browser: bool = False  # the decoder runs in a browser; otherwise the server decodes
    latents: str = ""  # the first 12 digits of the sha256 of latents.safetensors, which changes with every new map

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of a picture."""
        return self.model.shape

    @property
    def latent(self) -> int:
        """The number of latent dimensions, and so of sliders."""
        return self.model.latent

    @property
    def wrapped(self) -> bool:
        """Whether it is a model of another program, which `vae.wrap` opens and `vae.load` does not."""
        return isinstance(self.model, Foreign)

    @property
    def thumb(self) -> Path | None:
        """The path of a small picture of decoded latents, where the folder has one."""
        path = self.path / "thumb.png"
        return path if path.is_file() else None


@dataclass(frozen=True)
class Broken:
    """A folder that is no usable checkpoint, with the reason in a sentence."""

    name: str
    path: Path
    reason: str


def describe(folder: Path | str) -> Card:
    """The card of a checkpoint, from config.json and its files' presence. Errors: CheckpointError, one sentence."""
    folder = Path(folder)
    name = folder.absolute().name
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is no folder: give the folder that holds {CONFIG} and {WEIGHTS}.")
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{name} is no checkpoint: it holds no {CONFIG}.")
    try:
        config = _upgrade(read_json(folder / CONFIG))
        card = _card(folder, config)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{name}: {' '.join(str(error).split())}") from None
    if not card.wrapped and not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{name}: {WEIGHTS} is missing; retrain it, or copy the whole folder again.")
    return card


def list_checkpoints(folders: Iterable[Path | str]) -> list[Card | Broken]:
    """Every sub-folder of `folders`, by name. Nothing raises: one that cannot be used is a Broken with its reason.

    A run that has not yet written its model (status.json without config.json) is left out.
    """
    cards: list[Card | Broken] = []
    for folder in map(Path, folders):
        try:
            inside = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))
        except OSError:
            continue
        for path in inside:
            if not (path / CONFIG).is_file() and (path / "status.json").is_file():
                continue
            try:
                cards.append(describe(path))
            except (CheckpointError, OSError) as error:
                cards.append(Broken(path.name, path, str(error)))
    return cards


def write_card(card: Card) -> Card:
    """Writes the card into its folder's config.json; returns it as `describe` reads it back."""
    write_json(card.path / CONFIG, _config(card))
    return describe(card.path)


def names_of(folder: Path, digest: str) -> Mapping[int, str]:
    """The names of the dimensions in the folder's card, if its model has this digest; otherwise none."""
    try:
        card = describe(folder)
    except CheckpointError:
        return {}
    return card.names if card.digest == digest else {}


def _upgrade(config: dict[str, Any]) -> dict[str, Any]:
    """The one place that turns older formats into the present one."""
    number = config.get("format")
    if number is None:
        raise ValueError(f"{CONFIG} has no format number: another program wrote it.")
    if not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise ValueError(
            f"format (={number!r}) is newer than {FORMAT}, the newest that this version reads: "
            "update it: `git pull` in its folder, then `pip install -e .`."
        )
    return config


def _card(folder: Path, config: dict[str, Any]) -> Card:
    for key in config:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, 1, 0.4)
            raise ValueError(
                f"{key!r} is not a key of {CONFIG}. {f'Did you mean {close[0]!r}?' if close else ''}".strip()
            )
    cls = CLASSES.get(str(config.get("class")))
    if cls is None:
        raise ValueError(
            f"class (={config.get('class')!r}) must be {' or '.join(map(repr, CLASSES))}: the folder belongs to "
            "another program; `vae import` turns its model into a checkpoint."
        )
    kwargs = config.get("kwargs")
    shape = kwargs.get("shape") if isinstance(kwargs, dict) else None
    if not (
        isinstance(shape, list) and [type(n) for n in shape] == [int] * 3 and 1 <= min(shape) <= max(shape) <= 4096
    ):
        raise ValueError(f"kwargs.shape (={shape!r}) must be three numbers up to 4096: channels, height, width.")
    model = check(from_json(cls, kwargs, "kwargs."), "kwargs.")
    digest, names, summary = config.get("digest", ""), config.get("names", {}), config.get("summary", {})
    if not (isinstance(digest, str) and len(digest) == 64):
        raise ValueError(f"digest (={digest!r}) must be the sha256 of {WEIGHTS}, 64 hexadecimal digits.")
    data = check(from_json(About, config.get("data", {}), "data."), "data.")
    dimensions = {int(key): str(name) for key, name in names.items() if str(name)}
    name, latents = folder.absolute().name, str(config.get("latents", ""))
    title = str(config.get("title") or name)
    browser = bool(config.get("browser")) and (folder / "decoder.onnx").is_file()
    return Card(name, folder, title, digest, model, data, dimensions, dict(summary), browser, latents)


def _config(card: Card) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "class": next(name for name, cls in CLASSES.items() if isinstance(card.model, cls)),
        "kwargs": to_json(card.model),
        "data": to_json(card.data),
        "title": card.title,
        "digest": card.digest,
        "names": {str(k): v for k, v in sorted(card.names.items())},
        "summary": dict(card.summary),
        "browser": card.browser,
        "latents": card.latents,
    }
