"""Every published row can be run, what follows from the data alone does, and a linear VAE is probabilistic PCA."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.commands.cli import main
from vae.data import sprites
from vae.papers import pca, protocols, rows
from vae.papers.rows import ABSENT, ROWS, Figure, Reproduce, Result
from vae.records import Dataset

TINY: dict[str, dict[str, Any]] = {
    "data": {}, "linear-2": {"epochs": 1}, "linear-10": {"epochs": 1}, "linear-50": {"epochs": 1},
    "example": {}, "example-600": {"hidden": (8,), "latent": 4}, "flax": {},
    "altosaar": {"every": 1, "steps": 3}, "pythae": {"epochs": 1, "samples": 3},
    "iwae-short": {"stages": 2, "samples": 3}, "iwae": {"stages": 1, "samples": 3},
    "vae-k-short": {"stages": 2, "samples": 3}, "vae-k": {"stages": 1, "samples": 3},
    "vampprior": {"epochs": 2, "k": 5, "samples": 3}, "conv-res": {"epochs": 1, "width": 4}, "tcvae": {"epochs": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_row_yields_every_figure_once(name: str, tiny_data: Dataset) -> None:
    row = ROWS[name]
    cells = np.random.default_rng(0).integers(0, sprites.GRID, (40, 5))
    data = sprites.at(cells) if row.data == "sprites" else tiny_data
    pairs = list(getattr(protocols, row.run)(data, data, **{**row.options, **TINY[name], "device": "cpu"}))
    assert all(np.isfinite(value) for _, value in pairs)
    names, expected = [what for what, _ in pairs], [figure.name for figure in row.figures]
    assert sorted(what for what in names if what in expected) == sorted(expected)


def test_what_follows_from_the_data_follows(data_dir: Path) -> None:
    results = list(rows.run("data", data_dir))
    assert len(results) == len(ROWS["data"].figures)
    assert [r for r in results if not r.reached] == []


# --- probabilistic PCA ---


def low_rank(n: int = 2000, seed: int = 0) -> Dataset:
    """Grey 4x4 pictures: two directions that stand out from the noise, so that few steps settle."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(np.random.default_rng(9).normal(size=(16, 2)))[0]
    x = 128 + rng.normal(size=(n, 2)) * [75, 50] @ axes.T + rng.normal(size=(n, 16)) * 20
    return Dataset("planes", np.clip(x.round(), 0, 255).astype(np.uint8).reshape(n, 1, 4, 4))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_probabilistic_pca_is_its_closed_form(k: int) -> None:
    """log N(x | m, C), C = W Wᵀ + σ² I, W = U (Λ - σ² I)^(1/2), σ² the mean of the other eigenvalues (eqs. 7 and 8)."""
    train, x = (low_rank(n, seed).images.reshape(n, 16) / 255 for n, seed in ((2000, 0), (50, 1)))
    values, vectors = np.linalg.eigh(np.cov(train, rowvar=False))
    u, lam, sigma2 = vectors[:, ::-1][:, :k], values[::-1][:k], values[::-1][k:].mean()
    w = u * np.sqrt(lam - sigma2)
    c = w @ w.T + sigma2 * np.eye(16)
    away = x - train.mean(0)
    square = (away @ np.linalg.inv(c) * away).sum(1)
    closed = -0.5 * (square + np.linalg.slogdet(c)[1] + 16 * np.log(2 * np.pi))
    assert np.allclose(pca.fit(train, k).score_samples(x), closed, atol=1e-6)


def test_more_components_leave_less_error() -> None:
    train, x = (pca.pixels(low_rank(n, seed).images) for n, seed in ((2000, 0), (50, 1)))
    errors = [pca.squared_error(pca.fit(train, k), x) for k in (1, 2, 5)]
    assert errors == sorted(errors, reverse=True)
    axes = np.linalg.svd(train - train.mean(0), full_matrices=False)[2][:2]
    away = x - train.mean(0)
    assert errors[1] == pytest.approx(np.square(away - away @ axes.T @ axes).mean(), abs=1e-12)


@pytest.mark.parametrize("k", [1, 2])
def test_a_linear_vae_with_one_sigma_is_probabilistic_pca(k: int) -> None:
    """ELBO, sigma, optimiser and NLL at once: the optimum is known, and the bound is tight there."""
    values = dict(protocols.linear(low_rank(), low_rank(seed=1), k, epochs=40, batch=50, lr=0.1, device="cpu"))
    assert values["below probabilistic PCA"] == pytest.approx(0, abs=0.1)
    assert values["log_prob(k = 1) above the ELBO"] == pytest.approx(0, abs=0.05)


# --- binarised once ---


@given(st.integers(0, 999))
def test_static_pixels_are_drawn_once_with_their_grey_as_the_chance(seed: int) -> None:
    grey = Dataset("g", np.broadcast_to(np.array([0, 64, 192, 255], np.uint8), (3000, 1, 1, 4)))
    drawn = protocols.static(grey, seed).images
    assert set(np.unique(drawn)) <= {0, 255}
    assert np.array_equal(drawn, protocols.static(grey, seed).images)
    assert np.allclose(drawn.mean((0, 1, 2)) / 255, np.array([0, 64, 192, 255]) / 255, atol=0.04)
    assert (drawn[..., 0] == 0).all()
    assert (drawn[..., 3] == 255).all()


def test_what_is_held_out_is_the_end_and_keeps_its_labels(tiny_data: Dataset) -> None:
    first, last = protocols.held_out(tiny_data)
    assert len(first) == 5 * len(last)
    for name in ("images", "labels"):
        assert np.array_equal(np.concatenate([getattr(first, name), getattr(last, name)]), getattr(tiny_data, name))


# --- what is said ---


def test_near_enough_is_said_by_the_figure() -> None:
    figure = Figure("x", 100.0, 0.5)
    assert [Result(figure, v, 0).reached for v in (99.4, 99.6, 100.4, 100.6)] == [False, True, True, False]
    assert [Result(replace(figure, at_most=True), v, 0).reached for v in (50.0, 100.4, 100.6)] == [True, True, False]


def test_each_row_is_told_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    Reproduce()()
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split("`")[1] for line in lines if "`" in line] == [f"vae reproduce {name}" for name in ROWS]
    assert [line.split(" | ")[1] for line in lines if "`" not in line] == [title for title, _, _ in ABSENT]
    assert sum("not available: " in line for line in lines) == len(ABSENT)
    assert "112.2, 108.5, 105.6 | minutes" in next(line for line in lines if "PyTorch" in line)
    assert all(row.protocol and row.source for row in ROWS.values())


def test_a_run_is_printed_and_a_miss_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [Result(Figure("-ELBO", 105.6, 0.5), 105.4, 12.0), Result(Figure("NLL", 90, 0.5), 93, 13.0)]
    monkeypatch.setattr(rows, "run", lambda *_: iter(results[:1]))
    Reproduce("example")()
    text = capsys.readouterr().out
    assert "784-400-20-400-784" in text
    assert "105.4" in text
    assert "further off" not in text
    monkeypatch.setattr(rows, "run", lambda *_: iter(results))
    with pytest.raises(ArithmeticError, match="example was not reproduced: NLL"):
        Reproduce("example")()
    assert "further off than 0.5" in capsys.readouterr().out


def test_unknown_rows_and_hours_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"'vdvae' is no published row. Known: data, linear-2"):
        Reproduce("vdvae")()
    with pytest.raises(ValueError, match="iwae takes hours on a CPU"):
        Reproduce("iwae", device="cpu")()
    monkeypatch.setattr(rows, "run", lambda *_: iter(()))
    Reproduce("iwae", device="cpu", anyway=True)()


def test_it_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 0
    assert "vae reproduce example" in capsys.readouterr().out
    assert main(["reproduce", "vdvae"]) == 1
    assert "is no published row" in capsys.readouterr().err
