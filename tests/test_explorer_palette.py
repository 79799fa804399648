"""The colours keep their promise: text can be read, marks can be told apart, on both themes and as the config says."""

import tomllib
from pathlib import Path

import pytest

from explorer import palette

CONFIG = tomllib.loads(Path(".streamlit/config.toml").read_text())
THEMES: tuple[palette.Theme, ...] = ("light", "dark")


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
    assert tuple(CONFIG["theme"]["chartCategoricalColors"]) == palette.CLASSES
    assert tuple(CONFIG["theme"]["chartSequentialColors"]) == palette.VIRIDIS


def test_a_hundred_classes_look_different() -> None:
    assert len({palette.class_style(k) for k in range(100)}) == 100


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
