"""What `compile` costs and brings: the same epochs with the networks as they are and compiled, in one run.

The compiler's cache is empty at the start, as on a new machine. An epoch's time is the mean of all but the first.

    python -m benchmarks.compile --data-dir DIR [--pictures 10000] [--epochs 4]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import torch

import vae
from vae.data.load import dataset
from vae.training.fit import train


def seconds(arch: str, pictures: torch.Tensor, epochs: int, compiled: bool) -> list[float]:
    """Seconds of training at the end of each epoch."""
    torch.manual_seed(0)
    model = vae.VAE((1, 28, 28), 16, arch)
    settings = vae.Train(epochs=epochs, batch=128, compile=compiled)
    return [p.seconds for p in train(model, pictures, settings) if p.step * p.epochs == p.epoch * p.steps]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=None, help="where MNIST lies (else VAE_DATA_DIR)")
    parser.add_argument("--pictures", type=int, default=10_000, help="of MNIST, an epoch")
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    pictures = torch.from_numpy(dataset("mnist", root=options.data_dir).images[: options.pictures].copy())
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        for arch in ("mlp", "conv", "resnet"):
            plain, compiled = (seconds(arch, pictures, options.epochs, how) for how in (False, True))
            a, b = ((each[-1] - each[0]) / (options.epochs - 1) for each in (plain, compiled))
            print(
                f"{arch:<8} an epoch of {len(pictures):,} pictures: {a:5.2f} s as it is, {b:5.2f} s compiled "
                f"({a / b:.2f}x), after {compiled[0] - b:.0f} s of compiling",
                flush=True,
            )


if __name__ == "__main__":
    main()
