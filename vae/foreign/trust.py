"""Which models may run their code on this machine: a list of digests, kept outside every checkpoint.

A checkpoint can name Python code or a pickle as its model. Its folder may come from anywhere, so its own word opens
nothing: an import on this machine puts the digest on the list. Knows nothing of checkpoints.
"""

from __future__ import annotations

import os
from pathlib import Path


def register() -> Path:
    """The list's file: VAE_TRUSTED, else ~/.config/latent-explorer/trusted."""
    return Path(os.environ.get("VAE_TRUSTED") or Path.home() / ".config" / "latent-explorer" / "trusted")


def remember(digest: str) -> None:
    """Put a digest on the list. Errors: OSError where the list cannot be written."""
    if knows(digest):
        return
    path = register()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(digest + "\n")


def knows(digest: str) -> bool:
    """Whether a digest is on the list."""
    try:
        return digest in register().read_text(encoding="utf-8").split()
    except OSError:
        return False
