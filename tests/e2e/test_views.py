"""More views of the same latents: two linked maps, what a link makes of them, thousands of pixels without waiting."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import vae
from tests.e2e.test_app import held, opened, settled
from vae import checkpoints
from vae.checkpoints import files
from vae.config import Data, Recipe, Train
from vae.records import Latents

FIRST = "Map of the encoded items. Arrow keys move across it."
SECOND = "Second map of the encoded items. Arrow keys move across it."


def seen(place: Locator) -> Any:
    return np.asarray(Image.open(io.BytesIO(place.screenshot())).convert("L"), np.float32)


def sweep(page: Page, field: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and let go, in shares of the field's box."""
    box = field.bounding_box()
    assert box is not None
    (ax, ay), (bx, by) = (((box["x"] + u * box["width"], box["y"] + v * box["height"])) for u, v in (start, end))
    page.mouse.move(ax, ay)
    page.mouse.down()
    page.mouse.move(bx, by, steps=8)
    page.mouse.up()


def test_two_maps_are_linked_and_a_link_brings_both_back(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d&map=umap")
    page.get_by_role("button", name="A second map below").click()
    first, second = page.get_by_label(FIRST, exact=True), page.get_by_label(SECOND, exact=True)
    expect(second).to_be_visible()
    page.wait_for_timeout(1000)  # until the index of the points is made
    first.hover(position={"x": 200, "y": 120})
    expect(second.locator(".ring.twin")).to_be_visible()
    expect(first.locator(".ring.twin")).to_be_hidden()
    second.hover(position={"x": 200, "y": 120})
    expect(first.locator(".ring.twin")).to_be_visible()
    page.mouse.move(5, 5)
    expect(first.locator(".ring.twin")).to_be_hidden()
    before = seen(second)
    page.get_by_role("button", name="Select a rectangle").click()
    sweep(page, first, (0.4, 0.3), (0.7, 0.6))
    expect(page.get_by_text(re.compile(r"[\d,]+ of 10,000"))).to_be_visible()
    page.mouse.move(5, 5)
    settled(page, lambda: np.abs(seen(second) - before).mean() > 2, "the selection did not reach the second map")
    page.get_by_label("Second map", exact=True).get_by_text("PCA").click()
    settled(page, lambda: "beside=pca" in page.url, "the address does not name the second map")
    opened(page, page.url)
    expect(page.get_by_label("Second map", exact=True).get_by_text("PCA")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Close the second map").click()
    expect(second).to_be_hidden()
    settled(page, lambda: "beside" not in page.url, "the address still names a second map")


def test_the_nearest_items_come_in_one_request(page: Page, app: str) -> None:
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/item" in r.url else None)
    opened(page, f"{app}/?model=sprites-10d")
    settled(page, lambda: any("items.png" in url for url in asked), "no items were asked for")
    page.wait_for_timeout(1000)
    assert [url.split("/item")[1][:5] for url in asked] == ["s.png"]


def test_two_fingers_zoom_the_map(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-2d")
    field = page.get_by_label(FIRST, exact=True)
    box = field.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before, z = seen(field), page.evaluate("window.__studio.z")
    hands = page.context.new_cdp_session(page)

    def touch(kind: str, *spread: float) -> None:
        points = [{"x": x + s * side, "y": y, "id": k} for s in spread for k, side in enumerate((-1, 1))]
        hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 20)
    for spread in (40, 60, 80):
        touch("touchMove", spread)
    touch("touchEnd")
    settled(page, lambda: np.abs(seen(field) - before).mean() > 5, "the map did not zoom")
    assert page.evaluate("window.__studio.z") == z, "zooming is no choice of a place"


def wide(folder: Path, latent: int = 512, carrying: int = 300) -> None:
    """A checkpoint of very many latents, of which some carry nothing; the server decodes it."""
    model = vae.VAE(shape=(1, 8, 8), latent=latent, arch="linear").eval()
    mean = np.random.default_rng(0).normal(size=(60, latent)).astype(np.float32)
    kl = np.where(np.arange(latent) < carrying, np.linspace(2, 1, latent), 0).astype(np.float32)
    latents = Latents(mean, np.ones_like(mean), np.arange(60), kl_per_dim=kl, data="bars", total=60)
    folder.mkdir()
    files.write_latents(folder, latents, ())
    about = checkpoints.About("bars", "Bars", "CC0", (1, 8, 8), 1, 8, (), binarise="none", train_size=60, test_size=60)
    recipe = Recipe("wide", "Wide", Data("bars"), model.config, Train())
    checkpoints.write_model(folder, model.config, model.state_dict(), recipe, about)


def test_five_hundred_dimensions_are_searched_not_drawn(page: Page, app: str, runs_dir: Path) -> None:
    wide(runs_dir / "wide")
    opened(page, f"{app}/?model=wide")
    sliders = page.get_by_role("slider")
    assert 4 < sliders.count() < 40, "only the rows in view exist"
    expect(page.get_by_role("button", name=re.compile("212 more carry nothing"))).to_be_visible()
    frames = held(page)[1]
    settled(page, lambda: page.evaluate("window.__studio.frames") > frames, "no frame during the drag")
    page.mouse.up()
    page.get_by_label("Find a dimension").fill("z299")
    expect(sliders).to_have_count(1)
    expect(sliders.first).to_have_accessible_name("Latent dimension 299")
