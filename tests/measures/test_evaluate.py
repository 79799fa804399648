"""Numbers mean what they say: they do not depend on batches, and each is right where the answer is known."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae import config
from vae.data.load import dataset
from vae.device import moments
from vae.measures.evaluate import active_units, evaluate, ssim, terms
from vae.model import VAE, build
from vae.objectives import kl_to_normal
from vae.pixels import BernoulliPixels
from vae.records import Dataset


def test_a_report_is_what_the_model_says(tiny_model: VAE, tiny_data: Dataset) -> None:
    report = evaluate(tiny_model, tiny_data)
    x = torch.tensor(tiny_data.images).float() / 255
    with torch.no_grad():
        q, again = tiny_model.encode(x), tiny_model.reconstruct(x)
    assert report.elbo == pytest.approx(report.rec - report.kl, abs=1e-3)
    assert report.kl == pytest.approx(sum(report.kl_per_dim), abs=1e-4)
    assert report.kl_per_dim == pytest.approx(kl_to_normal(q).mean(0).tolist(), abs=1e-5)
    assert report.mse == pytest.approx(float((x - again).square().mean()), rel=1e-4)
    assert (report.n, report.k, report.nll, report.binarise) == (240, 0, None, "none")
    assert json.loads(json.dumps(report.to_json()))["kl_per_dim"] == list(report.kl_per_dim)


def test_law_4_batches_change_no_mean(tiny_model: VAE, tiny_data: Dataset) -> None:
    """What draws nothing is equal; what draws differs by no more than its noise."""
    reports = [evaluate(tiny_model, tiny_data, batch=size) for size in (240, 50, 7)]
    turned = Dataset("turned", tiny_data.images[::-1].copy())
    reports.append(evaluate(tiny_model, turned))
    elbos = terms(tiny_model, torch.tensor(tiny_data.images)).elbo
    for other in reports[1:]:
        for name in ("kl", "mse", "psnr", "ssim"):
            assert getattr(other, name) == pytest.approx(getattr(reports[0], name), rel=1e-4), name
        assert abs(other.elbo - reports[0].elbo) < 5 * float(elbos.std()) / math.sqrt(240)


def test_the_same_seed_is_the_same_report(tiny_model: VAE, tiny_data: Dataset) -> None:
    before = torch.get_rng_state()
    one, two, other = (evaluate(tiny_model, tiny_data, binarise="dynamic", k=3, seed=s) for s in (1, 1, 2))
    assert one == two
    assert one.elbo != other.elbo
    assert one.mse == other.mse  # of the pictures as they are
    assert torch.equal(before, torch.get_rng_state())


def test_the_nll_is_a_bound_and_tightens(tiny_model: VAE, tiny_data: Dataset) -> None:
    """The posterior of an untrained encoder is far from the true one, so k matters."""
    elbo, few, many = (evaluate(tiny_model, tiny_data, k=k) for k in (0, 2, 100))
    assert few.nll is not None
    assert many.nll is not None
    assert many.nll < few.nll < -elbo.elbo + 0.3


def test_evaluation_leaves_the_model_as_it_was(tiny_model: VAE, tiny_data: Dataset) -> None:
    tiny_model.train()
    evaluate(tiny_model, tiny_data)
    assert tiny_model.training
    assert all(p.grad is None for p in tiny_model.parameters())


def test_collapse_shows() -> None:
    model = build(config.Model((1, 4, 4), 3, "linear"))
    with torch.no_grad():
        for p in model.encoder.parameters():
            p.zero_()
        model.encoder.net[1].weight[0] = 1.0  # type: ignore[index,union-attr]
    images = np.random.default_rng(0).integers(0, 256, (50, 1, 4, 4)).astype(np.uint8)
    report = evaluate(model, images)
    assert report.active_units == 1
    assert report.kl_per_dim[1:] == (0.0, 0.0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=8))
def test_active_units_count_what_moves(spreads: list[float]) -> None:
    wave = torch.tensor([1.0, -1.0]).repeat(20)[:, None]
    assert active_units(wave * torch.tensor(spreads)) == sum(s**2 > 0.0101 for s in spreads) or any(
        0.0099 < s**2 < 0.0101 for s in spreads
    )


def test_no_model_can_beat_the_floor_and_a_collapsed_one_lands_on_the_baseline(data_dir: Path) -> None:
    """Of the canonical MNIST test pictures as Bernoulli: their own entropy 45.534, the train mean alone 205.967."""
    train, test = (torch.tensor(dataset("mnist", root=data_dir, split=s).images) for s in ("train", "test"))
    x = test.double() / 255
    floor = -BernoulliPixels(x.logit(eps=1e-12)).log_prob(x)
    assert float(floor.mean()) == pytest.approx(45.534, abs=0.001)
    mean = moments(train)[0].double()
    baseline = -BernoulliPixels(mean.logit(eps=1e-3)).log_prob(x)
    assert float(baseline.mean()) == pytest.approx(205.967, abs=0.005)


# --- structural similarity ---


def by_definition(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al., 2004, eq. 13, window by window."""
    at = np.arange(11) - 5
    g = np.exp(-(at**2) / (2 * 1.5**2))
    w = np.outer(g, g) / g.sum() ** 2
    windows = []
    for i in range(a.shape[0] - 10):
        for j in range(a.shape[1] - 10):
            p, q = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq, c = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum(), (w * (p - mp) * (q - mq)).sum()
            windows.append((2 * mp * mq + 1e-4) * (2 * c + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    return float(np.mean(windows))


@given(st.integers(0, 1000), st.floats(0, 1))
def test_ssim_is_its_definition(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    a = rng.random((13, 15))
    b = np.clip(a + noise * rng.standard_normal(a.shape), 0, 1)
    value = ssim(torch.tensor(a)[None, None], torch.tensor(b)[None, None])
    assert float(value) == pytest.approx(by_definition(a, b), abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 9), (1, 1, 1), (2, 40, 5)])
def test_ssim_is_one_for_the_same_picture_of_any_size(shape: tuple[int, int, int]) -> None:
    a = torch.rand(4, *shape)
    assert torch.allclose(ssim(a, a), torch.ones(4), atol=1e-4)
    assert bool((ssim(a, 1 - a) < ssim(a, a)).all())
    assert torch.allclose(ssim(a, 1 - a), ssim(1 - a, a), atol=1e-5)


def test_a_float64_model_is_measured_in_float64(tiny_model: VAE, tiny_data: Dataset) -> None:
    single = evaluate(tiny_model, tiny_data, k=2)
    double = evaluate(tiny_model.double(), tiny_data, k=2)
    assert double.kl == pytest.approx(single.kl, rel=1e-5)
    assert double.mse == pytest.approx(single.mse, rel=1e-5)
    assert double.kl != single.kl
