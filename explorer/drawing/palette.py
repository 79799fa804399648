"""The colours, one table, for charts, formulas and the studio. Knows nothing of Streamlit or records.

Symbols are Okabe and Ito's (2008), classes Petroff's ten (2021): both safe for colour-blind eyes, both with a second
cue beside the colour (a letter, a shape). `ink` is a symbol's colour as text or a thin line: the same hue, lighter or
darker until it stands 4.5:1 against the theme's background. Classes keep their hue likewise and stand 3:1, their
lightness chosen so that no two come nearer to one another, for any eye, than they are in Petroff's set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]

BACKGROUND: dict[Theme, str] = {"light": "#fbfbfa", "dark": "#15171a"}
TEXT: dict[Theme, str] = {"light": "#14171a", "dark": "#e6e8ea"}
FAINT: dict[Theme, str] = {"light": "#5d646b", "dark": "#9aa2a9"}  # second-rank words, axis labels
RULE: dict[Theme, str] = {"light": "#dcdfdd", "dark": "#343a40"}  # thin lines, grids


@dataclass(frozen=True)
class Symbol:
    """A symbol of the article: how it is written, its colour as an area, and as text on either theme."""

    tex: str
    area: str
    light: str
    dark: str

    def ink(self, theme: Theme) -> str:
        """The colour as text or a thin line on `theme`."""
        return self.light if theme == "light" else self.dark


SYMBOLS: dict[str, Symbol] = {
    "x": Symbol("x", "#0072b2", "#0072b2", "#3a95d8"),
    "mu": Symbol(r"\mu", "#e69f00", "#9a6901", "#e69f00"),
    "sigma": Symbol(r"\sigma", "#009e73", "#07815e", "#11a377"),
    "epsilon": Symbol(r"\epsilon", "#cc79a7", "#a85885", "#cc79a7"),
    "z": Symbol("z", "#56b4e9", "#0570a0", "#56b4e9"),
    "xhat": Symbol(r"\hat{x}", "#d55e00", "#bc5303", "#e56c1f"),
    "kl": Symbol(r"\mathrm{KL}", "#7a7f85", "#6e7379", "#8a8f96"),
}

CLASSES: dict[Theme, tuple[str, ...]] = {
    "light": (
        "#3991df", "#c6820c", "#821100", "#859492", "#852fb8", "#804635", "#ae4a05", "#877d50", "#5d616c", "#378386",
    ),
    "dark": (
        "#3f90da", "#ffa90e", "#c2260a", "#94a4a2", "#8f3bc3", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
    ),
}  # fmt: skip
NO_CLASS = "#8a8f96"
SHAPES = (
    "circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "star", "pentagon", "hexagon",
)  # fmt: skip
"""The second cue: class k is drawn in CLASSES[theme][k % 10] and SHAPES[(k + k // 10) % 10], so 100 classes differ."""

VIRIDIS = (
    "#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6dcd59", "#b4de2c", "#fde725",
)  # fmt: skip
DIVERGING = ("#0072b2", "#76b0d5", "#f7f7f7", "#e8a377", "#d55e00")
"""Blue, white, vermilion, centred on zero: error maps and directions."""
DIVERGING_DARK = ("#56b4e9", "#2a6b94", "#15171a", "#8f4a16", "#e56c1f")
"""The same on a dark page: zero is the page itself, so that nothing glares."""


def class_style(k: int, theme: Theme) -> tuple[str, str]:
    """(colour, shape) of class k; grey circles for no class (k < 0)."""
    if k < 0:
        return NO_CLASS, "circle"
    return CLASSES[theme][k % 10], SHAPES[(k + k // 10) % 10]


def diverging(theme: Theme) -> tuple[str, ...]:
    """The signed scale whose middle does not glare on `theme`."""
    return DIVERGING if theme == "light" else DIVERGING_DARK


def tex(name: str, theme: Theme, body: str = "") -> str:
    r"""KaTeX for a symbol in its colour: tex("mu", "light") -> \textcolor{#9a6901}{\mu}."""
    symbol = SYMBOLS[name]
    return rf"\textcolor{{{symbol.ink(theme)}}}{{{body or symbol.tex}}}"


def rgb(colour: str) -> tuple[int, int, int]:
    """'#rrggbb' -> (r, g, b), 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, 0..1 (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1..21 (WCAG 2.2)."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)
