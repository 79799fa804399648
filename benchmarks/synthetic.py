"""Checkpoints of any size for the benchmarks: a real network that has learned nothing, and as many latents as asked.

The decoder is the library's conv trunk, exported as any other; the latents are ten round clouds, their map the PCA.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

import vae
from vae import checkpoints
from vae.maps import projection
from vae.onnx_export import export
from vae.records import Latents

CLASSES = tuple("0123456789")
SPREAD = 0.5  # of a class around its centre, where the prior's is 1


def make(folder: Path, latent: int, count: int, seed: int = 0) -> Path:
    """Write a checkpoint with `count` encoded items of `latent` dimensions into the folder; returns the folder."""
    torch.manual_seed(seed)
    model = vae.VAE((1, 28, 28), latent=latent, arch="conv").eval()
    about = checkpoints.About(name="synthetic", title="Synthetic", classes=CLASSES, test_size=count)
    title = f"Synthetic, {latent} latents, {count:,} items"
    checkpoints.write_model(folder, model.config, model.state_dict(), about=about, title=title)
    export(model, folder)
    latents = clouds(latent, count, seed)
    checkpoints.write_latents(folder, latents, (projection.pca(latents),))
    checkpoints.update(folder, browser=True)
    return folder


def clouds(latent: int, count: int, seed: int) -> Latents:
    """Ten classes, each a normal of spread `SPREAD` around a draw of the prior."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(CLASSES), count)
    mean = rng.standard_normal((len(CLASSES), latent), np.float32)[labels]
    mean += SPREAD * rng.standard_normal((count, latent), np.float32)
    std = np.full_like(mean, 0.3)
    kl = 0.5 * (mean**2 + std**2 - 1) - np.log(std)  # in closed form, nats, per dimension
    return Latents(
        mean, std, np.arange(count), labels=labels, classes=CLASSES, kl_per_dim=kl.mean(0), kl=kl.sum(1), total=count
    )
