"""Every p(x|z) is a distribution: it sums to one, its draws have its mean, and it starts at the data's own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Bernoulli, ContinuousBernoulli, Independent, Normal
from torch.nn import functional as F

from vae import VAE, config, likelihoods
from vae.pixels import (
    BernoulliPixels,
    ContinuousBernoulliPixels,
    CrossEntropy,
    GaussianPixels,
    LogisticPixels,
    Pixels,
    soft_floor,
)

D = torch.float64
SHAPE = (2, 4, 3)
EVERY = [
    config.Bernoulli(),
    config.ContinuousBernoulli(),
    config.Gaussian(0.3),
    config.Gaussian("learned"),
    config.Gaussian("optimal"),
    config.Gaussian("pixelwise"),
    config.Logistic(),
]
names = [f"{config.NAMES[type(s)]}-{getattr(s, 'sigma', '')}" for s in EVERY]


def pixel(value: float) -> Tensor:
    return torch.full((1, 1, 1), value, dtype=D)


def raw_for(spec: config.Likelihood, n: int = 1, seed: int = 0) -> tuple[likelihoods.Likelihood, Tensor]:
    likelihood = likelihoods.build(spec).double()
    generator = torch.Generator().manual_seed(seed)
    return likelihood, torch.randn(n, likelihood.numbers * 2, 4, 3, generator=generator, dtype=D)


@given(st.floats(-0.5, 1.5), st.floats(-7, 1))
def test_the_discretised_logistic_sums_to_one_over_all_values(mean: float, log_scale: float) -> None:
    p = LogisticPixels(pixel(mean).expand(256, 1, 1, 1), pixel(log_scale))
    levels = (torch.arange(256, dtype=D) / 255).view(256, 1, 1, 1)
    probability = p.log_prob(levels).exp()
    assert float(probability.sum()) == pytest.approx(1, abs=1e-9)
    assert float((probability * levels.flatten()).sum()) == pytest.approx(float(p.mean[0]), abs=2e-3)


@given(st.floats(-1000, 1000) | st.floats(-1, 2), st.floats(-7, 14))
def test_the_logistics_mean_keeps_its_precision_at_every_scale(mean: float, log_scale: float) -> None:
    single = torch.tensor([mean, log_scale]).view(2, 1, 1, 1)
    m, s = single[0].double(), single[1].double().exp()
    exact = s * (F.softplus(m / s, threshold=40) - F.softplus((m - 1) / s, threshold=40))
    assert torch.allclose(LogisticPixels(single[0], single[1]).mean.double(), exact, rtol=0, atol=1e-6)


@given(st.floats(-40, 40) | st.floats(-0.2, 0.2) | st.just(0.0))
def test_the_continuous_bernoulli_integrates_to_one(natural: float) -> None:
    x = torch.linspace(0, 1, 20_001, dtype=D)
    p = ContinuousBernoulliPixels(pixel(natural))
    density = p.log_prob(x.view(-1, 1, 1, 1)).exp()
    assert float(torch.trapezoid(density, x)) == pytest.approx(1, abs=1e-6)
    assert float(torch.trapezoid(density * x, x)) == pytest.approx(float(p.mean), abs=1e-6)
    below = float(p.icdf(pixel(0.3)))
    mass = torch.trapezoid(density[x <= below], x[x <= below])
    assert float(mass) == pytest.approx(0.3, abs=5e-3)


@given(st.floats(-6, 6), st.floats(0, 1))
def test_the_continuous_bernoulli_is_torchs(natural: float, x: float) -> None:
    ours = ContinuousBernoulliPixels(pixel(natural)).log_prob(pixel(x))
    theirs = ContinuousBernoulli(logits=torch.tensor(natural, dtype=D)).log_prob(torch.tensor(x, dtype=D))
    assert float(ours) == pytest.approx(float(theirs), abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_continuous_bernoulli_has_no_seam_where_the_series_begins(dtype: torch.dtype) -> None:
    l = torch.linspace(-0.3, 0.3, 6001, dtype=dtype).requires_grad_()  # noqa: E741
    p = ContinuousBernoulliPixels(l.view(-1, 1, 1, 1))
    (slope,) = torch.autograd.grad(p.log_norm.sum(), l)
    assert torch.allclose(slope, p.mean.flatten(), atol=1e-5 if dtype == torch.float32 else 1e-9)


def test_bernoulli_and_gaussian_are_torchs_own() -> None:
    l, x = torch.randn(3, 5, *SHAPE, dtype=D).unbind(0)[:2]  # noqa: E741
    x = x.sigmoid()
    theirs = Independent(Bernoulli(logits=l, validate_args=False), 3, validate_args=False)
    assert torch.allclose(BernoulliPixels(l).log_prob(x), theirs.log_prob(x), atol=1e-12)
    normal = Independent(Normal(l, 0.2), 3)
    ours = GaussianPixels(l, torch.tensor(0.2, dtype=D).log())
    assert torch.allclose(ours.log_prob(x), normal.log_prob(x), atol=1e-9)
    assert torch.allclose(ours.variance, normal.variance)


def test_sigma_one_without_its_constant_is_the_squared_error() -> None:
    mean, x = torch.rand(2, 5, *SHAPE, dtype=D)
    constant = math.prod(SHAPE) * 0.5 * math.log(2 * math.pi)
    squared = (x - mean).square().flatten(1).sum(1)
    log_prob = GaussianPixels(mean, torch.tensor(0.0, dtype=D)).log_prob(x)
    assert torch.allclose(-log_prob - constant, squared / 2, atol=1e-9)


@pytest.mark.parametrize("spec", EVERY, ids=names)
def test_draws_have_the_mean_and_the_shape_that_are_promised(spec: config.Likelihood) -> None:
    likelihood, raw = raw_for(spec, 3)
    p = likelihood(raw)
    assert isinstance(p, Pixels)
    assert (p.batch_shape, p.event_shape) == ((3,), SHAPE)
    draws = p.sample((4000,), torch.Generator().manual_seed(1))
    assert draws.shape == (4000, 3, *SHAPE)
    error = draws.std(0) / math.sqrt(len(draws))
    slack = 1 / 510 if isinstance(spec, config.Logistic) else 0
    assert bool(((draws.mean(0) - p.mean).abs() < 5 * error + slack + 1e-9).all())
    assert p.log_prob(draws).shape == (4000, 3)
    assert torch.equal(draws[:9], p.sample((4000,), torch.Generator().manual_seed(1))[:9])
    picture = likelihood.picture(raw)
    assert bool(((picture >= 0) & (picture <= 1)).all())


@pytest.mark.parametrize("spec", EVERY, ids=names)
def test_draws_have_the_standard_deviation_that_is_promised(spec: config.Likelihood) -> None:
    likelihood, raw = raw_for(spec, 2)
    p = likelihood(raw)
    draws = p.sample((20_000,), torch.Generator().manual_seed(2))
    assert p.stddev.shape == (2, *SHAPE)
    assert torch.allclose(draws.std(0), p.stddev, rtol=0.05, atol=1e-6)


@given(st.floats(-0.5, 1.5), st.floats(-7, 1))
def test_the_logistics_variance_is_that_of_its_levels(mean: float, log_scale: float) -> None:
    p = LogisticPixels(pixel(mean).expand(256, 1, 1, 1), pixel(log_scale))
    levels = (torch.arange(256, dtype=D) / 255).view(256, 1, 1, 1)
    weight = p.log_prob(levels).exp().view(256, 1, 1, 1)
    exact = float((weight * (levels - (weight * levels).sum()) ** 2).sum())
    assert float(p.variance[0]) == pytest.approx(exact, abs=1e-9)


@given(st.floats(-600, 600) | st.floats(-0.2, 0.2) | st.just(0.0))
def test_the_continuous_bernoullis_variance_is_the_slope_of_its_mean(natural: float) -> None:
    l = pixel(natural).requires_grad_()  # noqa: E741
    p = ContinuousBernoulliPixels(l)
    (slope,) = torch.autograd.grad(p.mean.sum(), l)
    variance = float(p.variance.detach())
    assert variance == pytest.approx(float(slope), rel=1e-6, abs=1e-9)
    assert 0 < variance <= 1 / 12 + 1e-12


@given(st.floats(-1000, 1000) | st.floats(-1, 1))
def test_the_continuous_bernoulli_keeps_its_precision_and_its_gradients_in_float32(natural: float) -> None:
    l = torch.tensor([[[natural]]], requires_grad=True)  # noqa: E741
    p, exact = ContinuousBernoulliPixels(l), ContinuousBernoulliPixels(l.detach().double())
    assert float(p.mean.detach()) == pytest.approx(float(exact.mean), abs=2e-6)
    assert float(p.variance.detach()) == pytest.approx(float(exact.variance), rel=2e-5, abs=1e-30)
    for value in (p.mean, p.variance, p.log_norm):
        assert bool(torch.autograd.grad(value.sum(), l, retain_graph=True)[0].isfinite().all())


@pytest.mark.parametrize("arch", ["mlp", "linear"])
@pytest.mark.parametrize("spec", EVERY, ids=names)
def test_mean_picture_and_what_stands_beside_it_make_up_the_distribution(spec: config.Likelihood, arch: str) -> None:
    model = VAE((2, 4, 3), 2, arch, spec)
    z = 3 * torch.randn(5, 2)
    with torch.no_grad():
        p, parts = model.decode(z), model.decode_parts(z)
    assert tuple(parts) == ("x", *config.beside_mean(model.config))
    assert torch.equal(parts["x"], p.mean.clamp(0, 1))
    if isinstance(p, GaussianPixels):
        assert torch.equal(parts.get("loc", parts["x"]), p.mean)
        assert "scale" in parts or bool((p.stddev == p.stddev.flatten()[0]).all())
        assert torch.allclose(parts.get("scale", p.stddev), p.stddev)
    if isinstance(p, LogisticPixels):
        assert torch.equal(LogisticPixels(parts["loc"], parts["scale"].log()).mean.clamp(0, 1), parts["x"])


@pytest.mark.parametrize("spec", EVERY, ids=names)
def test_the_gradient_of_the_density_is_right(spec: config.Likelihood) -> None:
    likelihood = likelihoods.build(spec).double()
    raw = torch.randn(2, likelihood.numbers, 2, 1, dtype=D, requires_grad=True)
    x = torch.rand(2, 1, 2, 1, dtype=D)
    assert torch.autograd.gradcheck(lambda r: likelihood(r).log_prob(x), raw)


@pytest.mark.parametrize("spec", EVERY, ids=names)
def test_the_start_is_the_mean_of_the_data(spec: config.Likelihood) -> None:
    likelihood = likelihoods.build(spec)
    mean = torch.rand(SHAPE) * 0.8 + 0.1
    raw = likelihood.start(mean, torch.full(SHAPE, 0.05))
    assert raw.shape == (likelihood.numbers * SHAPE[0], *SHAPE[1:])
    assert torch.allclose(likelihood.picture(raw[None])[0], mean, atol=0.01)
    black_and_white = torch.tensor([0.0, 1.0]).view(2, 1, 1).expand(SHAPE)
    assert bool(likelihood.start(black_and_white, torch.zeros(SHAPE)).isfinite().all())


@given(st.floats(0.05, 0.5), st.integers(0, 100))
def test_no_sigma_is_likelier_than_the_optimal_one(spread: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.rand(8, *SHAPE, generator=generator, dtype=D)
    x = mean + spread * torch.randn(8, *SHAPE, generator=generator, dtype=D)
    best = GaussianPixels(mean, torch.tensor(0.0, dtype=D), optimal=True).refit(x)
    for factor in (0.8, 0.95, 1.05, 1.25):
        other = GaussianPixels(mean, best.log_sigma + math.log(factor))
        assert float(other.log_prob(x).sum()) < float(best.log_prob(x).sum())


def test_the_optimal_sigma_is_remembered_and_a_broken_batch_is_not() -> None:
    likelihood = likelihoods.build(config.Gaussian("optimal"))
    assert isinstance(likelihood, likelihoods.GaussianLikelihood)
    mean, x = torch.rand(2, 16, *SHAPE)
    p = likelihood(mean.logit(eps=1e-6)).refit(x)
    for _ in range(400):
        likelihood.remember(p)
    assert float(likelihood.log_sigma) == pytest.approx(float(p.log_sigma), abs=1e-2)
    likelihood.remember(likelihood(mean).refit(x * math.nan))
    assert math.isfinite(float(likelihood.log_sigma))


@given(st.floats(-1e4, 1e4))
def test_a_soft_floor_is_never_crossed(x: float) -> None:
    value = float(soft_floor(torch.tensor(x, dtype=D), -6.0))
    assert max(x, -6.0) - 1e-12 <= value <= max(x, -6.0) + math.log(2)  # to float64's last digit


@pytest.mark.parametrize("sigma", [0.0, -1, 11, "leraned", float("nan"), None])
def test_a_wrong_sigma_is_named(sigma: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"must be a number between 0\.001 and 10, or 'learned'"):
        likelihoods.build(_gaussian(sigma))


def _gaussian(sigma: object) -> config.Gaussian:
    unchecked = config.Gaussian()
    object.__setattr__(unchecked, "sigma", sigma)
    return unchecked


def test_a_linear_decoders_gaussian_keeps_its_mean() -> None:
    raw = 5 * torch.randn(2, *SHAPE)
    assert torch.equal(likelihoods.build(config.Gaussian("learned"), linear=True)(raw).mean, raw)


@given(st.integers(0, 2**31 - 1), st.floats(0.1, 40))
@settings(max_examples=30, deadline=None)
def test_the_cross_entropy_is_torchs_with_its_gradients(seed: int, spread: float) -> None:
    """To 1e-6 of the value in float32, against float64; and its derivatives, the second too, against differences."""
    generator = torch.Generator().manual_seed(seed)
    raw, x = spread * torch.randn(200, generator=generator), torch.rand(200, generator=generator)
    exact = -F.binary_cross_entropy_with_logits(raw.double(), x.double(), reduction="none")
    assert torch.allclose(CrossEntropy.apply(raw, x).double(), exact, rtol=1e-6, atol=1e-6)
    few = raw[:5].double().requires_grad_(), x[:5].double().requires_grad_()
    assert torch.autograd.gradcheck(CrossEntropy.apply, few)
    assert torch.autograd.gradgradcheck(CrossEntropy.apply, few)


def test_the_cross_entropy_is_finite_at_any_logit() -> None:
    far = torch.tensor([1e4, -1e4, 100.0, -100.0])
    assert CrossEntropy.apply(far, torch.tensor([0.0, 1.0, 1.0, 0.0])).tolist() == [-1e4, -1e4, 0, 0]
