"""A lecture: steps are collected, survive a reload, and are turned by the keys of a clicker."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.test_app import SLOW, opened, settled

STEPS = ".st-key-steps button"


def add(page: Page, title: str) -> None:
    page.locator(STEPS).first.click()
    page.get_by_role("textbox", name="Title", exact=True).fill(title)
    page.get_by_role("textbox", name="Title", exact=True).press("Enter")
    page.get_by_role("button", name="Add this screen").click()
    expect(page.get_by_role("button", name=title)).to_be_visible(timeout=SLOW)


def test_a_clicker_turns_the_steps_of_a_lecture(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-2d")
    settled(page, lambda: "z=" in page.url, "the address does not say where one begins", 20)
    add(page, "First")
    first = page.evaluate("window.__studio.z")
    page.keyboard.press("Escape")
    opened(page, f"{app}/?model=mnist-16d&deck={page.url.split('deck=')[1].split('&')[0]}&step=1")
    settled(page, lambda: "z=" in page.url and "step=1" in page.url, "the address lost the steps", 20)
    add(page, "Second")
    second = page.evaluate("window.__studio.z")
    page.locator(".st-key-step-present button").click()
    title = page.get_by_role("heading", name="Second")
    expect(title).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("link", name="Encode")).to_have_count(0, timeout=SLOW)
    page.mouse.move(5, 5)
    page.keyboard.press("PageUp")
    expect(page.get_by_role("heading", name="First")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio.z") == first, "the first step's z did not come back", 30)
    page.reload()
    expect(page.get_by_role("heading", name="First")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio?.z ?? null") == first, "a reload lost the step", 30)
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="Second")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio.z") == second, "the second step's z did not come back", 30)
    page.keyboard.press("b")
    expect(page.get_by_role("img", name="The screen is black")).to_be_visible(timeout=SLOW)
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Encode")).to_be_visible(timeout=SLOW)
    assert "present" not in page.url
