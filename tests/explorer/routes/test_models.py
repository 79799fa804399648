"""What a browser may fetch, byte for byte, and the sentence that it gets for everything else."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from explorer.routes import models
from tests.asgi import Answer, request
from tests.home import furnish
from vae.checkpoints.card import describe
from vae.checkpoints.files import read_latents

APP = Starlette(routes=models.ROUTES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Any, tiny_data: Any) -> Path:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return furnish(tmp_path / "models", tiny_model.eval(), tiny_data)


@pytest.fixture
def base(folder: Path) -> str:
    return f"/models/bars/{describe(folder).digest[:12]}/"


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


def test_a_decode_is_the_models_own(base: str, tiny_model: Any) -> None:
    from vae.latents import decode

    z = np.random.default_rng(0).standard_normal((5, 2), np.float32)
    answer = get(base + "decode", method="POST", body=z.astype("<f4").tobytes())
    pictures = np.frombuffer(answer.body, "<f4").reshape(5, 1, 8, 8)
    assert answer.status == 200
    assert np.array_equal(pictures, decode(tiny_model, z))


def test_with_beside_there_follows_what_the_mean_does_not_tell(folder: Path, base: str) -> None:
    import torch

    from vae import checkpoints, config, model

    loud = model.build(config.Model((1, 8, 8), 2, "mlp", config.Logistic(), width=8), seed=1)
    base = base.replace(base.split("/")[3], checkpoints.write_model(folder, loud.config, loud.state_dict()).digest[:12])
    z = np.random.default_rng(0).standard_normal((5, 2), np.float32)
    plain = get(base + "decode", method="POST", body=z.astype("<f4").tobytes())
    whole = get(base + "decode", method="POST", query="beside=1", body=z.astype("<f4").tobytes())
    assert whole.body.startswith(plain.body)
    x, loc, scale = np.frombuffer(whole.body, "<f4").reshape(3, 5, 1, 8, 8)
    with torch.no_grad():
        parts = loud.eval().decode_parts(torch.from_numpy(z))
    for ours, theirs in ((x, parts["x"]), (loc, parts["loc"]), (scale, parts["scale"])):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_beside_a_bernoullis_mean_there_is_nothing(base: str) -> None:
    z = np.ones((3, 2), "<f4").tobytes()
    answers = [get(base + "decode", method="POST", query=query, body=z).body for query in ("", "beside=1", "beside=x")]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"123", 400),
        (np.zeros(3, "<f4").tobytes(), 400),
        (np.array([0, np.nan], "<f4").tobytes(), 400),
        (np.zeros(2 * 257, "<f4").tobytes(), 413),
    ],
)
def test_a_body_that_is_no_z_gets_a_sentence(base: str, body: bytes, status: int) -> None:
    answer = get(base + "decode", method="POST", body=body)
    assert answer.status == status
    assert answer.text.endswith(".")


def test_the_most_points_at_once_are_decoded(base: str) -> None:
    answer = get(base + "decode", method="POST", body=np.zeros(2 * models.MOST, "<f4").tobytes())
    assert len(answer.body) == models.MOST * 64 * 4


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
    monkeypatch.setattr(models.models, "_data", lambda *_: tiny_data)
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


def test_the_bundle_is_served_by_its_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "DIST", tmp_path)
    (tmp_path / "studio-0a1b2c3d.js").write_text("1")
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "plain.wasm").write_bytes(b"\0asm")
    hashed, plain = get("/studio/studio-0a1b2c3d.js"), get("/studio/plain.wasm")
    assert "immutable" in hashed.headers["cache-control"]
    assert hashed.headers["content-type"].startswith("text/javascript")
    assert plain.headers["content-type"] == "application/wasm"
    assert plain.headers["cache-control"] == "no-cache"
    for name in ("manifest.json", "missing.js", "..%2fstudio-0a1b2c3d.js"):
        assert get(f"/studio/{name}").status == 404


def test_plotly_is_served_from_its_package() -> None:
    answer = get("/plotly.js")
    assert answer.status == 200
    assert answer.body.startswith(b"/**\n* plotly.js")
