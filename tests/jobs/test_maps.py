"""Laws of what is made of encoded items: one content one place, the same content the same file, nothing by halves."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae.checkpoints import files
from vae.jobs import maps
from vae.jobs.status import STATUS
from vae.maps import make, projection, requests, shelf
from vae.maps.requests import Clusters, Pca, Request, Tsne, Umap
from vae.records import Latents


def latents(n: int = 120, d: int = 4, seed: int = 0) -> Latents:
    """Three clouds, well apart."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 3
    mean = rng.normal(size=(n, d)).astype(np.float32) * 0.3
    mean[:, 0] += 6 * (group == 1)
    mean[:, 1] += 6 * (group == 2)
    return Latents(mean, np.ones_like(mean), np.arange(n), labels=group.astype(np.int64), classes=("a", "b", "c"))


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_MAPS_DIR", str(tmp_path / "maps"))
    return tmp_path / "maps"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    files.write_latents(folder, latents(), ())
    return folder


def laid(model: Path, request: Request) -> Path:
    """A folder with its request, as the explorer leaves it for the process."""
    codes = files.read_latents(model)[0]
    folder = shelf.place(codes, request)
    folder.mkdir(parents=True)
    asked = {"what": requests.to_json(request), "model": str(model), "digest": requests.digest(codes)}
    (folder / maps.REQUEST).write_text(json.dumps(asked))
    return folder


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "vae.jobs.maps", str(folder)], stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("request_", [Pca(), Umap(), Tsne(), Clusters()])
def test_another_setting_is_another_key(request_: Request) -> None:
    keys = {requests.key(request_)}
    for setting in dataclasses.fields(request_):
        value = getattr(request_, setting.name)
        other = "mixture" if isinstance(value, str) else value + 1
        keys.add(requests.key(dataclasses.replace(request_, **{setting.name: other})))
    assert requests.key(Tsne(10)) == requests.key(Tsne(10.0))
    assert len(keys) == 1 + len(dataclasses.fields(request_))
    assert requests.read(requests.to_json(request_)) == request_


def test_another_number_anywhere_is_another_digest() -> None:
    codes = latents()
    assert requests.digest(codes) == requests.digest(latents())
    for row, dim in [(0, 0), (59, 2), (119, 3)]:
        mean = codes.mean.copy()
        mean[row, dim] = np.nextafter(mean[row, dim], np.float32(9))
        assert requests.digest(dataclasses.replace(codes, mean=mean)) != requests.digest(codes)
    mean, std = (array.reshape(240, 2) for array in (codes.mean, codes.std))
    assert requests.digest(dataclasses.replace(codes, mean=mean, std=std)) != requests.digest(codes)


@pytest.mark.parametrize("request_", [Pca(2, 3), Tsne(5), Clusters("kmeans", 3), Clusters("mixture", 3)])
def test_the_same_content_gives_the_same_file(request_: Request, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shelf.save(tmp_path / name, make.make(latents(), request_))
    one, two = ((tmp_path / name / shelf.RESULT).read_bytes() for name in ("one", "two"))
    assert one == two
    back = shelf.load(tmp_path / "one")
    assert back.title == request_.title
    assert requests.read(back.request) == request_


def test_what_was_made_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make.obtain(latents(), Tsne(5))
    monkeypatch.setattr(make, "make", lambda *_: pytest.fail("it was made again"))
    again = make.obtain(latents(), Tsne(5))
    assert first.map is not None
    assert again.map is not None
    assert np.array_equal(first.map.xy, again.map.xy)


def test_any_two_components_are_the_svds() -> None:
    codes = latents()
    centred = codes.mean - codes.mean.mean(0)
    v = np.linalg.svd(centred, full_matrices=False)[2]
    made = projection.pca(codes, 2, 0)
    assert made.components is not None
    for mine, theirs in zip(made.components, v[[2, 0]], strict=True):
        assert abs(float(mine @ theirs)) == pytest.approx(1, abs=1e-4)
    assert np.allclose(projection.place(made, codes, codes.mean), made.xy, atol=1e-4)


def test_of_many_items_a_random_few_are_laid_out_and_the_rest_lies_with_its_neighbours() -> None:
    codes = latents(240)
    made = make.make(codes, Tsne(5, limit=60))
    assert made.laid == 60
    assert made.map is not None
    rows = make._sample(240, 60, 0)
    assert rows is not None
    assert not np.array_equal(rows, np.arange(60)), "drawn at random, never the first"
    assert len(set(rows.tolist())) == 60
    centres = np.stack([made.map.xy[codes.labels == k].mean(0) for k in range(3)])
    nearest = ((made.map.xy[:, None] - centres) ** 2).sum(-1).argmin(1)
    assert (nearest == codes.labels).mean() > 0.95
    assert made.trust is not None
    assert made.trust > 0.8


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_clusters_find_the_clouds(method: str) -> None:
    made = make.make(latents(), Clusters(method, 3))
    assert made.codes is not None
    pairs = set(zip(made.codes.tolist(), (np.arange(120) % 3).tolist(), strict=True))
    assert len(pairs) == 3
    assert len(made.classes) == 3


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (Pca(1, 9), "between 1 and 4"), (Pca(2, 2), "differ"), (Umap(neighbours=1), "neighbours"),
        (Umap(min_dist=float("nan")), "min_dist"), (Tsne(perplexity=41), "perplexity"), (Tsne(seed=-1), "seed"),
        (Clusters("dbscan"), "kmeans or mixture"), (Clusters(k=1), "between 2"), (Clusters(k=500), "between 2"),
    ],
)  # fmt: skip
def test_a_setting_out_of_range_is_a_sentence(request_: Request, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        make.make(latents(), request_)


@pytest.mark.parametrize(
    "wish",
    [None, [], {}, {"kind": "isomap"}, {"kind": "tsne", "perplexity": "30"}, {"kind": "umap", "seed": 1.5},
     {"kind": "pca", "__class__": 1}, {"kind": "umap", "neighbours": True}],
)  # fmt: skip
def test_a_wish_that_is_none_is_a_sentence(wish: Any) -> None:
    with pytest.raises(ValueError, match=r"must|no setting"):
        requests.read(wish)


def test_too_few_items_and_numbers_that_are_none_are_sentences() -> None:
    with pytest.raises(ValueError, match="too few"):
        make.make(latents(4), Tsne(1))
    mean = latents().mean.copy()
    mean[7, 1] = np.nan
    with pytest.raises(ValueError, match="1 of 120 items"):
        make.make(dataclasses.replace(latents(), mean=mean), Tsne(5))


def test_progress_is_told() -> None:
    told: list[tuple[str, float]] = []
    make.make(latents(), Tsne(5), lambda message, share: told.append((message, share)))
    shares = [share for message, share in told if message == "Laying out"]
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_the_process_leaves_a_map(model: Path) -> None:
    folder = laid(model, Tsne(5))
    assert started(folder).wait(120) == 0
    assert json.loads((folder / STATUS).read_text())["state"] == "done"
    made = shelf.load(folder)
    assert made.map is not None
    assert made.map.xy.shape == (120, 2)
    assert made.map.name == folder.name


def test_cancelled_it_ends_and_leaves_no_half(model: Path) -> None:
    folder = laid(model, Tsne(5))
    (folder / maps.CANCEL).touch()
    assert started(folder).wait(120) in (maps.CANCELLED, 0)
    process = started(again := laid(model, Pca(3, 4)))
    process.kill()
    process.wait()
    names = {path.name for path in again.iterdir()}
    assert shelf.RESULT not in names or shelf.load(again).map is not None


def test_killed_while_it_works_it_leaves_no_file(model: Path) -> None:
    folder = laid(model, Tsne(5))
    code = "import sys, time, vae.jobs.maps as m; m.make.make = lambda *_: time.sleep(60); m.main([sys.argv[1]])"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    until = time.monotonic() + 60
    while not (folder / STATUS).exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (folder / shelf.RESULT).exists()
    shelf.remove(folder)
    assert not folder.exists()
    assert make.obtain(latents(), Tsne(5)).map is not None, "asked for again, it is made"


def test_a_failure_is_told_in_a_sentence(model: Path) -> None:
    folder = laid(model, Tsne(5))
    files.write_latents(model, latents(seed=1), ())
    assert started(folder).wait(120) == 1
    status = json.loads((folder / STATUS).read_text())
    assert status["state"] == "failed"
    assert "changed meanwhile" in status["message"]


def test_no_memory_is_a_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(model, Tsne(5))

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(make, "make", full)
    with pytest.raises(MemoryError):
        maps.work(folder)
    assert "memory" in json.loads((folder / STATUS).read_text())["message"]


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / shelf.RESULT).write_bytes(b"\x00 no such thing")
    with pytest.raises(files.CheckpointError, match="make it again"):
        shelf.load(tmp_path)
