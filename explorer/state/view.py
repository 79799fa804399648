"""What the map and the picture show: a value that travels between the studio, the session and a link. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class MapView:
    """What the map and the picture show. Empty words leave the choice to the studio."""

    map: str = ""  # "raw" | "pca" | "umap"
    x: int = 0  # the two dimensions of a raw map
    y: int = 1
    colour: str = ""  # "label", "kl", "z3", ...
    mode: str = ""  # "mean" | "sample" | "sigma"
    beside: str = ""  # a second map: "umap", or "raw~3~7" for two dimensions; none where empty
    seed: int = -1  # of the sample that is shown
    camera: str = ""  # "x,y,zoom" of the map; all of it where empty
    beside_camera: str = ""  # the same of the second map
    focus: str = ""  # the number of the class that stays lit
    under: str = ""  # what lies under the points: "grid", "density", "grid.density"
    locks: str = ""  # dimensions that stay: "3.7"
    stage: str = ""  # dimensions that have a slider in a presentation; those that carry most where empty

    def to_json(self) -> dict[str, str | int]:
        """Only what was chosen: a default is left out."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    @classmethod
    def from_json(cls, value: Mapping[str, str | int]) -> MapView:
        """The inverse of `to_json`; keys that are not known here, and values of another kind, are left out."""
        kinds = {f.name: type(f.default) for f in fields(cls)}
        return cls(**{name: value[name] for name, kind in kinds.items() if isinstance(value.get(name), kind)})  # type: ignore[arg-type]


def fit(view: MapView, latent: int) -> tuple[MapView, str]:
    """The view without dimensions that a model of `latent` has not; a sentence about them, "" if there are none."""
    axes = {view.x, view.y} - {MapView.x, MapView.y}
    locks, stage = ([int(d) for d in text.split(".") if d] for text in (view.locks, view.stage))
    beyond = ", ".join(map(str, sorted({d for d in (*axes, *locks, *stage) if d >= latent})[:5]))
    kept = replace(
        view, x=view.x if view.x < latent else MapView.x, y=view.y if view.y < latent else MapView.y,
        locks=".".join(str(d) for d in locks if d < latent), stage=".".join(str(d) for d in stage if d < latent),
    )  # fmt: skip
    problem = f"The link speaks of dimension {beyond}, and this model has 0 to {latent - 1}; that was left out."
    return kept, problem if beyond else ""
