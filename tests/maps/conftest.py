"""A shelf of one's own for every test that asks for one."""

from pathlib import Path

import pytest


@pytest.fixture
def maps_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_MAPS_DIR", str(tmp_path / "maps"))
    return tmp_path / "maps"
