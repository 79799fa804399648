"""The live components, seen from a page: what a page passes, and what they last reported.

A component reports at rest and not on every move. Its work is in src/ (TypeScript), built into dist/ by hatch_build.py.
Knows nothing of files, torch or pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from explorer.state import widgets
from explorer.state.view import MapView
from explorer.studio import bundle, incoming
from explorer.studio.bundle import mount, silent
from explorer.studio.incoming import ComparisonRequest, File, Pick, Point, Turn
from explorer.studio.payloads import (
    Comparison,
    Mark,
    ModelInfo,
    PadData,
    PasteData,
    PathData,
    ScatterData,
    StageData,
    StudioData,
    Vector,
    numbers,
)  # fmt: skip

EMPTY = MapView()  # the studio chooses


@dataclass(frozen=True)
class StudioReport:
    """What the studio last reported; None for what was not touched since Python moved it."""

    z: Point | None
    view: MapView | None
    names: dict[int, str] | None  # after a rename, all of them


@dataclass(frozen=True)
class PathReport:
    """Where the scrubber rests, 0 to n - 1, the last end that was picked, and what the map shows."""

    at: float | None
    pick: Pick | None
    view: MapView | None


def studio(
    model: ModelInfo,
    *,
    z: Vector | None = None,
    seq: int = 0,
    view: MapView = EMPTY,
    marks: Sequence[Mark] = (),
    compare: Comparison | None = None,
    on_compare: Callable[[ComparisonRequest], None] | None = None,
    stage: bool = False,
    key: str = "studio",
) -> StudioReport:
    """Map, picture and sliders that move together.

    Args:
        z: (D,) where to open; followed again, like the view, each time that `seq` grows.
        compare: the models that may follow z, and the one that does. stage: large, and little beside it.
        on_compare: called with a choice from their menu, before the page runs anew.

    Errors: ValueError for numbers that are not the model's, and for a second model with pictures of another shape.
    """
    if compare and compare.other and compare.other.shape != model.shape:
        other = compare.other
        raise ValueError(f"{other.name} (={other.shape}) must draw pictures of {model.shape} to be compared.")
    point = None if z is None else numbers(z, "z", model.latent)
    marks = [replace(mark, z=numbers(mark.z, "z of a mark", model.latent)) for mark in marks]

    def choose() -> None:
        if on_compare and (request := incoming.comparison_of(widgets.value(key), model)):
            on_compare(request)

    state = mount(
        StudioData(
            bundle=bundle.files(), model=model, z=point, seq=seq, view=view, marks=marks, compare=compare, stage=stage
        ),
        key, on_z_change=silent, on_view_change=silent, on_names_change=silent, on_compare_change=choose,
    )  # fmt: skip
    return StudioReport(
        incoming.z_of(state.get("z"), model, seq),
        incoming.view_of(state.get("view"), model, seq),
        incoming.names_of(state.get("names"), model),
    )


def path(
    model: ModelInfo,
    *,
    frames: Sequence[Vector],
    labels: tuple[str, str] = ("A", "B"),
    seq: int = 0,
    view: MapView = EMPTY,
    at: float = 0.0,
    mode: str = "",
    stage: bool = False,
    key: str = "path",
) -> PathReport:
    """A path on the map and its strip of decoded frames, scrubbed live.

    Args:
        frames: n latents (D,), n ≥ 2. labels: of both ends. at: where the scrubber opens, 0 to n - 1; followed again,
            like the view, each time that `seq` grows. stage: large, and little beside it.
    """
    if len(frames) < 2:
        raise ValueError(f"frames (={len(frames)}) must be at least 2: a path has two ends.")
    points = [numbers(frame, "a frame", model.latent) for frame in frames]
    state = mount(
        PathData(
            bundle=bundle.files(), model=model, frames=points, labels=labels, seq=seq, view=view, at=at, mode=mode,
            stage=stage,
        ),
        key, on_at_change=silent, on_pick_change=silent, on_view_change=silent,
    )  # fmt: skip
    return PathReport(
        incoming.at_of(state.get("at"), model, seq),
        incoming.pick_of(state.get("pick"), model),
        incoming.view_of(state.get("view"), model, seq),
    )


def pad(model: ModelInfo, *, fill: float = 0.0, key: str = "pad") -> bytes | None:
    """A square to draw on, encoded and decoded while drawing where the browser can; the drawing as a PNG file.

    Args:
        fill: the share of the picture that the drawing fills for the encoder, in its middle; 0: as it is drawn.
    """
    state = mount(PadData(bundle=bundle.files(), model=model, fill=fill), key, on_png_change=silent)
    return incoming.png_of(state.get("png"))


def paste(on_files: Callable[[Sequence[File]], None], *, shown: bool, key: str = "paste") -> None:
    """Listens for pictures that are pasted anywhere on the page; `shown`: with a button and a place that says so.

    Args:
        on_files: called once with the files, before the page runs anew.
    """
    mount(
        PasteData(bundle=bundle.files(), shown=shown), key,
        on_pasted_change=lambda: on_files(incoming.files_of(widgets.value(key))),
    )  # fmt: skip


def stage(
    title: str,
    text: str,
    at: int,
    count: int,
    preload: Sequence[str] = (),
    *,
    on_turn: Callable[[Turn], None],
    key: str,
) -> None:
    """The header of a presentation: what is shown, as "3 / 12"; clicker keys anywhere on the page turn it.

    Args:
        preload: addresses that the next step will need. on_turn: called with the way, before the page runs anew.
    """

    def turn() -> None:
        if way := incoming.turn_of(widgets.value(key)):
            on_turn(way)

    data = StageData(bundle=bundle.files(), title=title, text=text, at=at, count=count, preload=list(preload))
    mount(data, key, on_turn_change=turn)


def scatter(figure: str, alt: str, *, on_click: Callable[[int], None], key: str) -> None:
    """A Plotly figure, as JSON, whose traces carry the numbers of items as `customdata`.

    It is drawn once and then updated, so its camera stays: `st.plotly_chart` draws a new chart whenever a number in the
    figure changes, and reports no click in three dimensions. Plotly comes from the installed package, by a route.

    Args:
        on_click: called with the number of the item that was clicked, before the page runs anew.
    """

    def click() -> None:
        if (row := incoming.item_of(widgets.value(key))) is not None:
            on_click(row)

    plotly = f"plotly.js?v={version('plotly')}"
    data = ScatterData(bundle=bundle.files(), plotly=plotly, figure=figure, alt=alt)
    mount(data, key, on_item_change=click)
