"""What every process whose only interface is files has in common: threads that sleep, its exit code, its last sentence.

The caller knows what the work is. Knows nothing of networks or data sets.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

SMALLER = "take a smaller batch, smaller pictures or a narrower network"


def sentence(error: BaseException, smaller: str = SMALLER) -> str:
    """An error as people read it; `smaller` is the way out where the memory is full."""
    text = " ".join(str(error).split())
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return f"The memory is full: {smaller}."
    known = isinstance(error, ValueError | OSError | ImportError | ArithmeticError)
    return text if known and text else f"{type(error).__name__}: {text}"


def outcome(work: Callable[[], object]) -> int:
    """The exit code of a process that writes its own status: 0, or 1 after a failure, whose traceback it prints."""
    try:
        work()
    except Exception:
        traceback.print_exc()  # into log.txt, for developers; people read status.json
        return 1
    return 0


def calm() -> None:
    """Let threads that wait for each other sleep: set before torch loads, and only where the variable is not set.

    They spin by default, and on a machine that also runs a browser a thread spins while the one it waits for has no
    core: with one of two cores busy, a step of the MNIST mlp took 1,390 ms, and takes 40 ms.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def leads() -> bool:
    """Whether this process writes the run's files: always so alone; of several that torchrun started, the first."""
    return os.environ.get("RANK", "0") == "0"
