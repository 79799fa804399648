"""Time to the quality of PyTorch's own VAE example, against that example's protocol, in one run.

The peer is the protocol of pytorch/examples `vae`: 784-400-20-400-784 with ReLU, Adam at 1e-3, batches of 128 through a
DataLoader that reads, decodes and converts one picture at a time, summed binary cross-entropy + KL on grey pixels.
Both sides are measured by the same test bound (grey pixels as Bernoulli, one sampled z), outside the clock. Ours of the
same sizes has SiLU where the example has ReLU.

    python -m benchmarks.train --data-dir DIR [--target 105.6]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms.functional import to_tensor

import vae
from vae.data import dataset
from vae.training import train

QUICK = vae.Train(epochs=4, batch=256, lr=4e-3)  # the library's quick recipe on the same task


class Example(nn.Module):
    """The network of the example."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.mean, self.logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.up, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def terms(self, x: Tensor) -> Tensor:
        """-ELBO, summed over the batch, in nats."""
        h = F.relu(self.hidden(x.flatten(1)))
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
        logits = self.out(F.relu(self.up(z)))
        rec = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum")
        kl = -0.5 * (1 + logvar - mean.pow(2) - logvar.exp()).sum()
        total: Tensor = rec + kl
        return total


class PerPicture(TorchDataset[Tensor]):
    """One picture at a time from bytes to tensor, as the example's transforms do."""

    def __init__(self, data: vae.Dataset) -> None:
        self.images = data.images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> Tensor:
        picture: Tensor = to_tensor(Image.fromarray(self.images[i, 0]))
        return picture


def example(data: vae.Dataset) -> Iterator[tuple[Example, int]]:
    """The example's loop, an epoch a step."""
    torch.manual_seed(1)
    model = Example()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(PerPicture(data), batch_size=128, shuffle=True)
    for epoch in range(1, 100):
        for x in loader:
            optimiser.zero_grad()
            loss = model.terms(x)
            loss.backward()  # type: ignore[no-untyped-call]
            loss.item()  # the example adds it to its running total at every step
            optimiser.step()
        yield model, epoch


def ours(data: vae.Dataset, settings: vae.Train, **kwargs: Any) -> Iterator[tuple[vae.VAE, int]]:
    """The library's loop, an epoch a step."""
    torch.manual_seed(1)
    model = vae.VAE(data.shape, **kwargs)
    for progress in train(model, data, settings):
        if progress.step * progress.epochs == progress.epoch * progress.steps:  # the report at an epoch's end
            yield model, progress.epoch


def clocked(name: str, run: Iterator[Any], test: Tensor, target: float) -> float:
    """Seconds of training until the test bound reaches the target; prints a row an epoch."""
    seconds, start = 0.0, time.perf_counter()
    for model, epoch in run:
        seconds += time.perf_counter() - start
        with torch.no_grad():
            torch.manual_seed(0)
            bound = (
                float(model.terms(test)) / len(test)
                if isinstance(model, Example)
                else -float(model.elbo(test).elbo.mean())
            )
        print(f"{name:<28} epoch {epoch:>2}  {seconds:7.1f} s  test -ELBO {bound:7.2f} nats", flush=True)
        if bound <= target:
            return seconds
        start = time.perf_counter()
    return float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=None, help="where MNIST lies (else VAE_DATA_DIR)")
    parser.add_argument("--target", type=float, default=105.6, help="test -ELBO in nats, grey pixels")
    options = parser.parse_args()
    data = dataset("mnist", root=options.data_dir)
    test = torch.from_numpy(dataset("mnist", root=options.data_dir, split="test").images.copy()).float() / 255
    quick = clocked("vae, quick recipe", ours(data, QUICK, latent=32, arch="mlp", width=400), test, options.target)
    same = clocked(
        "vae, the example's sizes",
        ours(
            data,
            vae.Train(epochs=10, batch=128, lr=1e-3, schedule="constant"),
            latent=20,
            arch="mlp",
            width=400,
            depth=1,
        ),
        test,
        options.target,
    )
    peer = clocked("example's protocol", example(data), test, options.target)
    print(f"\nseconds to {options.target} nats: quick {quick:.1f}, same sizes {same:.1f}, example {peer:.1f}")
    print(f"ratio to the example's protocol: quick {peer / quick:.1f}x, same sizes {peer / same:.1f}x")


if __name__ == "__main__":
    main()
