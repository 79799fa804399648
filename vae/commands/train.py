"""`vae train`: the configuration's own settings as flags, a progress bar, a Ctrl-C that ends training early.

vae.jobs.train does the work. Knows nothing of networks and losses.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rich.console import Console
from rich.table import Table

from vae import checkpoints, recipes
from vae.checkpoints import files, readme
from vae.commands import flags
from vae.commands.flags import DataDir, help_text
from vae.config import Map, Recipe, to_json
from vae.jobs import process, run, train

if TYPE_CHECKING:
    from vae.records import Progress


def base_of(arguments: Sequence[str]) -> Recipe:
    """The recipe with the defaults of all other flags: that of `--recipe`, else the quick one of the data."""
    name = _value(arguments, "--recipe")
    return recipes.read(name) if name else recipes.quick(_value(arguments, "--data") or Recipe().data.name)


def _value(arguments: Sequence[str], flag: str) -> str:
    """The word after a flag, or after its equals sign; "" without the flag."""
    for at, word in enumerate(arguments):
        if word == flag and at + 1 < len(arguments):
            return arguments[at + 1]
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return ""


def command(base: Recipe) -> type:
    """The command `train`, its defaults those of a recipe."""
    start = f"start from {', '.join(recipes.names())}, or a train.json; flags change it"
    own = [
        ("recipe", Annotated[str, help_text(start)], field(default="")),
        (
            "out",
            Annotated[Path | None, help_text("the new checkpoint's folder; otherwise runs/NAME")],
            field(default=None),
        ),
        ("title", Annotated[str, help_text("the name in the list of models")], field(default=base.title)),
        ("licence", Annotated[str, help_text("of the weights, for README.md, e.g. mit")], field(default=base.licence)),
        ("data_dir", DataDir, field(default=None)),
        ("download", Annotated[bool, help_text("download the data set where it is missing")], field(default=False)),
        ("maps", Annotated[tuple[Map, ...], help_text("maps of the latents")], field(default=base.maps)),
    ]
    doc = "Train a model and write its files for the explorer; resumes where OUT holds an unfinished run."
    return flags.dataclass_of(base, own, {"__doc__": doc, "__call__": lambda self: _train(base, self)})


def _train(base: Recipe, command: Any) -> None:
    recipe = _absolute(flags.recipe_of(base, command))
    out = command.out or free_folder(recipe.name or f"{Path(recipe.data.name).stem}-{recipe.model.latent}d")
    recipe = replace(
        recipe, name=recipe.name or out.resolve().name, title=command.title, licence=command.licence, maps=command.maps
    )
    if not process.leads():
        with _gentle_interrupt(out):
            train.assist(out, recipe, command.data_dir)
        return
    files.folder(out)
    (out / "STOP").unlink(missing_ok=True)
    files.write_json(out / checkpoints.RECIPE, to_json(recipe))
    with _bar() as report, _gentle_interrupt(out):
        card = train.work(out, root=command.data_dir, download=command.download, report=report)
    Console().print(f"{card.title} is in {out}.", highlight=False)
    print_figures(checkpoints.read_metrics(out))


def _absolute(recipe: Recipe) -> Recipe:
    """The recipe with the absolute path of your own pictures, so that the app reads them from any working directory."""
    from vae.data.load import KNOWN
    from vae.data.names import expanded

    path = expanded(recipe.data.name)
    own = recipe.data.name not in KNOWN and path.exists()
    return replace(recipe, data=replace(recipe.data, name=str(path.resolve()))) if own else recipe


def free_folder(name: str) -> Path:
    """runs/NAME, or NAME-2, NAME-3, ... where finished runs have the names before; an unfinished run continues."""
    root = Path(os.environ.get("VAE_RUNS_DIR") or "runs")
    numbered = (root / (name if k == 1 else f"{name}-{k}") for k in range(1, 10_000))
    return next(path for path in numbered if not (path / checkpoints.CONFIG).exists())


@contextlib.contextmanager
def _gentle_interrupt(out: Path) -> Iterator[None]:
    """The first Ctrl-C stops training and keeps the model; the second ends the program."""

    def stop(*_: object) -> None:
        (out / "STOP").touch()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _bar() -> Iterator[run.Report]:
    from rich import progress as rich

    columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), rich.TextColumn("{task.fields[figures]}"))
    times = (rich.TimeElapsedColumn(), rich.TimeRemainingColumn())
    with rich.Progress(*columns, *times, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=1.0, figures="")

        def report(state: str, message: str, p: Progress | None) -> None:
            figures = ""
            if state == "training" and p:
                figures = f"epoch {p.epoch}/{p.epochs}  -ELBO {-p.elbo:.2f}  {p.images_per_second:,.0f}/s"
            words = state if state == "training" else message
            bar.update(task, completed=p.fraction if p else 0.0, description=words, figures=figures)

        yield report


def print_figures(metrics: dict[str, Any]) -> None:
    """Prints the figures of metrics.json as a table, with their protocols."""
    table = Table(show_header=False)
    for name, value in readme.figures(metrics):
        table.add_row(name, value)
    if table.row_count:
        Console().print(table)
