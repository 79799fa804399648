"""The colours keep their promise: text can be read, marks can be told apart, on both themes and as the config says."""

import itertools
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from explorer.drawing import palette

CONFIG = tomllib.loads(Path(".streamlit/config.toml").read_text())
THEMES: tuple[palette.Theme, ...] = ("light", "dark")
PETROFF = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
EYES = (  # linear RGB as eyes without one kind of cone see it: Machado, Oliveira and Fernandes (2009), severity 1
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
)
CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)  # fmt: skip  (OKLab: Ottosson, 2020)
LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def linear(colour: str) -> np.ndarray:
    v = np.array(palette.rgb(colour)) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(LAB @ np.cbrt(CONES @ rgb.clip(0, 1)))


def nearest(colours: tuple[str, ...]) -> float:
    """The least distance in OKLab between two of them, for the worst of the eyes."""
    seen = [[oklab(eye @ linear(c)) for c in colours] for eye in EYES]
    return min(float(np.linalg.norm(a - b)) for each in seen for a, b in itertools.combinations(each, 2))


def mixed(colour: str, ground: str, share: float) -> str:
    both = zip(palette.rgb(colour), palette.rgb(ground), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in both)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", palette.SYMBOLS)
def test_a_symbol_can_be_read_as_text(name: str, theme: palette.Theme) -> None:
    assert palette.contrast(palette.SYMBOLS[name].ink(theme), palette.BACKGROUND[theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read(theme: palette.Theme) -> None:
    for table in (palette.TEXT, palette.FAINT):
        assert palette.contrast(table[theme], palette.BACKGROUND[theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_in_the_config_is_this_table(theme: palette.Theme) -> None:
    colours = CONFIG["theme"][theme]
    assert colours["backgroundColor"] == palette.BACKGROUND[theme]
    assert colours["textColor"] == palette.TEXT[theme]
    assert colours["borderColor"] == palette.RULE[theme]
    assert colours["primaryColor"] == palette.SYMBOLS["z"].ink(theme)
    assert tuple(colours["chartCategoricalColors"]) == palette.CLASSES[theme]
    assert tuple(CONFIG["theme"]["chartSequentialColors"]) == palette.VIRIDIS


@pytest.mark.parametrize("theme", THEMES)
def test_a_hundred_classes_look_different(theme: palette.Theme) -> None:
    assert len({palette.class_style(k, theme) for k in range(100)}) == 100


@pytest.mark.parametrize("theme", THEMES)
def test_a_mark_can_be_seen(theme: palette.Theme) -> None:
    for colour in (*palette.CLASSES[theme], palette.NO_CLASS):
        assert palette.contrast(colour, palette.BACKGROUND[theme]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_words_of_second_rank_can_be_read_on_every_ground(theme: palette.Theme) -> None:
    """Streamlit writes captions in the text's colour at 60 %, and what is chosen in the accent on a tenth of it."""
    for ground in (CONFIG["theme"][theme][f"{name}ackgroundColor"] for name in ("b", "secondaryB")):
        assert palette.contrast(mixed(palette.TEXT[theme], ground, 0.6), ground) >= 4.5
    accent, page = palette.SYMBOLS["z"].ink(theme), palette.BACKGROUND[theme]
    assert palette.contrast(accent, mixed(accent, page, 0.1)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_classes_keep_petroffs_hues(theme: palette.Theme) -> None:
    for ours, his in zip(palette.CLASSES[theme], PETROFF, strict=True):
        (_, a, b), (_, p, q) = oklab(linear(ours)), oklab(linear(his))
        turn = math.atan2(b, a) - math.atan2(q, p)
        assert abs((turn + math.pi) % (2 * math.pi) - math.pi) < 0.05  # radians


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_classes_are_nearer_than_petroffs_nearest_to_any_eye(theme: palette.Theme) -> None:
    assert nearest(palette.CLASSES[theme]) >= nearest(PETROFF)


@pytest.mark.parametrize("theme", THEMES)
def test_the_signed_scale_is_centred_on_the_page(theme: palette.Theme) -> None:
    scale = palette.diverging(theme)
    middle = scale[len(scale) // 2]
    assert palette.contrast(middle, palette.BACKGROUND[theme]) < 1.1
    assert palette.contrast(scale[0], middle) > 2
    assert palette.contrast(scale[-1], middle) > 2


def test_contrast_is_the_one_of_the_standard() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#777777") == 1
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
