"""`python -m vae.jobs.maps FOLDER`: a map request computed in a process of its own.

request.json goes in; status.json says how far it is; the result, written last, comes out (`vae.maps.shelf`). A file
CANCEL ends the work at once. Knows nothing of models: latents in, a map or clusters out.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from vae.checkpoints import files
from vae.jobs import status
from vae.jobs.process import calm, outcome, sentence
from vae.jobs.status import Status
from vae.maps import make, requests, shelf
from vae.maps.requests import MapRequest
from vae.records import Latents

REQUEST, CANCEL = "request.json", "CANCEL"
CANCELLED = 3  # exit code
SMALLER = "close other programs, or lay out fewer items (limit)"


def write_request(folder: Path, model: Path, latents: Latents, request: MapRequest) -> None:
    """request.json: what to compute, of which model's items. Errors: OSError."""
    content = {"what": requests.to_json(request), "model": str(model), "digest": requests.digest(latents)}
    files.write_json(folder / REQUEST, content)


def work(folder: Path) -> None:
    """Computes what request.json asks for.

    Errors: ValueError for a request that cannot be met, and those of its parts, after status.json says the sentence.
    """
    title = "A map"
    try:
        content = files.read_json(folder / REQUEST)
        request = requests.from_json(content["what"])
        title = request.title
        latents, _, _ = files.read_latents(Path(content["model"]))
        if requests.digest(latents) != content["digest"]:
            raise ValueError("The model's encoded items changed meanwhile; reload the page and ask again.")

        def report(message: str, share: float) -> None:
            status.write(folder, Status("running", message, os.getpid(), share, title))

        report("Starting", 0.0)
        shelf.save(folder, make.make(latents, request, report))
    except Exception as error:
        status.write(folder, Status("failed", sentence(error, SMALLER), title=title))
        raise
    status.write(folder, Status("done", share=1.0, title=title))


def _watch(folder: Path) -> None:
    """End the process as soon as CANCEL is there, or the folder is not: half a result is written nowhere."""
    while True:
        time.sleep(0.2)
        if (folder / CANCEL).exists() or not folder.is_dir():
            os._exit(CANCELLED)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process: 0 when the result is there, 1 after a failure that status.json says in a sentence."""
    paths = list(sys.argv[1:] if arguments is None else arguments)
    if len(paths) != 1:
        print("Usage: python -m vae.jobs.maps FOLDER, with its request.json", file=sys.stderr)
        return 2
    folder = Path(paths[0])
    calm()
    if hasattr(os, "nice"):  # pages and decoding go first
        os.nice(5)
    threading.Thread(target=_watch, args=(folder,), daemon=True).start()
    return outcome(lambda: work(folder))


if __name__ == "__main__":
    sys.exit(main())
