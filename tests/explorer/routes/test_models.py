"""What a browser may fetch, byte for byte, and the sentence that it gets for everything else."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from explorer.engine import models as engine_models
from explorer.routes import models
from tests.asgi import Answer, request
from vae.checkpoints.files import read_latents

APP = Starlette(routes=models.ROUTES)


def get(path: str, **more: Any) -> Answer:
    return request(APP, path, **more)


@pytest.mark.parametrize("name", ["config.json", "latents.safetensors", "decoder.onnx", "metrics.json", "thumb.png"])
def test_a_models_files_are_served_as_they_are(folder: Path, base: str, name: str) -> None:
    answer = get(base + name)
    assert answer.status == 200
    assert answer.body == (folder / name).read_bytes()
    kept = "immutable" in answer.headers["cache-control"]
    assert kept == (name in ("latents.safetensors", "decoder.onnx")), "what can change is asked for again"


@pytest.mark.parametrize(
    "path",
    [
        "encoder.onnx",
        "model.safetensors",
        "train.json",
        "../bars/config.json",
        "..%2f..%2fsecret",
        "%2e%2e/config.json",
        "",
    ],
)
def test_nothing_else_is_served(folder: Path, base: str, path: str) -> None:
    (folder.parent / "secret").write_text("x")
    assert get(base + path).status == 404


@pytest.mark.parametrize("name", ["..", ".", "broken", "nothing", "bars/../bars", "bars\0", "*"])
def test_a_name_is_never_a_path(base: str, name: str) -> None:
    answer = get(f"/models/{quote(name, safe='')}/{base.split('/')[3]}/config.json")
    assert answer.status == 404


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("digest", ["0" * 12, "x", "%20"])
def test_another_digest_is_another_model(digest: str) -> None:
    answer = get(f"/models/bars/{digest}/config.json")
    assert answer.status == 404
    assert "retrained" in answer.text


def test_all_latents_are_taken_away_under_the_models_name(folder: Path, base: str) -> None:
    latents = read_latents(folder)[0]
    npz, text = get(base + "latents.npz"), get(base + "latents.csv")
    for answer, kind in ((npz, "npz"), (text, "csv")):
        assert answer.status == 200
        assert f"bars-latents.{kind}" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-cache", "the items may be encoded again"
    with np.load(io.BytesIO(npz.body)) as found:
        assert found["mean"].tobytes() == latents.mean.tobytes()
        assert found["std"].tobytes() == latents.std.tobytes()
    assert text.headers["content-type"].startswith("text/csv")
    assert len(text.text.splitlines()) == len(latents) + 1


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_latents_that_are_not_there_are_a_sentence(folder: Path, base: str, kind: str) -> None:
    (folder / "latents.safetensors").unlink()
    answer = get(base + f"latents.{kind}")
    assert answer.status == 404
    assert answer.text.endswith(".")


def test_a_picture_whose_data_is_elsewhere_is_missing(base: str) -> None:
    answer = get(base + "item/3.png")
    assert answer.status == 404
    assert "not on this machine" in answer.text


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch, tiny_data: Any) -> Any:
    monkeypatch.setattr(engine_models, "_data", lambda *_: tiny_data)
    return tiny_data


def test_several_items_come_in_one_picture(base: str, at_hand: Any) -> None:
    answer = get(base + "items.png", query="rows=5,0,7")
    sheet = np.asarray(Image.open(io.BytesIO(answer.body)))
    assert answer.status == 200
    assert "immutable" in answer.headers["cache-control"]
    assert np.array_equal(sheet, np.concatenate([at_hand.images[k, 0] for k in (5, 0, 7)], axis=1))


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize(
    ("rows", "status"),
    [("", 400), ("a", 400), ("1,", 400), ("-1", 400), (",".join(["1"] * 65), 400), ("0,999999999", 404)],
)
def test_a_sheet_of_no_items_is_a_sentence(base: str, rows: str, status: int) -> None:
    answer = get(base + "items.png", query=f"rows={rows}")
    assert answer.status == status
    assert answer.text.endswith(".")
