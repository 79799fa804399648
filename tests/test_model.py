"""The model keeps its word: distributions, bounds on the evidence, and pictures of the right shape for any caller."""

import math
import re
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.distributions import Distribution, Normal

from vae import arguments, config
from vae.model import VAE, build

D = torch.float64


def small(latent: int = 2, seed: int = 0, wider: float = 0.0, **settings: Any) -> VAE:
    """A float64 model; `wider` is added to its posteriors' logvar, so that no importance weight is rare and huge."""
    torch.manual_seed(seed)
    model = VAE((1, 5, 5), latent, "mlp", width=12, depth=1, **settings).double()
    with torch.no_grad():
        encoder: Any = model.encoder
        encoder[-1].bias[latent:] += wider
    return model.requires_grad_(False)


def pictures(n: int, seed: int = 0) -> Tensor:
    return torch.rand(n, 1, 5, 5, generator=torch.Generator().manual_seed(seed), dtype=D)


def evidence(model: VAE, x: Tensor) -> Tensor:
    """log p(x) by quadrature of ∫ p(x|z) p(z) dz over a grid of 2-D latents."""
    line = torch.linspace(-7, 7, 281, dtype=D)
    z = torch.cartesian_prod(line, line)
    log_p = model.prior.log_prob(z)
    p = model.decode(z)
    cell = 2 * math.log(float(line[1] - line[0]))
    return torch.stack([torch.logsumexp(p.log_prob(one.expand(len(z), 1, 5, 5)) + log_p, 0) + cell for one in x])


@pytest.mark.parametrize("likelihood", ["bernoulli", "cbernoulli", config.Gaussian(0.4), "logistic"], ids=str)
def test_law_3_importance_sampling_is_quadrature(likelihood: Any) -> None:
    model, x = small(likelihood=likelihood), pictures(3)
    estimate = model.log_prob(x, 300_000, torch.Generator().manual_seed(1))
    assert torch.allclose(estimate, evidence(model, x), atol=0.01)


def test_law_3_holds_for_a_learned_prior_too() -> None:
    model, x = small(prior=config.Mixture(4), wider=1.0), pictures(3)
    estimate = model.log_prob(x, 300_000, torch.Generator().manual_seed(1))
    assert torch.allclose(estimate, evidence(model, x), atol=0.01)


def test_law_2_more_samples_never_loosen_the_bound() -> None:
    model, x = small(), pictures(4)
    many, g = x.repeat(600, 1, 1, 1), torch.Generator().manual_seed(0)
    means, errors = [], []
    for bound in (model.elbo(many, g).elbo, *(model.log_prob(many, k, g) for k in (1, 5, 50))):
        per_round = bound.view(600, 4).mean(1)
        means.append(float(per_round.mean()))
        errors.append(float(per_round.std()) / math.sqrt(600))
    elbo, one, five, fifty = means
    assert abs(elbo - one) < 4 * math.hypot(errors[0], errors[1])  # k = 1 is the ELBO
    assert one < five < fifty
    assert fifty < float(evidence(model, x).mean()) + 4 * errors[3]


@given(st.integers(1, 40), st.integers(1, 50))
@settings(max_examples=10)
def test_log_prob_does_not_depend_on_its_chunks(k: int, chunk: int) -> None:
    """With one latent draw a chunk the noise is the same stream, so only the running logsumexp differs."""
    model, x = small(), pictures(1)
    whole = model.log_prob(x, k, torch.Generator().manual_seed(3), chunk=1)
    q, g = model.encode(x), torch.Generator().manual_seed(3)
    from vae.objectives import draw, log_weights

    log_w = torch.cat([log_weights(model, x, q, draw(q, g, 1)) for _ in range(k)])
    assert torch.allclose(whole, torch.logsumexp(log_w, 0) - math.log(k), atol=1e-10)
    assert model.log_prob(x, k, torch.Generator().manual_seed(3), chunk=chunk).shape == (1,)


def test_what_is_encoded_and_decoded_are_distributions() -> None:
    model, x = small(3), pictures(4)
    q, p = model.encode(x), model.decode(torch.zeros(4, 3, dtype=D))
    assert isinstance(q, Normal)
    assert isinstance(p, Distribution)
    assert q.mean.shape == q.stddev.shape == (4, 3)
    assert p.mean.shape == p.sample().shape == (4, 1, 5, 5)
    assert p.log_prob(x).shape == (4,)


def test_embed_is_the_mean_and_draws_nothing() -> None:
    model, x = small(), pictures(4)
    before = torch.get_rng_state()
    assert torch.equal(model.embed(x), model.encode(x).mean)
    assert torch.equal(model.reconstruct(x), model.mean_picture(model.embed(x)))
    assert torch.equal(before, torch.get_rng_state())


@given(st.floats(-1e8, 1e8))
def test_the_posteriors_width_is_bounded_softly(raw: float) -> None:
    class Constant(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return torch.zeros(len(x), 2, dtype=D), torch.full((len(x), 2), raw, dtype=D)

    model = VAE((1, 2, 2), 2, (Constant(), nn.Identity()))
    _, logvar = model.posterior_params(torch.zeros(1, 1, 2, 2, dtype=D))
    assert bool((logvar.abs() <= 12).all())
    if abs(raw) < 1:
        assert torch.allclose(logvar, torch.tensor(raw, dtype=D), atol=0.005)
    q = model.encode(torch.zeros(1, 1, 2, 2, dtype=D))
    assert torch.allclose(q.stddev.log() * 2, logvar)


def test_samples_follow_their_generator_and_temperature() -> None:
    model = small(prior=config.Mixture(3))

    def sample(seed: int, **how: Any) -> Tensor:
        return model.sample(5, generator=torch.Generator().manual_seed(seed), **how)

    assert torch.equal(sample(0), sample(0))
    assert not torch.equal(sample(0), sample(1))
    assert torch.equal(sample(0, temperature=0.0), model.mean_picture(torch.zeros(5, 2, dtype=D)))
    drawn = sample(0, mean=False)
    assert set(drawn.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(drawn, sample(0, mean=False))


def test_a_traverse_passes_through_its_latent() -> None:
    model, x = small(3), pictures(1)[0]
    z = model.embed(x[None])[0]
    rows = model.traverse(x, span=(float(z[0]) - 1, float(z[0]) + 1), steps=5)
    assert rows.shape == (3, 5, 1, 5, 5)
    assert torch.allclose(rows[0, 2], model.mean_picture(z[None])[0])
    assert torch.equal(model.traverse(z, [1], steps=3), model.traverse(x, [1], steps=3))


@pytest.mark.parametrize("mode", ["linear", "slerp"])
def test_an_interpolation_ends_at_its_ends(mode: str) -> None:
    model = small().float()
    a, b = pictures(2).float()
    strip = model.interpolate(a, b, 7, mode)
    assert strip.shape == (7, 1, 5, 5)
    assert torch.allclose(strip[[0, -1]], model.reconstruct(torch.stack([a, b])), atol=1e-5)
    with pytest.raises(ValueError, match=r"mode \(='cubic'\) must be one of 'slerp', 'linear'"):
        model.interpolate(a, b, 7, "cubic")


# --- making one ---


def test_the_seed_is_the_model() -> None:
    spec = config.Model((1, 6, 6), 3, "resnet", config.Gaussian("learned"), config.Vamp(4), width=4)
    before = torch.get_rng_state()
    one, two, other = build(spec, 5), build(spec, 5), build(spec, 6)
    assert torch.equal(before, torch.get_rng_state())
    assert one.config == spec
    x = torch.rand(3, 1, 6, 6)
    assert torch.equal(one.embed(x), two.embed(x))
    assert not torch.equal(one.embed(x), other.embed(x))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.embed(x), other.embed(x))
    assert list(one.state_dict()) == list(two.state_dict())


def test_ones_own_pair_of_modules() -> None:
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(16, 6))
    decoder = nn.Sequential(nn.Linear(3, 16), nn.Unflatten(1, (1, 4, 4)))
    model = VAE((1, 4, 4), 3, (encoder, decoder))
    assert model.encoder is encoder
    t = model.elbo(torch.rand(5, 1, 4, 4))
    t.elbo.mean().backward()
    assert decoder[0].weight.grad is not None
    model.init_output(torch.full((1, 4, 4), 0.5))  # has nothing to set, and breaks nothing
    with pytest.raises(ValueError, match="no settings build your own encoder and decoder"):
        _ = model.config


def test_the_first_picture_is_the_one_it_is_told() -> None:
    model = VAE((1, 5, 5), 2, "mlp", "gaussian")
    mean = torch.rand(1, 5, 5) * 0.8 + 0.1
    model.init_output(mean)
    assert torch.allclose(model.mean_picture(torch.zeros(1, 2))[0], mean, atol=0.1)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"shape": (28, 28)}, r"shape \(=\(28, 28\)\) must be \(channels, height, width\)"),
        ({"shape": (1, 0, 28)}, "each at least 1"),
        ({"latent": 0}, r"latent \(=0\) must lie between 1 and 512"),
        ({"arch": "cnn"}, r"arch \(='cnn'\) must be one of 'linear'"),
        ({"likelihood": "gausian"}, "Did you mean 'gaussian'"),
        ({"prior": "vampire"}, "'vampire' is none of normal, mixture, vamp"),
        ({"likelihood": config.Gaussian(0.0)}, r"sigma \(=0.0\) must"),
        ({"width": -1}, r"width \(=-1\)"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        VAE(**settings)


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (torch.zeros(1, 1, 5, 6, dtype=D), r"this model reads \(batch, \*\(1, 5, 5\)\)"),
        (torch.full((1, 1, 5, 5), 255.0, dtype=D), r"from 255 to 255, but must lie in \[0, 1\]"),
        (torch.full((1, 1, 5, 5), -1.0, dtype=D), r"map \[-1, 1\] by \(x \+ 1\) / 2"),
        (torch.full((1, 1, 5, 5), math.nan, dtype=D), "from nan to nan, .* find where NaN or infinity comes from"),
    ],
)
def test_wrong_pictures_are_named(x: Tensor, says: str) -> None:
    for reader in (small().encode, small().embed, small().elbo, small().reconstruct, small().log_prob):
        with pytest.raises(ValueError, match=says):
            reader(x)


def test_bytes_are_no_pictures_yet() -> None:
    with pytest.raises(TypeError, match=r"x is torch.uint8, but must be floats in \[0, 1\]: divide bytes by 255"):
        arguments.batch(
            torch.zeros(1, 1, 5, 5, dtype=torch.uint8), (1, 5, 5), None
        )  # the checker of shapes comes first


def test_a_wrong_latent_is_named() -> None:
    with pytest.raises(ValueError, match="z has 3 numbers in a row, but this model has 2 latents"):
        small().decode(torch.zeros(1, 3, dtype=D))
    with pytest.raises(ValueError, match=r"k \(=0\) must be a whole number, at least 1"):
        small().log_prob(pictures(1), 0)


def test_an_empty_batch_is_no_error() -> None:
    model, none = small(), torch.zeros(0, 1, 5, 5, dtype=D)
    assert model.reconstruct(none).shape == (0, 1, 5, 5)
    assert model.elbo(none).elbo.shape == model.log_prob(none, 3).shape == (0,)


@pytest.mark.parametrize("prior", ["normal", config.Mixture(3)], ids=str)
def test_a_chunk_bounds_what_passes_through_the_networks_at_once(prior: Any) -> None:
    """Also where the batch is larger than the chunk; and the estimate stays the same one."""
    model, x = small(prior=prior), pictures(7)
    sizes: list[int] = []
    for part in (model.encoder, model.decoder):
        part.register_forward_hook(lambda _, inputs, __: sizes.append(len(inputs[0])))
    apart = model.log_prob(x, 400, torch.Generator().manual_seed(0), chunk=3)
    assert max(sizes) <= 3
    whole = model.log_prob(x, 400, torch.Generator().manual_seed(1))
    assert torch.allclose(apart, whole, atol=0.5)
    assert (apart - whole).abs().max() > 0  # other noise, the same quantity


@pytest.mark.parametrize("likelihood", ["bernoulli", "cbernoulli", "logistic", config.Gaussian("pixelwise")], ids=str)
def test_half_precision_sums_over_pixels_in_float32(likelihood: Any) -> None:
    """bfloat16 weights are another model; what they say of x is exact, where 784 terms in bfloat16 are nats off."""
    torch.manual_seed(0)
    model = VAE((1, 28, 28), 4, "mlp", likelihood, width=12, depth=1).bfloat16().requires_grad_(False)
    x, z = torch.rand(5, 1, 28, 28), torch.randn(5, 4).bfloat16()
    p = model.decode(z)
    exact = model.likelihood(model.decoder(z).double()).log_prob(x.double())
    assert p.mean.dtype == torch.float32
    assert torch.allclose(p.log_prob(x).double(), exact, atol=0.01)
    assert model.elbo(x.bfloat16()).rec.dtype == torch.float32
    draws = p.sample((200,), torch.Generator().manual_seed(0))
    assert draws.isfinite().all()


WRONG = {
    "a latent too many": (nn.Sequential(nn.Flatten(), nn.Linear(25, 6)), None, "(B, 4)"),
    "no variance": (nn.Sequential(nn.Flatten(), nn.Linear(25, 2)), None, "(B, 4)"),
    "odd": (nn.Sequential(nn.Flatten(), nn.Linear(25, 5)), None, "(B, 4)"),
    "two numbers a pixel": (None, nn.Sequential(nn.Linear(2, 50), nn.Unflatten(1, (2, 5, 5))), "(B, 1, 5, 5)"),
    "no channel": (None, nn.Sequential(nn.Linear(2, 25), nn.Unflatten(1, (5, 5))), "(B, 1, 5, 5)"),
    "one pixel for all": (None, nn.Sequential(nn.Linear(2, 1), nn.Unflatten(1, (1, 1, 1))), "(B, 1, 5, 5)"),
    "rows": (None, nn.Linear(2, 25), "(B, 1, 5, 5)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_networks_of_ones_own_that_give_another_shape_are_refused(name: str) -> None:
    """torch would repeat them until they fit, and sum a log density of nothing."""
    encoder, decoder, rule = WRONG[name]
    good = nn.Sequential(nn.Flatten(), nn.Linear(25, 4)), nn.Sequential(nn.Linear(2, 25), nn.Unflatten(1, (1, 5, 5)))
    model = VAE((1, 5, 5), 2, (encoder or good[0], decoder or good[1]))
    with pytest.raises(ValueError, match=re.escape(rule)):
        model.elbo(pictures(3).float())
