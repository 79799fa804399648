"""Time to the quality of PyTorch's own VAE example, against that example's protocol and Pythae's trainer, in one run.

Every side is measured at the ends of its epochs by the same test bound (grey pixels as Bernoulli, one sampled z),
outside the clock: what counts is the time of training until the bound reaches the target, which is where the example
stands after its ten epochs. The quick recipe is that of `vae train --data mnist` and of the app's form, on grey pixels
as its peers; it runs with three seeds, and the slowest counts. Ours of the example's sizes has SiLU where the example
has ReLU.

    python -m benchmarks.train --data-dir DIR [--target 105.6]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

import vae
from benchmarks.peers import example, pythae_trainer
from vae import recipes
from vae.data.load import dataset
from vae.training.fit import train

QUICK = recipes.quick("mnist")
SAME = vae.Train(epochs=10, batch=128, lr=1e-3, schedule="constant")


class Bounded(Protocol):
    """A model that tells its -ELBO an image, in nats."""

    def bound(self, x: Tensor) -> float: ...


class Ours:
    """One of ours."""

    def __init__(self, model: vae.VAE) -> None:
        self.model = model

    def bound(self, x: Tensor) -> float:
        """-ELBO an image, in nats."""
        return -float(self.model.elbo(x).elbo.mean())


def ours(data: vae.Dataset, settings: vae.Train, **kwargs: Any) -> Iterator[Ours]:
    """The library's loop: the model after every epoch."""
    model = vae.VAE(data.shape, **kwargs)
    for progress in train(model, data, settings):
        if progress.step * progress.epochs == progress.epoch * progress.steps:  # the report at an epoch's end
            yield Ours(model)


def clocked(name: str, run: Iterator[Bounded], test: Tensor, target: float, seed: int) -> float:
    """Seconds of training until the test bound reaches the target; prints a row an epoch."""
    torch.manual_seed(seed)
    seconds, start = 0.0, time.perf_counter()
    for epoch, model in enumerate(run, 1):
        seconds += time.perf_counter() - start
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            bound = model.bound(test)
        print(f"{name:<34} epoch {epoch:>2}  {seconds:7.1f} s  test -ELBO {bound:7.2f} nats", flush=True)
        if bound <= target:
            return seconds
        start = time.perf_counter()
    return math.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=None, help="where MNIST lies (else VAE_DATA_DIR)")
    parser.add_argument("--target", type=float, default=105.6, help="test -ELBO in nats, grey pixels")
    options = parser.parse_args()
    data, unseen = (dataset("mnist", root=options.data_dir, split=split) for split in ("train", "test"))
    test = torch.from_numpy(unseen.images.copy()).float() / 255
    recipe = {"arch": QUICK.model.arch, "latent": QUICK.model.latent, "width": QUICK.model.width}
    same = {"arch": "mlp", "latent": 20, "width": 400, "depth": 1}
    sides: dict[str, Callable[[int], Iterator[Bounded]]] = {
        "vae, quick recipe": lambda seed: ours(data, replace(QUICK.train, seed=seed), **recipe),
        "vae, the example's sizes": lambda seed: ours(data, replace(SAME, seed=seed), **same),
        "Pythae's trainer": lambda _: pythae_trainer.epochs(data.images),
        "the example's protocol": lambda _: example.epochs(data.images),
    }
    seconds = {}
    for name, run in sides.items():
        seeds = (1, 2, 3) if name == "vae, quick recipe" else (1,)
        runs = [clocked(f"{name}, seed {seed}", run(seed), test, options.target, seed) for seed in seeds]
        seconds[name] = max(runs, key=lambda each: math.inf if math.isnan(each) else each)
    quick = seconds["vae, quick recipe"]
    print(f"\nseconds to {options.target} nats, and how much faster the quick recipe is:")
    for name, each in seconds.items():
        print(f"{name:<26} {each:6.1f} s  {each / quick:5.1f}x")


if __name__ == "__main__":
    main()
