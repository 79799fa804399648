"""A process that works on a folder, detached from this server: start it, ask how far it is, end it.

Everything is read from the folder's files, so a job outlives the tab and the server that started it. Knows nothing of
Streamlit or torch.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vae.jobs import status
from vae.jobs.status import Status

LOG = "log.txt"
SILENT = (
    "The process ended without a message; perhaps the memory was full. Start it again, with other programs closed; "
    f"{LOG} in its folder says more."
)
PATIENCE = 60.0  # seconds that a new process may take to write its first status
_CHILDREN: dict[Path, subprocess.Popen[bytes]] = {}  # processes of this server, to be asked (and reaped) directly


def claim(folder: Path) -> bool:
    """Make the folder of a new job; False where it exists, because another job has it. Errors: OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def start(folder: Path, command: Sequence[str], options: Sequence[str] = ()) -> None:
    """Leave a process working on a folder, which follows the command as its first argument. Errors: OSError."""
    with (folder / LOG).open("ab") as log:
        _CHILDREN[folder] = subprocess.Popen(
            [*command, str(folder), *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


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


def read(folder: Path) -> Status | None:
    """How far a job is; one whose process died without a last status has failed. None: there is no status."""
    now = status.read(folder)
    if now is None or not now.running or alive(folder, now.pid, now.updated or modified(folder)):
        return now
    last = status.read(folder)  # it may have ended well since the first read
    return last if last and not last.running else replace(now, state="failed", message=SILENT)


def alive(folder: Path, pid: int | None, updated: float) -> bool:
    """Whether the process that works on a folder lives: asked of itself, if this server started it, else of its id.

    A process that has not yet written its id has PATIENCE seconds from `updated`.
    """
    child = _CHILDREN.get(folder)
    if child is not None:
        if child.poll() is None:
            return True
        del _CHILDREN[folder]
        return False
    if pid is None or sys.platform == "win32":  # there, signal 0 would end the process
        return is_new(updated)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def is_new(updated: float) -> bool:
    """Whether a process that was started then may still be about to write its first status."""
    return time.time() - updated < PATIENCE


def modified(folder: Path) -> float:
    """Seconds since 1970 when a folder last changed; 0 where there is none."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def log_tail(folder: Path, lines: int = 20) -> str:
    """The last lines that the process printed."""
    try:
        text = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
