"""The settings as command-line flags: one flat dataclass from the configuration's own, and the recipe back from it.

And the arguments that several commands have. Knows nothing of what a command does.
"""

from __future__ import annotations

import json
from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import tyro

from vae.config import NAMES, SPECS, Data, Model, Recipe, Train, check, from_json, to_json


def told(text: str) -> Any:
    """A flag's sentence, for tyro."""
    return tyro.conf.arg(help=text)


Folder = Annotated[tyro.conf.Positional[Path], told("the checkpoint's folder")]
DataDir = Annotated[Path | None, told("where the data sets lie; otherwise VAE_DATA_DIR says")]
Out = Annotated[Path, told("the PNG file to write")]
Seed = Annotated[int, told("every random number follows from it")]

SECTIONS: dict[str, type] = {"data": Data, "model": Model, "train": Train}


class Flag(NamedTuple):
    """Where a flag's value belongs, and what it is."""

    section: str
    field: str
    name: str
    type: Any
    help: str


def flags() -> list[Flag]:
    """One flag for every setting but the shape, which is the data's own; the data set's name is called `data`."""
    made = []
    for section, cls in SECTIONS.items():
        hints = get_type_hints(cls)
        for f in fields(cls):
            known = [NAMES[c] for c in get_args(hints[f.name]) if c in NAMES]
            more = f"; {', '.join(known)}, with settings after a colon: {_example(known)}" if known else ""
            name = "data" if (section, f.name) == ("data", "name") else f.name
            made.append(Flag(section, f.name, name, str if known else hints[f.name], f.metadata["help"] + more))
    return [flag for flag in made if flag.field != "shape"]


def dataclass_of(base: Recipe, own: list[tuple[str, Any, Any]], namespace: dict[str, Any]) -> type:
    """A frozen dataclass for tyro: a command's own fields, then one a setting, its default the recipe's."""
    made = list(own)
    for flag in flags():
        value = getattr(getattr(base, flag.section), flag.field)
        value = written(value) if type(value) in NAMES else value
        made.append((flag.name, Annotated[flag.type, tyro.conf.arg(help=flag.help)], field(default=value)))
    return make_dataclass("Train", made, frozen=True, namespace=namespace)


def recipe_of(base: Recipe, given: Any) -> Recipe:
    """The recipe with what was typed in it, checked. Errors: ValueError with value, rule, way out."""
    value = to_json(base)
    for flag in flags():
        typed = getattr(given, flag.name)
        is_spec = isinstance(value[flag.section][flag.field], dict)
        value[flag.section][flag.field] = spec_of(typed) if is_spec else typed
    return check(from_json(Recipe, value))


def written(spec: Any) -> str:
    """A specification as it is typed: "beta:beta=4.0,warmup=0.1"; what stands at its default is left out."""
    plain = type(spec)()
    changed = [f.name for f in fields(spec) if getattr(spec, f.name) != getattr(plain, f.name)]
    return NAMES[type(spec)] + (":" if changed else "") + ",".join(f"{name}={getattr(spec, name)}" for name in changed)


def spec_of(text: str) -> dict[str, Any]:
    """The inverse, as JSON: "beta:4,warmup=0.1" -> {"name": "beta", "beta": 4, "warmup": 0.1}; bare ones by place.

    Errors: ValueError for more values than settings.
    """
    name, _, rest = text.partition(":")
    known = [f.name for f in fields(SPECS[name])] if name in SPECS else []
    made: dict[str, Any] = {"name": name}
    for place, part in enumerate(rest.split(",") if rest else []):
        key, _, value = part.rpartition("=")
        if not key and place >= len(known):
            raise ValueError(f"{text!r} gives {name} more than its settings: {', '.join(known) or 'it has none'}.")
        try:
            made[key or known[place]] = json.loads(value)
        except json.JSONDecodeError:
            made[key or known[place]] = value
    return made


def _example(known: list[str]) -> str:
    return next((text for name, text in _EXAMPLES.items() if name in known), known[0])


_EXAMPLES = {"gaussian": "gaussian:0.1", "vamp": "vamp:500", "beta": "beta:4 or beta:beta=4,warmup=0.2"}
