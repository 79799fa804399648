"""The README's moving picture, taken of the real app: `python -m docs.pictures`.

A slider is dragged, then the hand walks over the map. No data set is opened, so every picture in it is the decoder's.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page, ViewportSize

from tests.e2e.browser import launched, served

HERE = Path(__file__).parent
SIZE: ViewportSize = {"width": 1280, "height": 880}
MS = 80  # a frame
DRAG, WAY, WALK = 44, 7, 58  # frames of each part
ARROW = (
    (0, 0),
    (0, 17),
    (4, 13.5),
    (6.8, 20),
    (9.6, 18.8),
    (6.9, 12.5),
    (12, 12),
)  # the pointer, which no screenshot shows


def main() -> None:
    """Open Explore on the default model, move, and write explore.gif."""
    with served(VAE_DATA_DIR="nowhere") as url, launched() as browser:
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.set_default_timeout(120_000)
        page.goto(f"{url}/?model=mnist-16d")
        page.wait_for_function("() => window.__studio?.ready")
        page.wait_for_timeout(4000)
        frames = list(taken(page))
    write(frames, HERE / "explore.gif")
    print(
        f"{len(frames)} frames, {len(frames) * MS / 1000:.1f} s, {(HERE / 'explore.gif').stat().st_size / 1e6:.2f} MB"
    )


def taken(page: Page) -> Iterator[Image.Image]:
    """The frames, one after each move of the hand."""
    left, top, width, height = box(page, "slider")
    start = x, y = left + width / 2, top + height / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(DRAG):
        turn = 2 * math.pi * k / (DRAG - 1)
        yield moved(page, x + 0.36 * width * math.sin(turn), y)
    page.mouse.up()
    left, top, width, height = box(page, "application")
    centre = left + width / 2, top + 0.5 * height
    path = [around(centre, width, height, k / (WALK - 1)) for k in range(WALK)]
    for a, b in ((start, path[0]), (path[-1], start)):
        if a is path[-1]:
            for x, y in path:
                yield moved(page, x, y)
        for k in range(1, WAY):
            t = (1 - math.cos(math.pi * k / WAY)) / 2
            yield moved(page, a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))


def around(centre: tuple[float, float], width: float, height: float, t: float) -> tuple[float, float]:
    """A loop through the clusters of the map, t from 0 to 1."""
    turn = 2 * math.pi * t
    return centre[0] + 0.33 * width * math.cos(turn), centre[1] - 0.3 * height * math.sin(turn)


def box(page: Page, role: str) -> tuple[float, float, float, float]:
    found = page.locator(f".studio.root [role={role}]").first.bounding_box()
    if found is None:
        raise RuntimeError(f"There is no {role} on the page.")
    return found["x"], found["y"], found["width"], found["height"]


def moved(page: Page, x: float, y: float) -> Image.Image:
    """Move the hand there and take the picture, with a pointer drawn into it."""
    page.mouse.move(x, y, steps=2)
    page.wait_for_timeout(90)
    frame = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    big = Image.new("L", (4 * 24, 4 * 24))
    for colour, mask in (("#ffffff", big.copy()), ("#14171a", big.copy())):
        shape = [(4 * (px + 3), 4 * (py + 2)) for px, py in ARROW]
        ImageDraw.Draw(mask).polygon(shape, fill=255, outline=255, width=10 if colour == "#ffffff" else 1)
        frame.paste(colour, (round(x) - 3, round(y) - 2), mask.resize((24, 24), Image.Resampling.LANCZOS))
    return frame


def write(frames: list[Image.Image], path: Path) -> None:
    """One palette for all, without dither, so that what stands still is the same in every frame and costs nothing."""
    some = frames[:: max(1, len(frames) // 8)]
    sheet = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for k, frame in enumerate(some):
        sheet.paste(frame, (0, k * frame.height))
    shared = sheet.quantize(255, dither=Image.Dither.NONE)
    first, *others = [frame.quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames]
    first.save(path, "GIF", save_all=True, append_images=others, duration=MS, loop=0, optimize=True)


if __name__ == "__main__":
    main()
