"""A model of another program and pictures to encode become a checkpoint that the explorer opens.

Sliders are the numbers of the latent, at most 512; where there are more, those that vary most over the pictures, while
the others rest at their mean. Knows nothing of the command line.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae import checkpoints
from vae.checkpoints import files, readme
from vae.checkpoints.card import names_of, write_card
from vae.config import MAPS, Data, Foreign
from vae.data.load import KNOWN, dataset
from vae.data.names import expanded
from vae.device import pick
from vae.foreign import reopen, sources
from vae.foreign.codes import BATCH, ITEMS, Codes, choose, encode, measure
from vae.foreign.conventions import WrapError
from vae.foreign.export import Report, write_graphs
from vae.foreign.latents import OpenWrapped, Sliders, on_sliders
from vae.foreign.reopen import DECODER, ENCODER, SLIDERS, SOURCE
from vae.foreign.trust import remember
from vae.foreign.wrap import wrap
from vae.foreign.wrapped import Scale, Wrapped
from vae.maps import projection
from vae.records import Dataset, Latents


def import_model(
    source: str,
    data: Data | None,
    out: Path,
    *,
    weights: str = "",
    title: str = "",
    shape: tuple[int, int, int] | None = None,
    latent: tuple[int, ...] | None = None,
    range: tuple[float, float] | None = None,
    scale: Scale = None,
    trust: bool = False,
    root: Path | None = None,
    device: str = "cpu",
    maps: tuple[str, ...] = MAPS,
    report: Report = print,
) -> checkpoints.Card:
    """Open a source, encode the data, write the checkpoint.

    Args:
        source, weights, trust: as of `vae.foreign.sources.load`. shape, latent, range, scale: as of `vae.wrap`.
        data: what to encode; its size and colours become the model's. None: the model has no encoder.
        root: the data directory. report: called with a sentence at each step.
    Errors: WrapError, FileNotFoundError, ValueError, each a sentence.
    """
    model = wrap(reopen.load(source, trust, weights), shape, range, scale, latent=latent)
    report(model.describe())
    if sources.is_code(source):
        again = wrap(reopen.load(source, trust, weights), shape, range, scale, latent=latent)
        _check_same(model, again, source)
    settings = _fit(data, model) if data else Data("")
    pictures = _pictures(settings, model.shape, root) if data else None
    origin = Foreign(
        source=sources.absolute(source), weights=str(expanded(weights).resolve()) if weights else "",
        fingerprint=sources.fingerprint(source, weights), data=settings,
    )  # fmt: skip
    if trust or sources.is_code(source):
        remember(reopen.trust_key(origin))
    for module in model.modules:
        module.to(pick(device))
    return publish(model, pictures, out, origin, title=title or title_of(source), maps=maps, report=report)


def publish(
    model: Wrapped,
    data: Dataset | None,
    out: Path,
    source: Foreign | None = None,
    *,
    title: str = "",
    maps: tuple[str, ...] = MAPS,
    seed: int = 0,
    report: Report = print,
) -> checkpoints.Card:
    """The checkpoint of a wrapped model, in the folder `out`; the model is left on the CPU.

    Args:
        data: pictures of the model's shape; None where it has no encoder: draws of N(0, 1) take their place.
        source: how it is opened again. None: it must export. Errors: WrapError without both.
    """
    codes = encode(model, data, seed)
    model.check_pixels(torch.from_numpy(codes.mean[:BATCH]))
    metrics = measure(model, data, codes)
    sliders = choose(codes, model.latent)
    for module in model.modules:
        module.cpu()
    surface = on_sliders(model, sliders)
    report(f"{len(codes.mean):,} latents; {surface.rules[-1]}")
    files.folder(out)
    browser = write_graphs(model, sliders, out, report)
    _copy_source(source, model, out)
    if source is None and not (out / DECODER).is_file():
        raise WrapError("this model has no ONNX form, so a file must be named that it is opened from: `vae import`.")
    latents = _latents(data, codes, sliders)
    card = _describe(out, model, surface, data, source or Foreign(), sliders, title, browser)
    return _write(card, surface, latents, sliders, metrics, maps, report)


def _copy_source(source: Foreign | None, model: Wrapped, out: Path) -> None:
    """The files that the graphs of `out` do not stand in for; code stays where it is, and a pipeline's folder too."""
    shutil.rmtree(out / SOURCE, ignore_errors=True)
    whole = (out / DECODER).is_file() and (model.encoder is None or (out / ENCODER).is_file())
    if source is None or whole or not source.source or sources.is_code(source.source):
        return
    if not (Path(source.source) / "model_index.json").is_file():
        sources.copy(source.source, out / SOURCE)


@torch.no_grad()
def _check_same(model: Wrapped, again: Wrapped, source: str) -> None:
    """WrapError if opening the source twice gives two models: then its weights are random, not learned."""
    z = torch.randn(2, *model.latent, generator=torch.Generator().manual_seed(0))
    if not torch.allclose(model.decode(z), again.decode(z), atol=1e-4):
        raise WrapError(
            f"{source} makes another model each time, with new random weights: give the learned ones, --weights FILE, "
            "or name a function that makes the model and loads them."
        )


# --- what is encoded --------------------------------------------------------------------------------------------------


def _fit(data: Data, model: Wrapped) -> Data:
    """The settings that bring pictures to the model's size and colours. Errors: WrapError where none can."""
    c, h, w = model.shape
    if c not in (1, 3):
        raise WrapError(f"pictures are read in grey or in colour, and this model wants {c} channels: no data fits it.")
    path = expanded(data.name)
    name = str(path.resolve()) if data.name not in KNOWN and path.exists() else data.name
    return replace(data, name=name, size=max(h, w), channels=1 if c == 1 else 3)


def _pictures(settings: Data, shape: tuple[int, int, int], root: Path | None) -> Dataset:
    """The test set where it is large enough, else everything."""
    data = dataset(settings, root=root, split="test")
    if len(data) < ITEMS:
        data = dataset(settings, root=root, split="all")
    _, h, w = shape
    top, left = (data.shape[1] - h) // 2, (data.shape[2] - w) // 2
    return replace(data, images=data.images[..., top : top + h, left : left + w])


def _latents(data: Dataset | None, codes: Codes, sliders: Sliders) -> Latents:
    positions, kl = sliders.positions.numpy(), codes.kl
    mean = np.ascontiguousarray(codes.mean[:, positions])
    std = np.zeros_like(mean) if codes.std is None else codes.std[:, positions]
    if data is None:
        return Latents(mean, std, codes.index, split="prior", total=len(mean))
    return Latents(
        mean, std, codes.index,
        labels=None if data.labels is None else data.labels[codes.index], classes=data.classes,
        factors=None if data.factors is None else data.factors[codes.index], factor_names=data.factor_names,
        split=data.split, data=data.name, total=len(data),
        kl_per_dim=None if kl is None else kl[:, positions].mean(0), kl=None if kl is None else kl.sum(1),
    )  # fmt: skip


# --- the folder -------------------------------------------------------------------------------------------------------


def _describe(
    out: Path, model: Wrapped, surface: Wrapped, data: Dataset | None, source: Foreign, sliders: Sliders, title: str,
    browser: bool,
) -> checkpoints.Card:  # fmt: skip
    """The card: what the sliders are, how the model is opened again, what was encoded."""
    c, h, _ = model.shape
    foreign = replace(
        source, shape=model.shape, latent=surface.latent[0], latent_shape=model.latent, range=model.range,
        scale=model.scale or "", encodes=model.encoder is not None, variance=model.variance,
    )  # fmt: skip
    decoder = out / DECODER
    digest = hashlib.sha256(decoder.read_bytes()).hexdigest() if decoder.is_file() else foreign.fingerprint
    about = checkpoints.About("", "draws of the prior", shape=model.shape, channels=c, size=h)
    if data is not None:
        source_set = KNOWN.get(data.name)
        name, licence = (source_set.title, source_set.licence) if source_set else (data.name, "")
        about = checkpoints.About(
            data.name, name, licence, model.shape, c, h,
            data.classes, data.factor_names, test_size=len(data),
        )  # fmt: skip
    names = _places(model.latent, sliders.positions.tolist()) | dict(names_of(out, digest))
    return checkpoints.Card(out.name, out, title or out.name, digest, foreign, about, names, browser=browser)


def _places(latent: tuple[int, ...], positions: list[int]) -> dict[int, str]:
    """What to call a slider that is a number of a grid, or one chosen from many: its place in the latent, from 0."""
    if len(latent) == 1:
        return {k: f"z{p}" for k, p in enumerate(positions) if k != p}
    places = np.transpose(np.unravel_index(positions, latent)).tolist()
    return {k: ",".join(map(str, place)) for k, place in enumerate(places)}


def _write(
    card: checkpoints.Card, surface: Wrapped, latents: Latents, sliders: Sliders, metrics: dict[str, Any],
    maps: tuple[str, ...], report: Report,
) -> checkpoints.Card:  # fmt: skip
    """The folder's files, the card last; then the slow maps, when the model can already be opened."""
    from safetensors.numpy import save

    out, names = card.path, [name for name in maps if latents.dims > 1]
    quick = [projection.project(latents, name) for name in names if name == "pca" and len(latents) > 1]
    files.write_latents(out, latents, tuple(quick or [projection.raw(latents, 0, min(1, latents.dims - 1))]))
    files.write(out / SLIDERS, save({"positions": sliders.positions.numpy(), "rest": sliders.rest.numpy()}))
    picture = readme.sheet(OpenWrapped(surface).decode(latents.mean[readme.typical(latents)]), columns=2)
    files.write(out / "thumb.png", readme.png(picture))
    files.write_json(out / files.METRICS, metrics)
    files.write(out / "README.md", _readme(card, surface, metrics))
    write_card(card)
    checkpoints.update(out)
    for name in (name for name in names if name != "pca"):
        try:
            report(f"Ready to explore; the {name.upper()} map is being computed")
            checkpoints.add_map(out, projection.project(latents, name))
        except ValueError as error:  # too few items for it
            report(str(error))
    return checkpoints.describe(out)


def _readme(card: checkpoints.Card, surface: Wrapped, metrics: dict[str, Any]) -> str:
    rules = "\n".join(f"- {line}" for line in surface.rules)
    rows = "\n".join(f"| {name} | {value} |" for name, value in readme.figures(metrics))
    return (
        f"# {card.title}\n\n![Four decoded latents; no picture of the data](thumb.png)\n\nA model of another program, "
        f"imported. How it was read:\n\n{rules}\n\n| | |\n|---|---|\n{rows}\n\nThis model does not define p(x|z), so "
        f'it has no ELBO.\n\n```python\nimport vae\n\nmodel = vae.wrap("{card.name}")\n```\n'
    )


def title_of(source: str) -> str:
    """What to call a model: the name in the code, or its file's or folder's."""
    return source.rpartition(":")[2] if sources.is_code(source) else Path(source).resolve().stem
