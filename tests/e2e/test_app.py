"""What only a browser shows: the picture moves during the drag, the map answers the pointer, a run becomes a model."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

READY = "() => window.__studio?.ready"
NAME = re.compile("Decoded picture")
SLOW = 120_000  # ms; a machine with two cores that is busy


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_function(READY, timeout=SLOW)
    return page


def pixels(page: Page) -> Any:
    """The decoded picture as it stands on the screen."""
    shot = page.get_by_role("img", name=NAME).first.screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("L"), np.float32)


def settled(page: Page, what: Callable[[], bool], message: str, seconds: float = 60) -> None:
    for _ in range(int(seconds * 20)):
        if what():
            return
        page.wait_for_timeout(50)
    raise AssertionError(message)


def middle(page: Page, role: Any, name: str) -> tuple[float, float, float, float]:
    box = page.get_by_role(role, name=name).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"], box["height"]


def held(page: Page) -> tuple[Any, int]:
    """Takes the first slider and draws it left without letting go; the picture and the count of frames before that."""
    slider = page.get_by_role("slider").first
    x, y, width, _ = middle(page, "slider", slider.get_attribute("aria-label") or "")
    before, frames = pixels(page), page.evaluate("window.__studio.frames")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 0.4 * width, y, steps=12)
    return before, frames


@pytest.mark.parametrize("model", ["mnist-16d", "emoji-32d"])
def test_the_picture_moves_while_the_slider_is_held(page: Page, app: str, model: str) -> None:
    opened(page, f"{app}/?model={model}")
    assert page.evaluate("window.__studio.where") == "browser"
    before, frames = held(page)
    settled(page, lambda: page.evaluate("window.__studio.frames") > frames + 3, "no frame was drawn during the drag")
    during = pixels(page)
    page.mouse.up()
    assert np.abs(during - before).max() > 30


def test_hovering_the_map_decodes_and_leaving_returns(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d")
    page.wait_for_timeout(1500)
    x, y, width, height = middle(page, "application", "Map of the encoded items. Arrow keys move across it.")
    before = pixels(page)
    page.mouse.move(x, y)
    page.mouse.move(x - width * 0.3, y + height * 0.2, steps=10)
    settled(page, lambda: np.abs(pixels(page) - before).max() > 30, "hovering decoded nothing")
    page.mouse.move(5, 5, steps=4)
    settled(page, lambda: np.abs(pixels(page) - before).max() < 4, "leaving did not return to where one was")


def test_clicking_the_map_commits_and_the_address_says_so(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d")
    page.wait_for_timeout(1500)
    address = page.url
    x, y, width, _ = middle(page, "application", "Map of the encoded items. Arrow keys move across it.")
    page.mouse.click(x + width * 0.3, y)
    settled(page, lambda: page.url != address and "z=" in page.url, "the address bar did not follow")
    here, link = page.evaluate("window.__studio.z"), page.url
    opened(page, link)
    assert np.allclose(page.evaluate("window.__studio.z"), here, atol=1e-6)


def test_another_model_is_one_click_away(page: Page, app: str) -> None:
    opened(page, app)
    page.get_by_role("button", name=re.compile("nats")).first.click()
    page.get_by_role("button", name=re.compile("Sprites")).first.click()
    expect(page.get_by_role("button", name=re.compile("Sprites, 10 latents")).first).to_be_visible()
    settled(page, lambda: len(page.evaluate("window.__studio.z")) == 10, "the studio did not change its model")


def digit(fill: int = 0) -> bytes:
    """A dark 7 on a light ground, as a camera would see it: not at all like MNIST."""
    canvas = np.full((200, 160), 255 - fill, np.uint8)
    canvas[30:50, 30:130] = 20
    for i in range(110):
        canvas[50 + i, 118 - i // 2 : 134 - i // 2] = 20
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG")
    return file.getvalue()


def test_an_uploaded_digit_is_encoded(page: Page, app: str) -> None:
    page.goto(f"{app}/encode?model=mnist-16d")
    page.get_by_text("Upload", exact=True).first.click()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "7.png", "mimeType": "image/png", "buffer": digit()}
    )
    expect(page.get_by_text(re.compile("inverted", re.I)).first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("figure", name=re.compile("Mean and sigma of 16")).first).to_be_visible(timeout=SLOW)
    expect(
        page.get_by_role("figure", name=re.compile(r"Map \(umap\): the picture at .* 32 draws")).first
    ).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Open in Explore").click()
    page.wait_for_function(READY, timeout=SLOW)
    settled(
        page, lambda: "near 7" in (page.get_by_role("img", name=NAME).first.get_attribute("aria-label") or ""), "no 7"
    )


def test_a_file_that_is_no_picture_gets_a_sentence(page: Page, app: str) -> None:
    page.goto(f"{app}/encode?model=mnist-16d")
    page.get_by_text("Upload", exact=True).first.click()
    wrong: FilePayload = {"name": "7.png", "mimeType": "image/png", "buffer": b"not a picture at all"}
    page.locator("input[type=file]").first.set_input_files(wrong)
    expect(page.get_by_role("alert").first).to_be_visible(timeout=SLOW)
    assert "Traceback" not in page.inner_text("body")


def test_a_path_is_scrubbed_live(page: Page, app: str) -> None:
    opened(page, f"{app}/paths?model=mnist-16d")
    page.wait_for_timeout(1500)
    scrubber = page.get_by_role("slider", name=re.compile("path", re.I)).last
    box = scrubber.bounding_box()
    assert box is not None
    first = pixels(page)
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2, steps=12)
    settled(page, lambda: np.abs(pixels(page) - first).max() > 30, "the strip did not scrub")
    page.mouse.up()
    settled(page, lambda: "t=" in page.url, "the address does not say where the scrubber rests")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Save").click()
    for name, begins in (("GIF", b"GIF8"), ("NPZ", b"PK")):
        with page.expect_download(timeout=SLOW) as saved:
            page.get_by_role("button", name=name).click()
        assert saved.value.suggested_filename == f"mnist-16d-path.{name.lower()}"
        assert saved.value.path().read_bytes().startswith(begins)


def test_digits_are_trained_and_explored(page: Page, app: str) -> None:
    page.goto(f"{app}/train")
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("3")
    epochs.press("Enter")
    page.get_by_role("button", name="Start").click()
    explore = page.get_by_role("button", name="Open in Explore")
    expect(explore).to_be_visible(timeout=2 * SLOW)
    explore.click()
    page.wait_for_function(READY, timeout=SLOW)
    assert len(page.evaluate("window.__studio.z")) == 8
    before = pixels(page)
    page.get_by_role("slider").first.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    settled(page, lambda: np.abs(pixels(page) - before).max() > 5, "the new model's slider moved nothing")


@pytest.mark.parametrize("width", [400, 800])
@pytest.mark.parametrize("path", ["", "encode", "paths", "train", "about"])
def test_no_page_is_wider_than_its_window(page: Page, app: str, width: int, path: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{app}/{path}")
    if path in ("", "paths"):
        page.wait_for_function(READY, timeout=SLOW)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_explore_needs_no_scrolling_on_a_laptop(page: Page, app: str) -> None:
    opened(page, app)
    page.wait_for_timeout(1000)
    bottom = page.get_by_label("Save: the picture").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= 900


def test_nothing_is_fetched_from_elsewhere(page: Page, app: str) -> None:
    elsewhere: list[str] = []
    page.on(
        "request", lambda r: elsewhere.append(r.url) if not r.url.startswith((app, "data:", "blob:", "ws:")) else None
    )
    opened(page, app)
    page.wait_for_timeout(1000)
    assert elsewhere == []


def test_the_browsers_picture_is_torchs(page: Page, app: str) -> None:
    """The decoder in the page and PyTorch agree to 1e-4: asked through the page's own worker and the server's route."""
    opened(page, f"{app}/?model=mnist-16d")
    z = page.evaluate("window.__studio.z")
    page.wait_for_timeout(500)
    shown = page.evaluate("[...window.__studio.picture]")
    import torch

    import vae

    model = vae.load("checkpoints/mnist-16d").eval()
    with torch.no_grad():
        mean = model.mean_picture(torch.tensor([z])).flatten().numpy()
    assert np.abs(np.array(shown) - mean).max() <= 1e-4
