"""What β does: the same model under several weights of the KL, on the same test set.

A larger β spends fewer nats on the code (KL), and pays for it in the picture (rec). The ELBO itself has β = 1, whatever
the training had, so the two can be compared. What became of each latent is told by matching those of the last model
with those of the first on the pictures that both have encoded.

python examples/two_betas.py --betas 0.5 1 4
"""

import torch
import tyro

import vae
from vae.latents import encode_all
from vae.measures.matching import Matching, match


def main(betas: tuple[float, ...] = (1.0, 4.0), epochs: int = 40) -> dict[float, vae.Report]:
    """Prints a row a β and the matched latents of the last and the first, and returns the reports."""
    train, test = vae.dataset("digits"), vae.dataset("digits", split="test")
    reports, codes = {}, {}
    print("  beta     -ELBO       rec        KL  active      MSE")
    for beta in betas:
        torch.manual_seed(0)
        model = vae.VAE(train.shape, latent=8, arch="mlp", width=256)
        vae.fit(model, train, vae.Train(epochs=epochs, lr=3e-3, batch=64, objective=vae.Beta(beta, warmup=0.2)))
        r = reports[beta] = vae.evaluate(model, test)
        codes[beta] = encode_all(model, test)
        print(f"{beta:6.2f} {-r.elbo:9.2f} {r.rec:9.2f} {r.kl:9.2f} {r.active_units:7d} {r.mse:8.4f}")
    show(match(codes[betas[0]], codes[betas[-1]]), betas[0], betas[-1])
    return reports


def show(found: Matching, a: float, b: float) -> None:
    """A line for each latent of the last model: its counterpart in the first, and how well they agree."""
    print(f"\nlatents of beta {b:g} and their counterparts of beta {a:g}:")
    for j, (i, r) in enumerate(zip(found.partner, found.r, strict=True)):
        print(f"  z{j} <-> z{i}, r = {r:+.2f}" if i >= 0 else f"  z{j} has no counterpart, |r| <= {abs(r):.2f}")


if __name__ == "__main__":
    tyro.cli(main)
