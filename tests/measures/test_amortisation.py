"""The amortisation gap: a q of one's own is never worse, and gains nothing where the encoder's is exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

import vae
from vae import latents, objectives
from vae.measures.amortisation import refine
from vae.model import LOGVAR_LIMIT, VAE
from vae.objectives import DRAWS, common_noise

SHAPE = (1, 8, 8)


def model_of(latent: int = 3, **settings: Any) -> VAE:
    torch.manual_seed(0)
    return VAE(SHAPE, latent, "mlp", width=16, **settings).eval()


def x(n: int = 4) -> torch.Tensor:
    return torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(1))


LIKELIHOODS = ["bernoulli", "cbernoulli", "logistic", vae.Gaussian(0.3), vae.Gaussian("pixelwise")]


@pytest.mark.parametrize("likelihood", LIKELIHOODS, ids=str)
@pytest.mark.parametrize("prior", ["normal", vae.Mixture(3)], ids=str)
def test_it_is_never_worse_and_the_gap_is_the_difference(likelihood: Any, prior: Any) -> None:
    model = model_of(likelihood=likelihood, prior=prior)
    best = refine(model, x(), steps=12)
    assert (best.gap >= 0).all()
    assert (best.gap > 0).any(), "an untrained encoder leaves something"
    torch.testing.assert_close(best.after.elbo, best.curve.amax(0))
    torch.testing.assert_close(best.before.elbo, best.curve[0])
    torch.testing.assert_close(best.after.elbo, best.after.rec - best.after.kl)
    assert best.curve.shape == (13, 4)
    assert best.path.shape == (13, 4, 3)


def test_the_start_is_the_encoders_and_the_models_weights_are_left_alone() -> None:
    model = model_of()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    best = refine(model, x(), steps=5)
    assert torch.equal(best.path[0], model.encode(x()).mean)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_pictures_do_not_meet() -> None:
    """Each has its own q: together or alone, its start is the same, and so is where it can get to."""
    model = model_of()
    together, alone = refine(model, x(), steps=60), refine(model, x()[2:3], steps=60)
    torch.testing.assert_close(together.before.elbo[2:3], alone.before.elbo)
    torch.testing.assert_close(together.after.elbo[2:3], alone.after.elbo, atol=0.05, rtol=0)


def test_the_same_seed_gives_the_same_bits() -> None:
    model = model_of()
    one, two, other = (refine(model, x(), steps=5, seed=s) for s in (0, 0, 1))
    assert torch.equal(one.curve, two.curve)
    assert not torch.equal(one.curve, other.curve)


def test_a_broken_encoder_is_made_up_for() -> None:
    """An encoder that says N(0, 1) whatever it sees has a large gap, and most of it is found."""
    model = model_of(likelihood=vae.Gaussian(0.1))
    model.decoder = nn.Sequential(nn.Linear(3, 64), nn.Unflatten(1, SHAPE))
    silent = nn.Linear(64, 6)
    nn.init.zeros_(silent.weight)
    nn.init.zeros_(silent.bias)
    model.encoder = nn.Sequential(nn.Flatten(), silent)
    picture = model.mean_picture(torch.tensor([[1.0, -1.0, 0.5]])).detach()
    best = refine(model, picture, steps=150)
    assert (best.q.mean - torch.tensor([[1.0, -1.0, 0.5]])).abs().max() < 0.1
    assert best.q.stddev.max() < 0.7
    assert best.gap > 20


def exact_linear(d: int = 2, sigma: float = 0.2) -> VAE:
    """Probabilistic PCA with orthogonal loadings W: q(z|x) = N(M⁻¹Wᵀ(x - μ), σ²M⁻¹), M = WᵀW + σ²I, is diagonal."""
    model = VAE(SHAPE, d, "linear", likelihood=vae.Gaussian(sigma)).eval()
    weights = torch.linalg.qr(torch.randn(64, d, generator=torch.Generator().manual_seed(2)))[0] * torch.tensor(
        [1.5, 0.7]
    )
    m = weights.T @ weights + sigma**2 * torch.eye(d)
    logvar = (sigma**2 / m.diagonal()).log()
    encoder, decoder = nn.Linear(64, 2 * d), nn.Linear(d, 64)
    model.encoder = nn.Sequential(nn.Flatten(), encoder)
    model.decoder = nn.Sequential(decoder, nn.Unflatten(1, SHAPE))
    with torch.no_grad():
        decoder.weight.copy_(weights)
        decoder.bias.fill_(0.5)
        reads = torch.linalg.solve(m, weights.T)
        encoder.weight.copy_(torch.cat([reads, torch.zeros_like(reads)]))
        raw = LOGVAR_LIMIT * torch.atanh(logvar / LOGVAR_LIMIT)
        encoder.bias.copy_(torch.cat([-0.5 * reads.sum(1), raw]))
    return model


def test_an_encoder_that_is_the_exact_posterior_leaves_nothing() -> None:
    model = exact_linear()
    best = refine(model, x(8), steps=100)
    assert best.gap.max() < 0.01 * DRAWS
    many = common_noise(best.q.mean, seed=9, draws=4000)
    with torch.no_grad():
        now, then = (objectives.elbo_of(model, x(8), q, many).elbo for q in (best.q, model.encode(x(8))))
        evidence = model.log_prob(x(8), k=20)
    assert (now - then).max() < 0.01, "what the sixteen draws saw, four thousand do not"
    torch.testing.assert_close(then, evidence, atol=0.05, rtol=0)


def test_it_stays_a_bound() -> None:
    model = model_of(2, likelihood=vae.Gaussian(0.3))
    best = refine(model, x(), steps=60)
    with torch.no_grad():
        fresh = objectives.elbo_of(model, x(), best.q, common_noise(best.q.mean, seed=7, draws=2000)).elbo
        evidence = model.log_prob(x(), k=20_000, generator=torch.Generator().manual_seed(0))
    assert (fresh < evidence + 0.1).all()


def test_the_elbo_of_the_encoders_q_is_the_elbo() -> None:
    model = model_of()
    q = model.encode(x())
    eps = torch.randn(64, 1, 3, generator=torch.Generator().manual_seed(0))
    ours = objectives.elbo_of(model, x(), q, eps)
    torch.testing.assert_close(ours.kl, kl_divergence(q, Normal(0.0, 1.0)).sum(1))
    torch.testing.assert_close(ours.elbo, ours.rec - ours.kl)
    one = objectives.elbo_of(model, x(), q, eps[:1])
    z = q.mean + q.stddev * eps[0]
    torch.testing.assert_close(one.rec, model.decode(z).log_prob(x()))


def test_the_gradient_reaches_mean_and_sigma() -> None:
    model = model_of()
    q = model.encode(x())
    mean, log_std = q.mean.detach().requires_grad_(), q.stddev.detach().log().requires_grad_()
    elbo = objectives.elbo_of(model, x(), Normal(mean, log_std.exp()), common_noise(q.mean)).elbo.sum()
    for gradient in torch.autograd.grad(elbo, (mean, log_std)):
        assert (gradient != 0).all()


@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match="must be a whole number, at least 1"):
        refine(model_of(), x(), steps)


# --- the seam ---------------------------------------------------------------------------------------------------------


def pixels(n: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8)


def test_the_seams_start_is_the_posterior_that_the_page_shows() -> None:
    model, later = model_of(), []
    better = latents.refine(model, pixels()[0], 6, report=lambda step, elbo: later.append((step, elbo)))
    shown = latents.posterior(model, pixels()[0])
    assert better.before.elbo == pytest.approx(shown.elbo, abs=1e-4)
    assert better.gap >= 0
    assert better.gap == better.after.elbo - better.before.elbo
    assert [step for step, _ in later] == [1, 2, 3, 4, 5, 6]
    assert later[-1][1] == pytest.approx(better.curve[-1])
    assert np.array_equal(better.after.recon, latents.decode(model, better.after.mean[None])[0])


def test_many_pictures_are_measured_as_one_is() -> None:
    model = model_of()
    many = latents.encode_pictures(model, pixels(70))
    assert len(many) == 70
    for row in (0, 33, 69):
        one = latents.posterior(model, pixels(70)[row])
        assert np.allclose(many.mean[row], one.mean, atol=1e-6)
        assert many.rec is not None
        assert many.kl is not None
        assert many.rec[row] == pytest.approx(one.rec, abs=1e-3)
        assert many.kl[row] == pytest.approx(one.kl, abs=1e-4)
