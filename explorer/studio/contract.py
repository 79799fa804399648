"""`python -m explorer.studio.contract`: writes src/contract.ts, all that Python and TypeScript must agree on.

Nothing is decided here. View parameters are `state.view`'s, payloads `payloads`', the ranges of map requests and the
constants of a placement the library's, colours `drawing.palette`'s. The file is committed, so that an install needs
none of them; a test is red while it differs from what this would write.
"""

from __future__ import annotations

import typing
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from explorer.drawing import palette
from explorer.engine import browser
from explorer.state.view import DEFAULTS, KEY, MapView, Mode
from explorer.studio import payloads
from explorer.studio.incoming import Turn
from explorer.studio.typescript import constant, interface, type_of

PATH = Path(__file__).parent / "src" / "contract.ts"
COMMAND = "python -m explorer.studio.contract"

WORDS: dict[Any, str] = {Mode: "Mode", payloads.By: "By", Turn: "Turn"}
RECORDS: dict[type, str] = {
    cls: cls.__name__
    for cls in (payloads.Bundle, payloads.ModelInfo, payloads.Mark, payloads.Choice, payloads.Comparison)
}
DATA: dict[type, str] = {cls: cls.__name__ for cls in get_args(payloads.Data)}
NAMES: dict[Any, str] = WORDS | RECORDS | {MapView: "Partial<View>"}  # a view travels without its defaults
COLOURS = {
    "CLASSES": "The colours of classes: class k has the one at k % 10.",
    "NO_CLASS": "The colour of items without a class.",
    "SHAPES": "The shapes of classes: class k has the one at (k + floor(k / 10)) % 10, so that 100 classes differ.",
    "VIRIDIS": "The scale of numbers.",
    "DIVERGING": "The scale of signed numbers, centred on zero.",
    "DIVERGING_DARK": "The same on a dark page: zero is the page itself.",
}


def render() -> str:
    """The whole of contract.ts."""
    records = [interface(cls, name, NAMES) for cls, name in (RECORDS | {MapView: "View"} | DATA).items()]
    colours = [constant(name, getattr(palette, name), note) for name, note in COLOURS.items()]
    parts = [
        f"/** What Python and TypeScript agree on, written by `{COMMAND}`: change its sources instead. */",
        *(f"export type {name} = {type_of(words, {})};" for words, name in WORDS.items()),
        *records,
        f"export type Data = {' | '.join(DATA.values())};",
        constant("VIEW", DEFAULTS, "A view of which nothing was chosen; what is empty, or -1, is the studio's choice."),
        f"/** The name of a map or of colours that were computed of a model's items. */\nexport const KEY = /^{KEY}$/;",
        constant("MAP_REQUESTS", requests(), "What can be computed of a model's items: the settings of each kind."),
        constant("PLACEMENT", browser.PLACEMENT, "The constants of placing a z on a map, and of the inverse."),
        constant("SYMBOLS", symbols(), "The colours of the article's symbols, as text or a thin line."),
        *colours,
    ]
    return "\n\n".join(parts) + "\n"


def requests() -> dict[str, Any]:
    """Each kind of map request: its settings, each with default, range, sentence, and the words to choose from."""
    kinds: dict[str, Any] = {}
    for kind, cls in browser.MAP_REQUESTS.items():
        hints = typing.get_type_hints(cls)
        kinds[kind] = {f.name: _setting(f, hints[f.name]) for f in fields(cls)}
    return kinds


def _setting(f: Field[Any], hint: Any) -> dict[str, Any]:
    choices = list(get_args(hint)) if get_origin(hint) is Literal else None
    known = {"default": f.default, "low": f.metadata["low"], "high": f.metadata["high"], "choices": choices}
    return {name: value for name, value in known.items() if value is not None} | {"help": f.metadata["help"]}


def symbols() -> dict[str, dict[str, str]]:
    """The ink of each symbol, by theme."""
    return {theme: {n: symbol.ink(theme) for n, symbol in palette.SYMBOLS.items()} for theme in get_args(palette.Theme)}


def main() -> None:
    """Write the file, unless it is up to date."""
    text = render()
    changed = not PATH.is_file() or PATH.read_text(encoding="utf-8") != text
    if changed:
        PATH.write_text(text, encoding="utf-8")
    print(f"{PATH.name} is {'written' if changed else 'up to date'}.")


if __name__ == "__main__":
    main()
