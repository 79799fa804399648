"""`vae train|eval|sample|traverse|export|project|info|import|reproduce`. `train` has the configuration's own settings.

Exit codes: 0 done, 1 a failure told in one sentence on stderr, 2 wrong usage.
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
from vae.commands.flags import DataDir, Folder, Out, Seed, told
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
    k: Annotated[int, told("importance samples for the NLL; 0: none")] = 0
    binarise: Annotated[Literal["as trained", "none", "dynamic"], told("what is made of grey levels")] = "as trained"
    seed: Seed = 0
    data_dir: DataDir = None
    save: Annotated[bool, told("keep the figures in metrics.json, the card and the picker")] = False

    def __call__(self) -> None:
        from vae.measures.evaluate import evaluate

        _within(MOST_SEED, seed=self.seed)
        made, model = checkpoints.describe(self.folder), checkpoints.load(self.folder, "auto")
        binarise = made.data.binarise if self.binarise == "as trained" else self.binarise
        report = evaluate(model, _test_set(self.folder, self.data_dir), binarise=binarise, k=self.k, seed=self.seed)
        metrics = checkpoints.read_metrics(self.folder) | report.to_json()
        print_figures(metrics)
        if self.save:
            keep_metrics(self.folder, metrics)


@dataclass(frozen=True)
class Sample:
    """Draw pictures from the prior: z ~ p(z), then the mean of p(x|z) or a draw from it."""

    folder: Folder
    out: Out = Path("samples.png")
    n: Annotated[int, told("how many")] = 64
    columns: Annotated[int, told("a row")] = 8
    temperature: Annotated[float, told("scales z; below 1, nearer to the centre of the prior")] = 1.0
    draw: Annotated[bool, told("draw x from p(x|z) instead of its mean")] = False
    seed: Seed = 0

    def __call__(self) -> None:
        import torch

        _at_least(1, n=self.n, columns=self.columns)
        _within(MOST_SEED, seed=self.seed)
        model = checkpoints.load(self.folder)
        with torch.no_grad():
            generator = torch.Generator().manual_seed(self.seed)
            pictures = model.sample(self.n, self.temperature, generator, mean=not self.draw).numpy()
        _write_sheet(self.out, pictures, min(self.columns, self.n))


@dataclass(frozen=True)
class Traverse:
    """Draw what each latent does: a row a dimension, the others held still."""

    folder: Folder
    out: Out = Path("traversal.png")
    dims: Annotated[tuple[int, ...], told("dimensions from 0; otherwise all, by KL")] = ()
    steps: Annotated[int, told("pictures a row")] = 11
    span: Annotated[float, told("from -SPAN to SPAN")] = 3.0
    item: Annotated[int, told("start at this row of the latents; -1: at the origin")] = -1

    def __call__(self) -> None:
        import torch

        _at_least(2, steps=self.steps)
        _at_least(-1, item=self.item)
        made, model = checkpoints.describe(self.folder), checkpoints.load(self.folder)
        start, order = torch.zeros(made.latent), list(range(made.latent))
        if (self.folder / files.LATENTS).is_file():
            latents, _, _ = checkpoints.read_latents(self.folder)
            _within(len(latents), item=max(self.item, 0))
            start = torch.tensor(latents.mean[self.item]) if self.item >= 0 else start
            order = order if latents.kl_per_dim is None else (-latents.kl_per_dim).argsort().tolist()
        for dim in self.dims:
            _within(made.latent, dims=dim)
        with torch.no_grad():
            rows = model.traverse(start, self.dims or order, (-self.span, self.span), self.steps)
        _write_sheet(self.out, rows.flatten(0, 1).numpy(), self.steps)


@dataclass(frozen=True)
class Export:
    """Write encoder.onnx and decoder.onnx, checked against torch, so that a browser can decode."""

    folder: Folder

    def __call__(self) -> None:
        from vae import onnx_export

        difference = onnx_export.export(checkpoints.load(self.folder), self.folder)
        checkpoints.update(self.folder, browser=True)
        print(
            f"encoder.onnx and decoder.onnx are in {self.folder}; they differ from torch by at most {difference:.1g}."
        )


@dataclass(frozen=True)
class Project:
    """Add a map: pca, umap, tsne, or two axes such as z1:z2.

    As it is, it goes into the checkpoint. With settings of its own it is kept beside the runs (VAE_MAPS_DIR), where the
    explorer finds it among those that were drawn there.
    """

    folder: Folder
    map: Annotated[str, told("pca, umap, tsne, or two axes such as z1:z2")] = "umap"
    seed: Seed = 0
    neighbours: Annotated[int | None, told("of UMAP: few for fine structure, many for the large picture")] = None
    min_dist: Annotated[float | None, told("of UMAP: how tightly points may be packed")] = None
    perplexity: Annotated[float | None, told("of t-SNE: about how many neighbours an item has")] = None
    components: Annotated[tuple[int, int] | None, told("of PCA: which two, from 1")] = None
    data_dir: DataDir = None

    def __call__(self) -> None:
        from vae.maps.make import obtain
        from vae.maps.projection import project

        _within(MOST_SEED, seed=self.seed)
        if not (self.folder / files.LATENTS).is_file():
            encode_again(self.folder, self.data_dir)
        latents, _, _ = checkpoints.read_latents(self.folder)
        if wish := self._wish():
            request = requests.read({"kind": self.map, **wish})
            obtain(latents, request)
            print(f"{request.title} of {len(latents):,} items is in {shelf.place(latents, request)}.")
            return
        checkpoints.add_map(self.folder, project(latents, self.map, self.seed))
        print(f"{self.map} of {len(latents):,} items is in {self.folder / files.LATENTS}.")

    def _wish(self) -> dict[str, Any]:
        """The settings that were given; {} where the map is the usual one."""
        first, second = self.components or (None, None)
        given = {
            "neighbours": self.neighbours, "min_dist": self.min_dist, "perplexity": self.perplexity,
            "first": first, "second": second,
        }  # fmt: skip
        wish: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return wish | {"seed": self.seed} if wish and self.map in ("umap", "tsne") else wish


@dataclass(frozen=True)
class Info:
    """Print a checkpoint's card."""

    folder: Folder
    json: Annotated[bool, told("as JSON")] = False

    def __call__(self) -> None:
        made = checkpoints.describe(self.folder)
        if self.json:
            print(json.dumps(files.read_json(made.path / checkpoints.CONFIG), indent=2, ensure_ascii=False))
            return
        table = Table(title=made.title, show_header=False)
        for name, value in _lines(made):
            table.add_row(name, value)
        Console().print(table)
        print_figures(checkpoints.read_metrics(made.path))


def _lines(made: checkpoints.Card) -> list[tuple[str, str]]:
    c, h, w = made.shape
    names = ", ".join(f"z{k + 1} {name}" for k, name in sorted(made.names.items()))
    present = [name for name in files.WHOLE if (made.path / name).is_file()]
    size = sum(path.stat().st_size for path in made.path.iterdir() if path.is_file())
    lines = [
        ("data", f"{made.data.title or made.data.name}  {made.data.licence}"),
        ("picture", f"{w} x {h}, {'grey' if c == 1 else 'colour'}"),
        ("model", f"{made.model.arch}, {made.latent} latents{_likelihood(made)}"),
        ("names", names),
        ("decodes", "in the browser" if made.browser else "on the server"),
        ("files", f"{', '.join(present)} ({size / 1e6:.1f} MB)"),
        ("digest", made.digest[:12]),
    ]
    return [(name, value) for name, value in lines if value]


def _likelihood(made: checkpoints.Card) -> str:
    return f", {flags.written(made.model.likelihood)}" if isinstance(made.model, Model) else ""


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


def _at_least(low: int, **given: int) -> None:
    for name, value in given.items():
        if value < low:
            raise ValueError(f"{name} (={value}) must be at least {low}.")


def _within(size: int, **given: int) -> None:
    for name, value in given.items():
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
