"""A link to an encoded item shows the same pixels elsewhere; 100 kB of address are refused, and the server stays up."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_app import SLOW
from tests.e2e.test_encode import MAPS

SHOWN = """async () => {
  const all = [...document.querySelectorAll('[data-testid=stImage] img')].filter((e) => e.alt);
  return Promise.all(all.map(async (e) => {
    await e.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: e.naturalWidth, height: e.naturalHeight});
    canvas.getContext('2d').drawImage(e, 0, 0);
    return [e.alt, canvas.toDataURL()];
  }));
}"""


def encoded(page: Page, link: str) -> list[list[str]]:
    """Every picture of the Encode page, as its pixels."""
    page.goto(link)
    expect(page.get_by_role("figure", name=MAPS)).to_be_visible(timeout=SLOW)
    found: list[list[str]] = page.evaluate(SHOWN)
    return found


def test_an_encoded_item_is_the_same_to_the_pixel_in_another_browser(page: Page, browser: Browser, app: str) -> None:
    link = f"{app}/encode?model=mnist-16d&item=4321"
    here = encoded(page, link)
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    other = context.new_page()
    there = encoded(other, link)
    assert "item=4321" in other.url
    context.close()
    assert len(here) >= 3 + 6, "the input, the reconstruction, their difference, six neighbours"
    assert there == here
    assert encoded(page, link.replace("4321", "4322")) != here


@pytest.mark.parametrize("place", ["?model=", "encode?item=", "models/", "models/mnist-16d/0/item/"])
def test_an_address_of_100_kb_is_refused_and_the_server_stays_up(app: str, place: str) -> None:
    try:
        with urllib.request.urlopen(f"{app}/{place}{'1' * 100_000}", timeout=60) as answer:
            said, status = answer.read().decode(), answer.status
    except urllib.error.HTTPError as refused:
        said, status = refused.read().decode(), refused.code
    except (HTTPException, ConnectionError) as gone:  # hung up on
        said, status = str(gone), 400
    assert status < 500
    assert "Traceback" not in said
    with urllib.request.urlopen(f"{app}/_stcore/health", timeout=60) as answer:
        assert answer.status == 200
