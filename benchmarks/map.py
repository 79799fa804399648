"""The map with 70,000 and a million points, against Plotly's Scattergl with the same points, in one run.

    explorer   the studio's map: WebGL 2, drawn in slices into a hidden framebuffer
    plotly     `st.plotly_chart` of Scattergl traces of the same points, size, opacity and box

`on screen` runs from the request for the page to the moment at which the graphics card has drawn every point; both
servers have served one page before. Then the map is panned by the mouse for some seconds, 60 moves a second: frames a
second, the longest gap between two of them and the longest task of the main thread, until two seconds after the
release. Headless Chromium, software WebGL.

    python -m benchmarks.map [--points 70000 1000000] [--seconds 4]
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import synthetic
from benchmarks.common import RATE
from tests.e2e.browser import launched, served

LATENT = 16
AFTER = 2000  # ms after the release that count as well: the points are drawn anew
MAP = ".studio.root .field"
PLOT = ".js-plotly-plot .nsewdrag"
WATCH = """() => {
  const seen = (window.__seen = { stamps: [], tasks: [0] });
  const frame = (now) => { seen.stamps.push(now); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => list.getEntries().forEach((e) => seen.tasks.push(e.duration)))
    .observe({ type: "longtask" });
}"""
READ = """() => {
  const { stamps, tasks } = window.__seen;
  const gaps = stamps.slice(1).map((t, i) => t - stamps[i]);
  return [gaps.length / ((stamps.at(-1) - stamps[0]) / 1000), Math.max(...gaps), Math.max(...tasks)];
}"""
FINISH = """() => {
  if (!document.querySelector(".js-plotly-plot .gl-canvas")) return false;
  const canvases = [...document.querySelectorAll(".js-plotly-plot canvas")];
  const drawn = canvases.map((c) => c.getContext("webgl")).filter(Boolean);
  if (!drawn.length || !document.querySelector(".js-plotly-plot")._fullLayout?._paperdiv) return false;
  for (const gl of drawn) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  return window.__plotted > 0;
}"""
HEAR = """() => {
  window.__plotted = 0;
  new MutationObserver(() => {
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (plot.__heard || !plot.on) continue;
      plot.__heard = true;
      plot.on("plotly_afterplot", () => window.__plotted++);
    }
  }).observe(document, { childList: true, subtree: true });
}"""


@dataclass(frozen=True)
class Row:
    """One side, one number of points."""

    shown: float  # s until the points are on screen
    frames: float  # a second, while panning
    gap: float  # ms, the longest between two frames
    task: float  # ms, the longest of the main thread; 0: none above 50


def mapped(page: Page) -> None:
    page.wait_for_function("() => window.__studio?.mapped > 0", polling=20)


def plotted(page: Page) -> None:
    page.wait_for_function(FINISH, polling=20)


def pan(page: Page, place: str, seconds: float) -> None:
    """Take the map in its middle and swing it round for so long."""
    box = page.locator(place).first.bounding_box()
    if box is None:
        raise RuntimeError(f"There is no {place} on the page.")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    start = time.perf_counter()
    step = 0
    while (passed := time.perf_counter() - start) < seconds:  # a page that blocks holds the mouse up, too
        turn = passed * math.pi
        page.mouse.move(x + 90 * math.sin(turn), y + 90 * math.sin(1.7 * turn))
        step += 1
        time.sleep(max(0.0, start + step / RATE - time.perf_counter()))
    page.mouse.up()


def measured(browser: Browser, url: str, shown: Callable[[Page], None], place: str, seconds: float) -> Row:
    """Open the page afresh, wait for the points, then pan."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.add_init_script(f"({HEAR})()")
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    shown(page)
    taken = time.perf_counter() - start
    page.wait_for_timeout(6000)  # indices, ticks and neighbours are made
    page.evaluate(WATCH)
    pan(page, place, seconds)
    page.wait_for_timeout(AFTER)
    frames, gap, task = page.evaluate(READ)
    context.close()
    return Row(taken, frames, gap, task)


def both(browser: Browser, home: Path, points: int, seconds: float) -> dict[str, Row]:
    """Both sides with the same checkpoint; each server's first page is not counted."""
    folder = synthetic.make(home / f"points-{points}", LATENT, points)
    crowd = points > 300_000
    look = ("2", "0.3") if crowd else ("3", "0.45")  # as the studio draws so many
    rows = {}
    with served(VAE_CHECKPOINTS_DIR=str(home), VAE_RUNS_DIR=str(home / "runs")) as url:
        address = f"{url}/?model={folder.name}"
        box = first(browser, address, mapped, MAP)
        rows["explorer"] = measured(browser, address, mapped, MAP, seconds)
    with served("benchmarks/peers/scatter.py", (str(folder), *map(str, box), *look)) as url:
        first(browser, url, plotted, PLOT)
        rows["plotly"] = measured(browser, url, plotted, PLOT, seconds)
    return rows


def first(browser: Browser, url: str, shown: Callable[[Page], None], place: str) -> tuple[int, int]:
    """The uncounted page, and the size of its map in pixels."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(180_000)
    page.add_init_script(f"({HEAR})()")
    page.goto(url, wait_until="commit")
    shown(page)
    box = page.locator(place).first.bounding_box()
    page.close()
    return (round(box["width"]), round(box["height"])) if box else (0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", nargs="+", type=int, default=[70_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    print(
        f"{'points':>9}  {'side':<10}{'on screen s':>12}{'frames/s':>10}{'longest gap ms':>16}{'longest task ms':>17}"
    )
    for points in options.points:
        with tempfile.TemporaryDirectory() as home, launched() as browser:
            rows = both(browser, Path(home), points, options.seconds)
        for side, r in rows.items():
            print(f"{points:>9,}  {side:<10}{r.shown:>12.1f}{r.frames:>10.1f}{r.gap:>16.0f}{r.task:>17.0f}", flush=True)
        ours, peer = rows["explorer"], rows["plotly"]
        print(f"{points:>9,}  plotly / explorer: on screen {peer.shown / ours.shown:.1f}x, longest gap "
              f"{peer.gap / ours.gap:.1f}x; frames explorer / plotly {ours.frames / peer.frames:.1f}x\n")  # fmt: skip


if __name__ == "__main__":
    main()
