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
from tests.e2e.test_app import SLOW, opened
from tests.home import furnish


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer with one small model of its own."""
    from vae import config, exporting
    from vae.model import build
    from vae.records import Dataset

    root = tmp_path_factory.mktemp("small")
    labels = np.random.default_rng(0).integers(0, 8, 240)
    images = (255 * np.exp(-0.5 * (np.arange(8)[None] - labels[:, None]) ** 2))[:, None, :, None].repeat(8, 3)
    model: Any = build(config.Model((1, 8, 8), latent=2, arch="mlp", width=16, depth=1), seed=1).eval()
    folder = furnish(root / "models", model, Dataset("bars", images.astype(np.uint8), labels, tuple("abcdefgh")))
    exporting.export(model, folder)
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
