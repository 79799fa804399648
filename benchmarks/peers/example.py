"""The protocol of pytorch/examples `vae`, an epoch a step.

784-400-20-400-784 with ReLU, Adam at 1e-3, batches of 128 through a DataLoader that reads, decodes and converts one
picture at a time, summed binary cross-entropy + KL on grey pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms.functional import to_tensor

from vae.records import Bytes


class Example(nn.Module):
    """Its network."""

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

    def bound(self, x: Tensor) -> float:
        """-ELBO an image, in nats."""
        return float(self.terms(x)) / len(x)


class PerPicture(TorchDataset[Tensor]):
    """One picture at a time from bytes to tensor, as the example's transforms do."""

    def __init__(self, images: Bytes) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> Tensor:
        picture: Tensor = to_tensor(Image.fromarray(self.images[i, 0]))
        return picture


def epochs(images: Bytes) -> Iterator[Example]:
    """Its loop: the model after every epoch."""
    model = Example()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(PerPicture(images), batch_size=128, shuffle=True)
    while True:
        for x in loader:
            optimiser.zero_grad()
            loss = model.terms(x)
            loss.backward()  # type: ignore[no-untyped-call]
            loss.item()  # the example adds it to its running total at every step
            optimiser.step()
        yield model
