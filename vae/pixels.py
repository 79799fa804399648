"""p(x|z) as torch Distributions over pictures: independent pixels, summed over the event, in nats.

Every family has a mean, a log density and a quantile function; a sample is the quantile of a uniform number. What a
decoder's raw numbers mean stands in vae.likelihoods.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Distribution, constraints

from vae.config import LOG_SIGMA_MIN

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
        """Pictures by inversion of the distribution function, (*sample_shape, ..., C, H, W)."""
        shape = self._extended_shape(torch.Size(sample_shape))
        u = torch.rand(shape, generator=generator, device=self.raw.device, dtype=self.raw.dtype)
        return self.icdf(u).detach()

    def log_prob_pixels(self, x: Tensor) -> Tensor:
        """log p of every pixel, the shape of x."""
        raise NotImplementedError

    def refit(self, x: Tensor) -> Pixels:  # noqa: ARG002
        """The distribution with the parameters that have a closed-form fit to x: the optimal σ alone."""
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
        return self.raw.abs() < (1e-2 if self.raw.dtype == torch.float64 else 1e-1)

    @property
    def _safe(self) -> Tensor:  # the value of l where the series is used does not matter, only that it is finite
        return torch.where(self._near, torch.ones_like(self.raw), self.raw)

    @property
    def mean(self) -> Tensor:
        """E[x] = 1 / (1 - e^{-l}) - 1 / l, (..., C, H, W)."""
        l, a = self.raw, self._safe.abs()  # noqa: E741
        series = 0.5 + l / 12 - l**3 / 720 + l**5 / 30240
        far = -1 / torch.expm1(-a) - 1 / a  # that of -l is 1 less it, and no e^{|l|} overflows
        return torch.where(self._near, series, torch.where(l < 0, 1 - far, far))

    @property
    def variance(self) -> Tensor:
        """1/l² - 1/(2 sinh(l/2))²: the second derivative of log Z."""
        l, near = self.raw, self.raw.abs() < 0.5  # noqa: E741 (near-equal numbers: the series reaches further here)
        a = torch.where(near, torch.ones_like(l), l).abs()
        series = 1 / 12 - l**2 / 240 + l**4 / 6048 - l**6 / 172800 + l**8 / 5322240
        return torch.where(near, series, a**-2 - (-a).exp() / torch.expm1(-a) ** 2)

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
        """E[x] = ∫₀¹ P(x > t) dt = s (softplus(m/s) - softplus((m-1)/s)); the levels are its midpoint rule.

        Of m > 1/2 it is 1 - E[x] of 1 - m, so that both terms stay small. From s = 2 on they are near-equal all the
        same, and the integral of the sigmoid is taken by its series about the middle, to 3e-8.
        """
        m, s = self.raw, self.log_scale.exp()
        low = torch.minimum(m, 1 - m)
        exact = s * (F.softplus(low / s) - F.softplus((low - 1) / s))
        middle = torch.sigmoid((m - 0.5) / s)
        slope = middle * (1 - middle)
        bend = slope * (1 - 2 * middle) / s**2
        series = middle + bend / 24 + bend * (1 - 12 * slope) / (1920 * s**2)
        return torch.where(s < 2, torch.where(m > 0.5, 1 - exact, exact), series)

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
