"""The README's picture, taken of the real app: `python -m docs.pictures`."""

from pathlib import Path

from tests.e2e.browser import launched, served

HERE = Path(__file__).parent


def main() -> None:
    """Opens Explore on the default model, drags the first slider, and takes the picture with the hand still on it."""
    with served(VAE_DATA_DIR="nowhere") as url, launched() as browser:  # no picture of the data: reconstructions
        page = browser.new_page(viewport={"width": 1440, "height": 880})
        page.set_default_timeout(120_000)
        page.goto(f"{url}/?model=mnist-16d")
        page.wait_for_function("() => window.__studio?.ready")
        page.wait_for_timeout(4000)
        box = page.get_by_role("slider").first.bounding_box()
        if box is None:
            raise RuntimeError("There is no slider on the page.")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 0.1 * box["width"], y, steps=20)
        page.wait_for_timeout(1500)
        page.screenshot(path=HERE / "explore.png")


if __name__ == "__main__":
    main()
