"""`vae train|eval|sample|traverse|export|project|info|import|reproduce`. `train` has the configuration's own settings.

Exit codes: 0 done, 1 a failure, with one sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from rich.console import Console
from rich.table import Table

from vae import checkpoints
from vae.checkpoints import files, readme
from vae.commands import flags, train
from vae.commands.flags import DataDir, Folder, Out, Seed, help_text
from vae.commands.import_ import Import
from vae.commands.train import print_figures
from vae.config import Model
from vae.jobs import process
from vae.jobs.train import encode_again, keep_metrics
from vae.maps import requests, shelf
from vae.papers.rows import Reproduce

if TYPE_CHECKING:
    from vae.records import Dataset, Floats

MOST_SEED = 2**31  # as of `vae train`
FAILURES = (ValueError, OSError, ImportError, ArithmeticError, RuntimeError, MemoryError)


@dataclass(frozen=True)
class Eval:
    """Measure a checkpoint on its test set: every figure with its protocol."""

    folder: Folder
    k: Annotated[int, help_text("importance samples for the NLL; 0: none")] = 0
    binarise: Annotated[Literal["as trained", "none", "dynamic"], help_text("dynamic: draw every pixel as 0 or 1")] = (
        "as trained"
    )
    seed: Seed = 0
    data_dir: DataDir = None
    save: Annotated[bool, help_text("write the figures to metrics.json, README.md and the list of models")] = False

    def __call__(self) -> None:
        from vae.measures.evaluate import evaluate
        from vae.model import load

        _within(MOST_SEED, seed=self.seed)
        card, model = checkpoints.describe(self.folder), load(self.folder, "auto")
        binarise = card.data.binarise if self.binarise == "as trained" else self.binarise
        report = evaluate(model, _test_set(self.folder, self.data_dir), binarise=binarise, k=self.k, seed=self.seed)
        metrics = checkpoints.read_metrics(self.folder) | report.to_json()
        print_figures(metrics)
        if self.save:
            keep_metrics(self.folder, metrics)


@dataclass(frozen=True)
class Sample:
    """Sample pictures from the prior: z ~ p(z), then the mean of p(x|z) or a sample of it."""

    folder: Folder
    out: Out = Path("samples.png")
    n: Annotated[int, help_text("number of pictures")] = 64
    columns: Annotated[int, help_text("pictures a row")] = 8
    temperature: Annotated[float, help_text("scales z; below 1 the samples are nearer to the centre of the prior")] = (
        1.0
    )
    draw: Annotated[bool, help_text("sample x from p(x|z) instead of its mean")] = False
    seed: Seed = 0

    def __call__(self) -> None:
        import torch

        from vae.model import load

        _at_least(1, n=self.n, columns=self.columns)
        _within(MOST_SEED, seed=self.seed)
        model = load(self.folder)
        with torch.no_grad():
            generator = torch.Generator().manual_seed(self.seed)
            pictures = model.sample(self.n, self.temperature, generator, mean=not self.draw).numpy()
        _write_sheet(self.out, pictures, min(self.columns, self.n))


@dataclass(frozen=True)
class Traverse:
    """Show the effect of every latent: a row a dimension, the others constant."""

    folder: Folder
    out: Out = Path("traversal.png")
    dims: Annotated[tuple[int, ...], help_text("dimensions from 0; otherwise all, by KL")] = ()
    steps: Annotated[int, help_text("pictures a row")] = 11
    span: Annotated[float, help_text("from -SPAN to SPAN")] = 3.0
    item: Annotated[int, help_text("start at this row of the latents; -1: at the origin")] = -1

    def __call__(self) -> None:
        import torch

        from vae.model import load

        _at_least(2, steps=self.steps)
        _at_least(-1, item=self.item)
        card, model = checkpoints.describe(self.folder), load(self.folder)
        start, order = torch.zeros(card.latent), list(range(card.latent))
        if (self.folder / files.LATENTS).is_file():
            latents, _, _ = checkpoints.read_latents(self.folder)
            _within(len(latents), item=max(self.item, 0))
            start = torch.tensor(latents.mean[self.item]) if self.item >= 0 else start
            order = order if latents.kl_per_dim is None else (-latents.kl_per_dim).argsort().tolist()
        for dim in self.dims:
            _within(card.latent, dims=dim)
        with torch.no_grad():
            rows = model.traverse(start, self.dims or order, (-self.span, self.span), self.steps)
        _write_sheet(self.out, rows.flatten(0, 1).numpy(), self.steps)


@dataclass(frozen=True)
class Export:
    """Write encoder.onnx and decoder.onnx, checked against torch, so that a browser can decode."""

    folder: Folder

    def __call__(self) -> None:
        from vae import onnx_export
        from vae.model import load

        difference = onnx_export.export(load(self.folder), self.folder)
        checkpoints.update(self.folder, browser=True)
        print(
            f"encoder.onnx and decoder.onnx are in {self.folder}; they differ from torch by at most {difference:.1g}."
        )


@dataclass(frozen=True)
class Project:
    """Add a map: pca, umap, tsne, or two axes such as z1:z2.

    With the default settings it goes into the checkpoint. With other settings it goes beside the runs (VAE_MAPS_DIR),
    to the maps that the explorer computes.
    """

    folder: Folder
    map: Annotated[str, help_text("pca, umap, tsne, or two axes such as z1:z2")] = "umap"
    seed: Seed = 0
    neighbours: Annotated[int | None, help_text("of UMAP: few for fine structure, many for the large picture")] = None
    min_dist: Annotated[float | None, help_text("of UMAP: the smallest distance of two points")] = None
    perplexity: Annotated[float | None, help_text("of t-SNE: about the number of neighbours of an item")] = None
    components: Annotated[tuple[int, int] | None, help_text("of PCA: two components, from 1")] = None
    data_dir: DataDir = None

    def __call__(self) -> None:
        from vae.maps.make import obtain
        from vae.maps.projection import project

        _within(MOST_SEED, seed=self.seed)
        if not (self.folder / files.LATENTS).is_file():
            encode_again(self.folder, self.data_dir)
        latents, _, _ = checkpoints.read_latents(self.folder)
        if settings := self._settings():
            request = requests.from_json({"kind": self.map, **settings})
            obtain(latents, request)
            print(f"{request.title} of {len(latents):,} items is in {shelf.place(latents, request)}.")
            return
        checkpoints.add_map(self.folder, project(latents, self.map, self.seed))
        print(f"{self.map} of {len(latents):,} items is in {self.folder / files.LATENTS}.")

    def _settings(self) -> dict[str, Any]:
        """The settings on the command line; {} for a map with the default ones."""
        first, second = self.components or (None, None)
        options = {
            "neighbours": self.neighbours, "min_dist": self.min_dist, "perplexity": self.perplexity,
            "first": first, "second": second,
        }  # fmt: skip
        settings: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        return settings | {"seed": self.seed} if settings and self.map in ("umap", "tsne") else settings


@dataclass(frozen=True)
class Info:
    """Print a checkpoint's card."""

    folder: Folder
    json: Annotated[bool, help_text("as JSON")] = False

    def __call__(self) -> None:
        card = checkpoints.describe(self.folder)
        if self.json:
            print(json.dumps(files.read_json(card.path / checkpoints.CONFIG), indent=2, ensure_ascii=False))
            return
        table = Table(title=card.title, show_header=False)
        for name, value in _lines(card):
            table.add_row(name, value)
        Console().print(table)
        print_figures(checkpoints.read_metrics(card.path))


def _lines(card: checkpoints.Card) -> list[tuple[str, str]]:
    c, h, w = card.shape
    names = ", ".join(f"z{k + 1} {name}" for k, name in sorted(card.names.items()))
    present = [name for name in files.WHOLE if (card.path / name).is_file()]
    size = sum(path.stat().st_size for path in card.path.iterdir() if path.is_file())
    lines = [
        ("data", f"{card.data.title or card.data.name}  {card.data.licence}"),
        ("picture", f"{w} x {h}, {'grey' if c == 1 else 'colour'}"),
        ("model", f"{card.model.arch}, {card.latent} latents{_likelihood(card)}"),
        ("names", names),
        ("decodes", "in the browser" if card.browser else "on the server"),
        ("files", f"{', '.join(present)} ({size / 1e6:.1f} MB)"),
        ("digest", card.digest[:12]),
    ]
    return [(name, value) for name, value in lines if value]


def _likelihood(card: checkpoints.Card) -> str:
    return f", {flags.text_of(card.model.likelihood)}" if isinstance(card.model, Model) else ""


COMMANDS: dict[str, Any] = {
    "eval": Eval, "sample": Sample, "traverse": Traverse, "export": Export, "project": Project, "info": Info,
    "import": Import, "reproduce": Reproduce,
}  # fmt: skip


def _test_set(folder: Path, root: Path | None) -> Dataset:
    from vae.data.load import dataset

    return dataset(checkpoints.read_recipe(folder).data, root=root, split="test")


def _write_sheet(out: Path, pictures: Floats, columns: int) -> None:
    if out.is_dir() or out.suffix.lower() != ".png":
        raise ValueError(f"out (={out}) must be the path of a PNG file, such as {out.with_suffix('.png').name}.")
    files.folder(out.parent)
    files.write(out, readme.png(readme.sheet(pictures, columns)))
    print(f"{len(pictures)} pictures are in {out}.")


def _at_least(low: int, **values: int) -> None:
    for name, value in values.items():
        if value < low:
            raise ValueError(f"{name} (={value}) must be at least {low}.")


def _within(size: int, **values: int) -> None:
    for name, value in values.items():
        if not 0 <= value < size:
            raise ValueError(f"{name} (={value}) must lie between 0 and {size - 1}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """The `vae` command."""
    process.calm()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        commands = {"train": train.command(train.base_of(arguments)), **COMMANDS}
        command = tyro.extras.subcommand_cli_from_dict(
            commands, prog="vae", args=arguments, description="Variational autoencoders, small and exact."
        )
        command()
    except FAILURES as error:
        print(f"vae: {process.sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
