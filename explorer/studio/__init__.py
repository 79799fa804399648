"""The live components, seen from Python: `studio` (map, picture, sliders), `path` (a strip to scrub), `pad` (a square
to draw on), `paste` (listens for pictures from the clipboard).

Each sends plain values to the browser and returns what it last reported, at rest and not on every move. The work is in
src/ (TypeScript), built into dist/ by hatch_build.py. Knows nothing of files, torch or pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote

import streamlit as st

from explorer.state import widgets
from explorer.studio import incoming
from explorer.studio.compare import Comparison, Wish, wish
from explorer.studio.incoming import Pick, Vector, numbers

HERE = Path(__file__).parent
DIST = HERE / "dist"
Turn = Literal["next", "previous", "leave"]


@dataclass(frozen=True)
class StudioModel:
    """What the browser must know of a model before it fetches a file of it."""

    name: str
    digest: str
    title: str
    shape: tuple[int, int, int]  # (C, H, W)
    latent: int
    browser: bool = True  # decoder.onnx is there and runs in a browser; otherwise the server decodes
    encoder: bool = True  # encoder.onnx is there and runs in a browser
    kl: Sequence[float] = ()  # (D,), what each dimension carries: the order of the sliders
    order: Literal["kl", "spread"] = "kl"  # nats, or how far its means spread as a share of the widest
    names: Mapping[int, str] = field(default_factory=dict)  # of dimensions
    likelihood: Literal["bernoulli", "continuous_bernoulli", "gaussian", "logistic", "other"] = "bernoulli"
    standard: bool = True  # p(z) is N(0, I)
    sigma: float | None = None  # of p(x|z), where one number stands for every pixel and every z
    beside: Sequence[str] = ()  # what p(x|z) is made of beside its mean picture: "loc", "scale"
    decoder: str = ""  # a version of decoder.onnx: changes when it is exported again
    folder: str = ""  # how copied Python names it, as in vae.load("checkpoints/mnist-16d")
    items: bool = True  # the data set is on this machine, so items have pictures of their own
    latents: str = ""  # a version of latents.safetensors: changes when a map is added

    def to_json(self) -> dict[str, Any]:
        """The form in which it travels; `base` is relative to the page's address."""
        return {
            "name": self.name,
            "digest": self.digest,
            "base": f"models/{quote(self.name, safe='')}/{self.digest[:12]}/",
            "title": self.title,
            "shape": [int(n) for n in self.shape],
            "latent": int(self.latent),
            "browser": bool(self.browser),
            "encoder": bool(self.encoder and self.browser),
            "kl": numbers(self.kl, "kl", self.latent) if len(self.kl) else [],
            "order": self.order,
            "names": {str(int(k)): str(v) for k, v in self.names.items()},
            "likelihood": self.likelihood,
            "standard": bool(self.standard),
            "sigma": None if self.sigma is None else float(self.sigma),
            "beside": list(self.beside),
            "decoder": self.decoder,
            "folder": self.folder or self.name,
            "items": bool(self.items),
            "latents": self.latents,
        }


@dataclass(frozen=True)
class Mark:
    """A point to be pointed at on the map: an encoded picture, an anchor."""

    z: Vector
    label: str
    kind: Literal["encoded", "anchor", "note"] = "note"

    def to_json(self, latent: int) -> dict[str, Any]:
        return {"z": numbers(self.z, "z of a mark", latent), "label": self.label, "kind": self.kind}


@dataclass(frozen=True)
class StudioResult:
    """What the studio last reported. `z` is None while nothing was committed since Python moved it."""

    z: tuple[float, ...] | None
    view: dict[str, str | int]  # WORDS and NUMBERS
    names: dict[int, str] | None  # after a rename, all of them


@dataclass(frozen=True)
class PathResult:
    """Where the scrubber rests, 0 to n - 1, the last end that was picked, and what the map shows."""

    at: float | None
    pick: Pick | None
    view: dict[str, str | int]


def bundle_available() -> bool:
    """Whether the front end was built. If not: `pip install -e .` with a reach to an npm registry builds it."""
    return bool(_files())


def studio(
    model: StudioModel,
    *,
    z: Vector | None = None,
    seq: int = 0,
    view: Mapping[str, str | int] | None = None,
    marks: Sequence[Mark] = (),
    compare: Comparison | None = None,
    wished: Callable[[Wish], None] | None = None,
    stage: bool = False,
    key: str = "studio",
) -> StudioResult:
    """Map, picture and sliders that move together.

    Args:
        z: (D,) where to open; followed again each time that `seq` grows. view: WORDS and NUMBERS.
        compare: the models that may follow the same hand, and the one that does. wished: told of a choice in its menu,
            before the page runs anew. stage: large, and little beside it.
    """
    data = _data("studio", model) | {
        "z": None if z is None else numbers(z, "z", model.latent),
        "seq": int(seq),
        "view": dict(view or {}),
        "marks": [mark.to_json(model.latent) for mark in marks],
        "compare": None if compare is None else compare.to_json(model),
        "stage": stage,
    }

    def heard() -> None:
        if wished and (choice := wish(widgets.value(key).get("compare"), model)):
            wished(choice)

    told = {f"on_{name}_change": _heard for name in ("z", "view", "names")}
    state = _component("studio")(key=key, data=data, **told, on_compare_change=heard)
    return StudioResult(
        incoming.committed(state.get("z"), model, seq),
        incoming.seen(state.get("view"), model, seq),
        incoming.names_of(state.get("names"), model),
    )


def path(
    model: StudioModel,
    *,
    frames: Sequence[Vector],
    labels: tuple[str, str] = ("A", "B"),
    seq: int = 0,
    view: Mapping[str, str | int] | None = None,
    at: float = 0.0,
    mode: str = "",
    stage: bool = False,
    key: str = "path",
) -> PathResult:
    """A path on the map and its strip of decoded frames, scrubbed live.

    Args:
        frames: n latents (D,), n ≥ 2. labels: of both ends. at: where the scrubber opens, 0 to n - 1; followed again,
            like the view, each time that `seq` grows. stage: large, and little beside it.
    """
    if len(frames) < 2:
        raise ValueError(f"frames (={len(frames)}) must be at least 2: a path has two ends.")
    data = _data("path", model) | {
        "frames": [numbers(frame, "a frame", model.latent) for frame in frames],
        "labels": list(labels),
        "seq": int(seq),
        "view": dict(view or {}),
        "at": float(at),
        "mode": mode,
        "stage": stage,
    }
    state = _component("path")(key=key, data=data, on_at_change=_heard, on_pick_change=_heard, on_view_change=_heard)
    rest = (
        incoming.at_of(state.get("at"), model) if incoming.mine_of(state.get("at"), model).get("seq") == seq else None
    )
    return PathResult(rest, incoming.pick_of(state.get("pick"), model), incoming.seen(state.get("view"), model, seq))


def pad(model: StudioModel, *, fill: float = 0.0, key: str = "pad") -> bytes | None:
    """A square to draw on, encoded and decoded while drawing where the browser can; the drawing as a PNG file.

    Args:
        fill: the share of the picture that the drawing fills for the encoder, in its middle; 0: as it is drawn.
    """
    state = _component("pad")(key=key, data=_data("pad", model) | {"fill": float(fill)}, on_png_change=_heard)
    return incoming.png_of(state.get("png"))


def stage(
    title: str, text: str, at: int, count: int, preload: Sequence[str] = (), *, turned: Callable[[Turn], None], key: str
) -> None:
    """The header of a presentation: what is shown, as "3 / 12"; clicker keys anywhere on the page turn it.

    Args:
        preload: addresses that the next step will need. turned: told what was asked for, before the page runs anew.
    """
    data = {"kind": "stage", "bundle": _files(), "title": title, "text": text, "at": at, "count": count}

    def heard() -> None:
        turn = widgets.value(key).get("turn")
        if turn in get_args(Turn):
            turned(turn)

    _component("stage")(key=key, data=data | {"preload": list(preload)}, on_turn_change=heard)


def paste(heard: Callable[[Sequence[tuple[str, bytes]]], None], *, shown: bool, key: str = "paste") -> None:
    """Listens for pictures that are pasted anywhere on the page; `shown`: with a button and a place that says so.

    Args:
        heard: told the files (name, bytes) once, before the page runs anew.
    """
    data = {"kind": "paste", "bundle": _files(), "shown": shown}
    _component("paste")(key=key, data=data, on_pasted_change=lambda: heard(incoming.pasted(widgets.value(key))))


# --- what goes out ----------------------------------------------------------------------------------------------------


def _data(kind: str, model: StudioModel) -> dict[str, Any]:
    return {"kind": kind, "bundle": _files(), "model": model.to_json()}


def _files() -> dict[str, str]:
    try:
        files: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return {}
    return files


def _heard() -> None:
    """The return value says what changed."""


@cache
def _component(kind: str) -> Any:
    css = "\n".join(p.read_text(encoding="utf-8") for p in sorted((HERE / "src" / "css").glob("*.css")))
    html = (HERE / "src" / "skeleton" / f"{kind}.html").read_text(encoding="utf-8")
    js = (HERE / "src" / "load.js").read_text(encoding="utf-8")
    return st.components.v2.component(f"latent_explorer_{kind}", html=html, css=css, js=js)
