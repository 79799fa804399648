"""A second model follows the first: beside it, as a difference, and in the link."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_app import held, opened, settled

PAIR = "model=mnist-16d&with=mnist-2d"
FOLLOWED = "() => window.__studio?.second?.frames"


def second(page: Page) -> Any:
    return page.evaluate("window.__studio.second && {...window.__studio.second, picture: null}")


def torchs(name: str, z: Any = None, x: Any = None) -> Any:
    """What PyTorch decodes from z, or the mean that it encodes x to."""
    import torch

    import vae
    from vae import latents

    model = vae.load(f"checkpoints/{name}")
    with torch.no_grad():
        return (
            latents.decode(model, np.array([z], np.float32))[0]
            if x is None
            else latents.means(model, np.array([x], np.float32))[0]
        )


def test_it_is_chosen_in_the_menu_and_follows_the_hand_and_the_link_says_so(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d")
    boxes = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.studio.root')).find(Boolean)"
    round_ = "(b) => [b.x, b.y, b.right, b.bottom].map(Math.round)"
    still = f"['.panel.z', '.film'].map(s => ({round_})({boxes}.querySelector(s).getBoundingClientRect()))"
    before = page.evaluate(still)
    page.get_by_label("Compare: a second model follows this one").click()
    expect(page.get_by_role("button", name=re.compile("Emoji.*its pictures are 3 × 64 × 64"))).to_be_disabled()
    page.get_by_role("button", name=re.compile("MNIST, 2 latents")).last.click()
    page.wait_for_function(FOLLOWED)
    assert page.evaluate(still) == before, "sliders and strip stay where they are"
    expect(page.get_by_role("img", name="The same through B, MNIST, 2 latents")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"Difference of B and A: \d"))).to_be_visible()
    frames, start = second(page)["frames"], page.url
    held(page)
    settled(page, lambda: second(page)["frames"] > frames + 2, "B stood still during the drag")
    page.mouse.up()
    settled(page, lambda: "with=mnist-2d" in page.url and page.url != start, "the address does not say it")
    z = page.evaluate("window.__studio.z")
    opened(page, page.url)
    page.wait_for_function(FOLLOWED)
    assert np.allclose(page.evaluate("window.__studio.z"), z)
    page.get_by_role("button", name="End the comparison").first.click()
    settled(page, lambda: "with=" not in page.url and second(page) is None, "the comparison did not end")
    assert page.evaluate(still) == before


@pytest.mark.parametrize("where", ["browser", "server"])
def test_the_second_picture_is_torchs(page: Page, app: str, where: str) -> None:
    """B's z is where its encoder puts A's picture, whoever computes it; zero difference is the mean of nothing."""

    def rubbish(route: Route) -> None:
        route.fulfill(body=b"no graph", content_type="application/octet-stream")

    if where == "server":
        page.route("**/mnist-2d/**/*.onnx", rubbish)
    opened(page, f"{app}/?{PAIR}")
    page.wait_for_function(FOLLOWED)
    page.wait_for_timeout(500)
    a = np.float32(page.evaluate("[...window.__studio.picture]")).reshape(1, 28, 28)
    b = np.float32(page.evaluate("[...window.__studio.second.picture]")).reshape(1, 28, 28)
    now = second(page)
    np.testing.assert_allclose(now["z"], torchs("mnist-2d", x=a), atol=1e-3)
    np.testing.assert_allclose(b, torchs("mnist-2d", z=now["z"]), atol=1e-4)
    assert now["mean"] == pytest.approx(np.abs(b - a).mean(), abs=1e-5)


def test_a_model_and_itself_differ_in_no_pixel(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d&with=mnist-16d")
    settled(page, lambda: (second(page) or {}).get("differing") == 0, "the same numbers, and another picture")
    held(page)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert second(page)["differing"] == second(page)["mean"] == 0
    assert second(page)["z"] == page.evaluate("window.__studio.z")


def test_the_same_numbers_come_through_their_matches(page: Page, app: str) -> None:
    opened(page, f"{app}/?{PAIR}")
    page.wait_for_function(FOLLOWED)
    page.get_by_role("button", name="numbers", exact=True).click()
    page.get_by_text("each latent of B has a counterpart in A").click()
    expect(page.get_by_role("table", name=re.compile("stands for"))).to_contain_text("z13")
    settled(page, lambda: "by=numbers" in page.url, "the address does not say the way")
    from pathlib import Path

    from vae.checkpoints.files import read_latents
    from vae.measures import matching

    a, b = (read_latents(Path("checkpoints") / name)[0] for name in ("mnist-16d", "mnist-2d"))
    expected = matching.match(a, b)(np.array(page.evaluate("window.__studio.z"), np.float32))
    settled(page, lambda: np.allclose(second(page)["z"], expected, atol=1e-4), "z of B is not what its matches say")


def test_no_common_items_is_said_where_one_would_choose(page: Page, app: str) -> None:
    opened(page, f"{app}/?model=mnist-16d&with=fashion-16d&by=numbers")
    page.wait_for_function(FOLLOWED)
    expect(page.get_by_text(re.compile("Not from the same numbers: .*different items"))).to_be_visible()
    expect(page.get_by_role("button", name="numbers", exact=True)).to_be_disabled()
