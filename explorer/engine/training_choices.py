"""What a model can be trained on: data sets, devices, settings to begin with. Knows nothing of pages."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from vae import recipes
from vae.config import Recipe
from vae.data.load import KNOWN, present
from vae.data.names import expanded

LIKELIHOODS = ("bernoulli", "gaussian")


@dataclass(frozen=True)
class Source:
    """Pictures to learn from: the name in a recipe, what people call it, whether it is on this machine already."""

    name: str
    label: str
    here: bool
    size: str = ""  # of the download


def sources() -> list[Source]:
    """The data sets on offer, those on this machine first."""
    choices = [
        Source(name, s.title, present(name), s.size) for name, s in KNOWN.items() if present(name) or s.torchvision
    ]
    return sorted(choices, key=lambda s: not s.here)


def existing(path: str) -> str:
    """The absolute path of a person's own pictures, ~ read. Errors: ValueError: a sentence where nothing is there."""
    if not expanded(path).exists():
        raise ValueError(f"{path} does not exist: give the full path of a folder, a zip or an .npz of pictures.")
    return str(expanded(path).absolute())


def devices() -> tuple[str, ...]:
    """The devices to offer, found without torch: a graphics card by its driver's own tool."""
    cuda = ("cuda",) if shutil.which("nvidia-smi") else ()
    return "auto", "cpu", *cuda, *(("mps",) if sys.platform == "darwin" else ())


def quick(name: str) -> Recipe:
    """The settings that the form begins with: a usable model in about a minute on two cores."""
    return recipes.quick(name)
