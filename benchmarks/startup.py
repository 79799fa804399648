"""From `streamlit run` to the first decoded picture in a browser, against a plain `st.slider` app with the same model.

Each side starts its own server while the browser is already open and asks for the page until it answers; the clock
runs from the command to the picture. The disk is warm after the first, uncounted run.

    python -m benchmarks.startup [--runs 3]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Error, Page

from benchmarks.common import ROOT, STUDIO_READY
from tests.e2e.browser import launched, served

MODEL = "mnist-16d"


def ours(page: Page) -> None:
    """The studio says when a decoded picture is on its canvas."""
    page.wait_for_function(STUDIO_READY)


def peer(page: Page) -> None:
    """The peer's picture is an image element that has loaded."""
    page.wait_for_function(
        "() => [...document.images].some(i => i.naturalWidth > 1 && i.closest('[data-testid=stImage]'))"
    )


def seconds(browser: Browser, drawn: Callable[[Page], None], script: str, *arguments: str) -> float:
    """One cold server, one fresh page: from the command to the picture."""
    start = time.perf_counter()
    with served(script=script, arguments=arguments, wait=False) as url:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        while True:
            try:
                page.goto(url)
                break
            except Error:  # the server is not listening yet
                time.sleep(0.02)
        drawn(page)
        taken = time.perf_counter() - start
        page.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    sides: dict[str, tuple[Callable[[Page], None], tuple[str, ...]]] = {
        "explorer": (ours, ("explorer/app.py",)),
        "st.slider": (peer, ("benchmarks/peers/slider.py", str(ROOT / "checkpoints" / MODEL))),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    with launched() as browser:
        for run in range(runs + 1):
            for name, (drawn, command) in sides.items():
                took = seconds(browser, drawn, *command)
                if run:  # the first warms the disk
                    taken[name].append(took)
                print(f"{name:<10} {took:5.2f} s{'' if run else '  (warming up, not counted)'}", flush=True)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    print(f"\nmedian of {runs}: " + ", ".join(f"{name} {value:.2f} s" for name, value in medians.items()))
    print(f"explorer / st.slider = {medians['explorer'] / medians['st.slider']:.2f}")


if __name__ == "__main__":
    main()
