"""The mathematics of the losses, held against torch, Monte Carlo and exhaustive enumeration, in float64."""

import math
from itertools import combinations
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from vae import config, objectives
from vae.model import VAE, build
from vae.objectives import draw, kl_per_dim, kl_to_normal, loss, mmd, tc_terms, terms
from vae.priors import NormalMixture, StandardNormal, log_normal

D = torch.float64
SPECS = [
    config.Beta(),
    config.Beta(4.0, 0.5),
    config.Beta(samples=3),
    config.IWAE(3),
    config.TC(),
    config.Capacity(),
    config.FreeBits(),
    config.MMD(),
]


def posterior(seed: int, b: int = 6, d: int = 3) -> Normal:
    mean, log_std = torch.randn(2, b, d, generator=torch.Generator().manual_seed(seed), dtype=D)
    return Normal(2 * mean, log_std.exp())


def model_and_x(seed: int = 0, n: int = 6, prior: config.Prior | str = "normal") -> tuple[VAE, Tensor]:
    torch.manual_seed(seed)
    model = VAE((1, 4, 4), 3, "mlp", prior=prior, width=8, depth=1).double()
    return model, torch.rand(n, 1, 4, 4, dtype=D)


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 8))
def test_law_1_the_closed_form_is_torchs(seed: int, b: int, d: int) -> None:
    q = posterior(seed, b, d)
    expected = kl_divergence(q, Normal(torch.zeros_like(q.mean), 1.0))
    assert torch.allclose(kl_to_normal(q), expected, atol=1e-6)
    assert bool((kl_to_normal(q) >= 0).all())


@pytest.mark.parametrize("seed", range(3))
def test_law_1_the_closed_form_is_monte_carlo(seed: int) -> None:
    q = posterior(seed)
    z = draw(q, torch.Generator().manual_seed(seed), 20_000)
    each = q.log_prob(z) - StandardNormal(torch.zeros(3, dtype=D)).log_prob_per_dim(z)
    error = each.std(0) / math.sqrt(len(z))
    assert bool(((each.mean(0) - kl_to_normal(q)).abs() < 4.5 * error).all())  # 18 comparisons at once


def test_reparameterised_draws_carry_the_gradient() -> None:
    mean, log_std = torch.zeros(1, 2, dtype=D, requires_grad=True), torch.zeros(1, 2, dtype=D, requires_grad=True)
    eps = torch.randn(1, 2, generator=torch.Generator().manual_seed(5), dtype=D)
    z = draw(Normal(mean, log_std.exp()), torch.Generator().manual_seed(5))
    z.sum().backward()
    assert mean.grad is not None
    assert log_std.grad is not None
    assert torch.equal(mean.grad, torch.ones_like(mean))
    assert torch.allclose(log_std.grad, eps)


@given(st.integers(0, 1000), st.sampled_from(["normal", config.Mixture(3), config.Vamp(4)]))
def test_law_4_the_terms_add_up_for_every_example(seed: int, prior: config.Prior | str) -> None:
    model, x = model_and_x(seed, prior=prior)
    t = model.elbo(x, torch.Generator().manual_seed(seed))
    assert torch.allclose(t.rec - t.kl, t.elbo, atol=1e-10)
    assert torch.allclose(t.kl_per_dim.sum(1), t.kl, atol=1e-10)


@given(st.permutations(range(8)), st.integers(1, 8))
def test_law_4_an_example_does_not_see_its_batch(order: list[int], size: int) -> None:
    model, x = model_and_x(1, 8)
    eps = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=D)

    def each(rows: Tensor) -> Tensor:
        q = model.encode(x[rows])
        z = q.mean + q.stddev * eps[rows]
        return terms(model.decode(z).log_prob(x[rows]), kl_per_dim(q, model.prior, z)).elbo

    whole = each(torch.arange(8))
    shuffled = torch.cat([each(torch.tensor(order[i : i + size])) for i in range(0, 8, size)])
    assert torch.allclose(shuffled, whole[order], atol=1e-10)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("prior", ["normal", config.Mixture(3), config.Vamp(3)], ids=str)
def test_every_objective_is_finite_per_example_and_learns(spec: config.Objective, prior: config.Prior | str) -> None:
    model, x = model_and_x(2, prior=prior)
    losses = loss(spec, model, x, 0.5, torch.Generator().manual_seed(0), 60)
    assert losses.loss.shape == losses.terms.elbo.shape == (6,)
    losses.loss.mean().backward()
    assert all(bool(p.grad.isfinite().all()) for p in model.parameters() if p.grad is not None)
    encoder: Any = model.encoder
    assert float(encoder[1].weight.grad.abs().max()) > 0


def test_beta_one_is_the_elbo_and_other_betas_weigh_the_kl() -> None:
    model, x = model_and_x()
    for beta in (0.0, 1.0, 4.0):
        losses = loss(config.Beta(beta), model, x, generator=torch.Generator().manual_seed(0))
        assert torch.allclose(losses.loss, beta * losses.terms.kl - losses.terms.rec)
        assert torch.allclose(losses.terms.elbo, model.elbo(x, torch.Generator().manual_seed(0)).elbo)


@given(st.floats(0, 1), st.floats(0, 0.9))
def test_growth_is_a_pure_function_between_0_and_1(progress: float, over: float) -> None:
    assert 0 <= objectives.growth(progress, over) <= 1
    assert objectives.growth(1.0, over) == 1
    assert objectives.growth(0.0, 0.5) == 0
    assert objectives.beta_at(config.Beta(4.0, over), 1.0) == 4


def test_one_importance_sample_is_the_elbo_in_expectation() -> None:
    model, x = model_and_x(3)
    generator = torch.Generator().manual_seed(0)
    many = x.repeat(4000, 1, 1, 1)
    with torch.no_grad():
        bound = -loss(config.IWAE(1), model, many, generator=generator).loss.view(4000, -1)
        elbo = model.elbo(many, generator).elbo.view(4000, -1)
    error = (bound.var(0) + elbo.var(0)).sqrt() / math.sqrt(4000)
    assert bool(((bound.mean(0) - elbo.mean(0)).abs() < 4 * error).all())


def test_the_iwae_objective_is_log_prob() -> None:
    model, x = model_and_x(4)
    losses = loss(config.IWAE(7), model, x, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(-losses.loss, model.log_prob(x, 7, torch.Generator().manual_seed(1)), atol=1e-9)


def test_draws_that_are_averaged_keep_the_elbo_and_calm_it() -> None:
    """VAE with k draws: the same mean as with one, a k-th of the variance that comes from ε."""
    model, x = model_and_x(5)
    n, k = 2000, 8
    many = x.repeat(n, 1, 1, 1)

    def drawn(samples: int) -> Tensor:
        with torch.no_grad():
            losses = loss(config.Beta(samples=samples), model, many, generator=torch.Generator().manual_seed(samples))
        assert torch.allclose(losses.terms.rec - losses.terms.kl, losses.terms.elbo)
        return -losses.loss.view(n, -1)

    one, several = drawn(1), drawn(k)
    error = (one.var(0) + several.var(0)).sqrt() / math.sqrt(n)
    assert bool(((one.mean(0) - several.mean(0)).abs() < 4 * error).all())
    assert torch.allclose(one.var(0) / several.var(0), torch.full((len(x),), float(k), dtype=D), rtol=0.25)


# --- total correlation ---


def test_law_7_the_three_parts_are_the_kl_in_expectation() -> None:
    """Over the whole data set as the batch, the parts add up to log q(z|x) - log p(z), whose mean is the KL."""
    q, prior = posterior(7, 40, 3), StandardNormal(torch.zeros(3, dtype=D))
    generator = torch.Generator().manual_seed(0)
    sums = []
    for _ in range(600):
        parts = torch.stack(tc_terms(q, prior, draw(q, generator), 40))
        sums.append(parts.mean(1))
    sums_by_term = torch.stack(sums)
    total = sums_by_term.sum(1)
    error = total.std() / math.sqrt(len(total))
    assert abs(float(total.mean() - kl_to_normal(q).sum(1).mean())) < 4 * float(error)
    assert float(sums_by_term[:, 0].mean()) > 0  # the mutual information
    assert float(sums_by_term[:, 0].mean()) < math.log(40) + 1e-9  # no more than telling 40 items apart
    assert float(sums_by_term[:, 2].mean()) > 0


@given(st.integers(0, 200))
def test_the_whole_data_set_gives_the_aggregate_posterior_itself(seed: int) -> None:
    q, prior = posterior(seed, 9, 2), StandardNormal(torch.zeros(2, dtype=D))
    z = draw(q, torch.Generator().manual_seed(seed))
    mixture = NormalMixture(torch.full((9,), -math.log(9), dtype=D), q.mean, 2 * q.stddev.log())
    own = log_normal(z, q.mean, 2 * q.stddev.log()).sum(1)
    mi, tc, dimwise = tc_terms(q, prior, z, 9)
    assert torch.allclose(mi, own - mixture.log_prob(z), atol=1e-9)
    assert torch.allclose(mi + tc + dimwise, own - prior.log_prob(z), atol=1e-9)


def test_a_minibatch_estimates_the_aggregate_posterior_without_bias() -> None:
    """The mean over all minibatches of 3 out of 7 that hold an item is q(z) over the 7, at that item's z."""
    q, n, b = posterior(3, 7, 2), 7, 3
    z = draw(q, torch.Generator().manual_seed(0))
    exact = q.log_prob(z[:1, None]).sum(-1).exp().mean()
    estimates = []
    for others in combinations(range(1, n), b - 1):
        rows = torch.tensor([0, *others])
        part = Normal(q.mean[rows], q.stddev[rows])
        mi, _, _ = tc_terms(part, StandardNormal(torch.zeros(2, dtype=D)), z[rows], n)
        estimates.append((part.log_prob(z[rows]).sum(-1)[0] - mi[0]).exp())
    assert float(torch.stack(estimates).mean()) == pytest.approx(float(exact), rel=1e-9)


def test_independent_dimensions_have_no_total_correlation() -> None:
    grid = torch.cartesian_prod(*[torch.linspace(-2, 2, 5, dtype=D)] * 2)  # the product of two independent codes
    q = Normal(grid, 0.3)
    z = draw(q, torch.Generator().manual_seed(0), 400).flatten(0, 1)
    many = Normal(grid.repeat(400, 1), 0.3)
    rows = torch.arange(1000)
    _, tc, _ = tc_terms(Normal(many.mean[rows], 0.3), StandardNormal(torch.zeros(2, dtype=D)), z[rows], 1000)
    assert float(tc.mean().abs()) < 1e-6
    turned = torch.stack([grid[:, 0], grid[:, 0]], 1).repeat(40, 1)  # two copies of one code
    z = turned + 0.3 * torch.randn(1000, 2, dtype=D, generator=torch.Generator().manual_seed(1))
    _, tc, _ = tc_terms(Normal(turned, 0.3), StandardNormal(torch.zeros(2, dtype=D)), z, 1000)
    assert float(tc.mean()) > 0.5


def test_a_batch_of_one_has_no_total_correlation() -> None:
    model, x = model_and_x(0, 1)
    with pytest.raises(ValueError, match=r"a batch \(=1\) must hold at least 2"):
        loss(config.TC(), model, x, data_size=10)


# --- the others ---


@given(st.floats(0, 50), st.floats(0, 1))
def test_capacity_pulls_the_mean_kl_to_its_target(capacity: float, progress: float) -> None:
    model, x = model_and_x()
    spec = config.Capacity(3.0, capacity, 0.5)
    losses = loss(spec, model, x, progress, torch.Generator().manual_seed(0))
    target = capacity * min(1, progress / 0.5)
    expected = 3 * abs(float(losses.terms.kl.detach().mean()) - target)
    assert float((losses.loss + losses.terms.rec).detach().mean()) == pytest.approx(expected, abs=1e-9)


def test_free_bits_cost_the_same_until_they_are_spent() -> None:
    model, x = model_and_x()
    losses = loss(config.FreeBits(100.0), model, x, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(losses.loss + losses.terms.rec, torch.full((6,), 300.0, dtype=D))
    losses = loss(config.FreeBits(0.0), model, x, generator=torch.Generator().manual_seed(0))
    assert float((losses.loss + losses.terms.elbo).detach().mean()) == pytest.approx(0, abs=1e-9)


def test_mmd_tells_distributions_apart() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 300, 3, generator=generator, dtype=D)
    assert abs(float(mmd(a, b))) < 0.01
    assert float(mmd(a, b + 1)) > 0.05
    assert float(mmd(a, 2 * b)) > 0.02
    same = torch.stack([mmd(*torch.randn(2, 20, 3, generator=generator, dtype=D)) for _ in range(200)])
    assert abs(float(same.mean())) < 4 * float(same.std()) / math.sqrt(200)  # unbiased


def test_the_optimal_sigma_trains_and_stays() -> None:
    model = build(config.Model((1, 4, 4), 2, "mlp", config.Gaussian("optimal"), width=8))
    before = float(model.likelihood.log_sigma)  # type: ignore[arg-type]
    x = torch.full((5, 1, 4, 4), 0.5)
    losses = loss(config.Beta(), model, x, generator=torch.Generator().manual_seed(0))
    assert float(model.likelihood.log_sigma) < before  # type: ignore[arg-type]
    assert losses.terms.rec.mean() > model.elbo(x, torch.Generator().manual_seed(0)).rec.mean()  # of the whole batch
