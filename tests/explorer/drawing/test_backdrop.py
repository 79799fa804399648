"""A map's picture lies where its items lie, and names the classes it can name."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.drawing import backdrop
from vae.records import Latents

XY = np.random.default_rng(0).normal((5, -3), size=(200, 2)).astype(np.float32)
MEAN = np.zeros((200, 2), np.float32)


def latents(classes: int) -> Latents:
    labels = np.arange(200) % classes if classes else None
    return Latents(MEAN, MEAN + 1, np.arange(200), labels, tuple(f"c{k}" for k in range(classes)))


def test_every_item_lies_inside() -> None:
    picture = backdrop.render(latents(3), XY, "light")
    low, high = XY.min(0), XY.max(0)
    assert (picture.left < low[0], picture.bottom < low[1]) == (True, True)
    assert (picture.right > high[0], picture.top > high[1]) == (True, True)
    assert picture.right - picture.left == pytest.approx(picture.top - picture.bottom), "a map is square"
    raw = base64.b64decode(picture.address.split(",")[1])
    with Image.open(io.BytesIO(raw)) as image:
        assert image.size == (backdrop.SIDE, backdrop.SIDE)
        assert np.asarray(image)[..., 3].any(), "there are dots"


@pytest.mark.parametrize(("classes", "named"), [(0, 0), (1, 0), (3, 3), (backdrop.NAMED, 12), (backdrop.NAMED + 1, 0)])
def test_a_class_is_named_at_its_median(classes: int, named: int) -> None:
    middles = backdrop.render(latents(classes), XY, "dark").middles
    assert len(middles) == named
    for k, (name, x, y) in enumerate(middles):
        assert name == f"c{k}"
        assert (x, y) == pytest.approx(tuple(np.median(XY[np.arange(200) % classes == k], axis=0)), rel=1e-5)


def test_items_in_one_place_are_drawn_too() -> None:
    picture = backdrop.render(latents(2), np.zeros((200, 2), np.float32), "light")
    assert picture.left < 0 < picture.right
