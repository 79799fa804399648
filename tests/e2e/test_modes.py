"""Mean, sample and sigma of every likelihood: what the studio draws is torch's own p(x|z), whoever decodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

import vae
from tests import zoo
from tests.e2e.browser import ROOT, served
from tests.e2e.test_app import held, opened, settled
from vae import checkpoints, config, latents, onnx_export
from vae.checkpoints import files
from vae.data.load import dataset
from vae.foreign import publish
from vae.maps import projection

SHAPE = (1, 8, 8)
MODELS: dict[str, dict[str, Any]] = {
    "bernoulli": {"likelihood": config.Bernoulli()},
    "cbernoulli": {"likelihood": config.ContinuousBernoulli()},
    "learned": {"likelihood": config.Gaussian("learned")},
    "pixelwise": {"likelihood": config.Gaussian("pixelwise")},
    "linear": {"likelihood": config.Gaussian("pixelwise"), "arch": "linear"},
    "logistic": {"likelihood": config.Logistic()},
    "server": {"likelihood": config.Logistic()},  # without a decoder.onnx
    "older": {"likelihood": config.Gaussian("pixelwise")},  # whose decoder.onnx tells the mean alone
}
WHERE = dict.fromkeys(MODELS, "browser") | {"server": "server"}


def made(folder: Path, settings: dict[str, Any]) -> None:
    """A checkpoint of an untrained model, in which z is seen in all that p(x|z) says."""
    torch.manual_seed(0)
    model = vae.VAE(**{"shape": SHAPE, "latent": 2, "arch": "mlp", "width": 16} | settings).eval()
    data = dataset(config.Data("digits", limit=100))
    codes = latents.encode_all(model, data)
    folder.mkdir(parents=True)
    files.write_latents(folder, codes, (projection.pca(codes),))
    recipe = config.Recipe(folder.name, folder.name, config.Data("digits", limit=100), model.config)
    checkpoints.write_model(folder, model.config, model.state_dict(), recipe, title=folder.name)
    if folder.name == "server":
        checkpoints.update(folder)
        return
    if folder.name == "older":
        graph = onnx.load(folder.parent / "pixelwise" / "decoder.onnx")
        del graph.graph.output[1:]
        onnx.save(graph, folder / "decoder.onnx")
    else:
        names = ["x", *config.beside_mean(model.config)]
        onnx_export.write_graph(onnx_export._Decoder(model), torch.zeros(2, 2), folder / "decoder.onnx", "z", names)
    checkpoints.update(folder, browser=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("modes")
    for name, settings in MODELS.items():
        made(home / "models" / name, settings)
    (home / "pair").mkdir()
    zoo.onnx_pair(home / "pair")
    publish.import_model(
        str(home / "pair"), config.Data("digits", limit=100), home / "models" / "imported", maps=("pca",)
    )
    return home


@pytest.fixture(scope="module")
def address(home: Path, browser: Browser) -> Iterator[str]:
    assert browser.is_connected()
    there = {"VAE_CHECKPOINTS_DIR": home / "models", "VAE_RUNS_DIR": home / "runs"}
    environment: Any = {key: str(path) for key, path in there.items()}
    with served(**environment, PYTHONPATH=str(ROOT)) as url:
        yield url


def drawn(page: Page, mode: str) -> tuple[Any, Any, Any, float]:
    """z, the values that were drawn for it, the noise of a sample, and where sigma's colours end."""
    page.get_by_role("button", name="σ" if mode == "sigma" else mode, exact=True).click()
    there = f"window.__studio.look?.mode === '{mode}' && window.__studio.look.whole"
    settled(page, lambda: page.evaluate(there), f"{mode} was not drawn")
    z, look = page.evaluate("""(({z, look}) => [z, {values: [...look.values], noise: look.noise && [...look.noise],
      top: look.top}])(window.__studio)""")
    noise = None if look["noise"] is None else torch.tensor(look["noise"]).reshape(1, *SHAPE)
    return torch.tensor([z]), np.reshape(look["values"], SHAPE), noise, look["top"]


def expected(p: Any, noise: torch.Tensor) -> Any:
    """The quantile of the very noise that the browser drew: uniform, standard normal, or standard logistic."""
    if isinstance(p, vae.pixels.GaussianPixels):
        noise = torch.distributions.Normal(0.0, 1.0).cdf(noise.double())
    if isinstance(p, vae.pixels.LogisticPixels):
        noise = noise.sigmoid()
    return p.icdf(noise.float())[0].numpy()


@pytest.mark.parametrize("name", list(MODELS))
def test_sigma_and_sample_are_those_of_the_distribution(page: Page, address: str, home: Path, name: str) -> None:
    model = vae.load(home / "models" / name)
    opened(page, f"{address}/?model={name}")
    assert page.evaluate("window.__studio.where") == WHERE[name]
    z, sigma, _, top = drawn(page, "sigma")
    with torch.no_grad():
        np.testing.assert_allclose(sigma, model.decode(z).stddev[0], atol=1e-4)
    assert sigma.max() <= top + 1e-6
    expect(page.get_by_role("img", name="The standard deviation of p(x|z)")).to_be_visible()
    z, sample, noise, _ = drawn(page, "sample")
    with torch.no_grad():
        theirs = expected(model.decode(z), noise)
    seam = 1 / 255 if name in ("logistic", "server") else 0  # a draw between two levels may fall to either
    np.testing.assert_allclose(sample, theirs, atol=5e-4 + seam)


@pytest.mark.parametrize("name", ["pixelwise", "server"])
def test_sigma_follows_the_slider(page: Page, address: str, name: str) -> None:
    opened(page, f"{address}/?model={name}&mode=sigma")
    values = lambda: page.evaluate("[...window.__studio.look.values]")  # noqa: E731
    settled(page, lambda: bool(page.evaluate("window.__studio.look.whole")), "sigma of the link was not drawn")
    before = values()
    held(page)
    settled(page, lambda: bool(np.abs(np.subtract(values(), before)).max() > 0.005), "sigma stood still")
    page.mouse.up()


def test_without_a_distribution_the_buttons_say_why(page: Page, address: str) -> None:
    opened(page, f"{address}/?model=imported&mode=sigma")
    for name in ("sample", "σ"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", re.compile("imported.*does not define p.x.z."))
        button.click(force=True)
    assert page.evaluate("window.__studio.look.mode") == "mean"
