"""Published figures with their protocols and tolerances, and the command that reproduces them.

The protocols themselves are functions of `vae.papers.protocols`; torch loads only to run one. `published` is a figure
that others printed, or one that follows from the data alone; none comes from runs of our own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from vae.config import Beta

Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True)
class Figure:
    """One number that a protocol yields, by its name."""

    name: str
    published: float
    within: float  # the tolerance of ours
    at_most: bool = False  # or be lower by any amount


@dataclass(frozen=True)
class Row:
    """A published result."""

    title: str
    protocol: str
    source: str
    figures: tuple[Figure, ...]
    run: str  # the function of vae.papers.protocols
    options: Mapping[str, Any] = field(default_factory=dict)
    cost: Literal["seconds", "minutes", "hours"] = "minutes"  # on two cores; hours are for a GPU
    data: str = "mnist"


@dataclass(frozen=True)
class Result:
    """A figure of ours and the published one; `seconds` since the start of the run."""

    figure: Figure
    ours: float
    seconds: float

    @property
    def reached(self) -> bool:
        """Whether ours lies within the tolerance."""
        difference = self.ours - self.figure.published
        return difference <= self.figure.within and (self.figure.at_most or -difference <= self.figure.within)


def run(name: str, root: Path | None = None, device: Device = "auto", **options: Any) -> Iterator[Result]:
    """Runs a row and yields its results one by one. `options` replace the row's own (then it is no reproduction).

    Errors: ValueError on an unknown name, FileNotFoundError without the data.
    """
    from vae.data.load import dataset
    from vae.papers import protocols

    row = find(name)
    train, test = (dataset(row.data, root=root, split=split) for split in ("train", "test"))
    published = {figure.name: figure for figure in row.figures}
    start = time.perf_counter()
    for figure, value in getattr(protocols, row.run)(train, test, **{**row.options, **options, "device": device}):
        if figure in published:
            yield Result(published[figure], value, time.perf_counter() - start)


def find(name: str) -> Row:
    """The row of a name. Errors: ValueError that lists them."""
    if name not in ROWS:
        raise ValueError(f"{name!r} is no published row. Known: {', '.join(ROWS)}.")
    return ROWS[name]


def listing() -> str:
    """Every row as a line of a Markdown table: command, title, published figures, cost on two cores."""
    lines = ["| command | what | published | on two cores |", "|---|---|---|---|"]
    for name, row in ROWS.items():
        figures = ", ".join(f"{f.published:g}" for f in row.figures)
        lines.append(f"| `vae reproduce {name}` | {row.title} | {figures} | {row.cost} |")
    lines += [f"| - | {title} | {published} | not available: {reason} |" for title, published, reason in ABSENT]
    return "\n".join(lines)


@dataclass(frozen=True)
class Reproduce:
    """Reproduce a published figure by its own protocol: published, ours, seconds. Without a row: list them."""

    row: Annotated[tyro.conf.Positional[str], tyro.conf.arg(help="the row's name; none: list them")] = ""
    data_dir: Annotated[Path | None, tyro.conf.arg(help="the folder of the data sets; otherwise VAE_DATA_DIR")] = None
    device: Annotated[Device, tyro.conf.arg(help="auto: the fastest one of this machine")] = "auto"
    anyway: Annotated[bool, tyro.conf.arg(help="run a row of hours on a CPU")] = False

    def __call__(self) -> None:
        """Errors: those of `run`; ValueError for hours on a CPU; ArithmeticError for a missed figure."""
        if not self.row:
            print(listing())
            return
        row = find(self.row)
        if row.cost == "hours" and not self.anyway and not _has_gpu(self.device):
            raise ValueError(f"{self.row} takes hours on a CPU: run it on a GPU, or add --anyway.")
        print(f"{row.title} ({row.source})\n{row.protocol}\n\n{'':<40}{'published':>12}{'ours':>12}{'seconds':>10}")
        missed = []
        for result in run(self.row, self.data_dir, self.device):
            figure, mark = result.figure, "" if result.reached else f"  further off than {result.figure.within:g}"
            print(f"{figure.name:<40}{figure.published:12g}{result.ours:12.5g}{result.seconds:10.1f}{mark}", flush=True)
            missed += [] if result.reached else [figure.name]
        if missed:
            raise ArithmeticError(f"{self.row} was not reproduced: {'; '.join(missed)}.")


def _has_gpu(device: Device) -> bool:
    from vae.device import pick

    return pick(device).type != "cpu"


def _figures(name: str, values: Mapping[int, float], within: float) -> tuple[Figure, ...]:
    return tuple(Figure(f"{name} {at}", value, within) for at, value in values.items())


def _linear(k: int, exact: float, within: float) -> Row:
    return Row(
        f"Linear VAE = probabilistic PCA, k = {k}",
        f"two linear layers, {k} latents, one learned sigma, grey MNIST as densities; ELBO on the test set",
        "Tipping and Bishop, 1999, eqs. 7 and 8 (exact); Lucas et al., 2019, for the VAE",
        (
            Figure("ELBO", exact, within),
            Figure("below probabilistic PCA", 0, within),
            Figure("log_prob(k = 1) above the ELBO", 0, 0.2),
        ),
        "linear",
        {"k": k},
    )


_DEEP = dict(
    enumerate(
        [135.13, 118.92, 112.78, 109.90, 108.53, 107.43, 106.59, 106.04, 105.52, 105.14, 104.89, 104.66, 104.37, 104.06,
         103.90], 1,
    )
)  # fmt: skip
_BY_DATA = (
    Figure("floor: the pixels' own entropy", 45.534, 0.001),
    Figure("zero latents: the mean picture", 205.967, 0.001),
    *(Figure(f"PCA, k = {k}: test MSE a pixel", v, 2e-5) for k, v in
      {2: 0.05567, 10: 0.03407, 20: 0.02354, 50: 0.01149}.items()),
    *(Figure(f"probabilistic PCA, k = {k}: log p", v, 0.06) for k, v in
      {2: 14.4, 10: 186.0, 20: 306.5, 50: 517.6}.items()),
)  # fmt: skip
_IWAE, _VAE_K = {1: 86.76, 5: 85.54, 50: 84.78}, {1: 86.76, 5: 86.47, 50: 86.35}


def _by_k(kind: str, values: Mapping[int, float], within: float, apart: float) -> tuple[Figure, ...]:
    """The NLL of every k, and its distance below that of the k before, which hardly depends on the budget."""
    steps = [(f"{kind} k = {k}, below k = {j}", values[j] - values[k]) for j, k in pairwise(values)]
    return *_figures(f"NLL, {kind} k =", values, within), *(Figure(name, value, apart) for name, value in steps)


ROWS: dict[str, Row] = {
    "data": Row(
        "From the data alone", "no training: from the canonical MNIST files", "computed", _BY_DATA, "from_data",
        cost="seconds",
    ),
    "linear-2": _linear(2, 14.4, 1.0),
    "linear-10": _linear(10, 186.0, 1.0),
    "linear-50": _linear(50, 517.6, 2.0),
    "example": Row(
        "PyTorch example",
        "784-400-20-400-784 ReLU, Adam 1e-3, batch 128, grey MNIST as Bernoulli; test -ELBO with one sampled z; "
        "the mean of eight seeds, whose spread is 0.3 nats at epoch 3",
        "pytorch/examples, vae",
        _figures("-ELBO, epoch", {3: 112.2, 5: 108.5, 10: 105.6}, 0.5), "grey",
        {"seeds": tuple(range(8))},
    ),
    "example-600": Row(
        "The same with 784-600-100",
        "784-600-100-600-784 ReLU, Adam 1e-3, batch 128, grey MNIST as Bernoulli; test -ELBO with one sampled z",
        "as printed after every epoch",
        _figures("-ELBO, epoch", _DEEP, 1.0), "grey", {"hidden": (600,), "latent": 100, "epochs": 15},
    ),
    "flax": Row(
        "Flax example",
        "784-500-20 ReLU, LeCun's initial weights, Adam 1e-3, batch 128, 50,000 pictures binarised once (by random "
        "numbers of our own); test -ELBO with one sampled z",
        "google/flax, examples/vae, as printed in pull request 1361",
        _figures("-ELBO, epoch", {1: 119.74, 3: 109.34, 5: 106.06, 10: 103.60}, 1.5), "flax",
    ),
    "altosaar": Row(
        "altosaar",
        "784-256-256-128 ReLU, RMSprop 1e-3, batch 128, the KL by the sampled z too, 50,000 pictures binarised once "
        "(by random numbers of our own), NLL with 128 samples; tested at the best bound on 10,000 held-out pictures",
        "jaanli/variational-autoencoder, README of January 2019",
        (
            Figure("held out: -ELBO, step 10,000", 108.49, 1.5), Figure("held out: NLL, step 10,000", 102.62, 1.5),
            Figure("test: -ELBO", 103.31, 1.5), Figure("test: NLL", 97.10, 1.5),
        ),
        "altosaar",
    ),
    "pythae": Row(
        "Pythae VAE", "784-400-40, Adam 1e-4, batch 100, 500 epochs, binarised once (by our own draws), 200 samples",
        "Chadebec, Vincent and Allassonniere, 2022", (Figure("NLL", 89.78, 1.0),), "pythae", cost="hours",
    ),
    "iwae-short": Row(
        "IWAE, a hundredth of the budget",
        "the protocol of `iwae`, 13 of its 3,280 epochs, NLL with 500 samples: it falls with k",
        "the order of Burda, Grosse and Salakhutdinov, 2016, table 1 (the figures are those of the whole budget)",
        _by_k("IWAE", _IWAE, 12.0, 0.7), "iwae", {"stages": 3, "samples": 500},
    ),
    "iwae": Row(
        "IWAE paper, one layer",
        "784-200-200-50 tanh, dynamic, Adam(.99, .999, 1e-4), batch 20, 3^i epochs at 10^(-3 - i/7), 5000 samples",
        "Burda, Grosse and Salakhutdinov, 2016, table 1", _by_k("IWAE", _IWAE, 0.5, 0.5), "iwae", cost="hours",
    ),
    "vae-k-short": Row(
        "VAE with k draws, a hundredth of the budget",
        "the protocol of `iwae-short`, the ELBO of k draws averaged: its NLL hardly depends on k",
        "the order of Burda, Grosse and Salakhutdinov, 2016, table 1 (the figures are those of the whole budget)",
        _by_k("VAE", _VAE_K, 12.0, 0.5), "iwae", {"stages": 3, "samples": 500, "objective": Beta},
    ),
    "vae-k": Row(
        "VAE with k draws, one layer", "the protocol of `iwae`, the ELBO of k draws averaged",
        "Burda, Grosse and Salakhutdinov, 2016, table 1", _by_k("VAE", _VAE_K, 0.5, 0.5), "iwae",
        {"objective": Beta}, cost="hours",
    ),
    "vampprior": Row(
        "VampPrior", "gated 300-300, 40 latents, K = 500, binarised once (by our own draws), 5000 samples",
        "Tomczak and Welling, 2018, table 1", (Figure("NLL", 85.57, 1.0),), "vamp", cost="hours",
    ),
    "conv-res": Row(
        "Convolutional residual VAE", "dynamic, our resnet trunk with 16 latents; test -ELBO",
        "EugenHotaj/pytorch-generative", (Figure("-ELBO", 86.77, 0.0, at_most=True),), "conv_res", cost="hours",
    ),
    "tcvae": Row(
        "β-TCVAE on sprites", "Burgess's convolutions, 10 latents, β = 6, 30 epochs, our sprites in place of dSprites",
        "Chen et al., 2018, figure 4", (Figure("MIG", 0.475, 0.1), Figure("active latents", 5, 1)), "tcvae",
        cost="hours", data="sprites",
    ),
}  # fmt: skip

# Published, but not available here: (title, published, reason).
ABSENT = (
    (
        "Ladder VAE, 12 layers, static",
        "80.5, 78.3",
        "it has a hierarchy of latents, and the models here have one layer",
    ),
    ("VD-VAE, dynamic", "80.72", "it has a hierarchy of latents, and the models here have one layer"),
)
