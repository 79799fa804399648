"""What the map and the picture show: a value that travels between the studio, the session and a link.

`MapView` is the one table of view parameters. A link's rules (`link`), the check of what the studio reports and the
browser's `View` (`studio/contract`) derive from it, so that a new parameter is one new field here. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, get_args

Mode = Literal["mean", "sample", "sigma"]
"""What the picture is: the mean of p(x|z), a sample of it, or its spread."""

DIM, DIMS = "[0-9]{1,4}", r"[0-9]{1,4}(\.[0-9]{1,4}){0,511}"
NUMBER = r"-?[0-9]{1,12}(\.[0-9]{1,12})?(e[+-]?[0-9]{1,2})?"
CAMERA = f"{NUMBER},{NUMBER},{NUMBER}"
KEY = "[0-9a-f]{12}"  # the name of a map or of colours that were computed of one model's items
ANY = ".+"

A_DIM, SOME_DIMS = "the number of a latent dimension", "numbers of latent dimensions with dots between"
A_MAP, A_COLOUR = "the name of a map", "the name of what the points are coloured by"
A_CAMERA = "three numbers: the middle of the {} and how near it is"


def parameter(default: Any, pattern: str, rule: str, *, own: str = "") -> Any:
    """A field of a view: its default, the pattern of every other value, that rule in words.

    Args:
        own: a pattern of the values that speak of one model alone, and are dropped when another one opens.
    """
    return field(default=default, metadata={"pattern": pattern, "rule": rule, "own": own})


@dataclass(frozen=True)
class MapView:
    """What the map and the picture show. Empty words leave the choice to the studio."""

    map: str = parameter("", r"[\w.:+-]{1,40}", A_MAP, own=KEY)  # "raw", or the name of a map in latents.safetensors
    x: int = parameter(0, DIM, A_DIM)  # the two dimensions of a raw map
    y: int = parameter(1, DIM, A_DIM)
    colour: str = parameter("", r"[\w .+-]{1,60}", A_COLOUR, own=KEY)  # "label", "kl", "rec", "z3", ...
    mode: Mode | Literal[""] = parameter("", "|".join(get_args(Mode)), "mean, sample or sigma")
    beside: str = parameter("", r"[\w~.:+-]{1,60}", f"{A_MAP}, or raw~0~1", own=KEY)  # a second map; "" for none
    seed: int = parameter(-1, "[0-9]{1,9}", "a whole number that a sample begins with")  # of the sample that is shown
    camera: str = parameter("", CAMERA, A_CAMERA.format("map"), own=ANY)  # "x,y,zoom" of the map; "" for all of it
    beside_camera: str = parameter("", CAMERA, A_CAMERA.format("second map"), own=ANY)  # the same of the second map
    focus: str = parameter("", "-1|[0-9]{1,4}", "the number of a class", own=ANY)  # the one that stays lit
    under: str = parameter("", r"(grid|density)(\.density)?", "grid, density or grid.density")  # lies under the points
    locks: str = parameter("", DIMS, SOME_DIMS, own=ANY)  # dimensions that stay, "3.7"
    stage: str = parameter("", DIMS, SOME_DIMS, own=ANY)  # with a slider in a presentation; "": those that carry most

    def to_json(self) -> dict[str, str | int]:
        """Only what was chosen: a default is left out."""
        return {name: value for name, value in vars(self).items() if value != DEFAULTS[name]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MapView:
        """The inverse of `to_json`; keys that are not known here, and values that break their rule, are left out."""
        return cls(**{name: value[name] for name in PARAMETERS if name in value and fits(name, value[name])})


PARAMETERS: dict[str, Field[Any]] = {f.name: f for f in fields(MapView)}
DEFAULTS: dict[str, Any] = {name: f.default for name, f in PARAMETERS.items()}


def fits(name: str, value: Any) -> bool:
    """Whether a parameter may have this value: of its kind, and as its pattern says."""
    pattern = PARAMETERS[name].metadata["pattern"]
    return type(value) is type(DEFAULTS[name]) and bool(re.fullmatch(pattern, str(value), re.ASCII))


def for_another_model(view: MapView) -> MapView:
    """The view without what speaks of its model alone: what is lit, locked, enlarged, or computed of its items."""
    own = [name for name, f in PARAMETERS.items() if re.fullmatch(f.metadata["own"], str(getattr(view, name)))]
    return replace(view, **{name: DEFAULTS[name] for name in own})


def fit(view: MapView, latent: int) -> tuple[MapView, str]:
    """The view without dimensions that a model of `latent` has not; a sentence about them, "" if there are none."""
    axes = {view.x, view.y} - {MapView.x, MapView.y}
    locks, stage = ([int(d) for d in text.split(".") if d] for text in (view.locks, view.stage))
    beyond = ", ".join(map(str, sorted({d for d in (*axes, *locks, *stage) if d >= latent})[:5]))
    fitted = replace(
        view, x=view.x if view.x < latent else MapView.x, y=view.y if view.y < latent else MapView.y,
        locks=".".join(str(d) for d in locks if d < latent), stage=".".join(str(d) for d in stage if d < latent),
    )  # fmt: skip
    problem = f"The link speaks of dimension {beyond}, and this model has 0 to {latent - 1}; that was left out."
    return fitted, problem if beyond else ""
