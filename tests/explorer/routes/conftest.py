"""A furnished home with one model, and its address."""

from pathlib import Path
from typing import Any

import pytest

from tests.home import furnish
from vae.checkpoints.card import describe


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Any, tiny_data: Any) -> Path:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return furnish(tmp_path / "models", tiny_model.eval(), tiny_data)


@pytest.fixture
def base(folder: Path) -> str:
    return f"/models/bars/{describe(folder).digest[:12]}/"
