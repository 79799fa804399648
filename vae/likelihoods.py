"""p(x|z): from the decoder's raw numbers to a torch Distribution over pictures, summed over the event, in nats.

A decoder gives raw numbers l (N, m·C, H, W); a likelihood says how many a pixel needs (m), what they mean, and where
their bias must stand for the mean picture of the data to come out. Every family gives a mean, a log density and a
quantile function; drawing is the quantile of a uniform number. Knows nothing of encoders, priors or objectives.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Distribution, constraints

from vae import config
from vae.config import LOG_SIGMA_MIN

LOG_SCALE_MIN = -7.0  # of the discretised logistic, whose likelihood is bounded anyway
HALF_LEVEL = 0.5 / 255
PICTURES = constraints.independent(constraints.unit_interval, 3)  # type: ignore[no-untyped-call]
DENSITIES = constraints.independent(constraints.real, 3)  # type: ignore[no-untyped-call]


def soft_floor(x: Tensor, low: float) -> Tensor:
    """low + softplus(x - low): x well above `low`, never under it, with a gradient everywhere."""
    return low + F.softplus(x - low)


class Pixels(Distribution):
    """Independent pixels: batch shape (...), event shape (C, H, W)."""

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 (torch's own protocol)
    support = PICTURES

    def __init__(self, raw: Tensor) -> None:
        super().__init__(raw.shape[:-3], raw.shape[-3:], validate_args=False)
        self.raw = raw

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) of pictures (..., C, H, W) -> (...), nats."""
        return self.log_prob_pixels(x).flatten(-3).sum(-1)

    def sample(self, sample_shape: Any = (), generator: torch.Generator | None = None) -> Tensor:
        """Pictures drawn by inversion, (*sample_shape, ..., C, H, W)."""
        shape = self._extended_shape(torch.Size(sample_shape))
        u = torch.rand(shape, generator=generator, device=self.raw.device, dtype=self.raw.dtype)
        return self.icdf(u).detach()

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        """log p of every pixel, the shape of x."""
        raise NotImplementedError

    def refit(self, x: Tensor) -> Pixels:  # noqa: ARG002
        """The distribution with what is fitted to x in closed form; only the optimal σ has any."""
        return self


class CrossEntropy(torch.autograd.Function):
    """x l - softplus(l) of every pixel, the log p of a Bernoulli in its logit, with x - sigmoid(l) for its gradient.

    softplus(l) = max(l, 0) - log sigmoid(|l|), exact to the rounding of a number between 1/2 and 1. PyTorch's own
    cross-entropy takes log1p, which its CPU kernels compute eight times as slowly as a logarithm: a fifth of a step.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(raw: Tensor, x: Tensor) -> Tensor:
        return raw * (x - (raw > 0).to(x.dtype)) + torch.sigmoid(raw.abs()).log()  # both at most 0: nothing cancels

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:  # noqa: ARG004
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        raw, x = ctx.saved_tensors
        by_raw, by_x = ctx.needs_input_grad
        return grad * (x - torch.sigmoid(raw)) if by_raw else None, grad * raw if by_x else None


class BernoulliPixels(Pixels):
    """log p = x log θ + (1 - x) log(1 - θ), θ = sigmoid(l). Grey x is allowed: the usual cross-entropy."""

    @property
    def mean(self) -> Tensor:
        """θ, (..., C, H, W)."""
        return torch.sigmoid(self.raw)

    @property
    def variance(self) -> Tensor:
        """θ (1 - θ)."""
        return self.mean * torch.sigmoid(-self.raw)

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        l, x = torch.broadcast_tensors(self.raw, x)  # type: ignore[no-untyped-call]  # noqa: E741
        pixels: Tensor = CrossEntropy.apply(l, x)
        return pixels

    def icdf(self, value: Tensor) -> Tensor:
        return (value < self.mean).to(value.dtype)


class ContinuousBernoulliPixels(Pixels):
    """p(x) = e^{lx} / Z on [0, 1], Z = (e^l - 1) / l (Loaiza-Ganem and Cunningham, 2019, in the natural parameter).

    Every formula has its 0/0 at l = 0 (the uniform density), where its Taylor series stands in.
    """

    @property
    def _near(self) -> Tensor:
        return self.raw.abs() < (1e-1 if self.raw.dtype == torch.float32 else 1e-2)

    @property
    def _safe(self) -> Tensor:  # the value of l where the series is used does not matter, only that it is finite
        return torch.where(self._near, torch.ones_like(self.raw), self.raw)

    @property
    def mean(self) -> Tensor:
        """E[x] = 1 / (1 - e^{-l}) - 1 / l, (..., C, H, W)."""
        l, s = self.raw, self._safe  # noqa: E741
        series = 0.5 + l / 12 - l**3 / 720 + l**5 / 30240
        return torch.where(self._near, series, -1 / torch.expm1(-s) - 1 / s)

    @property
    def variance(self) -> Tensor:
        """1/l² - 1/(2 sinh(l/2))²: the second derivative of log Z."""
        l, s = self.raw, self._safe  # noqa: E741
        series = 1 / 12 - l**2 / 240 + l**4 / 6048
        return torch.where(self._near, series, s**-2 - (2 * torch.sinh(s / 2)) ** -2)

    @property
    def log_norm(self) -> Tensor:
        """log Z = max(l, 0) + log((1 - e^{-|l|}) / |l|)."""
        l, a = self.raw, self._safe.abs()  # noqa: E741
        series = l / 2 + l**2 / 24 - l**4 / 2880
        return torch.where(self._near, series, F.relu(self._safe) + torch.log(-torch.expm1(-a)) - torch.log(a))

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        return x * self.raw - self.log_norm

    def icdf(self, value: Tensor) -> Tensor:
        u, l, s = value, self.raw, self._safe  # noqa: E741
        series = u + l * u * (1 - u) / 2 + l**2 * u * (1 - u) * (1 - 2 * u) / 6
        return torch.where(self._near, series, torch.logaddexp(u.log() + s, (-u).log1p()) / s).clamp(0, 1)


class GaussianPixels(Pixels):
    """log p = -(x - μ)² / 2σ² - log σ - log(2π) / 2: a density, so it may be positive."""

    support = DENSITIES

    def __init__(self, mean: Tensor, log_sigma: Tensor, optimal: bool = False) -> None:
        super().__init__(mean)
        self.log_sigma, self.optimal = log_sigma, optimal

    @property
    def mean(self) -> Tensor:
        """μ, (..., C, H, W)."""
        return self.raw

    @property
    def variance(self) -> Tensor:
        """σ², (..., C, H, W)."""
        return (2 * self.log_sigma).exp().expand(self.raw.shape)

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        scaled = (x - self.raw) * (-self.log_sigma).exp()
        return -0.5 * scaled**2 - self.log_sigma - 0.5 * math.log(2 * math.pi)

    def icdf(self, value: Tensor) -> Tensor:
        u = value.clamp(1e-7, 1 - 1e-7)
        return self.raw + self.log_sigma.exp() * math.sqrt(2) * torch.erfinv(2 * u - 1)

    def refit(self, x: Tensor) -> GaussianPixels:
        """σ² = mean (x - μ)² over the batch, the most likely one (Rybkin, Daniilidis and Levine, 2021, eq. 7)."""
        if not self.optimal:
            return self
        log_sigma = 0.5 * ((x - self.raw) ** 2).mean().clamp_min(1e-12).log()
        return GaussianPixels(self.raw, log_sigma.clamp_min(LOG_SIGMA_MIN))


class LogisticPixels(Pixels):
    """A logistic with mean m and scale s in bins of 1/255, the tails in the outermost two (Salimans et al., 2017).

    Inner bins: F(a) - F(b) = F(a) F(-b) (1 - e^{b-a}) with a, b = (x ± 1/510 - m) / s and F the sigmoid, which is
    exact and never subtracts near-equal numbers; x = 0 is F(a), x = 1 is F(-b).
    """

    def __init__(self, mean: Tensor, log_scale: Tensor) -> None:
        super().__init__(mean)
        self.log_scale = log_scale

    @property
    def mean(self) -> Tensor:
        """E[x] = ∫₀¹ P(x > t) dt = s (softplus(m/s) - softplus((m-1)/s)); the levels are its midpoint rule."""
        m, s = self.raw, self.log_scale.exp()
        return s * (F.softplus(m / s) - F.softplus((m - 1) / s))

    @property
    def variance(self) -> Tensor:
        """Of the levels themselves: E[x] = Σ_k P(x ≥ k/255) / 255 and E[x²] = Σ_k (2k - 1) P(x ≥ k/255) / 255²."""
        m, s = self.raw.double(), self.log_scale.double().exp()
        first, second = torch.zeros_like(m + s), torch.zeros_like(m + s)
        for k in range(1, 256):
            above = torch.sigmoid((m - (k - 0.5) / 255) / s)
            first, second = first + above / 255, second + (2 * k - 1) * above / 255**2
        return (second - first**2).clamp_min(0).to(self.raw.dtype)

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        x = (x * 255).round() / 255
        inverse = (-self.log_scale).exp()
        a, b = (x - self.raw + HALF_LEVEL) * inverse, (x - self.raw - HALF_LEVEL) * inverse
        below, above = F.logsigmoid(a), F.logsigmoid(-b)
        inner = below + above + torch.log(-torch.expm1(-2 * HALF_LEVEL * inverse))
        return torch.where(x <= 0, below, torch.where(x >= 1, above, inner))

    def icdf(self, value: Tensor) -> Tensor:
        x = self.raw + self.log_scale.exp() * torch.logit(value, eps=1e-7)
        return (x.clamp(0, 1) * 255).round() / 255


# --- from raw numbers to distributions --------------------------------------------------------------------------------


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
        """What p(x|z) is made of where the mean picture does not tell it, (N, C, H, W) each: `config.beside_mean`."""
        return {}

    def start(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"]) -> Float[Tensor, "mc h w"]:  # noqa: ARG002
        """The output bias at which the decoder starts with the data's own mean (and spread), a pixel."""
        return mean.logit(eps=0.01)

    def remember(self, p: Pixels) -> None:
        """Keeps what `Pixels.refit` found, for the time when there is no x to fit."""


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
    """m = 1/2 + l/4, the line through a sigmoid's middle: unbounded, so that pure black and white are within reach."""

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
