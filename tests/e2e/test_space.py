"""The 3-D view in a browser: it turns without moving z, a click on a point goes there, and the camera stays."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_app import opened, settled

EYE = """() => {
  const find = (root) => {
    for (const each of root.querySelectorAll("*")) {
      const found = each._fullLayout ? each : each.shadowRoot && find(each.shadowRoot);
      if (found) return found;
    }
  };
  return JSON.stringify(find(document)._fullLayout.scene._scene.getCamera().eye);
}"""


def test_it_turns_is_clicked_and_keeps_its_camera(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d")
    assert page.locator(".scatter canvas").count() == 0
    page.get_by_text("3-D view").click()
    canvas = page.locator(".scatter canvas").first
    canvas.wait_for()
    settled(page, lambda: "space=" in page.url, "the address does not say so")
    page.get_by_text("click a point to go there").scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    box, start, here = canvas.bounding_box(), page.evaluate(EYE), page.url
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    settled(page, lambda: page.evaluate(EYE) != start, "it did not turn")
    assert page.url == here, "a turn is no click"
    page.wait_for_timeout(500)
    turned, over = page.evaluate(EYE), page.locator(".scatter .hovertext")
    for i in range(40):
        page.mouse.move(x + 5 * (i - 20), y + 15)
        page.wait_for_timeout(120)
        if over.count():
            break
    expect(over.first).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    settled(page, lambda: page.url != here, "z did not follow the click")
    page.wait_for_timeout(1000)
    assert json.loads(page.evaluate(EYE)) == pytest.approx(json.loads(turned), abs=1e-6)
