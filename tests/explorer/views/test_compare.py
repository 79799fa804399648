"""The second model: which one fits, what travels to the studio and back, and what a link makes of one that is gone."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from explorer.engine import warmup
from explorer.routes import networks
from explorer.studio import bundle
from tests.asgi import request
from tests.home import furnish
from vae.checkpoints.card import describe
from vae.checkpoints.folder import update

APP = Starlette(routes=networks.ROUTES)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Any, tiny_data: Any) -> tuple[Path, Path]:
    """Two checkpoints of the same pictures: `bars`, and `twin` with other weights."""
    from vae.model import build

    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    monkeypatch.setattr(bundle, "files", dict)
    first = furnish(tmp_path / "models", tiny_model.eval(), tiny_data)
    other = furnish(tmp_path / "made", build(tiny_model.config, seed=2).eval(), tiny_data)
    return first, Path(shutil.copytree(other, first.parent / "twin"))


# --- the address ------------------------------------------------------------------------------------------------------


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(Path("explorer/main.py").resolve()), default_timeout=60)
    app.query_params.update(query)
    return app.run()


def address(app: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in app.query_params.items()}


def test_a_link_keeps_its_second_model(pair: tuple[Path, Path]) -> None:
    digest = describe(pair[1]).digest[:12]
    app = opened(**{"model": "bars", "with": "twin", "with_at": digest, "by": "numbers"})
    assert not app.exception
    assert not app.warning
    assert {"with": "twin", "with_at": digest, "by": "numbers"}.items() <= address(app).items()


@pytest.mark.parametrize(("name", "at", "sentence"), [
    ("gone", "", "there is no model of that name"),
    ("broken", "", "newer"),
    ("twin", "0" * 12, "trained anew"),
])  # fmt: skip
@pytest.mark.usefixtures("pair")
def test_a_second_model_that_is_gone_or_changed_is_a_sentence(name: str, at: str, sentence: str) -> None:
    app = opened(**{"model": "bars", "with": name, "with_at": at})
    assert not app.exception
    assert sentence in app.warning[0].value
    assert ("with" in address(app)) == (name == "twin")
    assert not app.run().warning, "it is said once"


def test_another_shape_closes_the_comparison_with_the_reason(pair: tuple[Path, Path]) -> None:
    card = describe(pair[1])
    update(pair[1], model=replace(card.model, shape=(1, 16, 16)))
    app = opened(**{"model": "bars", "with": "twin"})
    assert "its pictures are 1 × 16 × 16" in app.warning[0].value
    assert "with" not in address(app)


# --- the routes -------------------------------------------------------------------------------------------------------


def base(folder: Path) -> str:
    return f"/models/{folder.name}/{describe(folder).digest[:12]}"


def test_an_encode_is_the_models_own(pair: tuple[Path, Path], tiny_model: Any) -> None:
    from vae.latents import means

    x = np.random.default_rng(0).random((3, 1, 8, 8), np.float32)
    answer = request(APP, base(pair[0]) + "/encode", "POST", x.tobytes())
    np.testing.assert_array_equal(np.frombuffer(answer.body, "<f4").reshape(3, 2), means(tiny_model, x))
    for body in (b"", b"123", np.full(64, np.nan, "<f4").tobytes()):
        refused = request(APP, base(pair[0]) + "/encode", "POST", body)
        assert refused.status == 400
        assert refused.text.endswith(".")


def test_a_matching_is_fetched_and_is_measured(pair: tuple[Path, Path]) -> None:
    from vae.checkpoints.files import read_latents
    from vae.measures.matching import match

    a, b = pair
    found = json.loads(request(APP, f"{base(a)}/matching/twin/{describe(b).digest[:12]}").body)
    expected = match(read_latents(a)[0], read_latents(b)[0])
    assert found["partner"] == expected.partner.tolist()
    np.testing.assert_allclose(found["weight"], expected.weight, rtol=1e-6)
    itself = json.loads(request(APP, f"{base(a)}/matching/bars/{describe(a).digest[:12]}").body)
    assert itself["weight"] == [[1, 0], [0, 1]]
    assert itself["offset"] == [0, 0]
    assert request(APP, f"{base(a)}/matching/twin/{'0' * 12}").status == 404


def test_no_common_items_is_an_answer(pair: tuple[Path, Path]) -> None:
    from vae.checkpoints import files
    from vae.checkpoints.files import read_latents

    latents, maps, _ = read_latents(pair[1])
    files.write_latents(pair[1], replace(latents, index=latents.index + 10_000), maps)
    update(pair[1])
    answer = request(APP, f"{base(pair[0])}/matching/twin/{describe(pair[1]).digest[:12]}")
    assert answer.status == 200
    assert "common items" in json.loads(answer.body)["unmatched"]
