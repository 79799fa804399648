"""Training learns, says what is wrong with what it is given, and finds the exact answer where there is one."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from vae import config
from vae.model import VAE, build
from vae.records import Dataset
from vae.training.fit import Run, fit, train

TINY = config.Model((1, 8, 8), 2, "mlp", width=32, depth=1)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_learns(precision: Any, tiny_data: Dataset) -> None:
    model = build(TINY)
    settings = config.Train(epochs=30, batch=40, lr=0.01, precision=precision)
    run = fit(model, tiny_data, settings, valid=tiny_data)
    assert isinstance(run, Run)
    assert len(run.valid_elbo) == 30
    assert run.valid_elbo[-1] > run.valid_elbo[0] + 3
    assert run.history[-1].skipped == 0
    assert all(p.dtype == torch.float32 for p in model.parameters())


@pytest.mark.parametrize(
    "objective", [config.IWAE(3), config.TC(), config.Capacity(), config.FreeBits(), config.MMD()],
    ids=lambda o: type(o).__name__,
)  # fmt: skip
def test_every_objective_learns(objective: config.Objective, tiny_data: Dataset) -> None:
    run = fit(build(TINY), tiny_data, config.Train(epochs=12, batch=40, lr=0.01, objective=objective))
    assert run.history[-1].rec > run.history[0].rec


def test_law_8_the_kl_goes_to_the_capacity(tiny_data: Dataset) -> None:
    model = build(config.Model((1, 8, 8), 4, "mlp", width=32, depth=1))
    settings = config.Train(epochs=60, batch=60, lr=0.01, objective=config.Capacity(100.0, 5.0, 0.5))
    run = fit(model, tiny_data, settings, valid=tiny_data)
    assert run.history[-1].valid["kl"] == pytest.approx(5.0, abs=0.2)


def test_the_first_picture_is_the_mean_of_the_data(tiny_data: Dataset) -> None:
    model = build(TINY)
    for _ in train(model, tiny_data, config.Train(epochs=1, lr=1e-7), stop=lambda: True):
        pass
    mean = torch.tensor(tiny_data.images).float().mean(0) / 255
    assert float((model.mean_picture(torch.zeros(1, 2))[0] - mean).detach().abs().mean()) < 0.08


def test_floats_and_bytes_are_the_same_data(tiny_data: Dataset) -> None:
    runs = []
    for data in (tiny_data, tiny_data.images, torch.tensor(tiny_data.images), tiny_data.images.astype("f4") / 255):
        model = build(TINY)
        fit(model, data, config.Train(epochs=1))
        runs.append(model.embed(torch.full((1, 1, 8, 8), 0.5)).detach())
    assert all(torch.allclose(runs[0], other, atol=1e-5) for other in runs[1:])


def test_fewer_pictures_than_a_batch_are_one_batch(tiny_data: Dataset) -> None:
    run = fit(build(TINY), tiny_data.images[:5], config.Train(epochs=3, batch=128))
    assert [p.step for p in run.history] == [1, 2, 3]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (np.zeros((4, 1, 8, 8)) + 3.0, r"float64 from 3 to 3, but must be uint8, or floats in \[0, 1\]"),
        (np.zeros((4, 1, 8, 8)) - 1.0, r"from -1 to -1"),
        (np.full((4, 1, 8, 8), np.nan), "from nan to nan"),
        (np.zeros((4, 1, 8, 8), np.int64), "is torch.int64"),
        (np.zeros((4, 8, 8), np.uint8), r"has the shape \(4, 8, 8\), but must be \(N, C, H, W\)"),
        (np.zeros((0, 1, 8, 8), np.uint8), "with N at least 1"),
        (np.zeros((4, 3, 8, 8), np.uint8), r"the model reads \(1, 8, 8\): resize them, or build a model"),
    ],
)
def test_data_that_does_not_fit_is_named(data: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fit(build(TINY), data, config.Train(epochs=1))


@pytest.mark.parametrize(
    ("settings", "options", "says"),
    [
        ({"epochs": 0}, {}, r"epochs \(=0\) must lie between 1"),
        ({}, {"binarise": "static"}, r"binarise \(='static'\) must be one of 'none', 'dynamic'"),
        ({}, {"augment": "rotate"}, r"augment \(='rotate'\) must be one of"),
        ({"patience": 2}, {}, r"patience \(=2\) counts epochs by the validation ELBO: give `valid`"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    settings: dict[str, Any], options: dict[str, Any], says: str, tiny_data: Dataset
) -> None:
    with pytest.raises(ValueError, match=says):
        fit(build(TINY), tiny_data, config.Train(**settings), **options)


def test_a_device_that_is_not_here_is_named(tiny_data: Dataset) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ValueError, match=r"device \(='cuda'\) is not available: this machine has .*cpu.*Choose 'auto'"):
        fit(build(TINY), tiny_data, config.Train(device="cuda"))


def test_beta_and_a_fixed_sigma_are_one_knob(tiny_data: Dataset) -> None:
    model = VAE((1, 8, 8), 2, "mlp", config.Gaussian(0.5), width=8)
    with pytest.warns(UserWarning, match=r"one knob: the optimum is that of beta = 1 with sigma = 1\b"):
        fit(model, tiny_data, config.Train(epochs=1, objective=config.Beta(4.0)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(VAE((1, 8, 8), 2, "mlp", "gaussian", width=8), tiny_data, config.Train(epochs=1))
        learned = VAE((1, 8, 8), 2, "mlp", config.Gaussian("learned"), width=8)
        fit(learned, tiny_data, config.Train(epochs=1, objective=config.Beta(4.0)))


def ppca(x: torch.Tensor, k: int) -> float:
    """The mean log density of the best probabilistic PCA with k latents (Tipping and Bishop, 1999, eq. 8)."""
    d = x.shape[1]
    values = torch.linalg.eigvalsh(torch.cov(x.T, correction=0)).flip(0)
    noise = values[k:].mean()
    log_det = values[:k].log().sum() + (d - k) * noise.log()
    return float(-0.5 * (d * math.log(2 * math.pi) + log_det + d))


def test_a_linear_vae_is_probabilistic_pca() -> None:
    """One learned σ, linear trunks: the global optimum is known, and the bound is tight there (Lucas et al., 2019)."""
    generator = torch.Generator().manual_seed(0)
    z, w = torch.randn(1000, 2, generator=generator), torch.randn(2, 12, generator=generator)
    x = (0.5 + 0.1 * z @ w + 0.05 * torch.randn(1000, 12, generator=generator)).clamp(0, 1)
    model = VAE((1, 3, 4), 2, "linear", config.Gaussian("learned"))
    fit(model, x.view(-1, 1, 3, 4), config.Train(epochs=40, batch=200, lr=0.1))
    exact = ppca(x.double(), 2)
    pictures = x.view(-1, 1, 3, 4)
    g = torch.Generator().manual_seed(1)
    with torch.no_grad():
        elbo = float(model.elbo(pictures, g).elbo.mean())
        one, many = (float(model.log_prob(pictures, k, g).mean()) for k in (1, 100))
    assert elbo == pytest.approx(exact, abs=0.15)
    assert one == pytest.approx(elbo, abs=0.1)
    assert many == pytest.approx(exact, abs=0.1)
