"""A β-TCVAE on sprites: which latent learned which factor, by four published scores and by eye.

python examples/disentangle_sprites.py --out traversal.png
"""

from pathlib import Path

import numpy as np
import torch
import tyro

import vae
from vae import latents
from vae.checkpoints.readme import sheet
from vae.measures import disentanglement


def main(
    out: Path = Path("traversal.png"), epochs: int = 20, limit: int = 20_000, arch: str = "conv", beta: float = 6.0
) -> disentanglement.Scores:
    """Prints the share of each factor's entropy that each latent holds, and draws a row a latent."""
    train = vae.dataset(vae.Data("sprites", limit=limit))
    test = vae.dataset(vae.Data("sprites", limit=limit), split="test")
    model = vae.VAE(train.shape, latent=10, arch=arch)
    settings = vae.Train(epochs=epochs, batch=256, lr=1e-3, objective=vae.TC(beta, warmup=0.2))
    vae.fit(model, train, settings, callback=lambda p: print(f"{p.fraction:4.0%}  {p.elbo:8.2f} nats"))

    q = latents.encode_all(model, test)
    assert q.factors is not None
    share = disentanglement.mutual_information(q.mean, q.factors, q.std) / disentanglement.entropy(q.factors)
    print("      " + "".join(f"{name:>10}" for name in q.factor_names))
    for j in np.argsort(-share.max(1)):
        print(f"z{j + 1:<5}" + "".join(f"{value:10.0%}" for value in share[j]))
    with torch.no_grad():
        rows = model.traverse(torch.tensor(test.images[0]) / 255, np.argsort(-share.max(1)).tolist())
    sheet(rows.flatten(0, 1).numpy(), columns=11).save(out)
    found = disentanglement.scores(q)
    print(found, f"see {out}", sep="\n")
    return found


if __name__ == "__main__":
    tyro.cli(main)
