"""What β does: the same model under several weights of the KL, on the same test set.

A larger β spends fewer nats on the code (KL), and pays for it in the picture (rec). The ELBO itself has β = 1, whatever
the training had, so the two can be compared.

python examples/two_betas.py --betas 0.5 1 4
"""

import torch
import tyro

import vae


def main(betas: tuple[float, ...] = (1.0, 4.0), epochs: int = 40) -> dict[float, vae.Report]:
    """Prints a row a β, and returns the reports."""
    train, test = vae.dataset("digits"), vae.dataset("digits", split="test")
    reports = {}
    print("  beta     -ELBO       rec        KL  active      MSE")
    for beta in betas:
        torch.manual_seed(0)
        model = vae.VAE(train.shape, latent=8, arch="mlp", width=256)
        vae.fit(model, train, vae.Train(epochs=epochs, lr=3e-3, batch=64, objective=vae.Beta(beta, warmup=0.2)))
        r = reports[beta] = vae.evaluate(model, test)
        print(f"{beta:6.2f} {-r.elbo:9.2f} {r.rec:9.2f} {r.kl:9.2f} {r.active_units:7d} {r.mse:8.4f}")
    return reports


if __name__ == "__main__":
    tyro.cli(main)
