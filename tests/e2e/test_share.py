"""A link carries the screen to another browser: the same z, the same map, the same picture to the pixel."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.test_app import middle, opened, settled

MAP = "Map of the encoded items. Arrow keys move across it."
PIXELS = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? [e, ...all(e.shadowRoot)] : e));
  return all(document).find((e) => e.matches("canvas.pixels")).toDataURL();
}"""


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A page of another browser, in a smaller window."""
    context = browser.new_context(viewport={"width": 1200, "height": 860})
    page = context.new_page()
    page.set_default_timeout(120_000)
    yield page
    context.close()


def shown(page: Page) -> bytes:
    """The decoded picture, as its canvas holds it."""
    return base64.b64decode(page.evaluate(PIXELS).split(",")[1])


def state(page: Page) -> tuple[list[float], str]:
    return page.evaluate("window.__studio.z"), page.evaluate("window.__studio.camera")


@pytest.mark.parametrize(("model", "mode"), [("mnist-16d", "sample"), ("emoji-32d", "")])
def test_a_link_shows_the_same_screen_in_another_browser(
    page: Page, other: Page, app: str, model: str, mode: str
) -> None:
    opened(page, f"{app}/?model={model}")
    page.wait_for_timeout(1500)
    if mode:
        page.get_by_role("radio", name=mode).or_(page.get_by_role("button", name=mode, exact=True)).first.click()
    x, y, width, height = middle(page, "application", MAP)
    page.mouse.move(x + 0.1 * width, y - 0.1 * height)
    page.mouse.wheel(0, -400)
    page.mouse.click(x + 0.2 * width, y + 0.1 * height)
    page.mouse.move(5, 5)
    settled(page, lambda: "camera=" in page.url and "z=" in page.url, "the address does not say what is shown")
    page.wait_for_timeout(800)
    link = page.url
    opened(other, link)
    settled(other, lambda: state(other) == state(page), f"another z or view: {state(page)} {state(other)}")
    settled(other, lambda: shown(other) == shown(page), "another picture")
    other.wait_for_timeout(800)
    assert dict(parts(other.url)) == dict(parts(link))


def test_a_path_is_the_same_in_another_browser(page: Page, other: Page, app: str) -> None:
    link = f"{app}/paths?model=mnist-16d&a=item.3&b=item.70&n=9&line=slerp&t=3.5"
    opened(page, f"{app}/paths?model=mnist-16d")
    start = shown(page)
    opened(page, link)
    settled(page, lambda: shown(page) != start, "the scrubber did not go where the link says")
    opened(other, link)
    settled(other, lambda: shown(other) == shown(page), "another picture")
    assert set(parts(link)) <= set(parts(other.url))


def parts(url: str) -> list[tuple[str, str]]:
    return [tuple(each.split("=", 1)) for each in url.split("?", 1)[1].split("&")]  # type: ignore[misc]
