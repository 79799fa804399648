"""`python -m vae.jobs.train RUN`: a run from its train.json to a checkpoint, files its only interface.

Reads train.json and STOP; writes status.json, progress.csv, preview.npz, then the checkpoint's own files, config.json
last: from that moment the model can be opened. It holds no pipe to its starter, so it outlives tab and server.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae import checkpoints
from vae.checkpoints import files, readme
from vae.config import Recipe, to_json
from vae.jobs.process import calm, leads, outcome, sentence
from vae.jobs.run import PROGRESS, STOP, Report, RunFolder
from vae.maps import projection
from vae.records import Dataset, Latents

if TYPE_CHECKING:
    from vae.model import VAE

PREVIEWS = 8  # pictures of each kind in preview.npz
VALID = 2_000  # pictures that an epoch is validated on
ITEMS = 10_000  # items whose latents are kept, where there are as many
SLOW = ("umap", "tsne")  # computed when the model can already be opened
STATE = ("state.safetensors", "state.json")  # what only an unfinished run needs


def work(
    folder: Path,
    *,
    root: Path | None = None,
    download: bool = False,
    maps: Sequence[str] | None = None,
    report: Report | None = None,
) -> checkpoints.Card:
    """Everything between a recipe and a model in the picker; the folder's files say how far it is.

    Args:
        folder: holds train.json. root: the data directory (default: VAE_DATA_DIR). maps: to draw, other
            than the recipe's, slow ones last.
        report: called with (state, message, progress) whenever one of them changes.
    Errors: those of its parts, after status.json says "failed" with the sentence.
    """
    run = RunFolder(folder, report)
    try:
        return _work(run, root, download, maps)
    except BaseException as error:
        run.enter("failed", sentence(error))
        raise


def assist(folder: Path, recipe: Recipe, root: Path | None = None) -> None:
    """What the other processes of a run do: learn from their part of every batch beside `work`, and write nothing.

    Errors: those of `vae.training.fit.train`.
    """
    from vae.data.load import dataset
    from vae.model import build
    from vae.training import distributed, fit

    distributed.join(recipe.train)
    distributed.meet()
    train, test = (dataset(recipe.data, root=root, split=split) for split in ("train", "test"))
    learn, valid = _split(recipe, train, test)
    model = build(replace(recipe.model, shape=train.shape), recipe.train.seed)
    for _ in fit.train(
        model, learn, recipe.train, binarise=recipe.data.binarise, augment=recipe.data.augment, valid=valid, out=folder
    ):
        pass


def _work(run: RunFolder, root: Path | None, download: bool, chosen: Sequence[str] | None) -> checkpoints.Card:
    from vae.data.load import dataset
    from vae.model import build
    from vae.training import distributed

    folder, recipe = run.path, checkpoints.read_recipe(run.path)
    maps = recipe.maps if chosen is None else chosen
    run.enter("preparing", f"Reading {recipe.data.name}")
    train, test = (dataset(recipe.data, root=root, split=split, download=download) for split in ("train", "test"))
    if distributed.join(recipe.train):
        distributed.meet()
    recipe = replace(recipe, model=replace(recipe.model, shape=train.shape))
    files.write_json(folder / checkpoints.RECIPE, to_json(recipe))
    model = build(recipe.model, recipe.train.seed)
    _learn(run, recipe, model, train, test)
    stopped = run.stops()
    metrics, codes = _measure(run, recipe, model, test, _items(recipe, test, root))
    _publish(run, recipe, model, about(recipe, train, test), metrics, codes, maps)
    _draw(run, codes, maps)
    for name in (STOP, *(() if stopped else STATE)):
        (folder / name).unlink(missing_ok=True)
    run.enter("stopped" if stopped else "done", f"{'Stopped: ' if stopped else ''}{headline(metrics)}")
    return checkpoints.describe(folder)


def _learn(run: RunFolder, recipe: Recipe, model: VAE, train: Dataset, test: Dataset) -> None:
    """The steps themselves, with their curves and pictures; the model is trained in place."""
    from vae.training import fit

    parameters = sum(p.numel() for p in model.parameters())
    run.enter("training", f"{len(train):,} pictures, {parameters:,} parameters")
    learn, valid = _split(recipe, train, test)
    if not (run.path / STATE[0]).exists():  # nothing to resume: the curves of an earlier run are not this one's
        (run.path / PROGRESS).unlink(missing_ok=True)
    reports = fit.train(
        model, learn, recipe.train, binarise=recipe.data.binarise, augment=recipe.data.augment,
        valid=valid, out=run.path, stop=run.stops,
    )  # fmt: skip
    for progress in reports:
        run.record(progress)
        if progress.valid:
            _preview(run.path, model, valid, progress.epoch)
    epochs = [p for p in files.read_history(run.path, PROGRESS) if p.valid]
    rows = epochs or files.read_history(run.path, PROGRESS)
    files.write(run.path / files.HISTORY, files.history_row() + "".join(map(files.history_row, rows)))
    model.eval()


def _split(recipe: Recipe, train: Dataset, test: Dataset) -> tuple[Dataset, Dataset]:
    """(to learn from, to validate on).

    The test set draws curves and decides nothing: where patience lets the validation decide when to stop, a tenth of
    the training pictures is held out for it.
    """
    from vae.data.load import rows

    rng = np.random.default_rng(recipe.train.seed)
    if not recipe.train.patience:
        return train, rows(test, np.sort(rng.permutation(len(test))[:VALID]))
    order = rng.permutation(len(train))
    cut = max(1, len(train) // 10)
    return rows(train, np.sort(order[cut:])), rows(train, np.sort(order[:cut][:VALID]))


def _preview(folder: Path, model: VAE, data: Dataset, epoch: int) -> None:
    import torch

    from vae.latents import decode, to_x

    training = model.training
    model.eval()
    inputs = data.images[:PREVIEWS]
    with torch.no_grad():
        z = model.embed(to_x(model, inputs)).cpu().numpy()
        noise = (
            model.prior.sample(PREVIEWS, torch.Generator(next(model.parameters()).device).manual_seed(0)).cpu().numpy()
        )
    recon, samples = ((decode(model, latents) * 255).round().astype(np.uint8) for latents in (z, noise))
    model.train(training)
    file = io.BytesIO()
    np.savez(file, inputs=inputs, recon=recon, samples=samples, epoch=epoch)
    files.write(folder / "preview.npz", file.getvalue())


def _items(recipe: Recipe, test: Dataset, root: Path | None) -> Dataset:
    """The items that the map will show: the test set, or everything where the test set is small."""
    from vae.data.load import dataset

    return test if len(test) >= ITEMS else dataset(recipe.data, root=root, split="all")


def _measure(
    run: RunFolder, recipe: Recipe, model: VAE, test: Dataset, items: Dataset
) -> tuple[dict[str, Any], Latents]:
    """What metrics.json says, of the test set, and the latents of the items."""
    from vae.latents import encode_all
    from vae.measures.evaluate import evaluate

    run.enter("projecting", "Measuring and encoding")
    report = evaluate(model, test, binarise=recipe.data.binarise, seed=recipe.train.seed)
    last = next(reversed(files.read_history(run.path)), None)
    metrics = report.to_json() | {
        "data": test.name,
        "split": test.split,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": last.seconds if last else 0.0,
        "epochs": last.epoch if last else 0,
        "device": next(model.parameters()).device.type,
    }
    return metrics, encode_all(model, items, ITEMS, recipe.train.seed)


def _publish(
    run: RunFolder, recipe: Recipe, model: VAE, data: checkpoints.About, metrics: dict[str, Any], codes: Latents,
    maps: Sequence[str],
) -> None:  # fmt: skip
    """Everything but the slow maps: the quick ones, thumbnail, ONNX, README, and the model itself."""
    from vae import onnx_export
    from vae.latents import decode

    folder = run.path
    run.enter("exporting", "Writing the browser's copy")
    try:
        browser = onnx_export.export(model, folder) <= onnx_export.TOLERANCE
    except onnx_export.ExportError as error:
        print(error, file=sys.stderr)
        browser = False
    quick = tuple(projection.project(codes, name) for name in maps if name not in SLOW)
    files.write_latents(folder, codes, quick)
    picture = readme.sheet(decode(model, codes.mean[readme.typical(codes)]), columns=2)
    files.write(folder / "thumb.png", readme.png(picture))
    checkpoints.write_model(folder, model.config, model.state_dict(), recipe, data)
    checkpoints.update(folder, browser=browser)
    keep_metrics(folder, metrics)


def _draw(run: RunFolder, codes: Latents, maps: Sequence[str]) -> None:
    """The slow maps, each added as soon as it is ready."""
    for name in (name for name in maps if name in SLOW):
        run.enter("projecting", f"Ready to explore; the {name.upper()} map is being computed")
        checkpoints.add_map(run.path, projection.project(codes, name))


def keep_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    """Figures into metrics.json, the headline ones into the card's summary, all into the README."""
    files.write_json(folder / files.METRICS, metrics)
    summary = {k: metrics[k] for k in ("elbo", "nll", "binarise") if metrics.get(k) is not None}
    card = checkpoints.update(folder, summary=summary)
    files.write(folder / "README.md", readme.readme(card, checkpoints.read_recipe(folder), metrics))


def encode_again(folder: Path, root: Path | None = None) -> None:
    """latents.safetensors anew, with the PCA, from a checkpoint's weights and its data."""
    from vae.data.load import dataset
    from vae.latents import encode_all
    from vae.model import load

    model, recipe = load(folder, "auto"), checkpoints.read_recipe(folder)
    items = _items(recipe, dataset(recipe.data, root=root, split="test"), root)
    codes = encode_all(model, items, ITEMS, recipe.train.seed)
    files.write_latents(folder, codes, (projection.project(codes, "pca"),))
    checkpoints.update(folder)


def about(recipe: Recipe, train: Dataset, test: Dataset) -> checkpoints.About:
    """What config.json says of the data."""
    from vae.data.load import KNOWN

    source = KNOWN.get(recipe.data.name)  # a set of one's own has a path for a name, which stays private
    c, h, _ = train.shape
    return checkpoints.About(
        train.name, source.title if source else train.name, source.licence if source else "", train.shape, c, h,
        train.classes, train.factor_names, recipe.data.binarise, len(train), len(test),
    )  # fmt: skip


def headline(metrics: dict[str, Any]) -> str:
    """The first figure with its protocol: "-ELBO (test, dynamic binarisation): 98.21 nats"."""
    return ": ".join(readme.figures(metrics)[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """The process: 0 when the model is there, 1 after a failure that status.json says in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m vae.jobs.train", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder, with its train.json")
    parser.add_argument("--data-dir", type=Path, help="where the data sets lie (default: VAE_DATA_DIR)")
    parser.add_argument("--download", action="store_true", help="fetch the data set where it is missing")
    parser.add_argument("--maps", nargs="*", choices=("pca", *SLOW), help="the maps to draw (default: the recipe's)")
    options = parser.parse_args(arguments)
    calm()
    signal.signal(signal.SIGTERM, lambda *_: (options.run / STOP).touch())
    if hasattr(signal, "SIGHUP"):  # the terminal that started it may close
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if leads():
        return outcome(lambda: work(options.run, root=options.data_dir, download=options.download, maps=options.maps))
    return outcome(lambda: assist(options.run, checkpoints.read_recipe(options.run), options.data_dir))


if __name__ == "__main__":
    sys.exit(main())
