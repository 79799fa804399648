"""`vae.wrap`: every kind of model behaves as the same thing, and one that lies is told so in a sentence."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Independent, Laplace, MultivariateNormal, Normal

import vae
from tests import zoo
from vae.foreign.conventions import WrapError
from vae.foreign.wrapped import Delta, Wrapped

NAMES = list(zoo.ZOO)
TRIANGLE = torch.ones(4, 4).tril(-1)


def wrapped(name: str) -> tuple[Any, Wrapped]:
    model = zoo.made(name)
    return model, vae.wrap(model, **zoo.ZOO[name].said)


def pictures(shape: tuple[int, int, int], n: int = 3) -> Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", NAMES)
def test_every_animal_is_read_by_its_rule(name: str) -> None:
    animal, (_, m) = zoo.ZOO[name], wrapped(name)
    assert (m.shape, m.latent, m.variance) == (animal.shape, animal.latent, animal.variance)
    encoded, decoded = (
        next(line for line in m.describe().splitlines() if line.startswith(w)) for w in ("encode", "decode")
    )
    assert animal.rules[0] in encoded
    assert animal.rules[1] in decoded


@pytest.mark.parametrize("name", NAMES)
def test_every_animal_is_an_explorable(name: str) -> None:
    animal, (_, m) = zoo.ZOO[name], wrapped(name)
    x = pictures(m.shape)
    q = m.encode(x)
    assert isinstance(q, Normal if animal.variance else Delta)
    assert q.mean.shape == (3, *animal.latent)
    assert (q.stddev > 0).all() if animal.variance else (q.stddev == 0).all()
    z = torch.randn(5, *m.latent)
    y = m.decode(z)
    assert y.shape == (5, *m.shape)
    assert y.min() >= 0
    assert y.max() <= 1
    assert torch.equal(y, m.decode(z.flatten(1)))  # flattened or not
    assert torch.equal(m.encode(x).mean, q.mean)  # dropout is off, nothing is drawn


@pytest.mark.parametrize("name", NAMES)
def test_sliders_move_the_picture_and_gradients_reach_the_latent(name: str) -> None:
    _, m = wrapped(name)
    z = torch.zeros(1, *m.latent, requires_grad=True)
    m.decode(z).square().sum().backward()
    assert z.grad is not None
    assert z.grad.abs().max() > 0


def test_the_numbers_are_the_models_own() -> None:
    example, m = wrapped("example")
    x, z = pictures(m.shape), torch.randn(2, 5)
    mu, logvar = example.encode(x.flatten(1))
    assert torch.allclose(m.encode(x).mean, mu)
    assert torch.allclose(m.encode(x).stddev, (logvar / 2).exp())
    assert torch.allclose(m.decode(z), example.decode(z).view(2, 1, 8, 8))
    spatial, m = wrapped("spatial")  # in [-1, 1], twice the channels
    mean, logvar = spatial.encoder(2 * x - 1).chunk(2, 1)
    assert torch.allclose(m.encode(x).mean, mean)
    assert torch.allclose(m.encode(x).stddev, (logvar / 2).exp())
    assert torch.allclose(m.decode(mean), (spatial.decoder(mean) + 1) / 2)
    lit, m = wrapped("lightning")
    h = lit.encoder(x).flatten(1)
    assert torch.allclose(m.encode(x).mean, lit.fc_mu(h))
    assert torch.allclose(m.encode(x).stddev, (lit.fc_var(h) / 2).exp())
    named, m = wrapped("named")
    assert torch.allclose(m.encode(x).stddev, named.encode(x)["scale"])


def test_diffusers_sees_minus_one_to_one_and_no_random_draw() -> None:
    kl, m = wrapped("diffusers kl")
    x = pictures(m.shape)
    with torch.no_grad():
        q = kl.encode(2 * x - 1).latent_dist
        assert torch.allclose(m.encode(x).mean, q.mean)
        assert torch.allclose(m.encode(x).stddev, q.std)
        assert torch.allclose(m.decode(q.mean), (kl.decode(q.mean).sample / 2 + 0.5).clamp(0, 1), atol=1e-6)
    tiny, m = wrapped("diffusers tiny")
    x = pictures(m.shape)
    with torch.no_grad():
        assert torch.allclose(m.encode(x).mean, tiny.encode(2 * x - 1).latents)


def test_pythae_is_read_from_its_encoder_as_its_embed_is_random() -> None:
    model, m = wrapped("pythae vae")
    x = pictures(m.shape)
    assert not torch.allclose(model.embed(x), model.embed(x))
    assert torch.equal(m.encode(x).mean, model.encoder(x).embedding)
    assert torch.allclose(m.encode(x).stddev, (model.encoder(x).log_covariance / 2).exp())


def test_our_own_models_and_wrapped_ones_pass_through(tiny_model: vae.VAE) -> None:
    m = vae.wrap(tiny_model)
    x = pictures(m.shape)
    assert torch.allclose(m.encode(x).mean, tiny_model.encode(x).mean)
    assert torch.allclose(m.decode(m.encode(x).mean), tiny_model.reconstruct(x))
    assert vae.wrap(m) is m


@pytest.mark.parametrize("likelihood", ["bernoulli", "cbernoulli", "logistic", vae.Gaussian("learned")], ids=str)
def test_our_own_models_are_read_whatever_their_likelihood(likelihood: Any) -> None:
    """A linear decoder's mean leaves [0, 1], and networks of one's own have no settings: both are ours all the same."""
    torch.manual_seed(0)
    m = vae.wrap(model := vae.VAE((1, 8, 8), 3, "linear", likelihood))
    z = torch.randn(5, 3)
    assert torch.equal(m.decode(z), model.mean_picture(z))
    own = vae.wrap(vae.VAE((1, 8, 8), 3, (model.encoder, model.decoder), likelihood))
    assert own.shape == (1, 8, 8)


SPREADS: dict[str, tuple[Any, bool]] = {
    "independent": (lambda m, s: Independent(Normal(m, s), 1), True),
    "diagonal": (lambda m, s: MultivariateNormal(m, scale_tril=torch.diag_embed(s)), True),
    "correlated": (lambda m, s: MultivariateNormal(m, scale_tril=torch.diag_embed(s) + TRIANGLE), False),
    "laplace": (lambda m, s: Laplace(m, s), False),
}


@pytest.mark.parametrize("name", SPREADS)
def test_only_a_normal_distribution_has_a_sigma(name: str) -> None:
    """The spread of another one would be read as σ, and its KL be made up."""
    of, variance = SPREADS[name]
    model = zoo.made("named")
    model.encode = lambda x: of(x[:, 0, 0, :4], torch.ones(len(x), 4))
    m = vae.wrap(model, shape=zoo.SHAPE)
    assert m.variance is variance
    assert torch.equal(m.encode(pictures(m.shape)).mean, pictures(m.shape)[:, 0, 0, :4])


def test_the_order_of_the_rules() -> None:
    """What fits two rules is read by the first."""

    class Both(Normal):
        latents = torch.zeros(2, 9)

    model = zoo.made("named")
    model.encode = lambda x: Both(torch.ones(len(x), 4), 1.0)
    assert torch.equal(vae.wrap(model, zoo.SHAPE).encode(pictures(zoo.SHAPE)).mean, torch.ones(3, 4))
    ones = lambda x: torch.ones(len(x), 4)  # noqa: E731
    model.encode = lambda x: SimpleNamespace(embedding=ones(x), mu=0 * ones(x))
    assert vae.wrap(model, zoo.SHAPE).encode(pictures(zoo.SHAPE)).mean.min() == 1
    model.decode = lambda z: SimpleNamespace(sample=0 * z.new_ones(len(z), 64), reconstruction=z.new_ones(len(z), 64))
    assert vae.wrap(model, zoo.SHAPE).decode(torch.zeros(1, 4)).max() == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_models_own_dtype_inside_and_the_callers_outside(dtype: torch.dtype) -> None:
    m = vae.wrap(zoo.made("example").to(dtype))
    q = m.encode(pictures(m.shape))
    assert q.mean.dtype == torch.float32
    assert m.decode(q.mean.double()).dtype == torch.float64


def test_it_is_left_in_evaluation_mode_and_its_weights_alone() -> None:
    lit = zoo.made("lightning")
    before = {k: v.clone() for k, v in lit.state_dict().items()}
    vae.wrap(lit)
    assert not any(module.training for module in lit.modules())
    assert all(torch.equal(v, before[k]) for k, v in lit.state_dict().items())  # batch norm's statistics too


# --- pairs and decoders alone -----------------------------------------------------------------------------------------


def test_a_pair_of_modules_or_methods() -> None:
    plain, example = zoo.made("plain"), zoo.made("example")
    assert vae.wrap((plain.encoder, plain.decoder)).shape == zoo.SHAPE
    m = vae.wrap((example.encode, example.decode))
    assert (m.shape, m.latent) == (zoo.SHAPE, (5,))


def test_a_decoder_alone_explores_the_prior() -> None:
    m = vae.wrap(zoo.made("lightning").decoder)
    assert (m.latent, m.shape, m.variance) == ((3,), zoo.SHAPE, False)
    with pytest.raises(WrapError, match="no encoder"):
        m.encode(pictures(m.shape))
    m = vae.wrap(lambda z: torch.sigmoid(z @ torch.ones(6, 3 * 25)), latent=6)
    assert m.shape == (3, 5, 5)  # a row of 75 numbers, as a square in colour
    m = vae.wrap(nn.Sequential(nn.ConvTranspose2d(7, 3, 4), nn.Sigmoid()))  # as GANs have it
    assert (m.latent, m.shape) == ((7, 1, 1), (3, 4, 4))


def test_a_decoder_that_does_not_tell_its_latent_is_asked() -> None:
    with pytest.raises(WrapError, match="say latent=16"):
        vae.wrap(lambda z: z)
    with pytest.raises(WrapError, match="fails on a latent of"):
        vae.wrap(lambda z: torch.sigmoid(z @ torch.ones(6, 64)), latent=5)


# --- lies -------------------------------------------------------------------------------------------------------------


def hostile(**changes: Any) -> Any:
    model = zoo.made("named")
    for name, method in changes.items():
        setattr(model, name, method)
    return model


def picture(z: Tensor, shape: tuple[int, ...] = zoo.SHAPE) -> Tensor:
    return torch.sigmoid(z.sum(1)).view(-1, *(1 for _ in shape)).expand(-1, *shape)


LIES: list[tuple[str, Any, dict[str, Any], str]] = [
    ("nan", {"decode": lambda z: picture(z) * float("nan")}, {}, "NaN or infinity"),
    ("infinite code", {"encode": lambda x: x.flatten(1)[:, :4] / 0}, {}, "NaN, infinity"),
    ("negative spread", {"encode": lambda x: {"mu": x[:, 0, 0, :4], "std": -x[:, 0, 0, :4]}}, {}, "negative spread"),
    ("logits", {"decode": lambda z: 20 * picture(z) - 10}, {}, "scale='logits'"),
    ("bytes", {"decode": lambda z: 255 * picture(z)}, {}, r"range=\(low, high\)"),
    ("too far", {"decode": lambda z: 20 * picture(z) - 10}, {"scale": "values"}, "run from 0 to 1"),
    ("claims -1 to 1", {}, {"range": (-1, 1)}, r"range \(=-1, 1\) is not what"),
    ("claims bytes", {}, {"range": (0, 255)}, r"range \(=0, 255\) is not what"),
    ("another size", {"decode": lambda z: picture(z, (1, 4, 4))}, {}, r"draws \(1, 4, 4\) for pictures of \(1, 8, 8\)"),
    ("transposed", {"decode": lambda z: picture(z, (8, 8, 1))}, {}, r"draws \(8, 8, 1\)"),
    ("one picture for all", {"decode": lambda z: picture(z)[:1]}, {}, "one each"),
    ("one code for all", {"encode": lambda x: x[:1, 0, 0, :4]}, {}, "one each"),
    ("a spread of another size", {"encode": lambda x: (x[:, 0, 0, :4], x[:, 0, 0, :3])}, {}, "with a spread of"),
    ("draws its code", {"encode": lambda x: torch.randn(len(x), 4)}, {}, "another latent each time"),
    ("draws its picture", {"decode": lambda z: torch.rand(len(z), 64)}, {}, "another picture each time"),
    ("three tensors", {"encode": lambda x: (x[:, 0, 0, :4],) * 3}, {}, "3 things"),
    ("nothing", {"encode": lambda _: None}, {}, "NoneType, which no rule reads"),
    ("a picture of words", {"decode": lambda _: "a cat"}, {}, "returns a str"),
    ("another latent", {"encode": lambda x: x[:, 0, 0, :3]}, {}, r"fails on latents of \(3,\)"),
    ("raises", {"encode": lambda _: 1 / 0}, {}, "fails on pictures of .* division by zero"),
    ("no shape", {}, {"shape": (8, 8)}, "must be .channels, height, width."),
    ("wrong shape", {}, {"shape": (1, 9, 9)}, r"fails on pictures of \(1, 9, 9\)"),
    ("range upside down", {}, {"range": (1, 0)}, "the lower first"),
    ("range of one", {}, {"range": 3}, r"range \(=3\) must be two numbers"),
    ("range of words", {}, {"range": ("a", "b")}, "must be two numbers"),
    ("a latent that is not there", {}, {"latent": 7}, r"latent \(=\(7,\)\) is not what encode\(x\) gives, \(4,\)"),
    ("complex pictures", {"decode": lambda z: picture(z) + 0j}, {}, "torch.complex64, but pictures are real"),
    ("codes of a table", {"encode": lambda x: x[:, 0, 0, :4].long()}, {}, "torch.int64, but a latent is floats"),
    ("no decoder", {"decode": None}, {}, "neither `decode` nor `decoder`"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said", "words"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
def test_a_lie_gets_a_sentence(changes: dict[str, Any], said: dict[str, Any], words: str) -> None:
    with pytest.raises(WrapError, match=words) as told:
        vae.wrap(hostile(**changes), **{"shape": zoo.SHAPE} | said)
    assert "\n" not in str(told.value)


def test_a_class_is_no_model() -> None:
    with pytest.raises(WrapError, match="Named is a class: give an object of it"):
        vae.wrap(zoo.Named)


def test_what_was_asked_can_be_answered() -> None:
    logits = lambda z: 20 * picture(z) - 10  # noqa: E731
    m = vae.wrap(hostile(decode=logits), zoo.SHAPE, scale="logits")
    z = torch.randn(3, 4)
    assert torch.allclose(m.decode(z), logits(z).sigmoid())
    m = vae.wrap(hostile(decode=lambda z: 255 * picture(z)), zoo.SHAPE, range=(0, 255))
    assert torch.allclose(m.decode(z), picture(z))
    m = vae.wrap(hostile(decode=lambda z: 1.4 * picture(z) - 0.2), zoo.SHAPE, scale="values")
    assert torch.allclose(m.decode(z), (1.4 * picture(z) - 0.2).clamp(0, 1))


def test_an_unknown_size_is_asked_for() -> None:
    with pytest.raises(WrapError, match="say shape="):
        vae.wrap(zoo.made("spatial"))


def test_later_lies_are_caught_too() -> None:
    _, m = wrapped("example")
    with pytest.raises(WrapError, match="NaN or infinity"):
        m.decode(torch.full((1, 5), float("nan")))
    with pytest.raises(ValueError, match="must lie in"):
        m.encode(2 * torch.ones(1, *m.shape))
    with pytest.raises(WrapError, match=r"torch.float32 of \(1, 1, 9, 9\), but must be a tensor of floats"):
        m.encode(torch.ones(1, 1, 9, 9))
    with pytest.raises(WrapError, match=r"must be a tensor \(batch"):
        m.decode(torch.zeros(2, 6))
    with pytest.raises(WrapError, match="ndarray, but must be a tensor"):
        m.encode(np.zeros((1, *m.shape), np.float32))  # type: ignore[arg-type]
    with pytest.raises(WrapError, match="ndarray, but must be a tensor"):
        m.decode(np.zeros((1, 5), np.float32))  # type: ignore[arg-type]
    assert m.decode(torch.zeros(0, 5)).shape == (0, *m.shape)


def test_delta_is_a_distribution() -> None:
    q = Delta(torch.tensor([[1.0, 2.0]], requires_grad=True))
    assert torch.equal(q.sample((3,)), q.mean.expand(3, 1, 2))
    assert q.rsample().requires_grad
    assert q.stddev.sum() == 0


def test_the_import_path_of_the_first_release_has_all_its_names() -> None:
    with pytest.warns(DeprecationWarning, match=r"vae\.adapters is now vae\.foreign\.wrap"):
        old = import_module("vae.adapters")
    assert (old.Delta, old.Wrapped, old.wrap, old.Explorable) == (Delta, Wrapped, vae.wrap, vae.Explorable)
