"""Training runs: start, list, read, stop. A run is a folder and a process that writes into it; nothing else joins them.

Knows nothing of Streamlit, torch or what is learned. A run outlives the browser tab and the server that started it:
its state is read from its files alone (`status.json`, `progress.csv`, `preview.npz`, `log.txt`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from vae.checkpoints.files import CheckpointError, read_history
from vae.config import Recipe, to_json
from vae.records import Bytes, Progress

RUNNING = ("preparing", "training", "projecting", "exporting")
WORDS = {
    "preparing": "Getting ready",
    "training": "Training",
    "projecting": "Drawing the maps",
    "exporting": "Writing the browser's copy",
    "done": "Finished",
    "stopped": "Stopped; what was learned is kept",
    "failed": "Failed",
}
SILENT = "The process ended without a word; see log.txt in its folder."
PATIENCE = 60.0  # seconds that a new process may take to write its first word
WORKER = (sys.executable, "-m", "vae.jobs.train")
_CHILDREN: dict[Path, subprocess.Popen[bytes]] = {}  # processes of this server, to be asked (and reaped) directly


@dataclass(frozen=True)
class Run:
    """A run as its files tell it."""

    name: str
    folder: Path
    title: str
    state: str
    message: str
    progress: Progress | None
    updated: float  # seconds since 1970

    @property
    def running(self) -> bool:
        return self.state in RUNNING

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
    recipe_json = to_json(recipe) | {"name": folder.name, "title": recipe.title or folder.name}
    _write_json(folder / "train.json", recipe_json)
    _write_status(folder, "preparing", "Starting")
    with (folder / "log.txt").open("ab") as log:
        _CHILDREN[folder] = subprocess.Popen(
            [*command, str(folder), *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return read(folder)


def stop(run: Run) -> None:
    """Ask a run to end at its next step; it keeps what it learned and still writes its maps and its model."""
    (run.folder / "STOP").touch()


def list_runs() -> list[Run]:
    """Every run there is, the newest first; folders without a readable recipe are no runs."""
    found = [read(folder.parent) for folder in root().glob("*/train.json")]
    return sorted(found, key=lambda run: run.updated, reverse=True)


def read(folder: Path) -> Run:
    """A run from its files; a process that died is told as a failure."""
    status = _read_json(folder / "status.json")
    state = status.get("state") if status.get("state") in WORDS else "failed"
    message = str(status.get("message") or "")
    updated = _seconds(status.get("updated")) or modified(folder)
    if state in RUNNING and not alive(folder, status.get("pid"), updated):
        again = _read_json(folder / "status.json")  # it may have ended well between the two looks
        state, message = again.get("state"), str(again.get("message") or "")
        if state not in WORDS or state in RUNNING:
            state, message = "failed", SILENT
    title = str(_read_json(folder / "train.json").get("title") or folder.name)
    return Run(folder.name, folder, title, str(state), message, _progress(status.get("progress")), updated)


def history(folder: Path) -> tuple[Progress, ...]:
    """Every report so far; none before the first, or where the file is damaged."""
    try:
        return read_history(folder, "progress.csv")
    except CheckpointError:
        return ()


def preview(folder: Path) -> dict[str, Bytes]:
    """The pictures of `preview.npz`: inputs, recon, samples, each (K, C, H, W); {} before the first epoch's end."""
    try:
        found = np.load(io.BytesIO((folder / "preview.npz").read_bytes()), allow_pickle=False)
        names = getattr(found, "files", ())  # a lone array has none
        return {name: found[name] for name in ("inputs", "recon", "samples") if name in names}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}


def keep(content: bytes) -> Path:
    """A zip that a visitor brought, kept beside the runs under its digest: a run reads it again when it is resumed."""
    path = root() / ".uploads" / f"{hashlib.sha256(content).hexdigest()[:16]}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def log_tail(folder: Path, lines: int = 20) -> str:
    """The last lines that the process printed."""
    try:
        text = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _new_folder(wish: str) -> Path:
    stem = re.sub(r"[^a-z0-9]+", "-", Path(wish).stem.lower()).strip("-")[:40] or "run"
    for number in range(1, 10_000):
        folder = root() / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{root()} holds 9,999 runs called {stem!r}; choose another name or remove some.")


def adopt(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Remember a process that works on a folder."""
    _CHILDREN[folder] = process


def end(folder: Path) -> None:
    """End the process that this server left working on a folder, if there is one."""
    child = _CHILDREN.pop(folder, None)
    if child is None:
        return
    child.terminate()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def alive(folder: Path, pid: Any, updated: float) -> bool:
    """Whether the process that works on a folder lives: asked of itself, if this server started it, else of its id."""
    child = _CHILDREN.get(folder)
    if child is not None:
        if child.poll() is None:
            return True
        del _CHILDREN[folder]
        return False
    if not isinstance(pid, int) or sys.platform == "win32":  # there, signal 0 would end the process
        return time.time() - updated < PATIENCE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _progress(value: Any) -> Progress | None:
    if not isinstance(value, dict):
        return None
    known = {f.name for f in fields(Progress)}
    given: dict[str, Any] = {k: float("nan") if v is None else v for k, v in value.items() if k in known}
    try:
        return Progress(**given)
    except TypeError:
        return None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write_json(path: Path, value: Any) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=2), encoding="utf-8")
    temporary.replace(path)


def _write_status(folder: Path, state: str, message: str) -> None:
    status = {"state": state, "pid": None, "message": message, "updated": time.time(), "progress": None}
    _write_json(folder / "status.json", status)


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def modified(folder: Path) -> float:
    """Seconds since 1970 when a folder last changed; 0 where there is none."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
