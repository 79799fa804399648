"""Models of other programs in a real browser: the picture follows the slider, whoever decodes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests import zoo
from tests.e2e.browser import served
from tests.e2e.test_app import held, opened, pixels, settled
from vae import importing
from vae.config import Data

LOUD = """
from tests import zoo

def make(name):
    made = zoo.made(name)
    for weights in made.parameters():
        weights.data *= 4  # so that every slider is seen to move something
    return made

def spatial():
    return make("spatial")

def plain():
    made = make("plain")
    decoder = made.decoder
    made.decode = lambda z: decoder(z) if z.sum().item() > -1e9 else z  # what no exporter can follow
    return made
"""
WHERE = {"pair": "browser", "spatial": "browser", "plain": "server"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """An explorer with three imported models: an ONNX pair, a grid, and one that only the server can decode."""
    assert browser.is_connected()
    home = tmp_path_factory.mktemp("imported")
    (home / "loud.py").write_text(LOUD)
    (home / "pair").mkdir()
    sources = {"pair": str(zoo.onnx_pair(home / "pair"))} | {n: f"{home}/loud.py:{n}" for n in ("spatial", "plain")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_TRUSTED", str(home / "trusted"))
        for name, source in sources.items():
            said = zoo.ZOO[name].said if name in zoo.ZOO else {}
            importing.bring(source, Data("digits", limit=200), home / "models" / name, maps=("pca",), **said)
    there = {"VAE_CHECKPOINTS_DIR": home / "models", "VAE_RUNS_DIR": home / "runs", "VAE_TRUSTED": home / "trusted"}
    with served(**{key: str(path) for key, path in there.items()}, PYTHONPATH=str(Path.cwd())) as url:
        yield url


@pytest.mark.parametrize("model", list(WHERE))
def test_the_picture_follows_the_slider(page: Page, address: str, model: str) -> None:
    opened(page, f"{address}/?model={model}")
    assert page.evaluate("window.__studio.where") == WHERE[model]
    before, frames = held(page)
    settled(
        page, lambda: page.evaluate("window.__studio.frames") > frames + 2, "no frame was drawn during the drag", 60
    )
    settled(page, lambda: float(np.abs(pixels(page) - before).max()) > 8, "the picture stood still", 30)
    page.mouse.up()
