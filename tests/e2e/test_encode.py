"""The Encode page in a real browser: paste anywhere, a zip to a table to one picture, a drawing answered live."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.test_app import SLOW, digit, settled

PASTE = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 300, height: 200});
  const g = canvas.getContext('2d');
  g.fillStyle = '#fff'; g.fillRect(0, 0, 300, 200);
  g.lineWidth = 18; g.beginPath(); g.arc(150, 100, 60, 0, 7); g.stroke();
  const data = new DataTransfer();
  data.items.add(new File([await new Promise((done) => canvas.toBlob(done))], 'ring.png', {type: 'image/png'}));
  document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""
MAPS = re.compile(r"Map \(umap\): the picture at .* 32 draws")


def test_a_picture_is_pasted_anywhere_and_improved(page: Page, app: str) -> None:
    page.goto(f"{app}/encode?model=mnist-16d")
    expect(page.get_by_role("figure", name=MAPS)).to_be_visible(timeout=SLOW)
    page.wait_for_timeout(500)  # the listener is a part that comes after its page
    page.evaluate(PASTE)
    expect(page.get_by_text("inverted: dark on light").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Paste from the clipboard")).to_be_visible()
    page.get_by_role("button", name="Improve").click()
    expect(page.get_by_text("amortisation gap").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Undo the improvement")).to_be_visible(timeout=SLOW)


def test_a_zip_is_a_table_and_a_click_opens_one(page: Page, app: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, raw in {"a/7.png": digit(), "b/7.png": digit(20), "notes.txt": b"hello"}.items():
            archive.writestr(name, raw)
    page.goto(f"{app}/encode?model=mnist-16d")
    page.get_by_text("Upload", exact=True).first.click()
    file: FilePayload = {"name": "digits.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text("1 file was left out")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("figure", name="Map (umap) with 2 encoded pictures.")).to_be_visible(timeout=SLOW)
    with page.expect_download(timeout=SLOW) as saved:
        page.get_by_role("button", name="NPZ").click()
    with np.load(saved.value.path()) as found:
        assert found["names"].tolist() == ["7.png", "7.png (2)"]
        assert found["mu"].shape == (2, 16)
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    back = page.get_by_role("button", name="All 2 pictures")
    for _ in range(4):  # a click that meets the table being drawn is lost
        page.mouse.click(box["x"] + 150, box["y"] + 36 + 30)
        with contextlib.suppress(AssertionError):
            expect(back).to_be_visible(timeout=20_000)
            break
    expect(back).to_be_visible()
    expect(page.get_by_role("figure", name=MAPS)).to_be_visible(timeout=SLOW)


def test_a_drawing_is_answered_while_it_is_drawn(page: Page, app: str) -> None:
    page.goto(f"{app}/encode?model=mnist-16d")
    page.get_by_text("Draw", exact=True).first.click()
    sheet, answer = page.get_by_role("img", name="Drawing"), page.get_by_role("img", name="Its reconstruction")
    expect(answer).to_be_visible(timeout=SLOW)
    box = sheet.bounding_box()
    assert box is not None

    def shown() -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(answer.screenshot())).convert("L"), np.float32)

    before = shown()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"], steps=6)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"], steps=8)
    settled(page, lambda: np.abs(shown() - before).max() > 30, "nothing was encoded while the hand drew")
    page.mouse.up()
    expect(page.get_by_text("cropped to the drawing").first).to_be_visible(timeout=SLOW)
    bottom = page.get_by_role("button", name="Clear").bounding_box()
    prepare = page.get_by_role("button", name=re.compile("Prepare")).bounding_box()
    assert bottom is not None
    assert prepare is not None
    assert prepare["y"] - bottom["y"] - bottom["height"] < 48, "no empty room beneath the sheet"
