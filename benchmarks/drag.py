"""Frames a second and event-to-pixel time of a slider dragged for 3 s at 60 moves a second, three ways in one run.

    browser   the studio: onnxruntime-web decodes in a worker of the page
    server    the studio in a browser that cannot run the decoder: every move asks the server's decode route
    st.slider plain Streamlit: `st.slider` and `st.image` in a fragment

Then the first way again on networks of 16, 64 and 256 latents (the library's conv trunk, untrained) beside a map of
70,000 points on the same page. `--compare`, instead of all that: a model alone, then with a second one under the same
hand, whose picture follows the first one's.

Event-to-pixel runs from the pointer event's time stamp to the moment the decoded picture is drawn (studio) or loaded
(st.image). Headless Chromium, software WebGL.

    python -m benchmarks.drag [--models mnist-16d emoji-32d] [--latents 16 64 256] [--seconds 3]
    python -m benchmarks.drag --compare [mnist-16d mnist-2d]
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks import synthetic
from benchmarks.common import RATE, ROOT, STUDIO_READY
from tests.e2e.browser import launched, served

POINTS = 70_000
PEER_PICTURE = "[data-testid=stImage] img"
WATCH_PEER = """() => {
  const seen = (window.__peer = { frames: 0, ms: [], at: 0 });
  addEventListener("pointermove", (e) => { seen.at = e.timeStamp; }, true);
  addEventListener("mousemove", (e) => { seen.at = e.timeStamp; }, true);
  addEventListener("mouseup", (e) => { seen.at = e.timeStamp; }, true);
  document.addEventListener("load", (e) => {
    if (e.target.tagName !== "IMG" || !e.target.closest("[data-testid=stImage]")) return;
    seen.frames++; seen.ms.push(performance.now() - seen.at);
  }, true);
}"""


@dataclass(frozen=True)
class Row:
    """What one drag gave."""

    frames: float  # a second
    p50: float  # ms
    p95: float  # ms

    def __str__(self) -> str:
        return f"{self.frames:>9.1f}{self.p50:>9.1f}{self.p95:>9.1f}"


def row(frames: int, ms: list[float], seconds: float) -> Row:
    p50, p95 = np.percentile(ms, [50, 95]) if ms else (math.nan, math.nan)
    return Row(frames / seconds, float(p50), float(p95))


def drag(page: Page, seconds: float) -> None:
    """Press on the first slider's middle and swing it left and right, 60 moves a second, for so long."""
    slider = page.get_by_role("slider").first
    box = slider.bounding_box()
    if box is None:
        raise RuntimeError("There is no slider on the page.")
    track = slider.evaluate("e => e.parentElement.getBoundingClientRect().width")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    reach = max(min(box["width"], track) / 2, 60) * 0.8
    page.mouse.move(x, y)
    page.mouse.down()
    start = time.perf_counter()
    for step in range(int(seconds * RATE)):
        page.mouse.move(x + reach * math.sin(step / RATE * 2 * math.pi / 1.5), y)
        time.sleep(max(0.0, start + (step + 1) / RATE - time.perf_counter()))
    page.mouse.up()


def studio(browser: Browser, url: str, model: str, seconds: float, in_browser: bool) -> Row:
    """A drag in the studio; without its WebAssembly the page falls back to the server's route."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    if not in_browser:
        page.route("**/*.wasm*", lambda route: route.abort())
    page.goto(f"{url}/?model={model}")
    page.wait_for_function(STUDIO_READY)
    page.wait_for_timeout(2000)  # ticks and neighbours are drawn
    expected = "browser" if in_browser else "server"
    where = page.evaluate("window.__studio.where")
    if where != expected:
        raise RuntimeError(f"The studio decodes in the {where}, not in the {expected}.")
    page.evaluate("() => { window.__studio.frames = 0; window.__studio.lastEventToPixelMs.length = 0; }")
    drag(page, seconds)
    frames, ms = page.evaluate("() => [window.__studio.frames, window.__studio.lastEventToPixelMs]")
    page.close()
    return row(frames, ms, seconds)


def both(browser: Browser, url: str, first: str, second: str, seconds: float) -> tuple[Row, Row]:
    """A drag that two models follow: the one whose slider it is, and the one that is compared with it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?model={first}&with={second}")
    page.wait_for_function("() => window.__studio?.ready && window.__studio.second?.frames")
    page.wait_for_timeout(2000)  # ticks and neighbours are drawn
    page.evaluate("""() => [window.__studio, window.__studio.second].forEach((each) => {
      each.frames = 0; each.lastEventToPixelMs.length = 0;
    })""")
    drag(page, seconds)
    found = page.evaluate("[window.__studio, window.__studio.second].map((e) => [e.frames, e.lastEventToPixelMs])")
    page.close()
    a, b = (row(frames, ms, seconds) for frames, ms in found)
    return a, b


def pair(browser: Browser, names: list[str], seconds: float) -> None:
    """The first model alone, then with the second under the same hand."""
    first, second = names
    with served() as url:
        alone = studio(browser, url, first, seconds, True)
        a, b = both(browser, url, first, second, seconds)
    for name, how, r in ((first, "alone", alone), (first, "followed", a), (second, "follows", b)):
        print(f"{name:<14}{how:<11}{r}", flush=True)


def plain(browser: Browser, url: str, seconds: float) -> Row:
    """The same drag on `st.slider`; the second after the release counts too, as that is when it answers."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_selector(PEER_PICTURE)
    page.evaluate(WATCH_PEER)
    drag(page, seconds)
    page.wait_for_timeout(1000)
    frames, ms = page.evaluate("() => [window.__peer.frames, window.__peer.ms]")
    page.close()
    return row(frames, ms, seconds)


def peers(browser: Browser, models: list[str], seconds: float) -> None:
    """The three ways, a table with the ratios."""
    with served() as explorer:
        for model in models:
            with served("benchmarks/peers/slider.py", (str(ROOT / "checkpoints" / model),)) as peer:
                rows = {
                    "browser": studio(browser, explorer, model, seconds, True),
                    "server": studio(browser, explorer, model, seconds, False),
                    "st.slider": plain(browser, peer, seconds),
                }
            for how, r in rows.items():
                print(f"{model:<14}{how:<11}{r}", flush=True)
            ratio = rows["browser"].frames / max(rows["st.slider"].frames, 1 / seconds)
            print(f"{model:<14}browser / server = {rows['browser'].frames / rows['server'].frames:.1f}x, "
                  f"browser / st.slider = {ratio:.0f}x\n")  # fmt: skip


def sizes(browser: Browser, latents: list[int], seconds: float) -> None:
    """Networks of so many latents beside a crowded map."""
    with tempfile.TemporaryDirectory() as home:
        for latent in latents:
            synthetic.make(Path(home) / f"synthetic-{latent}d", latent, POINTS)
        with served(VAE_CHECKPOINTS_DIR=home, VAE_RUNS_DIR=f"{home}/runs") as url:
            for latent in latents:
                name = f"synthetic-{latent}d"
                r = studio(browser, url, name, seconds, True)
                print(f"{name:<14} browser   {r}   {POINTS:,} points on the map", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", default=["mnist-16d", "emoji-32d"])
    parser.add_argument("--latents", nargs="*", type=int, default=[16, 64, 256])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--compare", nargs="*", metavar="MODEL", help="two models under one hand, and nothing else")
    options = parser.parse_args()
    if options.compare is not None and len(options.compare) not in (0, 2):
        parser.error(
            f"--compare takes two models, not {len(options.compare)}: the one that is dragged, and the second."
        )
    print(f"{'model':<14}{'how':<11}{'frames/s':>9}{'p50 ms':>9}{'p95 ms':>9}")
    with launched() as browser:
        if options.compare is not None:
            pair(browser, options.compare or ["mnist-16d", "mnist-2d"], options.seconds)
        else:
            peers(browser, options.models, options.seconds)
            sizes(browser, options.latents, options.seconds)


if __name__ == "__main__":
    main()
