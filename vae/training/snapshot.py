"""A session as tensors and numbers, and back: everything that its next step depends on, so that a resume is exact.

Two runs are the same where model, settings and data are; what may differ is named here. `vae.training.resume` has the
files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vae import config
from vae.checkpoints.files import CheckpointError
from vae.device import fingerprint
from vae.training import resume

if TYPE_CHECKING:
    from vae.training.session import Session

KINDS: dict[str, type[config.Model] | type[config.Train]] = {"model": config.Model, "train": config.Train}
MAY_CHANGE = {"epochs", "patience", "device", "compile"}  # settings that a resumed run may have changed


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
    resume.save(folder, tensors, numbers)


def load(session: Session, folder: Path) -> bool:
    """Takes up the state in the folder; False where there is none.

    Errors: CheckpointError where it is damaged, or of another run, with the settings that differ.
    """
    found = resume.load(folder)
    if found is None:
        return False
    tensors, numbers = found
    for part, ours in _identity(session).items():
        theirs = numbers["of"][part]
        if part in KINDS and isinstance(theirs, dict):  # a setting that came after the state was written: its default
            theirs = {k: v for k, v in config.to_json(config.from_json(KINDS[part], theirs)).items() if k in ours}
        if part == "data":  # an older state does not say what its pictures held
            theirs = {"content": ours["content"]} | theirs
        if theirs != ours:
            keys = [k for k in ours if theirs.get(k) != ours[k]] if isinstance(ours, dict) and theirs else [part]
            raise CheckpointError(
                f"{folder} holds an unfinished run with another {part}: "
                + ", ".join(f"{k} was {theirs.get(k)!r} and is {ours[k]!r}" for k in keys if theirs and ours)
                + ". Take the same settings, or another folder."
            )
    _take(session, tensors, numbers)
    return True


def _identity(session: Session) -> dict[str, Any]:
    s = session
    model = None if s.model.own else config.to_json(s.model.config)
    settings = {k: v for k, v in config.to_json(s.settings).items() if k not in MAY_CHANGE}
    data = {"pictures": len(s.images), "content": fingerprint(s.images), "binarise": s.binarise, "augment": s.augment}
    return {"model": model, "train": settings, "data": data}


def _take(session: Session, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    s = session

    def part(name: str) -> dict[str, Tensor]:
        return {k.removeprefix(name): t.to(s.device) for k, t in tensors.items() if k.startswith(name)}

    s.model.load_state_dict(part("model."))
    for i, p in enumerate(s.params):
        state = part(f"optimiser.{i}.")
        # The copies take the parameter's own memory format: the fused optimiser walks all of them as one.
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
