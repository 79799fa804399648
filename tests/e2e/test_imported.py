"""Models of other programs in a real browser: the picture follows the slider, whoever decodes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests import zoo
from tests.e2e.browser import ROOT, served
from tests.e2e.test_app import held, opened, pixels, settled
from vae.config import Data
from vae.foreign import publish

LOUD = """
import torch
from tests import zoo

def make(name, louder=4):
    made = zoo.made(name)
    for weights in made.parameters():
        weights.data *= louder  # so that every slider is seen to move something
    return made

def example():
    return make("example")

def pythae():
    return make("pythae vae")

def diffusers_kl():
    return make("diffusers kl", 1)

def diffusers_tiny():
    made = make("diffusers tiny", 1)
    for weights in made.encoder.parameters():
        weights.data *= 4  # codes that spread, for sliders that reach far
    return made

def lightning():
    return make("lightning")

def spatial():
    return make("spatial")

def plain():
    made = make("plain")
    decoder = made.decoder
    made.decode = lambda z: decoder(z) if z.sum().item() > -1e9 else z  # what no exporter can follow
    return made

def draw(z):
    \"""A disc where z says.\"""
    y, x = torch.meshgrid(torch.linspace(-2, 2, 8), torch.linspace(-2, 2, 8), indexing="ij")
    return torch.exp(-((x - z[:, :1, None]) ** 2 + (y - z[:, 1:, None]) ** 2))[:, None]
"""
BROWSER = ("example", "pythae", "diffusers_kl", "diffusers_tiny", "lightning", "spatial", "onnx", "draw")
WHERE = dict.fromkeys(BROWSER, "browser") | {"torchscript": "server", "plain": "server"}
SAID = {
    "spatial": zoo.ZOO["spatial"].said,
    "diffusers_tiny": zoo.TINY,
    "torchscript": {"shape": zoo.SHAPE},
    "draw": {"latent": (2,)},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """An explorer with every kind of model that `vae.wrap` reads."""
    assert browser.is_connected()
    home = tmp_path_factory.mktemp("imported")
    (home / "loud.py").write_text(LOUD)
    for pair in ("onnx", "torchscript"):
        (home / pair).mkdir()
    zoo.onnx_pair(home / "onnx")
    zoo.scripted(zoo.made("lightning"), home / "torchscript")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_TRUSTED", str(home / "trusted"))
        for name in WHERE:
            source = home / name if (home / name).is_dir() else f"{home}/loud.py:{name}"
            data = None if name == "draw" else Data("digits", limit=200)
            publish.import_model(str(source), data, home / "models" / name, maps=("pca",), **SAID.get(name, {}))
    there = {"VAE_CHECKPOINTS_DIR": home / "models", "VAE_RUNS_DIR": home / "runs", "VAE_TRUSTED": home / "trusted"}
    environment: Any = {key: str(path) for key, path in there.items()}
    with served(**environment, PYTHONPATH=str(ROOT)) as url:
        yield url


@pytest.mark.parametrize("model", list(WHERE))
def test_the_picture_follows_the_slider(page: Page, address: str, model: str) -> None:
    opened(page, f"{address}/?model={model}")
    assert page.evaluate("window.__studio.where") == WHERE[model]
    before, frames = held(page)
    enough = 2 if WHERE[model] == "browser" else 0  # what the server answers too late is not drawn
    drawn = lambda: page.evaluate("window.__studio.frames") > frames + enough  # noqa: E731
    settled(page, drawn, "no frame was drawn during the drag")
    settled(page, lambda: float(np.abs(pixels(page) - before).max()) > 8, "the picture stood still")
    page.mouse.up()
