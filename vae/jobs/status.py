"""A process whose only interface is files: its status and curves, the file that stops it, its exit code, its errors.

Shared by whatever works in a process of its own. Knows nothing of what the work is.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from vae.checkpoints import files
from vae.records import Progress

Report = Callable[[str, str, Progress | None], None]  # state, message, progress


class Desk:
    """The run's folder as the one who works writes it: its state, its curves; and whether to stop."""

    def __init__(self, folder: Path, report: Report | None = None) -> None:
        self.folder, self.report = folder, report
        self.state, self.message = "preparing", ""
        self.progress: Progress | None = None

    def tell(self, state: str, message: str) -> None:
        """A new state, with a sentence."""
        self.state, self.message = state, message
        self._status()

    def at(self, progress: Progress) -> None:
        """Where training stands: into the status, and as one more row of progress.csv."""
        path = self.folder / "progress.csv"
        if self.progress is None:  # a resumed run goes on below the rows that it had reached
            rows = [p for p in files.read_history(self.folder, path.name) if p.step < progress.step]
            files.write(path, files.history_row() + "".join(map(files.history_row, rows)))
        with path.open("a", encoding="utf-8") as file:
            file.write(files.history_row(progress))
        self.progress = progress
        self._status()

    def stop(self) -> bool:
        """Whether someone asked for the end: a file named STOP."""
        return (self.folder / "STOP").exists()

    def _status(self) -> None:
        status = {"state": self.state, "pid": os.getpid(), "message": self.message, "updated": time.time()}
        progress = asdict(self.progress) if self.progress else None
        files.write_json(self.folder / "status.json", status | {"progress": progress})
        if self.report:
            self.report(self.state, self.message, self.progress)


def sentence(error: BaseException) -> str:
    """An error as people read it."""
    text = " ".join(str(error).split())
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return "The memory is full: take a smaller batch, smaller pictures or a narrower network."
    known = isinstance(error, ValueError | OSError | ImportError | ArithmeticError)
    return text if known and text else f"{type(error).__name__}: {text}"


def outcome(work: Callable[[], object]) -> int:
    """The exit code of a process that writes its own status: 0, or 1 after a failure, whose traceback it prints."""
    try:
        work()
    except Exception:
        traceback.print_exc()  # into log.txt, for whoever mends it; people read status.json
        return 1
    return 0


def calm() -> None:
    """Let threads that wait for each other sleep: said before torch loads, and only where nothing else is said.

    They spin by default, and on a machine that also runs a browser a thread spins while the one it waits for has no
    core: with one of two cores busy, a step of the MNIST mlp took 1,390 ms, and takes 40 ms.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def leads() -> bool:
    """Whether this process writes the run's files: always so alone; of several that torchrun started, the first."""
    return os.environ.get("RANK", "0") == "0"
