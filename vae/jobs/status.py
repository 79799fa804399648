"""status.json: how far a job is. One record and one file for training and for maps, written whole or not at all.

The same for training and for maps. Knows nothing of processes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from vae.checkpoints import files
from vae.records import Progress

STATUS = "status.json"
RUNNING = ("preparing", "training", "projecting", "exporting", "running")  # a map is "running" throughout
ENDED = ("done", "stopped", "failed")


@dataclass(frozen=True)
class Status:
    """How far a job is, in its own words."""

    state: str  # of RUNNING or ENDED
    message: str = ""  # a sentence for people
    pid: int | None = None  # the process that works; None: none has written yet, or none works any more
    share: float = 0.0  # of the work that is done, 0 to 1
    title: str = ""  # what the job is called, where no other file says it
    progress: Progress | None = None  # of a training run
    updated: float = field(default_factory=time.time)  # seconds since 1970

    @property
    def running(self) -> bool:
        """Whether the job says that it works."""
        return self.state in RUNNING


def write(folder: Path, status: Status) -> Status:
    """The status into its folder's file, and the status itself."""
    files.write_json(folder / STATUS, asdict(status))
    return status


def read(folder: Path) -> Status | None:
    """What `write` wrote, with or without its later keys; None where there is nothing that can be read."""
    try:
        content = files.read_json(folder / STATUS)
    except files.CheckpointError:
        return None
    state, pid = content.get("state"), content.get("pid")
    if state not in (*RUNNING, *ENDED):
        return None
    return Status(
        state,
        str(content.get("message") or ""),
        pid if type(pid) is int else None,
        _number(content.get("share")),
        str(content.get("title") or ""),
        _progress(content.get("progress")),
        _number(content.get("updated")),
    )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _progress(value: Any) -> Progress | None:
    if not isinstance(value, Mapping):
        return None
    names = {f.name for f in fields(Progress)}
    numbers: dict[str, Any] = {k: math.nan if v is None else v for k, v in value.items() if k in names}
    try:
        return Progress(**numbers)
    except TypeError:
        return None
