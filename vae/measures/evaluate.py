"""The figures of a model, with units: ELBO, NLL, active units, MSE, PSNR, SSIM. Uses its device, prints nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from vae import arguments
from vae.data.memmap import Stream
from vae.device import Pictures, binarised, floats, pictures
from vae.model import VAE
from vae.objectives import Terms

ACTIVE = 0.01  # variance of the posterior mean over the data, above which a dimension is in use


@dataclass(frozen=True)
class Report:
    """The result of `evaluate`. Nats an image; elbo = rec - kl is a bound on log p(x), so -elbo is the usual loss.

    >>> model = vae.VAE((1, 8, 8), latent=4, arch="mlp")
    >>> report = vae.evaluate(model, vae.dataset("digits", split="test"))
    >>> abs(report.elbo - (report.rec - report.kl)) < 1e-3, report.nll, report.n
    (True, None, 297)
    """

    elbo: float
    rec: float
    kl: float
    nll: float | None  # -log p(x), estimated with k samples; None where k = 0
    k: int
    active_units: int
    mse: float  # a pixel, of E[x|z] at z = E[z|x], against the grey levels
    psnr: float  # dB, mean over pictures
    ssim: float  # in [-1, 1], mean over pictures
    n: int
    binarise: str
    seed: int
    kl_per_dim: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object."""
        return asdict(self) | {"kl_per_dim": list(self.kl_per_dim)}


@torch.no_grad()
def terms(model: VAE, images: Tensor | Stream, binarise: str = "none", seed: int = 0, batch: int = 1000) -> Terms:
    """The ELBO's terms of every picture (N, C, H, W), bytes or floats, one sample of z; the same for the same seed."""
    generator, dtype = torch.Generator(images.device).manual_seed(seed), next(model.parameters()).dtype
    parts = []
    for part in _batches(images, _rows(model, batch)):
        t = model.elbo(binarised(floats(part), binarise, generator).to(dtype), generator)
        parts.append((t.elbo, t.rec, t.kl, t.kl_per_dim))
    return Terms(*(torch.cat(column) for column in zip(*parts, strict=True)))


@torch.no_grad()
def evaluate(
    model: VAE, data: Pictures, *, binarise: str = "none", k: int = 0, seed: int = 0, batch: int = 1000
) -> Report:
    """The figures of a model on pictures (N, C, H, W), those of a test set: nats an image, means over all of them.

    `binarise`: "dynamic" draws every pixel as 0 or 1 for the ELBO and the NLL, as in training. `k` > 0 also estimates
    the NLL with k importance samples. MSE, PSNR and SSIM compare grey levels, and use the posterior's mean. Under a
    density, as a Gaussian's, log p may be positive and the NLL negative. A float64 model computes in float64. Errors:
    TypeError for another model and for data without numbers; ValueError for data that is empty,
    of another shape or out of range, an unknown `binarise`, a negative k, a batch under 1.

    >>> model = vae.VAE((1, 8, 8), latent=4, arch="mlp")
    >>> report = vae.evaluate(model, vae.dataset("digits", split="test"), k=50)
    >>> report.nll < -report.elbo  # 50 importance samples bound log p(x) more tightly
    True
    """
    arguments.one_of(("none", "dynamic"), binarise=binarise)
    arguments.whole(0, k=k)
    arguments.whole(1, batch=batch)
    like, was_training = next(arguments.instance(model, VAE).parameters()), model.training
    images = pictures(data, like.device)
    model.eval()
    t = terms(model, images, binarise, seed, batch)
    means, scores = [], []
    for part in _batches(images, _rows(model, batch)):
        x = floats(part, like.dtype)
        mu = model.embed(x)
        picture = model.mean_picture(mu)
        square = (x - picture).square().flatten(1).mean(1)
        means.append(mu)
        scores.append(torch.stack([square, -10 * square.clamp_min(1e-12).log10(), ssim(x, picture)]))
    mse, psnr, similar = torch.cat(scores, 1).mean(1).tolist()
    nll = -float(_log_prob(model, images, binarise, k, seed, batch).mean()) if k else None
    model.train(was_training)
    return Report(
        float(t.elbo.mean()), float(t.rec.mean()), float(t.kl.mean()), nll, k,
        active_units(torch.cat(means)), mse, psnr, similar, len(images), binarise, seed,
        tuple(t.kl_per_dim.mean(0).tolist()),
    )  # fmt: skip


def active_units(mean: Float[Tensor, "n d"]) -> int:
    """How many dimensions have Var_x E[z|x] > 0.01 (Burda, Grosse and Salakhutdinov, 2016, section 5.2)."""
    return int((mean.var(0, correction=0) > ACTIVE).sum())


def ssim(a: Float[Tensor, "b c h w"], b: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
    """Structural similarity of pictures in [0, 1] (Wang et al., 2004): Gaussian window 11, σ = 1.5, mean over pixels.

    Windows lie wholly within the picture; along a side under 11 the window has the length of the side.
    """
    c, h, w = a.shape[1:]
    rows, cols = (_window(min(11, n), a) for n in (h, w))

    def blur(x: Tensor) -> Tensor:
        down = F.conv2d(x, rows.view(1, 1, -1, 1).expand(c, 1, -1, 1), groups=c)
        return F.conv2d(down, cols.view(1, 1, 1, -1).expand(c, 1, 1, -1), groups=c)

    mu_a, mu_b = blur(a), blur(b)
    var_a, var_b, cov = blur(a * a) - mu_a**2, blur(b * b) - mu_b**2, blur(a * b) - mu_a * mu_b
    c1, c2 = 0.01**2, 0.03**2
    ratio = (2 * mu_a * mu_b + c1) * (2 * cov + c2) / ((mu_a**2 + mu_b**2 + c1) * (var_a + var_b + c2))
    return ratio.flatten(1).mean(1)


def _window(size: int, like: Tensor) -> Tensor:
    at = torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
    g = torch.exp(-(at**2) / (2 * 1.5**2))
    return g / g.sum()


def _log_prob(model: VAE, images: Tensor | Stream, binarise: str, k: int, seed: int, batch: int) -> Tensor:
    generator, dtype = torch.Generator(images.device).manual_seed(seed), next(model.parameters()).dtype
    batches = (binarised(floats(x), binarise, generator) for x in _batches(images, min(_rows(model, batch), 100)))
    return torch.cat([model.log_prob(x.to(dtype), k, generator) for x in batches])


def _batches(images: Tensor | Stream, rows: int) -> Iterator[Tensor]:
    return (images[i : i + rows] for i in range(0, len(images), rows))


def _rows(model: VAE, batch: int) -> int:
    """The pictures at once, fewer where they are large: the first layers hold about 100 numbers a pixel."""
    c, h, w = model.shape
    return max(1, min(batch, 2**28 // (100 * c * h * w)))
