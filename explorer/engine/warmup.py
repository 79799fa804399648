"""Torch and the open model, loaded in the background once the page is up. Knows nothing of pages."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable

from explorer.engine import models
from explorer.engine.models import Card, CheckpointError

_WARMED: set[str] = set()


def warm_up(card: Card | None, delay: float = 6.0) -> None:
    """Load torch and this model in the background, once the page is up, so that the first encoding need not wait."""
    if card is None or card.digest in _WARMED:
        return
    _WARMED.add(card.digest)

    def work() -> None:
        time.sleep(delay)
        if sys.platform == "linux":  # there, threads have their own niceness: the pages go first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        _quietly(lambda: models.model(card))
        keep_for_good()

    threading.Thread(target=work, daemon=True, name="warm-up").start()


def keep_for_good() -> None:
    """Tell the garbage collector to leave alone what is there now: modules and models, which stay.

    Streamlit collects after every run of a script. With torch loaded that walked through half a million objects: 210 ms
    of the 220 ms that a commit of one viewer took.
    """
    gc.collect()
    gc.freeze()


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except (CheckpointError, OSError, ImportError):
        return  # opening it on a page shows the error
