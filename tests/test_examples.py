"""Every script of examples/ runs as a person would start it, with the smallest settings that still mean something."""

import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tyro
from PIL import Image

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def example(name: str) -> Any:
    """The `main` of a script."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]


def is_drawn(path: Path, rows: int, columns: int, size: int) -> bool:
    """Whether a sheet of so many pictures is there, and holds more than one colour."""
    pixels = np.asarray(Image.open(path))
    return not any(np.mod(pixels.shape[:2], (rows * size, columns * size))) and len(np.unique(pixels)) > 9


def test_train_and_sample(tmp_path: Path) -> None:
    report = example("train_and_sample")(tmp_path / "a.png", epochs=6)
    assert report.elbo > -25.5  # an untrained one has -27.3
    assert report.nll < -report.elbo
    assert is_drawn(tmp_path / "a.png", 4, 12, 8)


def test_own_folder(tmp_path: Path) -> None:
    from vae import checkpoints

    rng = np.random.default_rng(0)
    for kind, grey in (("dark", 60), ("light", 180)):
        (tmp_path / "pictures" / kind).mkdir(parents=True)
        for i in range(12):
            pixels = np.clip(rng.normal(grey, 20, (20, 24, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / kind / f"{i}.png")
    example("own_folder")(tmp_path / "pictures", tmp_path / "run", size=16, latent=2, epochs=2, maps=("pca",))
    card = checkpoints.describe(tmp_path / "run")
    latents, _, _ = checkpoints.read_latents(tmp_path / "run")
    assert card.shape == (3, 16, 16)
    assert card.data.classes == ("dark", "light")
    assert len(latents) == 24


def test_own_model(tmp_path: Path) -> None:
    import torch

    import vae
    from vae import checkpoints

    example("own_model")(tmp_path / "run", steps=300, maps=("pca",))
    card, metrics = checkpoints.describe(tmp_path / "run"), checkpoints.read_metrics(tmp_path / "run")
    assert card.browser
    assert metrics["ssim"] > 0.5  # it has learned to reconstruct
    assert vae.wrap(tmp_path / "run").decode(torch.zeros(2, 6)).shape == (2, 1, 8, 8)


def test_disentangle_sprites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = example("disentangle_sprites")(tmp_path / "t.png", epochs=1, limit=600, arch="mlp")
    assert 0 <= scores.mig <= 1
    assert is_drawn(tmp_path / "t.png", 10, 11, 64)
    assert re.search(r"shape +scale +rotation +x +y", capsys.readouterr().out)


def test_two_betas() -> None:
    reports = example("two_betas")((1.0, 8.0), epochs=8)
    assert reports[8.0].kl < reports[1.0].kl - 1
    assert reports[8.0].rec < reports[1.0].rec


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.stem)
def test_each_says_how_it_is_started(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command in its docstring names options that it has."""
    line = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("python "))
    assert line.startswith(f"python examples/{path.name}")
    with pytest.raises(SystemExit):
        tyro.cli(example(path.stem), args=["--help"])
    shown = capsys.readouterr().out
    assert all(option in shown for option in re.findall(r"--[a-z-]+", line))
    assert f"def test_{path.stem}(" in Path(__file__).read_text(encoding="utf-8")
