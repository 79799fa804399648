"""Maps, clusters and columns over HTTP: asked once, made once, found again; whatever goes wrong is a sentence."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from explorer.engine import maps, models, uploads, warmup
from explorer.jobs import maps as jobs
from explorer.routes import maps as map_routes
from explorer.routes import models as model_routes
from tests.asgi import Answer, request
from tests.explorer.views.test_pages import opened
from tests.home import furnish
from vae.checkpoints.card import describe
from vae.maps import shelf
from vae.maps.make import obtain
from vae.maps.requests import Pca, Tsne

APP = Starlette(routes=[*map_routes.ROUTES, *model_routes.ROUTES])
SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
SILENT = (sys.executable, "-c", "import sys; sys.exit(9)")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Any, tiny_data: Any) -> Path:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.delenv("VAE_MAPS_DIR", raising=False)
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    return furnish(tmp_path / "models", tiny_model.eval(), tiny_data)


@pytest.fixture
def base(folder: Path) -> str:
    return f"/models/bars/{describe(folder).digest[:12]}/made"


def send(base: str, body: Any, kind: str = "application/json") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request(APP, base, method="POST", body=raw, headers={"content-type": kind})


def finished(base: str, key: str, seconds: float = 90) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        thing = next(each for each in json.loads(request(APP, base).body) if each["key"] == key)
        if thing["state"] != "running":
            return dict(thing)
        time.sleep(0.1)
    raise AssertionError("it was never finished")


def test_a_map_is_asked_for_made_fetched_and_removed(folder: Path, base: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    wish = {"kind": "tsne", "perplexity": 10, "seed": 3}
    asked = json.loads(send(base, wish).body)
    again = json.loads(send(base, wish).body)
    assert again["key"] == asked["key"], "the same wish is the same map"
    done = finished(base, asked["key"])
    assert done["state"] == "done"
    assert done["title"] == "t-SNE 10, seed 3"
    assert 0 < done["trust"] <= 1
    answer = request(APP, f"{base}/{asked['key']}")
    assert answer.status == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.body == (shelf.place(models.latents(describe(folder)), Tsne(10, 3)) / shelf.RESULT).read_bytes()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before, "the model's folder is left alone"
    assert request(APP, f"{base}/{asked['key']}", method="DELETE").status == 200
    assert json.loads(request(APP, base).body) == []
    assert request(APP, f"{base}/{asked['key']}").status == 404


def test_encode_places_a_picture_on_it(folder: Path) -> None:
    card = describe(folder)
    latents = models.latents(card)
    made = obtain(latents, Tsne(10))
    assert made.map is not None
    key = maps.jobs(card)[0].key
    assert maps.titles(card) == {key: "t-SNE 10"}
    assert [each.name for each in maps.projections(card)] == ["pca", "umap", key]
    assert np.allclose(uploads.place(card, key, latents.mean[7:8])[0], made.map.xy[7], atol=1e-2)


def test_two_at_once_are_one_process(folder: Path) -> None:
    card = describe(folder)
    latents = models.latents(card)
    with ThreadPoolExecutor(8) as pool:
        things = list(pool.map(lambda _: jobs.start(folder, latents, Tsne(10), SLEEPER), range(8)))
    assert {each.key for each in things} == {things[0].key}
    assert {each.state for each in things} == {"running"}
    log = list(shelf.root().rglob("request.json"))
    assert len(log) == 1
    assert jobs.remove(latents, things[0].key), "cancelled"
    assert jobs.jobs(latents) == []
    assert not jobs.remove(latents, things[0].key)


def test_a_process_that_dies_is_a_sentence_and_may_be_asked_again(folder: Path) -> None:
    latents = models.latents(describe(folder))
    key = jobs.start(folder, latents, Tsne(10), SILENT).key
    until = time.monotonic() + 30
    while (thing := jobs.jobs(latents)[0]).state == "running" and time.monotonic() < until:
        time.sleep(0.05)
    assert thing.state == "failed"
    assert "without a message" in thing.message
    assert jobs.start(folder, latents, Tsne(10), SLEEPER).state == "running"
    assert jobs.remove(latents, key)


def test_more_than_two_at_once_is_a_sentence(folder: Path) -> None:
    latents = models.latents(describe(folder))
    keys = [jobs.start(folder, latents, Tsne(10, seed), SLEEPER).key for seed in range(2)]
    with pytest.raises(jobs.Refused, match="wait for t-SNE 10"):
        jobs.start(folder, latents, Tsne(10, 9), SLEEPER)
    assert len(jobs.jobs(latents)) == 2, "what was refused left nothing behind"
    assert all(jobs.remove(latents, key) for key in keys)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"kind": "tsne", "perplexity": 4000}, "perplexity"),
        ({"kind": "pca", "first": 1, "second": 3}, "there are 2 components"),
        ({"kind": "nothing"}, "must name its kind"),
        (b"{", "application/json"),
        (b"[" * 3000, "application/json"),
        ([], "must name its kind"),
        ({"kind": "clusters", "k": 1}, "between 2 and"),
    ],
)
def test_a_wish_that_cannot_be_is_a_sentence(base: str, wish: Any, word: str) -> None:
    answer = send(base, wish)
    assert answer.status == 400
    assert word in answer.text
    assert json.loads(request(APP, base).body) == []


def test_a_page_of_another_origin_cannot_ask(base: str) -> None:
    assert send(base, {"kind": "pca"}, "text/plain").status == 415
    assert send(base, b"x" * 5000).status == 413


def test_columns_are_kept_and_replaced_by_name(folder: Path, base: str) -> None:
    n = len(models.latents(describe(folder)))
    table = "size,kind\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(n))
    kept = json.loads(send(base, table.encode(), "text/csv").body)
    assert [each["title"] for each in kept] == ["size", "kind"]
    assert {each["kind"] for each in kept} == {"column"}
    assert request(APP, f"{base}/{kept[0]['key']}").status == 200
    other = "size\n" + "".join(f"{2 * i}\n" for i in range(n))
    (new,) = json.loads(send(base, other.encode(), "text/csv").body)
    assert sorted(each["title"] for each in json.loads(request(APP, base).body)) == ["kind", "size"]
    assert new["key"] != kept[0]["key"]
    answer = send(base, b"size\n1\n", "text/csv")
    assert answer.status == 400
    assert f"must have {n}" in answer.text


def test_a_folder_that_cannot_be_written_is_a_sentence(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAE_MAPS_DIR", str(tmp_path / "file"))
    answer = send(base, {"kind": "pca"})
    assert answer.status == 507
    assert "VAE_MAPS_DIR" in answer.text


@pytest.mark.parametrize("key", ["../../x", "..%2f..%2fconfig.json", "0" * 12, "request.json", "."])
def test_a_key_is_never_a_path(folder: Path, base: str, key: str) -> None:
    assert request(APP, f"{base}/{key}").status == 404
    request(APP, f"{base}/{key}", method="DELETE")
    assert (folder / "config.json").exists()


def test_a_damaged_result_is_a_sentence(folder: Path, base: str) -> None:
    latents = models.latents(describe(folder))
    obtain(latents, Pca(2, 1))
    place = shelf.place(latents, Pca(2, 1))
    (place / shelf.RESULT).write_bytes(b"\x00 no such thing")
    (thing,) = json.loads(request(APP, base).body)
    assert thing["state"] == "failed"
    assert "make it again" in thing["message"]
    assert [each.name for each in maps.projections(describe(folder))] == ["pca", "umap"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", ["explore", "encode", "paths"])
def test_a_link_to_a_map_that_is_not_here_opens_the_page(page: str) -> None:
    app = opened(page, model="bars", map="0123456789ab", colour="ba9876543210")
    assert not app.exception
    assert not app.error
