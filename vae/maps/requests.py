"""What can be computed of encoded items after training: another map, or clusters of them. Settings and their rules.

A request knows its name, its ranges and how it travels as JSON; the browser's form and the command line take theirs
from here. How a result is computed is make.py's. Knows nothing of files or processes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal
from weakref import WeakKeyDictionary

import numpy as np

from vae import settings
from vae.records import Latents
from vae.settings import NAMES, named, setting, short

_DIGESTS: WeakKeyDictionary[Latents, str] = WeakKeyDictionary()  # records are read-only


def _seed() -> Any:
    return setting(0, "the same seed gives the same result", low=0, high=2**32 - 1)


class _Request:
    """What every request has beside its settings: a title, and the ranges that the latents themselves set."""

    words: ClassVar[str]  # its title, less the seed
    least: ClassVar[int] = 2  # items

    @property
    def title(self) -> str:
        """Its name with its settings, as in "UMAP 15, 0.1, seed 3"."""
        seed = getattr(self, "seed", 0)
        return self.words.format(**vars(self)) + (f", seed {seed}" if seed else "")

    def check(self, latents: Latents) -> None:
        """Errors: ValueError where these latents have no such result: the value, the rule, the way out."""
        _check_latents(latents, self.least)
        settings.check(self)
        for name, (most, reason) in _limits(self, latents).items():
            if (value := getattr(self, name)) > most:
                low = next(f.metadata["low"] for f in fields(self) if f.name == name)  # type: ignore[arg-type]
                raise ValueError(f"{name} (={short(value)}) must lie between {low:g} and {most:g}: {reason}.")
        if isinstance(self, Pca) and self.first == self.second:
            raise ValueError(f"first and second (={self.first}) must differ: a map needs two components.")


@named("pca")
@dataclass(frozen=True)
class Pca(_Request):
    """Two principal components, counted from 1, the one of most variance."""

    first: int = setting(1, "the component along x, counted from 1, the one of most variance", low=1)
    second: int = setting(2, "the component along y, counted from 1, the one of most variance", low=1)
    words = "PCA {first}, {second}"


@named("umap")
@dataclass(frozen=True)
class Umap(_Request):
    """UMAP; of more than `limit` items, so many drawn at random are laid out, the rest placed by their neighbours."""

    neighbours: int = setting(15, "few for fine structure, many for the large picture", low=2, high=200)
    min_dist: float = setting(0.1, "how tightly points may be packed", low=0.0, high=0.99)
    seed: int = _seed()
    limit: int = setting(50_000, "items that are laid out themselves", low=5)
    words, least = "UMAP {neighbours}, {min_dist:g}", 5


@named("tsne")
@dataclass(frozen=True)
class Tsne(_Request):
    """t-SNE; of more than `limit` items, so many drawn at random are laid out, the rest placed by their neighbours."""

    perplexity: float = setting(30.0, "about how many neighbours an item has", low=1.0, high=500.0)
    seed: int = _seed()
    limit: int = setting(20_000, "items that are laid out themselves", low=5)
    words, least = "t-SNE {perplexity:g}", 5


@named("clusters")
@dataclass(frozen=True)
class Clusters(_Request):
    """Groups of items: k-means, or a Gaussian mixture with full covariances."""

    method: Literal["kmeans", "mixture"] = setting("kmeans", "round groups of like size, or of any size and slant")
    k: int = setting(10, "how many groups to look for", low=2, high=100)
    seed: int = _seed()
    words, least = "{method} {k}", 3

    @property
    def title(self) -> str:
        """Its name with its settings, as in "k-means 10"."""
        return super().title.replace("kmeans", "k-means")


MapRequest = Pca | Umap | Tsne | Clusters
KINDS: dict[str, type[MapRequest]] = {NAMES[cls]: cls for cls in (Pca, Umap, Tsne, Clusters)}


def from_json(value: Any) -> MapRequest:
    """The inverse of `to_json`. Errors: ValueError on an unknown kind, an unknown setting, or a wrong type."""
    kind = KINDS.get(str(value.get("kind"))) if isinstance(value, Mapping) else None
    if kind is None:
        raise ValueError(f"A request must name its kind: {', '.join(KINDS)}.")
    return settings.from_json(kind, {name: v for name, v in value.items() if name != "kind"})


def to_json(request: MapRequest) -> dict[str, Any]:
    """Every setting of a request, and its kind; a perplexity of 10 is one of 10.0."""
    kind = type(request)
    return {"kind": NAMES[kind]} | asdict(settings.from_json(kind, asdict(request)))


def digest(latents: Latents) -> str:
    """What the means (N, D) are, as 16 hexadecimal digits: another number anywhere is another digest."""
    if latents not in _DIGESTS:
        content = hashlib.sha256(f"{latents.mean.shape}".encode())
        content.update(np.ascontiguousarray(latents.mean, "<f4").tobytes())
        _DIGESTS[latents] = content.hexdigest()[:16]
    return _DIGESTS[latents]


def key(request: MapRequest) -> str:
    """A request as 12 hexadecimal digits: another setting is another key. A result is kept by it, and by `digest`."""
    text = json.dumps(to_json(request), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _check_latents(latents: Latents, least: int) -> None:
    n, d = latents.mean.shape
    if n < least:
        raise ValueError(f"{n} encoded items are too few: this needs at least {least}. Encode more of the data set.")
    if d < 2:
        raise ValueError(f"The latents have {d} dimension: there is nothing to lay out. The raw map shows it.")
    bad = int((~np.isfinite(latents.mean)).any(1).sum())
    if bad:
        raise ValueError(
            f"{bad:,} of {n:,} items have latents that are no finite numbers; `vae project` encodes them anew once the "
            "model is mended."
        )


def _limits(request: _Request, latents: Latents) -> dict[str, tuple[float, str]]:
    """Of some settings, the most that these latents allow, and why."""
    n, d = latents.mean.shape
    match request:
        case Pca():
            return dict.fromkeys(("first", "second"), (d, f"there are {d} components"))
        case Umap():
            return {"neighbours": (n - 1, f"there are {n:,} items")}
        case Tsne():  # an item has up to three times as many neighbours as the perplexity says
            most = min(n, request.limit)
            return {"perplexity": ((most - 1) / 3, f"a third of the {most:,} items at most")}
        case _:
            return {"k": (n - 1, f"there are {n:,} items")}
