"""What the live components are sent: one frozen dataclass a component, and the records inside them.

`contract` writes them as TypeScript interfaces, with the comments that stand behind the fields here. Knows nothing of
Streamlit, files or pages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypedDict
from urllib.parse import quote

from explorer.state.view import MapView

Vector = Sequence[float]
By = Literal["picture", "numbers"]
"""Where the second model's z comes from: its own encoder, shown the first one's picture; or the first one's z."""


class Bundle(TypedDict):
    """The built files of the front end, by what they are."""

    studio: str
    net: str
    near: str


@dataclass(frozen=True)
class ModelInfo:
    """What the browser must know of a model before it fetches a file of it."""

    name: str
    digest: str
    title: str
    shape: tuple[int, int, int]  # C, H, W
    latent: int
    browser: bool = True  # decoder.onnx is there and runs in a browser; otherwise the server decodes
    encoder: bool = True  # encoder.onnx is there, and runs in a browser
    kl: Sequence[float] = ()  # what each dimension carries, which orders the sliders; [] where unknown
    order: Literal["kl", "spread"] = "kl"  # nats, or how far its means spread as a share of the widest
    names: Mapping[int, str] = field(default_factory=dict)  # of dimensions
    likelihood: Literal["bernoulli", "continuous_bernoulli", "gaussian", "logistic", "other"] = "bernoulli"
    standard: bool = True  # p(z) is N(0, I)
    sigma: float | None = None  # of p(x|z), where one number stands for every pixel and every z
    beside: Sequence[Literal["loc", "scale"]] = ()  # what p(x|z) is made of beside its mean picture
    decoder: str = ""  # a version of decoder.onnx: changes when it is exported again
    folder: str = ""  # how copied Python names it, as in vae.load("checkpoints/mnist-16d")
    items: bool = True  # the data set is on this machine, so items have pictures of their own
    latents: str = ""  # a version of latents.safetensors: changes when a map is added
    base: str = field(default="", init=False)  # the address of its files, relative to the page's

    def __post_init__(self) -> None:
        """What follows from the rest. ValueError: a kl that is not one number a dimension."""
        if len(self.kl):
            object.__setattr__(self, "kl", numbers(self.kl, "kl", self.latent))
        object.__setattr__(self, "encoder", self.encoder and self.browser)
        object.__setattr__(self, "folder", self.folder or self.name)
        object.__setattr__(self, "base", address(self.name, self.digest))


@dataclass(frozen=True)
class Mark:
    """A point that is marked on the map: an encoded picture, an anchor."""

    z: Vector
    label: str
    kind: Literal["encoded", "anchor", "note"] = "note"


@dataclass(frozen=True)
class Choice:
    """A model in the menu of those that may be compared."""

    name: str
    title: str
    about: str  # latents and −ELBO, in a few words
    thumb: str = ""  # the address of a small picture, relative to the page's; "": it has none
    reason: str = ""  # a sentence why it cannot be compared; "": it can


@dataclass(frozen=True)
class Comparison:
    """The models to choose from, and the one that is compared, if any."""

    choices: Sequence[Choice]
    about: str = ""  # of the first model, as in a choice
    other: ModelInfo | None = None
    by: By = "picture"


@dataclass(frozen=True, kw_only=True)
class StudioData:
    """Map, picture and sliders."""

    kind: Literal["studio"] = "studio"
    bundle: Bundle
    model: ModelInfo
    z: Vector | None
    seq: int  # grows when Python moves z or the view
    view: MapView
    marks: Sequence[Mark]
    compare: Comparison | None
    stage: bool  # a presentation: large, and little beside it


@dataclass(frozen=True, kw_only=True)
class PathData:
    """A path on the map and the strip of its pictures."""

    kind: Literal["path"] = "path"
    bundle: Bundle
    model: ModelInfo
    frames: Sequence[Vector]
    labels: tuple[str, str]  # of both ends
    seq: int  # grows when Python moves the view or the scrubber
    view: MapView
    at: float  # of the scrubber, from 0
    mode: str  # of the line
    stage: bool  # a presentation: large, and little beside it


@dataclass(frozen=True, kw_only=True)
class PadData:
    """A square to draw on."""

    kind: Literal["pad"] = "pad"
    bundle: Bundle
    model: ModelInfo
    fill: float  # the share of the picture that a drawing fills, its mass in the middle; 0: it stays where it is


@dataclass(frozen=True, kw_only=True)
class PasteData:
    """A listener for pictures from the clipboard."""

    kind: Literal["paste"] = "paste"
    bundle: Bundle
    shown: bool  # with a button and a place that says what to do


@dataclass(frozen=True, kw_only=True)
class StageData:
    """The header of a presentation."""

    kind: Literal["stage"] = "stage"
    bundle: Bundle
    title: str
    text: str
    at: int  # of the step, from 1; 0: none
    count: int
    preload: Sequence[str]  # addresses that other steps will need


@dataclass(frozen=True, kw_only=True)
class ScatterData:
    """A Plotly figure."""

    kind: Literal["scatter"] = "scatter"
    bundle: Bundle
    plotly: str  # the library's address, relative to the page's
    figure: str  # JSON: {data, layout}
    alt: str


Data = StudioData | PathData | PadData | PasteData | StageData | ScatterData


def plain(value: Any) -> Any:
    """The form in which it travels: objects, lists, words and numbers."""
    if isinstance(value, MapView):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(v) for name, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, tuple | list) else value


def numbers(values: Vector, name: str, count: int) -> list[float]:
    """Finite Python floats, `count` of them; ValueError with the name otherwise."""
    floats = [float(v) for v in values]
    if len(floats) != count or not all(map(math.isfinite, floats)):
        raise ValueError(f"{name} must be {count} finite numbers, not {len(floats)} such as {floats[:3]}.")
    return floats


def address(name: str, digest: str) -> str:
    """Where a model's files are, relative to the page's address; the digest lets a browser keep them for ever."""
    return f"models/{quote(name, safe='')}/{digest[:12]}/"
