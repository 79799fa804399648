"""A training run's folder, as the process that trains writes it: its state, its curves; and whether to stop.

Knows nothing of models.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vae.checkpoints import files
from vae.jobs import status
from vae.jobs.status import Status
from vae.records import Progress

PROGRESS, STOP = "progress.csv", "STOP"
Report = Callable[[str, str, Progress | None], None]  # state, message, progress


class RunFolder:
    """The folder, and the last state and progress that were written into it."""

    def __init__(self, path: Path, report: Report | None = None) -> None:
        self.path, self.report = path, report
        self.state, self.message = "preparing", ""
        self.progress: Progress | None = None

    def enter(self, state: str, message: str) -> None:
        """A new state, with a sentence."""
        self.state, self.message = state, message
        self._write()

    def record(self, progress: Progress) -> None:
        """Where training stands: into the status, and as one more row of progress.csv."""
        path = self.path / PROGRESS
        if self.progress is None:  # a resumed run goes on below the rows that it had reached
            rows = [row for row in files.read_history(self.path, PROGRESS) if row.step < progress.step]
            files.write(path, files.history_row() + "".join(map(files.history_row, rows)))
        with path.open("a", encoding="utf-8") as file:
            file.write(files.history_row(progress))
        self.progress = progress
        self._write()

    def stops(self) -> bool:
        """Whether a file named STOP asks for the end."""
        return (self.path / STOP).exists()

    def _write(self) -> None:
        share = self.progress.fraction if self.progress else 0.0
        status.write(self.path, Status(self.state, self.message, os.getpid(), share, progress=self.progress))
        if self.report:
            self.report(self.state, self.message, self.progress)
