"""A model of another program and pictures to encode become a checkpoint that the explorer opens.

Nobody said what p(x|z) is, so there is no ELBO; without a variance there is no KL either: both stay empty. Sliders are
the numbers of the latent, at most 512; where there are more, those that vary most over the pictures, while the others
rest at their mean. Knows nothing of the command line.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae import card, checkpoint, export, files, graphs, imported, projection, sources, trusted
from vae.adapters import Scale, Wrapped, wrap
from vae.config import Data, Foreign
from vae.data import KNOWN, dataset
from vae.device import pick
from vae.imported import DECODER, ENCODER, SLIDERS, Sliders
from vae.metrics import active_units, ssim
from vae.records import Dataset, Floats, Ints, Latents
from vae.rules import WrapError

MOST_SLIDERS = 512
ITEMS = 10_000  # pictures that are encoded, where there are as many
DRAWS = 5_000  # of the prior, where there is no encoder
MOST_NUMBERS = 2**26  # in all means together: a quarter of a gigabyte
MOST_GRAPH = 64 * 2**20  # bytes of a decoder that a browser is asked to fetch
MEASURED = 1_000  # pictures that are reconstructed for the metrics
BATCH = 32
MAPS = ("pca", "umap")
Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Codes:
    """Items in the model's own latent, flattened."""

    index: Ints  # (N,), rows of the data set
    mean: Floats  # (N, P)
    std: Floats | None  # (N, P); None: the encoder has no variance

    @property
    def kl(self) -> Floats | None:
        """KL(N(μ, σ²) || N(0, 1)) = -log σ + (σ² + μ²)/2 - 1/2 of every number, (N, P), nats."""
        if self.std is None:
            return None
        std = np.maximum(self.std, 1e-12)
        return np.asarray(-np.log(std) + (std**2 + self.mean**2) / 2 - 0.5, np.float32)


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
) -> checkpoint.Card:
    """Open a source, encode the data, write the checkpoint.

    Args:
        source, weights, trust: as of `vae.sources.opened`. shape, latent, range, scale: as of `vae.wrap`.
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
        trusted.remember(imported.trust_key(known))
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
) -> checkpoint.Card:
    """The checkpoint of a wrapped model, in the folder `out`; the model is left on the CPU.

    Args:
        data: pictures of the model's shape; None where it has no encoder: draws of N(0, 1) take their place.
        source: how it is opened again. None: it must export.
    """
    codes = encode(model, data, seed)
    model.vouch(torch.from_numpy(codes.mean[:BATCH]))
    measured = measure(model, data, codes)
    sliders = choose(codes, model.latent)
    for module in model.modules:
        module.cpu()
    shown = imported.on_sliders(model, sliders)
    report(f"{len(codes.mean):,} latents; {shown.rules[-1]}")
    out.mkdir(parents=True, exist_ok=True)
    browser = write_graphs(model, shown, sliders, out, report)
    if source is None and not (out / DECODER).is_file():
        raise WrapError("this model has no ONNX form, so a file must be named that it is opened from: `vae import`.")
    latents = _latents(data, codes, sliders)
    made = _describe(out, model, shown, data, source or Foreign(), sliders, title, browser)
    return _write(made, shown, latents, sliders, measured, maps, report)


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


@torch.no_grad()
def encode(model: Wrapped, data: Dataset | None, seed: int = 0) -> Codes:
    """q(z|x) of 10,000 items, or of all, or of as many as fit the memory; without an encoder, draws of N(0, 1)."""
    p, rng = math.prod(model.latent), np.random.default_rng(seed)
    if model.reads is None:
        n = min(DRAWS, MOST_NUMBERS // p)
        return Codes(np.arange(n), rng.standard_normal((n, p), np.float32), None)
    if data is None:
        raise WrapError("this model has an encoder: name the pictures that it shall encode, --data FOLDER.")
    n = min(ITEMS, len(data), max(1, MOST_NUMBERS // p))
    index = np.sort(rng.choice(len(data), n, replace=False))
    parts = [model.encode(_floats(data, rows)) for rows in np.array_split(index, -(-n // BATCH))]
    mean, std = (
        np.concatenate([_flat(t) for t in each]) for each in zip(*((q.mean, q.stddev) for q in parts), strict=True)
    )
    return Codes(index, mean, std if model.variance else None)


@torch.no_grad()
def measure(model: Wrapped, data: Dataset | None, codes: Codes) -> dict[str, Any]:
    """metrics.json: what can be measured without p(x|z); what cannot is null. Up to 1,000 reconstructions."""
    kl = codes.kl
    empty = dict.fromkeys(("elbo", "rec", "nll", "mse", "psnr", "ssim", "kl_per_dim"))
    metrics: dict[str, Any] = empty | {
        "k": 0, "binarise": "none", "kl": None if kl is None else float(kl.sum(1).mean()),
        "parameters": sum(p.numel() for module in model.modules for p in module.parameters()) or None,
    }  # fmt: skip
    if data is None or model.reads is None:
        return metrics | {"n": 0}
    chosen = np.random.default_rng(0).permutation(len(codes.index))[:MEASURED]
    scores = []
    for rows in np.array_split(chosen, -(-len(chosen) // BATCH)):
        x, y = _floats(data, codes.index[rows]), model.decode(torch.from_numpy(codes.mean[rows]))
        square = (x - y).square().flatten(1).mean(1)
        scores.append(torch.stack([square, -10 * square.clamp_min(1e-12).log10(), ssim(x, y)]))
    mse, psnr, similar = torch.cat(scores, 1).mean(1).tolist()
    return metrics | {
        "mse": mse, "psnr": psnr, "ssim": similar, "n": len(chosen), "data": data.name, "split": data.split,
        "active_units": active_units(torch.from_numpy(codes.mean)),
    }  # fmt: skip


def choose(codes: Codes, latent: tuple[int, ...]) -> Sliders:
    """All numbers in their own order; beyond 512, those with the greatest variance, the greatest first."""
    n, variance = math.prod(latent), codes.mean.var(0)
    positions = np.arange(n) if n <= MOST_SLIDERS else np.argsort(-variance, kind="stable")[:MOST_SLIDERS]
    return Sliders(positions, codes.mean.mean(0))


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


def _floats(data: Dataset, rows: Ints) -> Tensor:
    return torch.from_numpy(data.images[rows]).float() / 255


def _flat(tensor: Tensor) -> Floats:
    return tensor.flatten(1).float().cpu().numpy()


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
            export.write_graph(_Decoder(shown, sliders), z, out / DECODER, "z", ["x"])
    except (export.ExportError, WrapError) as error:
        report(f"The server will decode: {error}")
        return False
    if model.reads is not None:
        outputs = ["mean", "logvar"] if model.variance else ["mean"]
        try:
            export.write_graph(_Encoder(shown, sliders), x, out / ENCODER, "x", outputs)
        except export.ExportError as error:
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
) -> checkpoint.Card:  # fmt: skip
    """The card: what the sliders are, how the model is opened again, what was encoded."""
    c, h, _ = model.shape
    foreign = replace(
        source, shape=model.shape, latent=shown.latent[0], latent_shape=model.latent, range=model.range,
        scale=model.scale or "", encodes=model.reads is not None, variance=model.variance,
    )  # fmt: skip
    decoder = out / DECODER
    digest = hashlib.sha256(decoder.read_bytes()).hexdigest() if decoder.is_file() else foreign.fingerprint
    about = checkpoint.About("", "draws of the prior", shape=model.shape, channels=c, size=h)
    if data is not None:
        known = KNOWN.get(data.name)
        about = checkpoint.About(
            data.name, known.title if known else data.name, known.licence if known else "", model.shape, c, h,
            data.classes, data.factor_names, test_size=len(data),
        )  # fmt: skip
    names = _places(model.latent, sliders.positions.tolist()) | dict(checkpoint.given_names(out, digest))
    return checkpoint.Card(out.name, out, title or out.name, digest, foreign, about, names, browser=browser)


def _places(latent: tuple[int, ...], positions: list[int]) -> dict[int, str]:
    """What to call a slider that is a number of a grid, or one chosen from many: its place in the latent, from 0."""
    if len(latent) == 1:
        return {k: f"z{p}" for k, p in enumerate(positions) if k != p}
    axes = ("c", "y", "x") if len(latent) == 3 else tuple("abcdefgh"[: len(latent)])
    places = np.transpose(np.unravel_index(positions, latent)).tolist()
    return {k: " ".join(f"{a}{i}" for a, i in zip(axes, place, strict=True)) for k, place in enumerate(places)}


def _write(
    made: checkpoint.Card, shown: Wrapped, latents: Latents, sliders: Sliders, measured: dict[str, Any],
    maps: tuple[str, ...], report: Report,
) -> checkpoint.Card:  # fmt: skip
    """The folder's files, the card last; then the slow maps, when the model can already be opened."""
    from safetensors.numpy import save

    out, named = made.path, [name for name in maps if latents.dims > 1]
    quick = [projection.project(latents, name) for name in named if name == "pca" and len(latents) > 1]
    files.write_latents(out, latents, tuple(quick or [projection.raw(latents, 0, min(1, latents.dims - 1))]))
    kept = {"positions": sliders.positions.numpy(), "rest": sliders.rest.numpy()}
    files.write(out / SLIDERS, save(kept))
    picture = card.sheet(imported.decode(shown, latents.mean[card.typical(latents)]), columns=2)
    files.write(out / "thumb.png", card.png(picture))
    files.write_json(out / files.METRICS, measured)
    files.write(out / "README.md", _readme(made, shown, measured))
    checkpoint.write_card(made)
    checkpoint.update(out)
    for name in (name for name in named if name != "pca"):
        try:
            report(f"Ready to explore; the {name.upper()} map is being drawn")
            checkpoint.add_map(out, projection.project(latents, name))
        except ValueError as error:  # too few items for it
            report(str(error))
    return checkpoint.describe(out)


def _readme(made: checkpoint.Card, shown: Wrapped, measured: dict[str, Any]) -> str:
    rules = "\n".join(f"- {line}" for line in shown.rules)
    rows = "\n".join(f"| {what} | {value} |" for what, value in card.figures(measured))
    return (
        f"# {made.title}\n\n![Four decoded latents; no picture of the data](thumb.png)\n\nA model of another program, "
        f"imported. How it was read:\n\n{rules}\n\n| | |\n|---|---|\n{rows}\n\nNobody said what p(x|z) is: an ELBO is "
        f'not available.\n\n```python\nimport vae\n\nmodel = vae.wrap("{made.name}")\n```\n'
    )


def named(source: str) -> str:
    """What to call a model: the name in the code, or its file's or folder's."""
    return source.rpartition(":")[2] if sources.is_code(source) else Path(source).resolve().stem
