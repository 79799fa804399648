"""What is taken away is what is shown: copied Python gives the same pixels, every file holds the same numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from explorer.drawing import images
from tests import zoo
from tests.e2e.browser import ROOT, served
from tests.e2e.test_app import opened, settled
from tests.e2e.test_share import shown
from vae.checkpoints.files import read_latents
from vae.config import Data
from vae.foreign import publish


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """An explorer with a model of another program."""
    assert browser.is_connected()
    home = tmp_path_factory.mktemp("foreign")
    zoo.onnx_pair(home)
    publish.import_model(str(home), Data("digits", limit=200), home / "models" / "theirs", maps=("pca",))
    with served(VAE_CHECKPOINTS_DIR=str(home / "models"), VAE_RUNS_DIR=str(home / "runs")) as url:
        yield url


@pytest.fixture
def reader(page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page whose clipboard can be read, and the folder that copied Python is run in."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    monkeypatch.chdir(ROOT)
    return page


def run(page: Page, button: str, result: str) -> Any:
    """What the copied Python computes."""
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Copied").wait_for()
    names: dict[str, Any] = {}
    exec(page.evaluate("navigator.clipboard.readText()"), names)
    return names[result].numpy()


def same(ours: Any, drawn: list[float]) -> None:
    """Equal as floats to 1e-4, and as bytes wherever so little cannot turn one."""
    theirs = np.array(drawn, np.float32).reshape(ours.shape)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    sure = np.abs(255 * theirs % 1 - 0.5) > 0.03
    assert sure.mean() > 0.8
    assert np.array_equal(images.to_uint8(ours)[sure], images.to_uint8(theirs)[sure])
    assert 0 <= theirs.min() < theirs.max() <= 1


def moved(page: Page) -> None:
    """A random z, far enough out that an emoji's mean leaves [0, 1], and its picture drawn."""
    before = page.evaluate("window.__studio.z")
    page.get_by_label("Settings of random and play").click()
    page.get_by_label("temperature").fill("1.8")
    page.get_by_label("Settings of random and play").click()
    page.get_by_role("button", name="Random z from the prior").click()
    settled(page, lambda: page.evaluate("window.__studio.z") != before, "z did not move")
    page.wait_for_timeout(500)


@pytest.mark.parametrize("model", ["mnist-16d", "emoji-32d", "theirs"])
def test_copied_python_gives_the_picture_that_is_shown(reader: Page, request: Any, model: str) -> None:
    url = request.getfixturevalue("foreign" if model == "theirs" else "app")
    opened(reader, f"{url}/?model={model}")
    moved(reader)
    same(run(reader, "Copy as Python", "picture"), reader.evaluate("Array.from(window.__studio.picture)"))


def test_copied_python_gives_the_strip_that_is_shown(reader: Page, app: str) -> None:
    opened(reader, f"{app}/paths?model=emoji-32d&a=item.3&b=item.70&n=5&line=slerp")
    reader.wait_for_function("window.__studio.strip")
    ours = run(reader, "Copy the path as Python", "pictures")
    assert len(ours) == 5
    same(ours, reader.evaluate("Array.from(window.__studio.strip)"))


def saved(page: Page, entry: str) -> tuple[str, bytes]:
    """The file of an entry in the menu, chosen by keys alone."""
    page.get_by_label("Save: the picture").press("Enter")
    page.get_by_label(entry).focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    return download.value.suggested_filename, download.value.path().read_bytes()


def picture(content: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_every_file_holds_what_is_shown(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d")
    first = np.array(page.evaluate("window.__studio.z"), np.float32)
    moved(page)
    z, canvas = np.array(page.evaluate("window.__studio.z"), np.float32), picture(shown(page))
    names = {}
    for entry in ("own size", "enlarged", "as JSON", "z as CSV", "points as one picture", "visited points as CSV",
                  "items as CSV", "items as NPZ"):  # fmt: skip
        name, names[entry] = saved(page, entry)
        assert name.startswith("mnist-16d"), name
    assert np.array_equal(picture(names["own size"]), canvas)
    assert np.array_equal(picture(names["enlarged"]), np.kron(canvas, np.ones((16, 16), np.uint8)))
    assert np.array_equal(np.float32(json.loads(names["as JSON"])["z"]), z)
    assert np.array_equal(np.array(table(names["z as CSV"])[1], np.float32), z)
    assert np.array_equal(np.array(table(names["visited points as CSV"])[1:], np.float32), [first, z])
    sheet = picture(names["points as one picture"])
    assert sheet.shape == (112, 226)
    assert np.array_equal(sheet[::4, 114::4], canvas)
    latents = read_latents(ROOT / "checkpoints" / "mnist-16d")[0]
    assert np.array_equal(np.load(io.BytesIO(names["items as NPZ"]))["mean"], latents.mean)
    assert len(table(names["items as CSV"])) == len(latents) + 1
