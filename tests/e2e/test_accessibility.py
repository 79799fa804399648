"""Every page by every means: what axe-core finds in it, in light and dark; the keyboard alone; without motion; by ear.

The rules are those of WCAG 2.0, 2.1 and 2.2, levels A and AA, inside the studio's shadow root too. What stands in
`UPSTREAM` is Streamlit's own and out of reach from here; nothing else is excused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from explorer.drawing import palette
from tests.e2e.test_app import NAME, SLOW, settled

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = ("", "encode", "paths", "train", "about")
LIVE = ("", "paths")
THEMES: tuple[palette.Theme, ...] = ("light", "dark")
UPSTREAM = {  # (rule, the end of the selector): why
    ("scrollable-region-focusable", ".katex-display"): (
        "Streamlit lets a formula scroll, and KaTeX's braces stand out of its box by a pixel or two: nothing is hidden"
    ),
}
LIT = '[data-stale="true"] { opacity: 1 !important; transition: none !important }'
AT_REST = """() => document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stSpinner]')"""
FOCUSED = """() => {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  if (!here || here === document.body) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  return {
    name: here.getAttribute("aria-label") || here.innerText.trim() || here.title || here.tagName,
    role: here.getAttribute("role") || here.tagName.toLowerCase(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    seen: box.width > 0 && box.height > 0,
    studio: here.getRootNode() instanceof ShadowRoot,
  };
}"""


@dataclass(frozen=True)
class Finding:
    """One thing that breaks a rule, in a line."""

    rule: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}\n      {self.why}"


def findings(page: Page) -> list[Finding]:
    """What axe-core finds in the page as it stands; what is upstream's is left out."""
    said: dict[str, Any] = (
        Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}).response
    )
    found = [
        Finding(rule["id"], selector(node["target"]), " ".join((node.get("failureSummary") or "").split()))
        for rule in said["violations"]
        for node in rule["nodes"]
    ]
    return [f for f in found if not any(f.rule == rule and f.where.endswith(end) for rule, end in UPSTREAM)]


def selector(target: list[Any]) -> str:
    """axe's target as one line; a nested list leads through shadow roots."""
    return " > ".join(" >>> ".join(step) if isinstance(step, list) else step for step in target)


def assert_clean(page: Page, where: str) -> None:
    """Streamlit dims what waits for Python for longer than half a second: that passes, and is looked at undimmed."""
    page.wait_for_function(AT_REST)
    page.add_style_tag(content=LIT)
    found = findings(page)
    assert not found, f"{where}: {len(found)} found\n  " + "\n  ".join(map(str, found))


def at(page: Page, app: str, path: str, more: str = "") -> None:
    page.goto(f"{app}/{path}?model=mnist-16d{more}")
    if path in LIVE:
        page.wait_for_function("() => window.__studio?.ready", timeout=SLOW)
    page.get_by_text("Latent Explorer").first.wait_for(timeout=SLOW)
    page.wait_for_timeout(800)
    page.wait_for_function(AT_REST)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_light_and_dark(page: Page, app: str, path: str) -> None:
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        at(page, app, path)
        assert_clean(page, f"{path or 'explore'}, {theme}")


def test_the_studio_follows_the_systems_theme_at_once(page: Page, app: str) -> None:
    at(page, app, "")
    swatch = page.locator(".studio.root .legend svg > *").nth(1)
    themes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        expect(swatch, f"the {theme} colour").to_have_attribute("fill", palette.CLASSES[theme][1])


def test_the_studio_stays_lit_while_python_works(page: Page, app: str) -> None:
    """Streamlit dims an element by a rule of its class; on a busy machine the studio would flash at each rest."""
    at(page, app, "")
    page.add_style_tag(content=".stElementContainer { opacity: 0.33; transition: none }")
    here, other = page.locator("[class*=st-key-studio-]").first, page.locator(".stElementContainer").first
    assert other.evaluate("e => getComputedStyle(e).opacity") == "0.33"
    assert here.evaluate("e => getComputedStyle(e).opacity") == "1"


def test_axe_looks_into_the_studio_and_its_menus(page: Page, app: str) -> None:
    at(page, app, "")
    assert_clean(page, "explore")
    inside = page.evaluate(
        "async () => (await axe.run()).passes.flatMap(r => r.nodes).filter(n => Array.isArray(n.target[0])).length"
    )
    assert inside > 50, "axe did not enter the shadow root"
    for summary in page.locator(".studio.root details.menu > summary").all():
        summary.click()
        assert_clean(page, f"the menu {summary.get_attribute('aria-label')!r}")
        summary.click()
    page.keyboard.press("?")
    assert_clean(page, "the list of keys")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("nats")).first.click()
    expect(page.get_by_text("lower is better")).to_be_visible(timeout=SLOW)
    page.wait_for_timeout(500)  # it fades in
    assert_clean(page, "the gallery of models")


def test_axe_finds_nothing_in_a_comparison(page: Page, app: str) -> None:
    page.emulate_media(color_scheme="dark")
    at(page, app, "", "&with=mnist-2d&by=numbers")
    page.locator(".studio.root .pairs > summary").click()
    assert_clean(page, "compare, dark, with its list open")
    page.emulate_media(color_scheme="light")
    assert_clean(page, "compare, light, with its list open")


def tabbed(page: Page, most: int = 140) -> list[dict[str, Any]]:
    """What Tab reaches, in order, until it comes round."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None and found:
            break
        if here:
            found.append(here)
    return found


def test_tab_reaches_everything_in_the_order_of_reading(page: Page, app: str) -> None:
    at(page, app, "")
    found = tabbed(page)
    names = [each["name"] for each in found]
    assert all(each["seen"] for each in found), [e["name"] for e in found if not e["seen"]]
    assert all(each["ring"] for each in found if each["studio"]), [e["name"] for e in found if not e["ring"]]
    order = ["Encode", "About", "nats", "UMAP", "Map of the encoded items", "Zoom in", "colour", "Select a rectangle",
             "mean", "Item ",
             "Random z", "Settings of random", "Latent dimension", "Value of", "Lock", "Save: the picture"]  # fmt: skip
    last = -1
    for word in order:
        here = next((i for i, name in enumerate(names) if i > last and word in name), None)
        assert here is not None, f"Tab does not reach {word!r} after {names[last]!r}: {names}"
        last = here
    sliders = [each for each in found if each["role"] == "slider"]
    assert len(sliders) >= 4
    reached = page.locator(".studio.root").evaluate_all(
        "roots => roots.flatMap(r => [...r.querySelectorAll('button, select, summary, [role=slider]')])"
        ".filter(e => e.checkVisibility() && !e.disabled && e.tabIndex < 0 && !e.closest('[aria-hidden=true]'))"
        ".map(e => e.ariaLabel || e.textContent)"
    )
    assert [name for name in reached if not name] == []


def test_keys_alone_move_the_picture_and_are_told(page: Page, app: str) -> None:
    at(page, app, "")
    slider = page.get_by_role("slider").first
    slider.focus()
    before = slider.get_attribute("aria-valuetext") or slider.get_attribute("aria-valuenow")
    z = page.evaluate("window.__studio.z")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    settled(page, lambda: page.evaluate("window.__studio.z") != z, "the key moved nothing")
    settled(
        page,
        lambda: (slider.get_attribute("aria-valuetext") or slider.get_attribute("aria-valuenow")) != before,
        "the slider does not say where it stands",
    )


def test_the_picture_is_told(page: Page, app: str) -> None:
    """As in "near 7, typical, three neighbours of class 9"."""
    at(page, app, "")
    picture = page.get_by_role("img", name=NAME).first
    words = re.compile(r"^Decoded picture, near \d, (typical|unusual|.+)(, \w+ neighbours? of class \d)?$")
    settled(page, lambda: bool(words.match(picture.get_attribute("aria-label") or "")), "the picture is not told")
    figures = page.get_by_role("button", name=re.compile(r"^Item \d+, \d, at distance"))
    settled(page, lambda: figures.count() >= 5, "the nearest items have no names")


def test_who_wants_no_motion_gets_none(page: Page, app: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    at(page, app, "")
    moving = page.locator(".studio.root").first.evaluate(
        "root => [root, ...root.querySelectorAll('*')]"
        ".flatMap(e => [null, '::before', '::after'].map(p => [e, getComputedStyle(e, p)]))"
        ".filter(([, s]) => s.transitionDuration.split(',').some(t => parseFloat(t) > 0) || s.animationName !== 'none')"
        ".map(([e]) => e.className)"
    )
    assert moving == []
    page.keyboard.press("r")
    page.wait_for_timeout(40)
    running = page.locator(".studio.root").first.evaluate(
        "root => root.getAnimations({ subtree: true }).filter(a => a.playState === 'running').length"
    )
    assert running == 0
