"""The state of an unfinished run in a folder: state.safetensors, whole or not at all, and state.json for people.

Everything that a resume needs is in the one safetensors file, numbers in its header; state.json repeats them, readable.
Knows nothing of what the tensors mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from vae.checkpoints.files import CheckpointError, write, write_json

TENSORS, NUMBERS = "state.safetensors", "state.json"


def save(folder: Path, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
    """Writes both files, each under another name first."""
    from safetensors.torch import save as packed

    folder.mkdir(parents=True, exist_ok=True)
    on_cpu = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    write(folder / TENSORS, packed(on_cpu, {"numbers": json.dumps(numbers)}))
    write_json(folder / NUMBERS, numbers)


def load(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """(tensors, numbers), or None where the folder holds no state. A damaged file is a CheckpointError."""
    from safetensors import SafetensorError, safe_open

    path = folder / TENSORS
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            numbers = json.loads((file.metadata() or {})["numbers"])
            return {name: file.get_tensor(name) for name in file.keys()}, numbers  # noqa: SIM118 (it is no mapping)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"{path.name} is damaged ({error}): delete it to start over from the first epoch."
        ) from None
