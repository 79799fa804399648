"""Training: `train` yields its progress and writes the state that resumes it; `fit` runs it to the end and writes the
model too. Prints nothing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae import arguments, checkpoints, config
from vae.checkpoints import files, readme
from vae.data.memmap import Stream
from vae.device import Pictures, pick, pictures
from vae.measures import evaluate
from vae.model import VAE
from vae.records import Dataset, Progress
from vae.training import distributed, resume
from vae.training.session import Diverged, Session, rate

__all__ = ["Diverged", "Run", "fit", "rate", "train"]


@dataclass(frozen=True)
class Run:
    """The result of `fit`: every progress report, in order.

    >>> data, test = vae.dataset("digits"), vae.dataset("digits", split="test")
    >>> run = vae.fit(vae.VAE(data.shape, 4, "mlp"), data, vae.Train(epochs=2), valid=test)
    >>> len(run.valid_elbo), run.history[-1].epoch
    (2, 2)
    """

    history: tuple[Progress, ...] = ()

    @property
    def valid_elbo(self) -> tuple[float, ...]:
        """The validation ELBO after every epoch, nats."""
        return tuple(p.valid["elbo"] for p in self.history if p.valid)


def fit(
    model: VAE,
    data: Pictures,
    settings: config.Train | None = None,
    *,
    valid: Pictures | None = None,
    out: str | Path | None = None,
    callback: Callable[[Progress], object] | None = None,
    binarise: str = "none",
    augment: str = "none",
) -> Run:
    """Trains the model in place on pictures (N, C, H, W), and returns the whole history, before a resume too.

    The parameters and errors are those of `train`; `callback` receives every report. At the end `out` holds the model,
    for `vae.load`, beside its settings (train.json), its history (history.csv) and the state from which more epochs
    continue. A model of your own networks, which no settings build again, is in the state alone.

    >>> data = vae.dataset("digits")
    >>> model = vae.VAE(data.shape, latent=4, arch="mlp")
    >>> run = vae.fit(model, data, vae.Train(epochs=3, lr=3e-3))
    >>> run.history[-1].elbo > run.history[0].elbo
    True
    """
    folder = None if out is None else Path(out)
    history = list(files.read_history(folder)) if folder and (folder / resume.TENSORS).is_file() else []
    for progress in train(model, data, settings, valid=valid, out=out, binarise=binarise, augment=augment):
        history = [p for p in history if p.step < progress.step] + [progress]
        if folder and distributed.first():
            folder.mkdir(parents=True, exist_ok=True)
            files.write(folder / files.HISTORY, files.history_row() + "".join(map(files.history_row, history)))
        if callback:
            callback(progress)
    if folder and distributed.first() and not model.own:
        _write(model, data, settings or config.Train(), valid, folder, binarise, augment)
    return Run(tuple(history))


def _write(
    model: VAE, data: Pictures, settings: config.Train, valid: Pictures | None, folder: Path, binarise: str,
    augment: str,
) -> None:  # fmt: skip
    """Writes the model as a checkpoint, with the name and labels of its data where it is a Dataset."""
    named = data if isinstance(data, Dataset) else None
    name = named.name if named else ""
    how: Any = {"binarise": binarise, "augment": augment}  # `train` has checked both
    c, h, _ = model.shape
    about = checkpoints.About(
        name, name, "", model.shape, c, h, named.classes if named else (), named.factor_names if named else (),
        binarise, len(data), 0 if valid is None else len(valid),
    )  # fmt: skip
    recipe = config.Recipe(folder.name, "", config.Data(name, **how), model.config, settings)
    card = checkpoints.write_model(folder, model.config, model.state_dict(), recipe, about)
    readme.write_if_absent(card, recipe)


def train(
    model: VAE,
    data: Pictures,
    settings: config.Train | None = None,
    *,
    binarise: str = "none",
    augment: str = "none",
    valid: Pictures | None = None,
    out: str | Path | None = None,
    stop: Callable[[], bool] | None = None,
    every: int = 1,
) -> Iterator[Progress]:
    """Trains the model in place; yields progress about twice a second and after every epoch, then with `valid`'s ELBO.

    `data` is a Dataset, or an array or tensor (N, C, H, W) of bytes or of floats in [0, 1]. `out`: a folder; where it
    holds the state of the same run, training continues from there, bit for bit on a CPU. The state is written every
    `every` epochs (0: only when training ends or stops). `stop` is called at every step; True ends training with the
    weights of that step. At the report of an epoch and after the last one the model holds the weights that were
    evaluated: the averaged ones with `ema`; at the end, the best epoch's with `patience`. Errors: ValueError for data
    that does not fit the model or is out of range, CheckpointError for an `out` of another run, `Diverged`; TypeError
    for a model that is no `vae.VAE`, data without numbers, and settings that are no `vae.Train`.
    """
    settings = settings or config.Train()
    model = arguments.instance(model, VAE)
    if not isinstance(settings, config.Train):
        raise TypeError(f"settings (={settings!r}) must be vae.Train(...), such as vae.Train(epochs=10).")
    config.check(settings)
    arguments.one_of(("none", "dynamic"), binarise=binarise)
    arguments.one_of(("none", "flip", "shift"), augment=augment)
    if settings.patience and valid is None:
        raise ValueError(
            f"patience (={settings.patience}) counts epochs by the validation ELBO: give `valid`, or set 0."
        )
    _check_weights(model)
    folder = None if out is None else files.folder(out, make=False)
    _warn_of_one_knob(model, settings)
    together = distributed.join(settings)
    device = pick(settings.device)
    images = _fitting(model, pictures(data, device))
    held_out = None if valid is None else _fitting(model, pictures(valid, device))
    kind = distributed.Shared if together else Session
    session = kind(model.to(device), images, settings, binarise, augment)
    if not session.confirm(folder is not None and resume.load(session, folder)):
        session.start()

    def validate(pictures: Tensor | Stream) -> dict[str, float]:
        terms = evaluate.terms(model, pictures, binarise, settings.seed)
        return {name: float(getattr(terms, name).mean()) for name in ("elbo", "rec", "kl")}

    save = None if folder is None else partial(resume.save, session, folder)
    yield from session.run(None if held_out is None else partial(validate, held_out), save, stop, every)


def _check_weights(model: VAE) -> None:
    """ValueError for a model without weights to learn in float32."""
    weights = [p for p in model.parameters() if p.requires_grad]
    if not weights:
        raise ValueError("every weight of the model is frozen: model.requires_grad_(True), or unfreeze a part of it.")
    if weights[0].dtype != torch.float32:
        raise ValueError(
            f"the model is {weights[0].dtype}, and training is in float32: model.float(). With precision='bfloat16' "
            "its trunks compute in half precision."
        )


def _fitting(model: VAE, images: Tensor | Stream) -> Tensor | Stream:
    """The pictures themselves, if they have the model's shape; otherwise a ValueError."""
    if tuple(images.shape[1:]) != model.shape:
        raise ValueError(
            f"the pictures are {tuple(images.shape[1:])} (channels, height, width), but the model reads "
            f"{model.shape}: resize them, or build a model with shape={tuple(images.shape[1:])}."
        )
    return images


def _warn_of_one_knob(model: VAE, settings: config.Train) -> None:
    """β and a fixed σ appear only as β σ² in a Gaussian's objective."""
    match model.spec.likelihood, settings.objective:
        case config.Gaussian(float() | int() as sigma), config.Beta(beta) if beta not in (0, 1):
            warnings.warn(
                f"beta (={beta}) and a Gaussian's fixed sigma (={sigma}) are one knob: the optimum is that of beta = 1 "
                f"with sigma = {sigma * math.sqrt(beta):.4g}. Set one of them, or sigma='learned'.",
                stacklevel=4,
            )
