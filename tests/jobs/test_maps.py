"""The process that computes a map: its result whole or absent, its failure a sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.maps.test_make import latents
from vae.checkpoints import files
from vae.jobs import maps, status
from vae.maps import make, shelf
from vae.maps.requests import MapRequest, Pca, Tsne


@pytest.fixture(autouse=True)
def _maps_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_MAPS_DIR", str(tmp_path / "maps"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    files.write_latents(folder, latents(), ())
    return folder


def prepare(model: Path, request: MapRequest) -> Path:
    """A folder with its request, as the explorer leaves it for the process."""
    codes = files.read_latents(model)[0]
    folder = shelf.place(codes, request)
    folder.mkdir(parents=True)
    maps.write_request(folder, model, codes, request)
    return folder


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "vae.jobs.maps", str(folder)], stderr=subprocess.DEVNULL)


def state(folder: Path) -> str:
    now = status.read(folder)
    return now.state if now else ""


def test_the_process_leaves_a_map(model: Path) -> None:
    folder = prepare(model, Tsne(5))
    assert start(folder).wait(120) == 0
    assert state(folder) == "done"
    result = shelf.load(folder)
    assert result.map is not None
    assert result.map.xy.shape == (120, 2)
    assert result.map.name == folder.name


def test_cancelled_it_ends_and_leaves_no_half(model: Path) -> None:
    folder = prepare(model, Tsne(5))
    (folder / maps.CANCEL).touch()
    assert start(folder).wait(120) in (maps.CANCELLED, 0)
    process = start(again := prepare(model, Pca(3, 4)))
    process.kill()
    process.wait()
    names = {path.name for path in again.iterdir()}
    assert shelf.RESULT not in names or shelf.load(again).map is not None


def test_killed_while_it_works_it_leaves_no_file(model: Path) -> None:
    folder = prepare(model, Tsne(5))
    code = "import sys, time, vae.jobs.maps as m; m.make.make = lambda *_: time.sleep(60); m.main([sys.argv[1]])"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    until = time.monotonic() + 60
    while not state(folder) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (folder / shelf.RESULT).exists()
    shelf.remove(folder)
    assert not folder.exists()
    assert make.obtain(latents(), Tsne(5)).map is not None, "requested again, it is computed"


def test_a_failure_is_a_sentence_in_its_status(model: Path) -> None:
    folder = prepare(model, Tsne(5))
    files.write_latents(model, latents(seed=1), ())
    assert start(folder).wait(120) == 1
    last = status.read(folder)
    assert last is not None
    assert last.state == "failed"
    assert "changed meanwhile" in last.message
    assert last.title == Tsne(5).title


def test_no_memory_is_a_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepare(model, Tsne(5))

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(make, "make", full)
    with pytest.raises(MemoryError):
        maps.work(folder)
    last = status.read(folder)
    assert last is not None
    assert "memory is full: close other programs" in last.message
