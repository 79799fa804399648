"""Maps, clusters and columns made of a model's encoded items: ask, list, cancel, remove. A process and its files.

What is asked for twice is made once: a folder is claimed by making it. Knows nothing of Streamlit, torch or models;
what a result is and where it lies is the business of `vae.jobs.maps`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.jobs import runs
from vae.checkpoints import files
from vae.jobs import maps as making
from vae.maps import columns, requests
from vae.records import Latents, Projection

WORKER = (sys.executable, "-m", "vae.jobs.maps")
SILENT = (
    "The process ended without a word; perhaps the memory was not enough. Ask again, with other programs closed; "
    "its log.txt says more."
)
AT_ONCE = 2  # processes on this machine
PATIENCE = 30.0  # seconds that a new process may take to write its first word


class Refused(ValueError):
    """Something that cannot be made now; the message is one sentence for people."""


@dataclass(frozen=True)
class Thing:
    """One result, or one that is being made, as its files tell it."""

    key: str
    title: str
    state: str  # "running" | "done" | "failed"
    message: str = ""
    share: float = 0.0
    kind: str = ""  # "pca", "umap", "tsne", "clusters", "column"
    trust: float | None = None
    laid: int = 0
    made: float = 0.0  # seconds since 1970


def ask(model: Path, latents: Latents, request: requests.MapRequest, command: Sequence[str] = WORKER) -> Thing:
    """Have it made by a process of its own, unless it is there or under way. Errors: Refused, ValueError, OSError."""
    request.check(latents)
    folder = making.place_of(latents, request)
    folder.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            folder.mkdir()
            break
        except FileExistsError:
            found = read(folder)
            if found.state != "failed":
                return found
            making.remove(folder)  # of two who ask again, one moves it away
    try:
        busy = [each for each in _all() if each.state == "running" and each.key != folder.name]
        if len(busy) >= AT_ONCE:
            raise Refused(f"{AT_ONCE} are being made already; wait for {busy[0].title}, or cancel it.")
        files.write_json(
            folder / making.REQUEST,
            {"what": requests.to_json(request), "model": str(model), "digest": requests.digest(latents)},
        )
        making.say(folder, "running", "Starting", 0.0, title=request.title)
        with (folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [*command, str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        runs.adopt(folder, process)
    except BaseException:
        making.remove(folder)
        raise
    return read(folder)


def keep(latents: Latents, raw: bytes) -> list[Thing]:
    """The columns of a CSV file, kept; one of the same name is replaced. Errors: columns.ColumnError, OSError."""
    found = columns.read(raw, latents)
    names = {each.title for each in found}
    for old in everything(latents):
        if old.kind == "column" and old.title in names:
            making.remove(shelf(latents) / old.key)
    kept = []
    for each in found:
        folder = shelf(latents) / columns.key(each)
        making.save(folder, each)
        making.say(folder, "done", "", 1.0, title=each.title)
        kept.append(read(folder))
    return kept


def shelf(latents: Latents) -> Path:
    """The folder of everything that was made of these latents."""
    return making.shelf() / requests.digest(latents)


def everything(latents: Latents) -> list[Thing]:
    """All that was made of these latents or is being made, the oldest first."""
    return sorted(_in(shelf(latents)), key=lambda each: (each.made, each.key))


def file(latents: Latents, key: str) -> Path | None:
    """The file of a result, if it is there. The key is compared with what is there, never made a path."""
    for each in _in(shelf(latents)):
        if each.key == key and each.state == "done":
            return shelf(latents) / each.key / making.MADE
    return None


def maps(latents: Latents) -> tuple[Projection, ...]:
    """The maps that are there; a damaged one is left out."""
    found = []
    for each in everything(latents):
        if each.state != "done" or each.kind not in ("pca", "umap", "tsne"):
            continue
        try:
            made = making.load(shelf(latents) / each.key).map
        except files.CheckpointError:
            continue
        if made is not None and len(made.xy) == len(latents):
            found.append(made)
    return tuple(found)


def remove(latents: Latents, key: str) -> bool:
    """Cancel what is being made, or take away what was; whether there was such a thing."""
    folder = next((shelf(latents) / each.key for each in _in(shelf(latents)) if each.key == key), None)
    if folder is None:
        return False
    try:
        (folder / making.CANCEL).touch()  # whoever works on it ends, also where another server started it
    except OSError:
        return False
    runs.end(folder)
    making.remove(folder)
    return True


def read(folder: Path) -> Thing:
    """One result from its files; a process that died is told as a failure."""
    status = _json(folder / making.STATUS)
    title = str(status.get("title") or "A map")
    made = float(status.get("updated") or 0.0)
    if (folder / making.MADE).is_file():
        try:
            done = making.load(folder, arrays=False)
        except files.CheckpointError as error:
            return Thing(folder.name, title, "failed", str(error), made=made)
        kind = str(done.what.get("kind", ""))
        return Thing(folder.name, done.title, "done", kind=kind, trust=done.trust, laid=done.laid, made=made)
    kind = str((_json(folder / making.REQUEST).get("what") or {}).get("kind", ""))
    if status.get("state") == "failed":
        return Thing(folder.name, title, "failed", str(status.get("message") or SILENT), kind=kind, made=made)
    if not status:  # it is being claimed at this moment, or was left so
        young = time.time() - runs.modified(folder) < PATIENCE
        return Thing(folder.name, title, "running" if young else "failed", "" if young else SILENT, made=made)
    if not runs.alive(folder, status.get("pid"), made) and not (folder / making.MADE).is_file():
        again = _json(folder / making.STATUS)
        said = str(again.get("message")) if again.get("state") == "failed" else SILENT
        return Thing(folder.name, title, "failed", said, kind=kind, made=made)
    share = status.get("share")
    return Thing(
        folder.name, title, "running", str(status.get("message") or ""),
        share if isinstance(share, float | int) else 0.0, kind, made=made,
    )  # fmt: skip


def _all() -> list[Thing]:
    return [each for folder in _folders(making.shelf()) for each in _in(folder)]


def _in(shelf: Path) -> list[Thing]:
    return [read(folder) for folder in _folders(shelf)]


def _folders(parent: Path) -> list[Path]:
    try:
        return [each for each in parent.iterdir() if each.is_dir() and not each.name.startswith(".")]
    except OSError:
        return []


def _json(path: Path) -> dict[str, Any]:
    try:
        return files.read_json(path)
    except files.CheckpointError:
        return {}
