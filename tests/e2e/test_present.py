"""A lecture: steps are collected, survive a reload, and are turned by the keys of a clicker."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.test_app import SLOW, opened, settled

STEPS = ".st-key-steps button"


def add(page: Page, number: int, title: str) -> None:
    page.locator(STEPS).first.click()
    page.get_by_role("textbox", name="Title", exact=True).fill(title)
    page.get_by_role("textbox", name="Title", exact=True).press("Enter")
    page.get_by_role("button", name="Add this screen").click()
    expect(page.get_by_role("button", name=f"{number}. {title}")).to_be_visible(timeout=SLOW)


def test_a_clicker_turns_the_steps_of_a_lecture(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-2d")
    settled(page, lambda: "z=" in page.url, "the address does not say where one begins")
    add(page, 1, "First")
    first = page.evaluate("window.__studio.z")
    settled(page, lambda: "deck=" in page.url, "the address does not say which steps")
    page.keyboard.press("Escape")
    opened(page, f"{app}/?model=mnist-16d&deck={page.url.split('deck=')[1].split('&')[0]}&step=1")
    settled(page, lambda: "z=" in page.url and "step=1" in page.url, "the address lost the steps")
    add(page, 2, "Second")
    second = page.evaluate("window.__studio.z")
    page.locator(".st-key-step-present button").click()
    title = page.get_by_role("heading", name="Second")
    expect(title).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("link", name="Encode")).to_have_count(0, timeout=SLOW)
    page.mouse.move(5, 5)
    page.keyboard.press("PageUp")
    expect(page.get_by_role("heading", name="First")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio.z") == first, "the first step's z did not come back")
    page.reload()
    expect(page.get_by_role("heading", name="First")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio?.z ?? null") == first, "a reload lost the step")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="Second")).to_be_visible(timeout=SLOW)
    settled(page, lambda: page.evaluate("window.__studio.z") == second, "the second step's z did not come back")
    page.keyboard.press("b")
    expect(page.get_by_role("img", name="The screen is black")).to_be_visible(timeout=SLOW)
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Encode")).to_be_visible(timeout=SLOW)
    settled(page, lambda: "present" not in page.url, "the address still says that one presents")


def test_back_and_forward_turn_the_steps_again(page: Page, app: str) -> None:
    """The browser's own buttons bring back what the address said, though the page has written newer ones since."""
    opened(page, f"{app}/?model=mnist-2d")
    settled(page, lambda: "z=" in page.url, "the address does not say where one begins")
    before, z = page.url, page.evaluate("window.__studio.z")
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    moved = page.evaluate("window.__studio.z")
    assert moved != z
    settled(page, lambda: page.url != before, "the address does not follow the hand")
    page.go_back()
    settled(page, lambda: page.evaluate("window.__studio.z") == z, "Back did not bring z back")
    page.go_forward()
    settled(page, lambda: page.evaluate("window.__studio.z") != z, "Forward did not bring z back")
