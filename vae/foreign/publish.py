"""A model of another program and pictures to encode become a checkpoint that the explorer opens.

Sliders are the numbers of the latent, at most 512; where there are more, those that vary most over the pictures, while
the others rest at their mean. Knows nothing of the command line.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae import checkpoints, onnx_export
from vae.checkpoints import files, readme
from vae.checkpoints.card import names_of, write_card
from vae.config import MAPS, Data, Foreign
from vae.data.load import KNOWN, dataset
from vae.device import pick
from vae.foreign import graphs, reopen, sources
from vae.foreign import trust as trusted
from vae.foreign.codes import BATCH, ITEMS, Codes, choose, encode, measure
from vae.foreign.conventions import WrapError
from vae.foreign.reopen import DECODER, ENCODER, SLIDERS, SOURCE, Sliders
from vae.foreign.wrapped import Scale, Wrapped, wrap
from vae.maps import projection
from vae.records import Dataset, Latents

MOST_GRAPH = 64 * 2**20  # bytes of a decoder that a browser is asked to fetch
Report = Callable[[str], None]


def bring(
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
        source, weights, trust: as of `vae.foreign.sources.opened`. shape, latent, range, scale: as of `vae.wrap`.
        data: what to encode; its size and colours become the model's. None: the model has no encoder.
        root: the data directory. report: told each step in a sentence.
    Errors: WrapError, FileNotFoundError, ValueError, each a sentence.
    """
    model = wrap(sources.opened(source, trust, weights), shape, range, scale, latent=latent)
    report(model.describe())
    if sources.is_code(source):
        again = wrap(sources.opened(source, trust, weights), shape, range, scale, latent=latent)
        _are_one(model, again, source)
    settings = _fitted(data, model) if data else Data("")
    pictures = _pictures(settings, model.shape, root) if data else None
    known = Foreign(
        source=sources.resolved(source), weights=str(Path(weights).expanduser().resolve()) if weights else "",
        fingerprint=sources.fingerprint(source, weights), data=settings,
    )  # fmt: skip
    if trust or sources.is_code(source):
        trusted.remember(reopen.trust_key(known))
    for module in model.modules:
        module.to(pick(device))
    return publish(model, pictures, out, known, title=title or named(source), maps=maps, report=report)


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
    model.vouch(torch.from_numpy(codes.mean[:BATCH]))
    measured = measure(model, data, codes)
    sliders = choose(codes, model.latent)
    for module in model.modules:
        module.cpu()
    shown = reopen.on_sliders(model, sliders)
    report(f"{len(codes.mean):,} latents; {shown.rules[-1]}")
    files.folder(out)
    browser = write_graphs(model, shown, sliders, out, report)
    _keep(source, model, out)
    if source is None and not (out / DECODER).is_file():
        raise WrapError("this model has no ONNX form, so a file must be named that it is opened from: `vae import`.")
    latents = _latents(data, codes, sliders)
    made = _describe(out, model, shown, data, source or Foreign(), sliders, title, browser)
    return _write(made, shown, latents, sliders, measured, maps, report)


def _keep(source: Foreign | None, model: Wrapped, out: Path) -> None:
    """The files that the graphs of `out` do not stand in for; code stays where it is, and a pipeline's folder too."""
    shutil.rmtree(out / SOURCE, ignore_errors=True)
    whole = (out / DECODER).is_file() and (model.reads is None or (out / ENCODER).is_file())
    if source is None or whole or not source.source or sources.is_code(source.source):
        return
    if not (Path(source.source) / "model_index.json").is_file():
        sources.keep(source.source, out / SOURCE)


@torch.no_grad()
def _are_one(model: Wrapped, again: Wrapped, source: str) -> None:
    """WrapError if opening the source twice gave two models: then its weights are random, and no one's."""
    z = torch.randn(2, *model.latent, generator=torch.Generator().manual_seed(0))
    if not torch.allclose(model.decode(z), again.decode(z), atol=1e-4):
        raise WrapError(
            f"{source} makes another model each time, with new random weights: give the learned ones, --weights FILE, "
            "or name a function that makes the model and loads them."
        )


# --- what is encoded --------------------------------------------------------------------------------------------------


def _fitted(data: Data, model: Wrapped) -> Data:
    """The settings that bring pictures to the model's size and colours. Errors: WrapError where none can."""
    c, h, w = model.shape
    if c not in (1, 3):
        raise WrapError(f"pictures are read in grey or in colour, and this model wants {c} channels: no data fits it.")
    own = data.name not in KNOWN and Path(data.name).expanduser().exists()
    name = str(Path(data.name).expanduser().resolve()) if own else data.name
    return replace(data, name=name, size=max(h, w), channels=1 if c == 1 else 3)


def _pictures(settings: Data, shape: tuple[int, int, int], root: Path | None) -> Dataset:
    """The test set where it is large enough, else everything."""
    found = dataset(settings, root=root, split="test")
    if len(found) < ITEMS:
        found = dataset(settings, root=root, split="all")
    _, h, w = shape
    top, left = (found.shape[1] - h) // 2, (found.shape[2] - w) // 2
    return replace(found, images=found.images[..., top : top + h, left : left + w])


def _latents(data: Dataset | None, codes: Codes, sliders: Sliders) -> Latents:
    chosen, kl = sliders.positions.numpy(), codes.kl
    mean = np.ascontiguousarray(codes.mean[:, chosen])
    std = np.zeros_like(mean) if codes.std is None else codes.std[:, chosen]
    if data is None:
        return Latents(mean, std, codes.index, split="prior", total=len(mean))
    return Latents(
        mean, std, codes.index,
        labels=None if data.labels is None else data.labels[codes.index], classes=data.classes,
        factors=None if data.factors is None else data.factors[codes.index], factor_names=data.factor_names,
        split=data.split, data=data.name, total=len(data),
        kl_per_dim=None if kl is None else kl[:, chosen].mean(0), kl=None if kl is None else kl.sum(1),
    )  # fmt: skip


# --- graphs -----------------------------------------------------------------------------------------------------------


class _Decoder(nn.Module):
    def __init__(self, model: Wrapped, sliders: Sliders) -> None:
        super().__init__()
        self.model, self.sliders, self.inside = model, sliders, nn.ModuleList(model.modules)

    def forward(self, z: Tensor) -> Tensor:
        return self.model.picture(z)


class _Encoder(_Decoder):
    def forward(self, x: Tensor) -> Any:
        mean, std = self.model.code(x)
        return mean if std is None else (mean, 2 * std.clamp_min(1e-12).log())


def write_graphs(model: Wrapped, shown: Wrapped, sliders: Sliders, out: Path, report: Report) -> bool:
    """decoder.onnx and encoder.onnx, as far as they can be had; whether a browser can decode."""
    for name in (ENCODER, DECODER):
        (out / name).unlink(missing_ok=True)
    generator = torch.Generator().manual_seed(0)
    z, x = (torch.rand(3, *size, generator=generator) for size in (shown.latent, shown.shape))
    try:
        if isinstance(model.decoder, graphs.Graph):
            files.write(out / DECODER, _with_ends(model, sliders))
        else:
            onnx_export.write_graph(_Decoder(shown, sliders), z, out / DECODER, "z", ["x"])
    except (onnx_export.ExportError, WrapError) as error:
        report(f"The server will decode: {error}")
        return False
    if model.reads is not None:
        outputs = ["mean", "logvar"] if model.variance else ["mean"]
        try:
            onnx_export.write_graph(_Encoder(shown, sliders), x, out / ENCODER, "x", outputs)
        except onnx_export.ExportError as error:
            report(f"Pictures will be encoded by the model itself: {error}")
    return (out / DECODER).stat().st_size <= MOST_GRAPH


def _with_ends(model: Wrapped, sliders: Sliders) -> bytes:
    source, moves, rest = (t.numpy() for t in (sliders.source, sliders.moves, sliders.rest))
    low, high = model.range
    return graphs.with_ends(
        model.decoder, source, moves, rest, model.latent, model.shape, low, high, model.scale == "logits"
    )


# --- the folder -------------------------------------------------------------------------------------------------------


def _describe(
    out: Path, model: Wrapped, shown: Wrapped, data: Dataset | None, source: Foreign, sliders: Sliders, title: str,
    browser: bool,
) -> checkpoints.Card:  # fmt: skip
    """The card: what the sliders are, how the model is opened again, what was encoded."""
    c, h, _ = model.shape
    foreign = replace(
        source, shape=model.shape, latent=shown.latent[0], latent_shape=model.latent, range=model.range,
        scale=model.scale or "", encodes=model.reads is not None, variance=model.variance,
    )  # fmt: skip
    decoder = out / DECODER
    digest = hashlib.sha256(decoder.read_bytes()).hexdigest() if decoder.is_file() else foreign.fingerprint
    about = checkpoints.About("", "draws of the prior", shape=model.shape, channels=c, size=h)
    if data is not None:
        known = KNOWN.get(data.name)
        about = checkpoints.About(
            data.name, known.title if known else data.name, known.licence if known else "", model.shape, c, h,
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
    made: checkpoints.Card, shown: Wrapped, latents: Latents, sliders: Sliders, measured: dict[str, Any],
    maps: tuple[str, ...], report: Report,
) -> checkpoints.Card:  # fmt: skip
    """The folder's files, the card last; then the slow maps, when the model can already be opened."""
    from safetensors.numpy import save

    out, named = made.path, [name for name in maps if latents.dims > 1]
    quick = [projection.project(latents, name) for name in named if name == "pca" and len(latents) > 1]
    files.write_latents(out, latents, tuple(quick or [projection.raw(latents, 0, min(1, latents.dims - 1))]))
    kept = {"positions": sliders.positions.numpy(), "rest": sliders.rest.numpy()}
    files.write(out / SLIDERS, save(kept))
    picture = readme.sheet(reopen.decode(shown, latents.mean[readme.typical(latents)]), columns=2)
    files.write(out / "thumb.png", readme.png(picture))
    files.write_json(out / files.METRICS, measured)
    files.write(out / "README.md", _readme(made, shown, measured))
    write_card(made)
    checkpoints.update(out)
    for name in (name for name in named if name != "pca"):
        try:
            report(f"Ready to explore; the {name.upper()} map is being drawn")
            checkpoints.add_map(out, projection.project(latents, name))
        except ValueError as error:  # too few items for it
            report(str(error))
    return checkpoints.describe(out)


def _readme(made: checkpoints.Card, shown: Wrapped, measured: dict[str, Any]) -> str:
    rules = "\n".join(f"- {line}" for line in shown.rules)
    rows = "\n".join(f"| {what} | {value} |" for what, value in readme.figures(measured))
    return (
        f"# {made.title}\n\n![Four decoded latents; no picture of the data](thumb.png)\n\nA model of another program, "
        f"imported. How it was read:\n\n{rules}\n\n| | |\n|---|---|\n{rows}\n\nNobody said what p(x|z) is: an ELBO is "
        f'not available.\n\n```python\nimport vae\n\nmodel = vae.wrap("{made.name}")\n```\n'
    )


def named(source: str) -> str:
    """What to call a model: the name in the code, or its file's or folder's."""
    return source.rpartition(":")[2] if sources.is_code(source) else Path(source).resolve().stem
