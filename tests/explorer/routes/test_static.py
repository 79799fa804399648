"""The bundle and Plotly are served by their names alone."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from explorer.routes import static
from tests.asgi import Answer, request

APP = Starlette(routes=static.ROUTES)


def get(path: str) -> Answer:
    return request(APP, path)


def test_the_bundle_is_served_by_its_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "DIST", tmp_path)
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
