"""Maps, clusters and columns of a model's encoded items: start, list, cancel, remove. A process and its files.

The same request is computed once: a job claims its folder by making it. Knows nothing of Streamlit, torch or models;
what a result is and where it lies is the business of `vae.maps.shelf`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.jobs import process
from vae.checkpoints import files
from vae.jobs import status
from vae.jobs.maps import CANCEL, REQUEST, write_request
from vae.jobs.status import Status
from vae.maps import columns, shelf
from vae.maps.requests import MapRequest
from vae.records import Latents, Projection

WORKER = (sys.executable, "-m", "vae.jobs.maps")
AT_ONCE = 2  # processes on this machine


class Refused(ValueError):
    """A request that cannot be computed now; the message is one sentence for people."""


@dataclass(frozen=True)
class MapJob:
    """One result, or one that is being computed, as its files show it. The names are those of the browser's record."""

    key: str
    title: str
    state: str  # "running" | "done" | "failed"
    message: str = ""
    share: float = 0.0
    kind: str = ""  # "pca", "umap", "tsne", "clusters", "column"
    trust: float | None = None
    laid: int = 0
    made: float = 0.0  # seconds since 1970


def start(model: Path, latents: Latents, request: MapRequest, command: Sequence[str] = WORKER) -> MapJob:
    """Have it computed by a process of its own, unless it is there or under way.

    Errors: Refused, ValueError, OSError.
    """
    request.check(latents)
    folder = shelf.place(latents, request)
    while not process.claim(folder):
        job = read(folder)
        if job.state != "failed":
            return job
        shelf.remove(folder)  # of two who ask again, one moves it away
    try:
        _refuse_beyond(AT_ONCE, folder)
        write_request(folder, model, latents, request)
        status.write(folder, Status("running", "Starting", title=request.title))
        process.start(folder, command)
    except BaseException:
        shelf.remove(folder)
        raise
    return read(folder)


def add_columns(latents: Latents, raw: bytes) -> list[MapJob]:
    """The columns of a CSV file, as results; one of the same name is replaced. Errors: columns.ColumnError, OSError."""
    results = columns.read(raw, latents)
    names = {result.title for result in results}
    for job in jobs(latents):
        if job.kind == "column" and job.title in names:
            shelf.remove(shelf.folder(latents) / job.key)
    folders = [shelf.folder(latents) / columns.key(result) for result in results]
    for folder, result in zip(folders, results, strict=True):
        shelf.save(folder, result)
        status.write(folder, Status("done", share=1.0, title=result.title))
    return [read(folder) for folder in folders]


def jobs(latents: Latents) -> list[MapJob]:
    """All results of these latents, and those that are being computed, the oldest first."""
    return sorted(_in(shelf.folder(latents)), key=lambda job: (job.made, job.key))


def result_file(latents: Latents, key: str) -> Path | None:
    """The file of a result, if it is there. The key is compared with keys on disk, never made a path."""
    for job in jobs(latents):
        if job.key == key and job.state == "done":
            return shelf.folder(latents) / job.key / shelf.RESULT
    return None


def projections(latents: Latents) -> tuple[Projection, ...]:
    """The maps that are there; a damaged one is left out."""
    keys = [job.key for job in jobs(latents) if job.state == "done" and job.kind in ("pca", "umap", "tsne")]
    maps = [_projection(shelf.folder(latents) / key) for key in keys]
    return tuple(one for one in maps if one is not None and len(one.xy) == len(latents))


def remove(latents: Latents, key: str) -> bool:
    """Cancel a job, or remove its result; whether there was one."""
    folder = next((shelf.folder(latents) / job.key for job in jobs(latents) if job.key == key), None)
    if folder is None:
        return False
    try:
        (folder / CANCEL).touch()  # the process ends, also where another server started it
    except OSError:
        return False
    process.end(folder)
    shelf.remove(folder)
    return True


def read(folder: Path) -> MapJob:
    """One job from its files; a process that died is shown as a failure."""
    now = process.read(folder)
    if (folder / shelf.RESULT).is_file():
        return _finished(folder, now)
    if now is None:  # it is being claimed at this moment, or was left so
        claimed = process.modified(folder)
        now = Status("running" if process.is_new(claimed) else "failed", updated=claimed)
    state = "running" if now.running else "failed"  # without a result, no other state is true
    message = now.message or ("" if now.running else process.SILENT)
    title = now.title or "A map"
    return MapJob(
        folder.name, title, state, message, now.share if now.running else 0.0, _kind(folder), made=now.updated
    )


def _finished(folder: Path, last: Status | None) -> MapJob:
    """A job whose result is there."""
    ended = last.updated if last else process.modified(folder)
    try:
        result = shelf.load(folder, arrays=False)
    except files.CheckpointError as error:
        return MapJob(folder.name, last.title if last else "A map", "failed", str(error), made=ended)
    kind = str(result.request.get("kind", ""))
    return MapJob(folder.name, result.title, "done", kind=kind, trust=result.trust, laid=result.laid, made=ended)


def _kind(folder: Path) -> str:
    try:
        return str((files.read_json(folder / REQUEST).get("what") or {}).get("kind", ""))
    except files.CheckpointError:
        return ""


def _projection(folder: Path) -> Projection | None:
    try:
        return shelf.load(folder).map
    except files.CheckpointError:
        return None


def _refuse_beyond(most: int, own: Path) -> None:
    """Refused where as many other jobs are running, on any latents."""
    running = [
        job
        for parent in _folders(shelf.root())
        for job in _in(parent)
        if job.state == "running" and job.key != own.name
    ]
    if len(running) >= most:
        raise Refused(f"{most} are being computed already; wait for {running[0].title}, or cancel it.")


def _in(parent: Path) -> list[MapJob]:
    return [read(folder) for folder in _folders(parent)]


def _folders(parent: Path) -> list[Path]:
    try:
        return [path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []
