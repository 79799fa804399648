"""The steps of a lecture: screens with a title each, as a file to carry and as a draft that outlives a closed tab.

A step holds what a link holds, so whatever a link can reproduce can be a step. The file is JSON:

    {"format": "latent-explorer-steps", "version": 1,
     "steps": [{"title": "...", "text": "...", "page": "explore", "query": {"model": "mnist-16d", "z": "..."}}]}

Pure but for the draft's own file. Knows nothing of pages and models; whether a step's model is here is seen on arrival.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT, VERSION = "latent-explorer-steps", 1
PAGES = ("explore", "encode", "paths", "train", "about")
MOST = 200  # steps
LARGEST = 2**20  # bytes of a file
LONGEST = {"title": 80, "text": 300}  # letters
VALUE, KEYS = 20_000, 40  # letters of one part of a link, and parts
WAY_OUT = "Save the steps again from the menu of steps, and open that file."


@dataclass(frozen=True)
class Step:
    """One screen: its title, a sentence about it, and the link that shows it."""

    title: str
    page: str = "explore"
    query: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def dump(steps: Sequence[Step]) -> bytes:
    """The file of these steps; `load` is the inverse."""
    return json.dumps(
        {"format": FORMAT, "version": VERSION, "steps": [asdict(step) for step in steps]}, ensure_ascii=False, indent=1
    ).encode()


def load(raw: bytes) -> tuple[Step, ...]:
    """The steps of a file. ValueError, one sentence, for anything that `dump` does not write."""
    if len(raw) > LARGEST:
        raise ValueError(
            f"The file (={len(raw):,} bytes) is larger than {LARGEST:,} bytes, too large for steps. {WAY_OUT}"
        )
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The file is not JSON ({type(error).__name__}). {WAY_OUT}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'The file is not of "format": "{FORMAT}". {WAY_OUT}')
    if (version := content.get("version")) != VERSION:
        raise ValueError(f"The file's version (={str(version)[:20]}) must be {VERSION}: another release wrote it.")
    steps = content.get("steps")
    if not isinstance(steps, list) or len(steps) > MOST:
        raise ValueError(f"The file must hold a list of at most {MOST} steps. {WAY_OUT}")
    return tuple(_step(step, number) for number, step in enumerate(steps, 1))


def reorder(steps: tuple[Step, ...], at: int, by: int) -> tuple[Step, ...]:
    """The same steps, the one `at` moved by `by` places, as far as there is room."""
    rest = [*steps[:at], *steps[at + 1 :]]
    rest.insert(max(0, min(at + by, len(rest))), steps[at])
    return tuple(rest)


def _step(value: Any, number: int) -> Step:
    if not isinstance(value, dict):
        raise ValueError(f"Step {number} must be an object with a title, a page and a query. {WAY_OUT}")
    query, page = value.get("query"), value.get("page", "explore")
    if page not in PAGES:
        raise ValueError(f"Step {number} is on page {str(page)[:20]!r}, but the pages are {', '.join(PAGES)}.")
    if not (
        isinstance(query, dict)
        and len(query) <= KEYS
        and all(re.fullmatch("[a-z_]{1,20}", k) and isinstance(v, str) and len(v) <= VALUE for k, v in query.items())
    ):
        raise ValueError(f"Step {number} needs a query of short names and words, as in a link. {WAY_OUT}")
    words = {name: str(value.get(name) or "")[:most] for name, most in LONGEST.items()}
    return Step(words["title"] or f"Step {number}", page, query, words["text"])


# --- the draft: steps in the making, under a name that the address carries --------------------------------------------


def new_name() -> str:
    """A name that no other draft has."""
    return secrets.token_hex(4)


def write(folder: Path, name: str, steps: Sequence[Step]) -> None:
    """Write a draft, whole or not at all. OSError: the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{name}.{secrets.token_hex(4)}.new"
    half.write_bytes(dump(steps))
    os.replace(half, folder / f"{name}.json")


def read(folder: Path, name: str) -> tuple[Step, ...] | None:
    """A draft, or None where there is none that can be read."""
    if not re.fullmatch("[0-9a-f]{8}", name):
        return None
    try:
        return load((folder / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
