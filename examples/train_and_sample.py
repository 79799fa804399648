"""Train on handwritten digits, then: encode, reconstruct, draw from the prior, and draw from where the data lies.

python examples/train_and_sample.py --out samples.png
"""

from pathlib import Path

import torch
import tyro

import vae
from vae import latents
from vae.checkpoints.readme import sheet
from vae.measures import aggregate


def main(out: Path = Path("samples.png"), epochs: int = 40) -> vae.Report:
    """Writes four rows: test digits, their reconstructions, draws from p(z), draws from the fitted q(z)."""
    train, test = vae.dataset("digits"), vae.dataset("digits", split="test")
    model = vae.VAE(train.shape, latent=8, arch="mlp", width=256)
    vae.fit(model, train, vae.Train(epochs=epochs, lr=3e-3, batch=64), callback=lambda p: print(f"{p.elbo:8.2f} nats"))

    x = torch.tensor(test.images[:12]) / 255
    q = latents.encode_all(model, train)
    with torch.no_grad():
        drawn = model.sample(12, generator=torch.Generator().manual_seed(0))
        rows = torch.cat([x, model.reconstruct(x), drawn])
    near = torch.from_numpy(latents.decode(model, aggregate.fit(q).sample(12)))
    sheet(torch.cat([rows, near]).numpy(), columns=12, scale=6).save(out)

    report = vae.evaluate(model, test, k=100)
    print(f"test: -ELBO {-report.elbo:.2f}, NLL {report.nll:.2f} nats, {report.active_units} active latents; see {out}")
    return report


if __name__ == "__main__":
    tyro.cli(main)
