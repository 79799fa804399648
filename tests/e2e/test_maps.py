"""A map that is asked for arrives and is chosen; a column that is brought colours it; a link finds both again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import served
from tests.e2e.test_app import SLOW, middle, opened, settled
from tests.home import furnish


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer with one small model of its own."""
    from vae import config, onnx_export
    from vae.model import build
    from vae.records import Dataset

    root = tmp_path_factory.mktemp("small")
    labels = np.random.default_rng(0).integers(0, 8, 240)
    images = (255 * np.exp(-0.5 * (np.arange(8)[None] - labels[:, None]) ** 2))[:, None, :, None].repeat(8, 3)
    model: Any = build(config.Model((1, 8, 8), latent=2, arch="mlp", width=16, depth=1), seed=1).eval()
    folder = furnish(root / "models", model, Dataset("bars", images.astype(np.uint8), labels, tuple("abcdefgh")))
    onnx_export.export(model, folder)
    with served(VAE_CHECKPOINTS_DIR=str(root / "models"), VAE_RUNS_DIR=str(root / "runs")) as url:
        yield url


def test_a_tsne_that_is_asked_for_arrives_and_is_chosen(page: Page, small: str) -> None:
    opened(page, small)
    page.get_by_label("New map").click()
    page.get_by_label("perplexity").fill("12")
    page.get_by_role("button", name="Draw").click()
    chosen = page.get_by_role("group", name="Map").get_by_role("button", name="t-SNE 12")
    expect(chosen).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    expect(page.get_by_text(re.compile(r"trustworthiness 0\.\d\d|trustworthiness 1\.00"))).to_be_visible()
    page.wait_for_url(re.compile(r"map=[0-9a-f]{12}"), timeout=SLOW)
    opened(page, page.url)  # the link, in a page that knows nothing yet
    expect(chosen).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    page.get_by_label("New map").click()
    page.get_by_role("button", name="Remove t-SNE 12").click()
    expect(chosen).to_have_count(0)


def asked(page: Page, which: int, perplexity: int) -> None:
    """Ask for a t-SNE in the first (0) or the second (1) map's menu."""
    page.get_by_label("New map").nth(which).click()
    page.get_by_label("perplexity").nth(which).fill(str(perplexity))
    page.get_by_role("button", name="Draw", exact=True).click()


def zoomed(page: Page, name: str) -> None:
    x, y, width, height = middle(page, "application", name)
    page.mouse.move(x + 0.2 * width, y - 0.1 * height)
    page.mouse.wheel(0, -300)


FIRST, SECOND = (f"{which} of the encoded items. Arrow keys move across it." for which in ("Map", "Second map"))
CAMERAS = "[window.__studio.camera, window.__studio.beside_camera]"


def test_the_second_map_is_made_too_and_a_link_has_both_cameras(page: Page, small: str) -> None:
    opened(page, small)
    asked(page, 0, 14)
    first, second = (page.get_by_role("group", name=name, exact=True) for name in ("Map", "Second map"))
    expect(first.get_by_role("button", name="t-SNE 14")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    page.get_by_role("button", name="A second map below").click()
    asked(page, 1, 15)
    expect(second.get_by_role("button", name="t-SNE 15")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    expect(first.get_by_role("button", name="t-SNE 14")).to_have_attribute("aria-pressed", "true")
    for name in (FIRST, SECOND):
        zoomed(page, name)
    said = r"[?&]map=[0-9a-f]{12}&.*beside=[0-9a-f]{12}&.*camera=[^&]+&beside_camera=[^&]+"
    settled(page, lambda: re.search(said, page.url) is not None, "the address does not say what is shown")
    page.wait_for_timeout(500)
    link, cameras = page.url, page.evaluate(CAMERAS)
    assert all(cameras)
    opened(page, link)  # a page that knows nothing yet: both maps are still to be fetched
    expect(second.get_by_role("button", name="t-SNE 15")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    settled(page, lambda: page.evaluate(CAMERAS) == cameras, "another part of the maps")
    page.wait_for_timeout(800)
    assert page.evaluate(CAMERAS) == cameras
    assert page.url == link, "the link came back letter for letter"
    page.get_by_label("New map").nth(1).click()
    page.get_by_role("button", name="Remove t-SNE 15").last.click()
    expect(second.get_by_role("button", name="raw")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    expect(first.get_by_role("button", name="t-SNE 14")).to_have_attribute("aria-pressed", "true")


def test_a_path_lies_on_a_map_that_was_made(page: Page, small: str) -> None:
    opened(page, f"{small}/paths")
    asked(page, 0, 16)
    kinds = page.get_by_role("group", name="Map", exact=True)
    expect(kinds.get_by_role("button", name="t-SNE 16")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    zoomed(page, FIRST)
    settled(page, lambda: "map=" in page.url and "camera=" in page.url, "the address does not say what is shown")
    page.wait_for_timeout(500)
    camera = page.evaluate("window.__studio.camera")
    opened(page, page.url)
    expect(kinds.get_by_role("button", name="t-SNE 16")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio.camera") == camera, "another part of the map")
    kinds.get_by_role("button", name="PCA").click()
    page.get_by_label("New map").click()
    page.get_by_role("button", name="t-SNE 16", exact=False).first.click()
    expect(kinds.get_by_role("button", name="t-SNE 16")).to_have_attribute("aria-pressed", "true", timeout=SLOW)


def test_a_link_to_a_map_that_is_gone_says_so(page: Page, small: str) -> None:
    opened(page, f"{small}/?model=bars&map={'0' * 12}&camera=1,2,3")
    expect(page.get_by_text("The map that this link names is not here")).to_be_visible(timeout=SLOW)
    settled(page, lambda: "000000" not in page.url, "the address still names it")
    assert page.evaluate("window.__studio.camera") == "", "its camera is none of another map's"


def test_a_column_that_is_brought_colours_the_map(page: Page, small: str, tmp_path: Path) -> None:
    opened(page, small)
    page.get_by_label(re.compile("Colour by clusters")).click()
    table = tmp_path / "mine.csv"
    table.write_text("site,dose\n" + "".join(f"{['north', 'south'][i % 2]},{i / 7}\n" for i in range(240)))
    page.get_by_label("A table as CSV").set_input_files(table)
    legend = page.get_by_role("group", name="Legend")
    expect(legend).to_contain_text("north", timeout=SLOW)
    expect(legend).to_contain_text("120")
    page.get_by_label("colour", exact=True).last.select_option(label="dose")
    expect(legend).to_contain_text("34")
