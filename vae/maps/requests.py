"""What can be asked of encoded items after training: another map, a clustering. Each with its settings and their rules.

A request knows its name, its ranges and how it travels as JSON. Knows nothing of files, processes or how it is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from vae.records import Latents

SEEDS = 2**32 - 1
_DIGESTS: WeakKeyDictionary[Latents, str] = WeakKeyDictionary()  # records are read-only
LEAST = 5  # items below which neighbours mean nothing


@dataclass(frozen=True)
class Pca:
    """Two principal components, counted from 1."""

    first: int = 1
    second: int = 2
    kind: ClassVar[str] = "pca"

    @property
    def title(self) -> str:
        """Its name with its settings."""
        return f"PCA {self.first}, {self.second}"

    def check(self, latents: Latents) -> None:
        """Errors: ValueError where these latents have no such map."""
        _sound(latents, 2)
        for name, value in (("first", self.first), ("second", self.second)):
            _between(name, value, 1, latents.dims, f": there are {latents.dims} components")
        if self.first == self.second:
            raise ValueError(f"first and second (={self.first}) must differ: a map needs two components.")


@dataclass(frozen=True)
class Umap:
    """UMAP; of more than `limit` items, so many drawn at random are laid out, the rest placed by their neighbours."""

    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0
    limit: int = 50_000
    kind: ClassVar[str] = "umap"

    @property
    def title(self) -> str:
        """Its name with its settings."""
        return f"UMAP {self.neighbours}, {self.min_dist:g}" + _seeded(self.seed)

    def check(self, latents: Latents) -> None:
        """Errors: ValueError where these latents have no such map."""
        _sound(latents, LEAST)
        _between("neighbours", self.neighbours, 2, min(200, len(latents) - 1), _items(latents))
        _between("min_dist", self.min_dist, 0.0, 0.99)
        _between("seed", self.seed, 0, SEEDS)
        _between("limit", self.limit, LEAST, 10**9)


@dataclass(frozen=True)
class Tsne:
    """t-SNE; of more than `limit` items, so many drawn at random are laid out, the rest placed by their neighbours."""

    perplexity: float = 30.0
    seed: int = 0
    limit: int = 20_000
    kind: ClassVar[str] = "tsne"

    @property
    def title(self) -> str:
        """Its name with its settings."""
        return f"t-SNE {self.perplexity:g}" + _seeded(self.seed)

    def check(self, latents: Latents) -> None:
        """Errors: ValueError where these latents have no such map."""
        _sound(latents, LEAST)
        most = (min(len(latents), self.limit) - 1) / 3
        _between("perplexity", self.perplexity, 1.0, min(500.0, most), ", a third of the items at most")
        _between("seed", self.seed, 0, SEEDS)
        _between("limit", self.limit, LEAST, 10**9)


@dataclass(frozen=True)
class Clusters:
    """Groups of items: k-means, or a Gaussian mixture with full covariances."""

    method: str = "kmeans"
    k: int = 10
    seed: int = 0
    kind: ClassVar[str] = "clusters"

    @property
    def title(self) -> str:
        """Its name with its settings."""
        word = {"kmeans": "k-means", "mixture": "mixture"}.get(self.method, self.method)
        return f"{word} {self.k}" + _seeded(self.seed)

    def check(self, latents: Latents) -> None:
        """Errors: ValueError where these latents have no such clusters."""
        _sound(latents, 2)
        if self.method not in ("kmeans", "mixture"):
            raise ValueError(f"method (={self.method!r}) must be kmeans or mixture.")
        _between("k", self.k, 2, min(100, len(latents) - 1), _items(latents))
        _between("seed", self.seed, 0, SEEDS)


Request = Pca | Umap | Tsne | Clusters
KINDS: dict[str, type[Request]] = {each.kind: each for each in (Pca, Umap, Tsne, Clusters)}


def read(value: Any) -> Request:
    """The inverse of `to_json`. Errors: ValueError on an unknown kind, an unknown setting, or a wrong type."""
    kind = KINDS.get(str(value.get("kind"))) if isinstance(value, Mapping) else None
    if kind is None:
        raise ValueError(f"A request must name its kind: {', '.join(KINDS)}.")
    known = {f.name: f.default for f in fields(kind)}
    settings: dict[str, Any] = {}
    for name, given in value.items():
        if name == "kind":
            continue
        if name not in known:
            raise ValueError(f"{kind.kind} has no setting {str(name)[:40]!r}; it has {', '.join(known)}.")
        settings[name] = _typed(str(name), given, known[name])
    return kind(**settings)


def to_json(request: Request) -> dict[str, Any]:
    """Every setting of a request, and its kind; a perplexity of 10 is one of 10.0."""
    kinds: dict[str, Any] = {f.name: type(f.default) for f in fields(request)}
    return {"kind": request.kind} | {name: kinds[name](value) for name, value in asdict(request).items()}


def digest(latents: Latents) -> str:
    """What the means (N, D) are, as 16 hexadecimal digits: another number anywhere is another digest."""
    if latents not in _DIGESTS:
        made = hashlib.sha256(f"{latents.mean.shape}".encode())
        made.update(np.ascontiguousarray(latents.mean, "<f4").tobytes())
        _DIGESTS[latents] = made.hexdigest()[:16]
    return _DIGESTS[latents]


def key(request: Request) -> str:
    """What is asked, as 12 hexadecimal digits: another setting is another key. Kept by it, and by `digest`."""
    text = json.dumps(to_json(request), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _typed(name: str, given: Any, default: Any) -> Any:
    if isinstance(default, str):
        fits = isinstance(given, str)
    elif isinstance(default, int):
        fits = isinstance(given, int) and not isinstance(given, bool)
    else:
        fits = isinstance(given, int | float) and not isinstance(given, bool)
    if not fits:
        kind = {str: "a word", int: "a whole number", float: "a number"}[type(default)]
        raise ValueError(f"{name} (={str(given)[:40]!r}) must be {kind}.")
    return float(given) if isinstance(default, float) else given


def _between(name: str, value: float, low: float, high: float, why: str = "") -> None:
    if not low <= value <= high:  # also where it is no number
        raise ValueError(f"{name} (={value:g}) must lie between {low:g} and {high:g}{why}.")


def _sound(latents: Latents, least: int) -> None:
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


def _seeded(seed: int) -> str:
    return f", seed {seed}" if seed else ""


def _items(latents: Latents) -> str:
    return f": there are {len(latents):,} items"
