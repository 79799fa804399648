"""A model of your own, in plain PyTorch: wrap it, and the explorer opens it.

python examples/own_model.py --out runs/own-model
"""

from pathlib import Path

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

import vae
from vae.foreign.publish import publish


class Mine(nn.Module):
    """Any class with `encode` and `decode` will do. This one works on rows of pixels and returns (mean, logvar)."""

    def __init__(self, pixels: int = 64, latent: int = 6) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, 2 * latent))
        self.outer = nn.Sequential(nn.Linear(latent, 128), nn.ReLU(), nn.Linear(128, pixels))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, logvar = self.inner(x).chunk(2, 1)
        return mean, logvar

    def decode(self, z: Tensor) -> Tensor:
        picture: Tensor = self.outer(z).sigmoid()
        return picture


def learn(model: Mine, x: Tensor, steps: int) -> None:
    """Your own loop: binary cross-entropy + KL, summed over the pixels."""
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        batch = x[torch.randint(len(x), (128,))]
        mean, logvar = model.encode(batch)
        z = mean + (logvar / 2).exp() * torch.randn_like(mean)
        kl = (logvar.exp() + mean.square() - 1 - logvar).sum() / 2
        loss = F.binary_cross_entropy(model.decode(z), batch, reduction="sum") + kl
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def main(out: Path = Path("runs/own-model"), steps: int = 3000, maps: tuple[str, ...] = ("pca", "umap")) -> None:
    """Trains it on handwritten digits, wraps it, says how it was read, writes the checkpoint."""
    digits = vae.dataset("digits")
    torch.manual_seed(0)
    model = Mine()
    learn(model, torch.tensor(digits.images).flatten(1) / 255, steps)

    wrapped = vae.wrap(model)
    print(wrapped.describe())
    made = publish(wrapped, digits, out, title="My own model", maps=maps)
    print(f"{made.title}: `streamlit run explorer/app.py` has it in its list; vae.wrap({str(out)!r}) in Python.")


if __name__ == "__main__":
    tyro.cli(main)
