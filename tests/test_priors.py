"""Every p(z) integrates to one, splits by the chain rule, and draws what it says."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae import config, priors
from vae.model import VAE, build

D = torch.float64
EVERY = [config.Normal(), config.Mixture(5), config.Vamp(7)]


def prior_of(spec: config.Prior, latent: int = 2) -> Any:
    model = build(config.Model((1, 6, 6), latent, "mlp", prior=spec, width=16, depth=1), seed=3).double()
    with torch.no_grad():  # posteriors that differ, so that the mixture is one
        encoder: Any = model.encoder
        encoder[-1].weight.mul_(2)
        model.requires_grad_(False)
        return model.prior


@pytest.mark.parametrize("spec", EVERY, ids=lambda s: type(s).__name__)
def test_it_integrates_to_one(spec: config.Prior) -> None:
    line = torch.linspace(-12, 12, 400, dtype=D)
    density = prior_of(spec).log_prob(torch.cartesian_prod(line, line)).exp().view(400, 400)
    assert float(torch.trapezoid(torch.trapezoid(density, line), line)) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("spec", EVERY, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("latent", [1, 2, 9])
def test_the_dimensions_add_up(spec: config.Prior, latent: int) -> None:
    prior, z = prior_of(spec, latent), 2 * torch.randn(3, 11, latent, dtype=D)
    assert torch.allclose(prior.log_prob_per_dim(z).sum(-1), prior.log_prob(z), atol=1e-10)


@pytest.mark.parametrize("spec", EVERY, ids=lambda s: type(s).__name__)
def test_draws_follow_the_density(spec: config.Prior) -> None:
    """E_p[q / p] = 1 for any normalised q that lies within p: here a narrow normal at p's mean."""
    prior = prior_of(spec)
    z = prior.sample(40_000, torch.Generator().manual_seed(0))
    assert torch.equal(z, prior.sample(40_000, torch.Generator().manual_seed(0)))
    q = torch.distributions.Normal(z.mean(0), 0.5)
    ratio = (q.log_prob(z).sum(-1) - prior.log_prob(z)).exp()
    assert abs(float(ratio.mean()) - 1) < 4 * float(ratio.std()) / len(z) ** 0.5


def test_one_component_is_a_normal() -> None:
    prior = priors.NormalMixture(torch.zeros(1), torch.zeros(1, 3), torch.zeros(1, 3))
    z = torch.randn(20, 3)
    assert torch.allclose(prior.log_prob(z), priors.StandardNormal(torch.zeros(3)).log_prob(z), atol=1e-5)


@given(st.integers(0, 1000), st.integers(1, 6))
def test_a_vampprior_is_the_mean_of_its_posteriors(seed: int, k: int) -> None:
    torch.manual_seed(seed)
    model = VAE((1, 4, 4), 3, "mlp", prior=config.Vamp(k), width=8).double()
    z = torch.randn(5, 3, dtype=D)
    prior: Any = model.prior_module
    q = model.encode(prior.pseudo.clamp(0, 1))
    components = q.log_prob(z[:, None]).sum(-1)
    expected = torch.logsumexp(components, 1) - torch.tensor(float(k)).log()
    assert torch.allclose(model.prior.log_prob(z), expected, atol=1e-8)


def test_pseudo_inputs_start_as_pictures_and_learn() -> None:
    model = VAE((1, 4, 4), 3, "mlp", prior=config.Vamp(5), width=8)
    images = torch.rand(9, 1, 4, 4)
    prior: Any = model.prior_module
    prior.start(images)
    pseudo = prior.pseudo
    assert torch.equal(pseudo, images[:5])
    model.elbo(images).elbo.mean().backward()
    assert float(pseudo.grad.abs().max()) > 0
    prior.start(images[:2])  # fewer pictures than pseudo-inputs: the rest keep what they had
    assert torch.equal(pseudo[2:], images[2:5])


@pytest.mark.parametrize("spec", EVERY, ids=lambda s: type(s).__name__)
def test_no_draw_is_an_empty_batch(spec: config.Prior) -> None:
    assert prior_of(spec, 3).sample(0).shape == (0, 3)


@pytest.mark.parametrize("spec", EVERY[1:], ids=lambda s: type(s).__name__)
def test_a_mixture_that_is_read_in_parts_is_the_whole(spec: config.Prior, monkeypatch: pytest.MonkeyPatch) -> None:
    p, z = prior_of(spec, 4), torch.randn(2, 7, 4, dtype=D)
    whole = p.log_prob(z)
    monkeypatch.setattr(priors, "AT_ONCE", 3 * p.mean.numel())
    assert torch.equal(p.log_prob(z), whole)
    assert torch.allclose(whole, p.log_prob_per_dim(z).sum(-1))
    assert p.log_prob(z[0, 0]).shape == ()
