"""What the studio is told of a second model that follows the same hand, and what it reports: a wish for another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import quote

if TYPE_CHECKING:
    from explorer.studio import StudioModel

By = Literal["picture", "numbers"]
"""Where the second model's z comes from: its own encoder, shown the first one's picture; or the first one's z."""


@dataclass(frozen=True)
class Choice:
    """A model that the menu lists."""

    name: str
    title: str
    about: str  # latents and −ELBO, in a few words
    thumb: str = ""  # its digest, where it has a small picture
    reason: str = ""  # a sentence why it cannot be compared

    def to_json(self) -> dict[str, Any]:
        thumb = f"models/{quote(self.name, safe='')}/{self.thumb[:12]}/thumb.png" if self.thumb else ""
        return {"name": self.name, "title": self.title, "about": self.about, "thumb": thumb, "reason": self.reason}


@dataclass(frozen=True)
class Comparison:
    """The models to choose from and the one that is compared, if any. `about`: of the first one, as in a Choice."""

    choices: Sequence[Choice]
    about: str = ""
    other: StudioModel | None = None
    by: By = "picture"

    def to_json(self, model: StudioModel) -> dict[str, Any]:
        """The form in which it travels. ValueError: pictures of different shapes have no difference."""
        other = self.other
        if other is not None and tuple(other.shape) != tuple(model.shape):
            raise ValueError(f"{other.name} (={other.shape}) must draw pictures of {model.shape} to be compared.")
        return {
            "choices": [choice.to_json() for choice in self.choices],
            "about": self.about,
            "other": None if other is None else other.to_json(),
            "by": self.by,
        }


@dataclass(frozen=True)
class Wish:
    """What was asked for in the studio: a model by its name ("": none), and the way."""

    name: str
    by: By


def wish(report: Any, model: StudioModel) -> Wish | None:
    """A browser's report as a wish, if it is one about this very model."""
    if not isinstance(report, Mapping) or report.get("digest") != model.digest:
        return None
    name, by = report.get("name"), next((way for way in get_args(By) if way == report.get("by")), None)
    return Wish(name, by) if isinstance(name, str) and len(name) < 256 and by is not None else None
