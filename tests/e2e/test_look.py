"""The look: one row of header, no name cut, a legend beside the points, a strip as wide as the page, one theme."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from explorer.drawing import palette
from tests.e2e.test_app import SLOW, opened, settled

MAIN = "document.querySelector('[data-testid=stMain]')"
INSIDE = """([selector, what]) => {
  const roots = [...document.querySelectorAll("*")].flatMap((e) => e.shadowRoot ?? []);
  const found = roots.flatMap((root) => [...root.querySelectorAll(selector)]).filter((e) => e.offsetParent);
  return found.map((e) => {
    if (what === "cut") return e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight + 1;
    const box = e.getBoundingClientRect();
    return [box.x, box.y, box.right, box.bottom];
  });
}"""


def boxes(page: Page, selector: str) -> Any:
    """[left, top, right, bottom] of what is seen of a selector inside the live parts."""
    return page.evaluate(INSIDE, [selector, "box"])


@pytest.mark.parametrize("model", ["fashion-16d", "emoji-32d"])
def test_the_header_is_one_row_on_a_narrow_screen(page: Page, app: str, model: str) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    opened(page, f"{app}/?model={model}")
    parts = [
        page.get_by_role("link", name="About"),
        *(page.locator(f".st-key-{k} button") for k in ("steps", "picker")),
    ]
    for part in parts:
        part.first.wait_for(timeout=SLOW)
    found: list[Any] = [part.first.bounding_box() or {} for part in parts]
    middles = [box["y"] + box["height"] / 2 for box in found]
    assert max(middles) - min(middles) < 4
    assert all(a["x"] + a["width"] <= b["x"] for a, b in pairwise(found)), "they overlap"


def test_no_class_is_cut_and_no_point_lies_under_the_legend(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=emoji-32d")
    name = ".figures .caption span:first-child"
    settled(page, lambda: len(boxes(page, name)) == 10, "no nearest items")
    for width in (1440, 800):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert not any(page.evaluate(INSIDE, [name, "cut"])), f"a name is cut at {width}"
        (field,), (legend,) = boxes(page, ".panel.map .field"), boxes(page, ".panel.map .legend")
        assert legend[1] >= field[3], "the legend covers the map"
        assert not any(page.evaluate(INSIDE, [".panel.map .legend", "cut"])), f"the legend is cut at {width}"


@pytest.mark.parametrize("model", ["mnist-16d", "emoji-32d"])
def test_the_strip_is_as_wide_as_the_page(page: Page, app: str, model: str) -> None:
    opened(page, f"{app}/paths?model={model}")
    settled(page, lambda: bool(boxes(page, ".scrub canvas")), "no strip")
    (strip,), (reel,) = boxes(page, ".scrub canvas"), boxes(page, ".reel")
    assert strip[0] == pytest.approx(reel[0], abs=1)
    assert strip[2] == pytest.approx(reel[2], abs=1)


def test_formulas_follow_the_systems_theme(page: Page, app: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{app}/about?model=mnist-16d")
    coloured = page.locator(".katex-html [style*='color']").first
    coloured.wait_for(timeout=SLOW)
    inks = {f"rgb{palette.rgb(symbol.dark)}" for symbol in palette.SYMBOLS.values()}
    page.emulate_media(color_scheme="dark")
    settled(page, lambda: coloured.evaluate("e => e.style.color") in inks, "the formula kept its colours of the day")


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_a_path_on_the_stage_fills_the_window_and_no_more(page: Page, app: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, f"{app}/paths?model=mnist-16d&present=1")
    settled(page, lambda: bool(boxes(page, ".scrub canvas")), "no strip")
    page.wait_for_timeout(300)
    (strip,), (reel,) = boxes(page, ".scrub canvas"), boxes(page, ".reel")
    assert strip[2] == pytest.approx(reel[2], abs=1)
    assert reel[3] <= size[1]
    assert page.get_by_role("button", name="Swap").count() == 0


@pytest.mark.parametrize(
    ("page_", "size"),
    [("encode", (1280, 720)), ("about", (1280, 720)), ("encode", (1440, 900)), ("about", (1440, 900))],
)
def test_nothing_is_scrolled_to(page: Page, app: str, page_: str, size: tuple[int, int]) -> None:
    """Neither on a projector's stage nor on a laptop; the room of a chart is there before the chart is."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    stage = "&present=1" if size[0] == 1280 else ""
    page.goto(f"{app}/{page_}?model=emoji-32d{stage}")
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=SLOW)
    settled(page, lambda: page.locator(".stApp[data-test-script-state=running]").count() == 0, "it still runs")
    page.wait_for_timeout(300)
    high = page.evaluate(f"(e => [e.scrollHeight, e.clientHeight])({MAIN})")
    assert high[0] <= high[1]
    assert page.get_by_role("button", name="Another").count() == (page_ == "encode" and not stage)


def test_two_sliders_take_the_room_they_have(page: Page, app: str) -> None:
    """A few sliders show larger pictures, not a void below them."""
    page.set_viewport_size({"width": 800, "height": 900})
    opened(page, f"{app}/?model=mnist-2d")
    rows = boxes(page, ".panel.z .slider")
    (panel,) = boxes(page, ".panel.z .rows")
    assert len(rows) == 2
    assert sum(row[3] - row[1] for row in rows) > 0.6 * (panel[3] - panel[1])
