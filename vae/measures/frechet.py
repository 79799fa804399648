"""The Fréchet distance between samples and real pictures, in the features of a small network of our own.

FID uses the features of a network trained on photographs, which needs a download and is blind to digits. This network
learns in seconds from the data set itself: a classifier of its labels or, without labels, of ten clusters. Its figure
compares models of one data set on one machine, and is no FID of the literature. `floor` is the distance of real test
pictures, the best value that a model can expect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from vae import latents, networks
from vae.device import floats, pictures
from vae.model import VAE
from vae.records import Dataset, Floats, Ints

FEATURES = 64
CLUSTERS = 10
CHUNK = 500


@dataclass(frozen=True)
class Fidelity:
    """Squared distances in the units of the features: comparable with one another alone."""

    distance: float  # samples against training pictures
    floor: float  # test pictures against training pictures
    n: int  # pictures in every set; the distance falls with n, so compare equal ones
    features: str  # the classes of the network: "10 labels" or "10 clusters"


class Features(nn.Module):
    """x (B, C, H, W) in [0, 1] -> 64 features, those before the last layer of a classifier."""

    def __init__(self, shape: tuple[int, int, int], classes: int, name: str) -> None:
        super().__init__()
        self.name = name
        self.trunk = networks.build("conv", shape, FEATURES // 2, width=16)[0]
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 64"]:
        return F.silu(self.trunk(x))

    @torch.no_grad()
    def of(self, images: Tensor) -> Floats:
        """Features of pictures (N, C, H, W), bytes or floats, (N, 64)."""
        parts = images.split(CHUNK)  # type: ignore[no-untyped-call]
        return np.concatenate([self(floats(part)).cpu().numpy() for part in parts])


@torch.enable_grad()
def learn(data: Dataset, steps: int = 1000, batch: int = 128, lr: float = 2e-3, seed: int = 0) -> Features:
    """The feature network of a data set: cross-entropy, AdamW, a cosine; the same weights for the same seed."""
    target, name = _targets(data, seed)
    images, labels = pictures(data, torch.device("cpu")), torch.from_numpy(target)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Features(data.shape, int(target.max()) + 1, name)
    optimiser = torch.optim.AdamW(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = torch.randint(len(images), (batch,), generator=generator)
        optimiser.zero_grad()
        F.cross_entropy(net.head(net(floats(images[rows]))), labels[rows]).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return net.eval()


def _targets(data: Dataset, seed: int) -> tuple[Ints, str]:
    """(the class of every picture, their name): the labels, else k-means clusters of the first 32 PCA axes."""
    if data.labels is not None and len(np.unique(data.labels)) > 1:
        _, index = np.unique(data.labels, return_inverse=True)
        return index.astype(np.int64), f"{index.max() + 1} labels"
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    flat = data.images.reshape(len(data), -1)
    axes = PCA(min(32, *flat.shape), random_state=seed).fit(flat[:5000].astype(np.float32))
    clusters = min(CLUSTERS, max(2, len(data) // 10))
    index = KMeans(clusters, n_init=1, random_state=seed).fit_predict(axes.transform(flat.astype(np.float32)))
    return index.astype(np.int64), f"{clusters} clusters"


def frechet(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """|μ_a - μ_b|² + Tr(C_a + C_b - 2 (C_a C_b)^{1/2}) of features (N, F) and (M, F).

    The squared Wasserstein-2 distance of the normal distributions with their moments (Dowson and Landau, 1982; Heusel
    et al., 2017, eq. 6). The trace of the root is Σ_i λ_i^{1/2} of C_a^{1/2} C_b C_a^{1/2}, which is symmetric, so that
    no root of it is complex. Errors: ValueError for features of two widths, fewer than 2 rows, or NaN.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"features of {a.shape} and {b.shape} must be (N, F) and (M, F), with N and M at least 2.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("the features hold NaN or infinity: check the pictures and the network of the features.")
    (mean_a, cov_a), (mean_b, cov_b) = (
        (f.mean(0, dtype=np.float64), np.atleast_2d(np.cov(f, rowvar=False))) for f in (a, b)
    )
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    return max(0.0, float(((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross))


def fidelity(
    model: VAE,
    train: Dataset,
    test: Dataset,
    *,
    z: Floats | None = None,
    n: int = 10_000,
    features: Features | Callable[[Tensor], Floats] | None = None,
    seed: int = 0,
) -> Fidelity:
    """Samples of the model, the means E[x|z], against real pictures; all three sets have the same size.

    `z`: latents (N, D) to decode instead of z ~ p(z), such as samples of `vae.measures.aggregate`. `features`: a
    network that several models share (by default it is trained here), or any function from pictures in [0, 1] to
    features (N, F). Errors: ValueError for fewer pictures than twice the features, too few for their covariance.
    """
    n = min(n, len(train), len(test), n if z is None else len(z))
    if n < 2 * FEATURES:
        raise ValueError(
            f"n (={n}) must be at least {2 * FEATURES}: give more pictures, both for training and for test."
        )
    net = learn(train, seed=seed) if features is None else features
    rows = np.random.default_rng(seed).permutation(len(train))[:n]
    if z is None:
        generator = torch.Generator(next(model.parameters()).device).manual_seed(seed)
        z = model.prior.sample(n, generator).detach().cpu().numpy()
    sets = (train.images[rows], latents.decode(model, z[:n]), test.images[:n])
    of = net.of if isinstance(net, Features) else lambda images: net(floats(images))
    real, sampled, held_out = (of(torch.tensor(images)) for images in sets)
    name = net.name if isinstance(net, Features) else "your own"
    return Fidelity(frechet(sampled, real), frechet(held_out, real), n, name)
