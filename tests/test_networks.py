"""Any picture goes in and comes out at its own size, through every trunk, and every weight learns."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from vae import networks
from vae.model import VAE

ARCHS = ["linear", "mlp", "conv", "resnet"]
SHAPES = [(1, 28, 28), (3, 32, 32), (1, 27, 31), (3, 64, 64), (1, 8, 8), (1, 1, 1), (2, 3, 40)]


@pytest.mark.parametrize("arch", ARCHS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_picture_fits(arch: str, shape: tuple[int, int, int]) -> None:
    encoder, decoder = networks.build(arch, shape, 3, 2, 4, 1)
    assert encoder(torch.rand(2, *shape)).shape == (2, 6)
    assert decoder(torch.randn(2, 3)).shape == (2, 2 * shape[0], *shape[1:])


@given(st.integers(1, 3), st.integers(1, 24), st.integers(1, 24), st.sampled_from(ARCHS), st.integers(1, 2))
@settings(max_examples=25)
def test_any_size_at_all_fits(channels: int, height: int, width: int, arch: str, depth: int) -> None:
    encoder, decoder = networks.build(arch, (channels, height, width), 2, 1, 2, depth)
    assert decoder(encoder(torch.rand(1, channels, height, width))[:, :2]).shape == (1, channels, height, width)


@given(st.integers(1, 300), st.integers(1, 300))
def test_resolutions_halve_until_they_are_small(height: int, width: int) -> None:
    levels = networks.sizes(height, width)
    assert levels[0] == (height, width)
    assert all(b == ((a[0] + 1) // 2, (a[1] + 1) // 2) for a, b in pairwise(levels))
    assert min(levels[-1]) <= networks.SMALLEST


@pytest.mark.parametrize("arch", ARCHS)
@pytest.mark.parametrize("likelihood", ["bernoulli", "logistic"])
def test_the_gradient_reaches_every_parameter(arch: str, likelihood: str) -> None:
    torch.manual_seed(0)
    model = VAE((2, 17, 19), 3, arch, likelihood, width=4, depth=2 if arch != "linear" else 0)
    model.elbo(torch.rand(8, 2, 17, 19)).elbo.mean().backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert bool(p.grad.isfinite().all()), name
        assert float(p.grad.abs().max()) > 0, name


def test_the_published_example_can_be_said() -> None:
    """784-400-(20, 20) and 20-400-784 with ReLU, as in pytorch/examples: 652,824 parameters."""
    model = VAE((1, 28, 28), latent=20, arch="mlp", width=400, depth=1, activation="relu")
    assert kinds(model) == {"ReLU"}
    assert sum(p.numel() for p in model.parameters()) == 652_824


@pytest.mark.parametrize(("shape", "limit"), [((1, 28, 28), 6e6), ((3, 64, 64), 50e6)])
def test_a_conv_decoder_is_cheap_enough_to_drag(shape: tuple[int, int, int], limit: float) -> None:
    model, counter = VAE(shape, 32), FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model.mean_picture(torch.randn(1, 32))
    assert counter.get_total_flops() < limit


def kinds(model: VAE) -> set[str]:
    """The activations in a model's trunks, by the names of their classes."""
    names = {cls.__name__ for cls in networks.ACTIVATIONS.values()}
    return {type(m).__name__ for m in model.modules()} & names


@pytest.mark.parametrize("arch", ["mlp", "conv", "resnet"])
def test_an_activation_stands_between_all_layers_and_changes_no_weight(arch: str) -> None:
    def model_of(**settings: str) -> VAE:
        torch.manual_seed(0)
        return VAE((1, 16, 16), 3, arch, width=4, depth=2, **settings)

    plain = model_of()
    assert kinds(plain) == {"SiLU"}
    for name, cls in networks.ACTIVATIONS.items():
        model = model_of(activation=name)
        assert kinds(model) == {cls.__name__}
        same = zip(plain.state_dict().items(), model.state_dict().items(), strict=True)
        assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in same)
        x = torch.rand(2, 1, 16, 16)
        assert torch.equal(model.embed(x), plain.embed(x)) is (name == "silu")


def test_an_unknown_activation_is_named() -> None:
    with pytest.raises(ValueError, match=r"activation \(='swish'\) must be one of 'silu', 'relu', 'tanh', 'gelu'"):
        VAE(activation="swish")


def test_width_and_depth_count() -> None:
    def size(**settings: Any) -> int:
        return sum(p.numel() for p in VAE((1, 16, 16), 4, "resnet", **settings).parameters())

    assert size() == size(width=32, depth=1) < size(depth=2) < size(width=48, depth=2)


def test_a_decoder_starts_at_its_bias() -> None:
    decoder: Any
    _, decoder = networks.build("conv", (1, 9, 9), 2, 2, 4)
    with torch.no_grad():
        decoder.bias.fill_(7.0)
    assert float(decoder(torch.zeros(1, 2)).detach().mean()) == pytest.approx(7, abs=1)
