"""Python's records and values as TypeScript, laid out as its formatter would. Knows nothing of models or pages."""

from __future__ import annotations

import io
import json
import tokenize
import types
import typing
from collections.abc import Mapping, Sequence
from inspect import getdoc, getsource
from typing import Any, Literal, Union, get_args, get_origin

WIDTH = 120  # columns, as in biome.jsonc
PLAIN: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
Names = Mapping[Any, str]
"""Type hints that have a name in TypeScript."""


def interface(cls: type, name: str, names: Names) -> str:
    """A record as an interface, the comments behind its fields included."""
    notes, summary = comments(cls), (getdoc(cls) or "").splitlines()[0]
    rows = [
        f"  {field}: {type_of(hint, names)};" + (f" // {notes[field]}" if field in notes else "")
        for field, hint in typing.get_type_hints(cls).items()
    ]
    return "\n".join([f"/** {summary} */", f"export interface {name} {{", *rows, "}"])


def type_of(hint: Any, names: Names) -> str:
    """A type hint. An empty word stands for a choice that nobody made: it does not travel, so it is no value.

    Errors: TypeError for a hint that has no counterpart here yet.
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint in names or hint in PLAIN:
        return names.get(hint) or PLAIN[hint]
    if origin is Literal:
        return " | ".join(json.dumps(word) for word in args if word != "")
    if origin in (Union, types.UnionType):
        return " | ".join(filter(None, (type_of(arg, names) for arg in args)))
    if origin is tuple:
        return f"[{', '.join(type_of(arg, names) for arg in args)}]"
    if origin is Sequence:
        inner = type_of(args[0], names)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is Mapping:
        return f"Record<string, {type_of(args[1], names)}>"
    raise TypeError(f"{hint} has no counterpart in TypeScript yet: add one to {__name__}.type_of.")


def comments(cls: type) -> dict[str, str]:
    """The comment behind each field of a class."""
    notes, name = {}, ""
    for token in tokenize.generate_tokens(io.StringIO(getsource(cls)).readline):
        first = not token.line[: token.start[1]].strip()  # on its line
        if token.type == tokenize.NAME and first and token.start[1] == 4:
            name = token.string
        elif token.type == tokenize.COMMENT and not first:
            notes[name] = token.string.lstrip("# ")
    return notes


def constant(name: str, value: Any, note: str) -> str:
    """A value as a constant."""
    return f"/** {note} */\nexport const {name} = {literal(value, len(f'export const {name} = ;'))};"


def literal(value: Any, taken: int = 0, indent: str = "") -> str:
    """A value; on one line where it holds plain ones and fits beside the `taken` columns of its line."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        pairs = {k: literal(v, len(f"{inner}{k}: ,"), inner) for k, v in value.items()}
        words, brackets = [f"{k}: {v}" for k, v in pairs.items()], "{}"
        plain = not any(isinstance(v, Mapping) for v in value.values())
        line = f"{{ {', '.join(words)} }}" if words else "{}"
    elif isinstance(value, tuple | list):
        words, brackets, plain = [literal(v, 0, inner) for v in value], "[]", True
        line = f"[{', '.join(words)}]"
    else:
        return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, ensure_ascii=False)
    broken = "".join(f"{inner}{word},\n" for word in words)
    return line if plain and taken + len(line) <= WIDTH else f"{brackets[0]}\n{broken}{indent}{brackets[1]}"
