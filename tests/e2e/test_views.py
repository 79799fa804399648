"""More views of the same latents: two linked maps, what a link makes of them, thousands of pixels without waiting."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_app import opened, settled

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
