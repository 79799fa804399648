"""Fixtures of the browser tests: one server and one Chromium for all of them, a fresh page for each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from tests.e2e.browser import chromium, launched, served

HARMLESS = (  # words of Chromium and of Streamlit, which looks for its server below a deep link first
    "favicon",
    "GPU stall due to ReadPixels",
    "_stcore/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium() is None and not os.environ.get("VAE_NO_SKIP"):
        pytest.skip("no Chromium on this machine: install it (or set VAE_CHROMIUM) to run the browser tests")
    with launched() as chrome:
        yield chrome


@pytest.fixture(scope="session")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def app(runs_dir: Path, browser: Browser) -> Iterator[str]:
    """The address of a running explorer, whose training runs go to a folder of their own."""
    assert browser.is_connected()
    with served(VAE_RUNS_DIR=str(runs_dir)) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at 1440 x 900. The test fails if the console showed an error or a script threw."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh, errors = context.new_page(), []

    def heard(message: ConsoleMessage) -> None:
        said = f"{message.text} @ {message.location.get('url', '')}"
        if message.type == "error" and not any(word in said for word in HARMLESS):
            errors.append(said)

    def thrown(error: Error) -> None:
        errors.append(str(error))

    fresh.on("console", heard)
    fresh.on("pageerror", thrown)
    fresh.set_default_timeout(120_000)  # two cores, and busy
    yield fresh
    context.close()
    assert errors == []
