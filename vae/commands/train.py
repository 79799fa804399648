"""`vae train`: the configuration's own settings as flags, a progress bar, a Ctrl-C that keeps what was learned.

Knows nothing of how a run works: that is vae.jobs.train's.
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
from vae.commands.flags import DataDir, told
from vae.config import Map, Recipe, to_json
from vae.jobs import process, run, train

if TYPE_CHECKING:
    from vae.records import Progress


def base_of(arguments: Sequence[str]) -> Recipe:
    """What sets the defaults of all other flags, so it is read first: `--recipe`, else the quick one of the data."""
    name = _given(arguments, "--recipe")
    return recipes.read(name) if name else recipes.quick(_given(arguments, "--data") or Recipe().data.name)


def _given(arguments: Sequence[str], flag: str) -> str:
    """The word after a flag, or after its equals sign."""
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
        ("recipe", Annotated[str, told(start)], field(default="")),
        ("out", Annotated[Path | None, told("the new checkpoint's folder; otherwise runs/NAME")], field(default=None)),
        ("title", Annotated[str, told("what people read in the picker")], field(default=base.title)),
        ("licence", Annotated[str, told("of the weights, for the model card, e.g. mit")], field(default=base.licence)),
        ("data_dir", DataDir, field(default=None)),
        ("download", Annotated[bool, told("fetch the data set where it is missing")], field(default=False)),
        ("maps", Annotated[tuple[Map, ...], told("to draw")], field(default=base.maps)),
    ]
    doc = "Train a model and make all that the explorer needs of it; goes on where OUT holds an unfinished run."
    return flags.dataclass_of(base, own, {"__doc__": doc, "__call__": lambda self: _train(base, self)})


def _train(base: Recipe, given: Any) -> None:
    recipe = _absolute(flags.recipe_of(base, given))
    out = given.out or free_folder(recipe.name or f"{Path(recipe.data.name).stem}-{recipe.model.latent}d")
    recipe = replace(
        recipe, name=recipe.name or out.resolve().name, title=given.title, licence=given.licence, maps=given.maps
    )
    if not process.leads():
        with _gentle_interrupt(out):
            train.assist(out, recipe, given.data_dir)
        return
    files.folder(out)
    (out / "STOP").unlink(missing_ok=True)
    files.write_json(out / checkpoints.RECIPE, to_json(recipe))
    with _bar() as report, _gentle_interrupt(out):
        made = train.work(out, root=given.data_dir, download=given.download, report=report)
    Console().print(f"{made.title} is in {out}.", highlight=False)
    print_figures(checkpoints.read_metrics(out))


def _absolute(recipe: Recipe) -> Recipe:
    """With the whole path of one's own pictures, so that the folder can be read from wherever the app is started."""
    from vae.data.load import KNOWN

    path = Path(recipe.data.name).expanduser()
    own = recipe.data.name not in KNOWN and path.exists()
    return replace(recipe, data=replace(recipe.data, name=str(path.resolve()))) if own else recipe


def free_folder(name: str) -> Path:
    """runs/NAME, or NAME-2, NAME-3, ... where finished runs have those names; an unfinished one goes on."""
    root = Path(os.environ.get("VAE_RUNS_DIR") or "runs")
    numbered = (root / (name if k == 1 else f"{name}-{k}") for k in range(1, 10_000))
    return next(path for path in numbered if not (path / checkpoints.CONFIG).exists())


@contextlib.contextmanager
def _gentle_interrupt(out: Path) -> Iterator[None]:
    """The first Ctrl-C stops training and keeps what was learned; the second ends the program."""

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
    with rich.Progress(*columns, *times, console=Console(stderr=True)) as shown:
        task = shown.add_task("", total=1.0, figures="")

        def report(state: str, message: str, p: Progress | None) -> None:
            figures = ""
            if state == "training" and p:
                figures = f"epoch {p.epoch}/{p.epochs}  -ELBO {-p.elbo:.2f}  {p.images_per_second:,.0f}/s"
            words = state if state == "training" else message
            shown.update(task, completed=p.fraction if p else 0.0, description=words, figures=figures)

        yield report


def print_figures(metrics: dict[str, Any]) -> None:
    """What was measured, each figure with its protocol, as a table."""
    table = Table(show_header=False)
    for what, value in readme.figures(metrics):
        table.add_row(what, value)
    if table.row_count:
        Console().print(table)
