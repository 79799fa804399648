"""The state of an unfinished run in a folder: state.safetensors, whole or not at all, and state.json for people.

`save` and `load` are of a session: everything that its next step depends on, so that a resumed run is the
uninterrupted one, bit for bit on a CPU. A run resumes where model, settings and data are the same; MAY_CHANGE names
the settings that may differ. `write` and `read` are of the files: all tensors and, in the header, all numbers in the
one safetensors file; state.json repeats the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae import config, device
from vae.checkpoints import files
from vae.checkpoints.files import CheckpointError
from vae.training.session import Session

TENSORS, NUMBERS = "state.safetensors", "state.json"
SETTINGS: dict[str, type[config.Model] | type[config.Train]] = {"model": config.Model, "train": config.Train}
MAY_CHANGE = {"epochs", "patience", "device", "compile"}  # settings that a resumed run may have changed


# --- a session --------------------------------------------------------------------------------------------------------


def save(session: Session, folder: Path) -> None:
    """Writes the session's state into the folder: weights, best and averaged ones, moments, generator, counters."""
    s = session
    tensors = {f"model.{k}": t for k, t in s.model.state_dict().items()}
    tensors |= {f"best.{k}": t for k, t in s.best.items()}
    tensors |= {f"ema.{i}": t for i, t in enumerate(s.averaged)}
    for i, p in enumerate(s.params):
        tensors |= {f"optimiser.{i}.{k}": t for k, t in s.optimiser.state.get(p, {}).items()}
    tensors |= {"generator": s.generator.get_state(), "sums": s.sums, "counts": s.counts}
    numbers: dict[str, Any] = {"step": s.step, "epoch": s.step // s.per_epoch, "seconds": s.seconds}
    numbers |= {"best_elbo": s.best_elbo, "waited": s.waited, "of": _identity(s)}
    write(folder, tensors, numbers)


def load(session: Session, folder: Path) -> bool:
    """Sets the session to the state in the folder; False where the folder has none.

    Errors: CheckpointError where the state is damaged, or of another run, with the settings that differ.
    """
    state = read(folder)
    if state is None:
        return False
    tensors, numbers = state
    for part, ours in _identity(session).items():
        _check_same(folder, part, _completed(part, numbers["of"][part], ours), ours)
    _restore(session, tensors, numbers)
    return True


def _identity(session: Session) -> dict[str, Any]:
    """What makes two runs the same: model, settings and data."""
    s = session
    model = None if s.model.own else config.to_json(s.model.config)
    settings = {k: v for k, v in config.to_json(s.settings).items() if k not in MAY_CHANGE}
    content = device.fingerprint(s.images)
    data = {"pictures": len(s.images), "content": content, "binarise": s.binarise, "augment": s.augment}
    return {"model": model, "train": settings, "data": data}


def _completed(part: str, theirs: Any, ours: Any) -> Any:
    """A part of a state's identity, with the defaults of settings that are younger than the state."""
    if part in SETTINGS and isinstance(theirs, dict):
        return {k: v for k, v in config.to_json(config.from_json(SETTINGS[part], theirs)).items() if k in ours}
    if part == "data":  # older states do not record the content of their pictures
        return {"content": ours["content"]} | theirs
    return theirs


def _check_same(folder: Path, part: str, theirs: Any, ours: Any) -> None:
    """CheckpointError where a part of two identities differs."""
    if theirs == ours:
        return
    keys = [k for k in ours if theirs.get(k) != ours[k]] if isinstance(ours, dict) and theirs else [part]
    raise CheckpointError(
        f"{folder} holds an unfinished run with another {part}: "
        + ", ".join(f"{k} was {theirs.get(k)!r} and is {ours[k]!r}" for k in keys if theirs and ours)
        + ". Use the same settings, or another folder."
    )


def _restore(session: Session, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    s = session

    def part(name: str) -> dict[str, Tensor]:
        return {k.removeprefix(name): t.to(s.device) for k, t in tensors.items() if k.startswith(name)}

    s.model.load_state_dict(part("model."))
    for i, p in enumerate(s.params):
        state = part(f"optimiser.{i}.")
        # The copies have the parameter's own memory format: the fused optimiser walks all of them as one.
        s.optimiser.state[p] = {
            k: torch.zeros_like(p).copy_(t) if t.shape == p.shape and k != "step" else t for k, t in state.items()
        }
    averaged = part("ema.")
    s.averaged = [torch.zeros_like(p).copy_(averaged[f"{i}"]) for i, p in enumerate(s.params) if averaged]
    s.best, s.good = part("best."), s.weights()
    s.generator.set_state(tensors["generator"])
    s.sums.copy_(tensors["sums"])
    s.counts.copy_(tensors["counts"])
    s.step, s.seconds = numbers["step"], numbers["seconds"]
    s.best_elbo, s.waited = numbers["best_elbo"], numbers["waited"]


# --- the files --------------------------------------------------------------------------------------------------------


def write(folder: Path, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
    """Writes both files, first under other names."""
    from safetensors.torch import save as pack

    folder.mkdir(parents=True, exist_ok=True)
    on_cpu = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    files.write(folder / TENSORS, pack(on_cpu, {"numbers": json.dumps(numbers)}))
    files.write_json(folder / NUMBERS, numbers)


def read(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """(tensors, numbers), or None where the folder holds no state. Errors: CheckpointError for a damaged file."""
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
