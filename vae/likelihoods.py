"""From the decoder's raw numbers to p(x|z), a torch Distribution over pictures.

A decoder returns raw numbers l (N, m·C, H, W); a likelihood defines how many a pixel needs (m), what they mean, and
which output bias yields the mean picture of the data. Knows nothing of encoders, priors or objectives.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae import config
from vae.config import LOG_SIGMA_MIN
from vae.pixels import (
    BernoulliPixels,
    ContinuousBernoulliPixels,
    GaussianPixels,
    LogisticPixels,
    Pixels,
    soft_floor,
)

LOG_SCALE_MIN = -7.0  # of the discretised logistic, whose likelihood is bounded anyway


class Likelihood(nn.Module):
    """raw (N, m·C, H, W) -> p(x|z). `numbers` is m; `start` inverts the mean for the output bias."""

    numbers = 1

    def forward(self, raw: Float[Tensor, "n mc h w"]) -> Pixels:
        return BernoulliPixels(raw)

    def picture(self, raw: Float[Tensor, "n mc h w"]) -> Float[Tensor, "n c h w"]:
        """E[x|z] as a picture in [0, 1]."""
        mean: Tensor = self(raw).mean
        return mean.clamp(0, 1)

    def beside_mean(self, raw: Float[Tensor, "n mc h w"]) -> dict[str, Tensor]:  # noqa: ARG002
        """The parameters of p(x|z) that its mean does not determine, (N, C, H, W) each: `config.beside_mean`."""
        return {}

    def start(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"]) -> Float[Tensor, "mc h w"]:  # noqa: ARG002
        """The output bias at which the decoder starts with the data's own mean (and spread), a pixel."""
        return mean.logit(eps=0.01)

    def remember(self, p: Pixels) -> None:
        """Stores the fit of `Pixels.refit`, for decoding without an x to fit to."""


class ContinuousBernoulliLikelihood(Likelihood):
    """The raw number is the natural parameter itself."""

    def forward(self, raw: Float[Tensor, "n mc h w"]) -> Pixels:
        return ContinuousBernoulliPixels(raw)

    def start(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"]) -> Float[Tensor, "mc h w"]:  # noqa: ARG002
        low, high = torch.full_like(mean, -50.0), torch.full_like(mean, 50.0)
        for _ in range(40):  # the mean grows with l: bisection
            middle = (low + high) / 2
            under = ContinuousBernoulliPixels(middle).mean < mean.clamp(0.02, 0.98)
            low, high = torch.where(under, middle, low), torch.where(under, high, middle)
        return (low + high) / 2


class GaussianLikelihood(Likelihood):
    """μ = sigmoid(l), or l itself for a linear decoder (then the model is probabilistic PCA's); σ as specified."""

    log_sigma: Tensor

    def __init__(self, sigma: float | str, linear: bool) -> None:
        super().__init__()
        self.sigma, self.linear = sigma, linear
        self.numbers = 2 if sigma == "pixelwise" else 1
        if sigma == "learned":
            self.log_sigma = nn.Parameter(torch.tensor(-1.0))
        elif sigma != "pixelwise":
            fixed = sigma == "optimal" or math.log(float(sigma))
            self.register_buffer("log_sigma", torch.tensor(-1.0 if fixed is True else fixed))

    def forward(self, raw: Float[Tensor, "n mc h w"]) -> Pixels:
        l, log_sigma = raw.chunk(2, -3) if self.numbers == 2 else (raw, self.log_sigma)  # noqa: E741
        if self.sigma in ("learned", "pixelwise"):
            log_sigma = soft_floor(log_sigma, LOG_SIGMA_MIN)
        return GaussianPixels(l if self.linear else torch.sigmoid(l), log_sigma, self.sigma == "optimal")

    def beside_mean(self, raw: Float[Tensor, "n mc h w"]) -> dict[str, Tensor]:
        p = self(raw)
        loc = {"loc": p.mean} if self.linear else {}
        return loc | ({"scale": p.log_sigma.exp()} if self.sigma == "pixelwise" else {})

    def start(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"]) -> Float[Tensor, "mc h w"]:
        if self.sigma in ("learned", "optimal"):
            with torch.no_grad():
                self.log_sigma.copy_(std.square().mean().sqrt().clamp_min(0.01).log())
        bias = mean if self.linear else mean.logit(eps=0.01)
        return torch.cat([bias, std.clamp_min(0.05).log()]) if self.numbers == 2 else bias

    def remember(self, p: Pixels) -> None:
        """A running mean of the batches' optimal log σ, which is the σ of `decode` and of every evaluation."""
        if self.sigma == "optimal" and isinstance(p, GaussianPixels):
            new = p.log_sigma.detach()
            self.log_sigma.lerp_(torch.where(new.isfinite(), new, self.log_sigma), 0.02)


class LogisticLikelihood(Likelihood):
    """m = 1/2 + l/4, the line through a sigmoid's middle: unbounded, so that pure black and white are possible."""

    numbers = 2

    def forward(self, raw: Float[Tensor, "n mc h w"]) -> Pixels:
        l, log_scale = raw.chunk(2, -3)  # noqa: E741
        return LogisticPixels(0.5 + l / 4, soft_floor(log_scale, LOG_SCALE_MIN))

    def beside_mean(self, raw: Float[Tensor, "n mc h w"]) -> dict[str, Tensor]:
        p = self(raw)
        return {"loc": p.raw, "scale": p.log_scale.exp()}

    def start(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"]) -> Float[Tensor, "mc h w"]:
        return torch.cat([4 * (mean - 0.5), (std.clamp_min(0.02) * math.sqrt(3) / math.pi).log()])


def build(spec: config.Likelihood, linear: bool = False) -> Likelihood:
    """The module of a specification. `linear`: the decoder is linear, so a Gaussian's mean is left as it is.

    Errors: ValueError for a σ out of range.
    """
    match spec:
        case config.ContinuousBernoulli():
            return ContinuousBernoulliLikelihood()
        case config.Gaussian(sigma):
            named = sigma in ("learned", "optimal", "pixelwise")
            if not named and not (isinstance(sigma, (int, float)) and 1e-3 <= sigma <= 10):
                raise ValueError(
                    f"sigma (={sigma!r}) must be a number between 0.001 and 10, or 'learned', 'optimal' or 'pixelwise'."
                )
            return GaussianLikelihood(sigma, linear)
        case config.Logistic():
            return LogisticLikelihood()
        case _:
            return Likelihood()
