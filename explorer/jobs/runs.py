"""Training runs: start, list, read, stop. A run is a folder and a process that writes into it; nothing else joins them.

Knows nothing of Streamlit or torch.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.jobs import process
from vae.checkpoints import files
from vae.config import Recipe, to_json
from vae.jobs import status
from vae.jobs.run import PROGRESS, STOP
from vae.jobs.status import Status
from vae.records import Bytes, Progress

RECIPE = "train.json"
WORDS = {
    "preparing": "Getting ready",
    "training": "Training",
    "projecting": "Computing the maps",
    "exporting": "Writing the browser's copy",
    "done": "Finished",
    "stopped": "Stopped; what was learned is kept",
    "failed": "Failed",
}
WORKER = (sys.executable, "-m", "vae.jobs.train")


@dataclass(frozen=True)
class Run:
    """A run as its files show it."""

    name: str
    folder: Path
    title: str
    state: str  # a key of WORDS
    message: str
    progress: Progress | None
    updated: float  # seconds since 1970

    @property
    def running(self) -> bool:
        return self.state in status.RUNNING

    @property
    def seconds_left(self) -> float | None:
        """Time left at the present rate, or None before the first step."""
        p = self.progress
        if p is None or p.step < 1 or not self.running:
            return None
        return p.seconds / p.step * (p.steps - p.step)


def root() -> Path:
    """The folder of all runs: VAE_RUNS_DIR, or `runs` where the app was started."""
    return Path(os.environ.get("VAE_RUNS_DIR") or "runs").resolve()


def start(recipe: Recipe, options: Sequence[str] = (), command: Sequence[str] = WORKER) -> Run:
    """Write the recipe into a new folder and leave a process working on it, detached from this one.

    Args:
        options: behind the command and the folder, such as --download.
    """
    folder = _new_folder(recipe.name or recipe.title or recipe.data.name)
    settings = to_json(recipe) | {"name": folder.name, "title": recipe.title or folder.name}
    files.write_json(folder / RECIPE, settings)
    status.write(folder, Status("preparing", "Starting"))
    process.start(folder, command, options)
    return read(folder)


def stop(run: Run) -> None:
    """Ask a run to end at its next step; it keeps what it learned and still writes its maps and its model."""
    (run.folder / STOP).touch()


def list_runs() -> list[Run]:
    """Every run there is, the newest first; folders without a recipe are no runs."""
    all_runs = [read(path.parent) for path in root().glob(f"*/{RECIPE}")]
    return sorted(all_runs, key=lambda run: run.updated, reverse=True)


def read(folder: Path) -> Run:
    """A run from its files; a process that died is shown as a failure."""
    now = process.read(folder)
    if now is None or now.state not in WORDS:
        now = Status("failed", process.SILENT, updated=0.0)
    updated = now.updated or process.modified(folder)
    return Run(folder.name, folder, _title(folder), now.state, now.message, now.progress, updated)


def history(folder: Path) -> tuple[Progress, ...]:
    """Every report so far; none before the first, or where the file is damaged."""
    try:
        return files.read_history(folder, PROGRESS)
    except files.CheckpointError:
        return ()


def preview(folder: Path) -> dict[str, Bytes]:
    """The pictures of `preview.npz`: inputs, recon, samples, each (K, C, H, W); {} before the first epoch's end."""
    try:
        archive = np.load(io.BytesIO((folder / "preview.npz").read_bytes()), allow_pickle=False)
        names = getattr(archive, "files", ())  # a lone array has none
        return {name: archive[name] for name in ("inputs", "recon", "samples") if name in names}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}


def keep(content: bytes) -> Path:
    """A visitor's zip, stored beside the runs under its digest: a run reads it again when it is resumed."""
    path = root() / ".uploads" / f"{hashlib.sha256(content).hexdigest()[:16]}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def _title(folder: Path) -> str:
    try:
        return str(files.read_json(folder / RECIPE).get("title") or folder.name)
    except files.CheckpointError:
        return folder.name


def _new_folder(name: str) -> Path:
    """An empty folder for a run of that name, or name-2, name-3, ... Errors: FileExistsError."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:40] or "run"
    for number in range(1, 10_000):
        folder = root() / (stem if number == 1 else f"{stem}-{number}")
        if process.claim(folder):
            return folder
    raise FileExistsError(f"{root()} holds 9,999 runs called {stem!r}; choose another name or remove some.")
