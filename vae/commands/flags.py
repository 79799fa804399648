"""The settings as command-line flags: one flat dataclass from the configuration's own, and the recipe back from it.

Also the arguments that several commands share. Knows nothing of models.
"""

from __future__ import annotations

import json
from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import tyro

from vae.config import NAMES, SPECS, Data, Model, Recipe, Train, check, from_json, to_json


def help_text(text: str) -> Any:
    """The sentence of a flag in `--help`, for tyro."""
    return tyro.conf.arg(help=text)


Folder = Annotated[tyro.conf.Positional[Path], help_text("the checkpoint's folder")]
DataDir = Annotated[Path | None, help_text("the folder of the data sets; otherwise VAE_DATA_DIR")]
Out = Annotated[Path, help_text("the PNG file to write")]
Seed = Annotated[int, help_text("every random number follows from it")]

SECTIONS: dict[str, type] = {"data": Data, "model": Model, "train": Train}


class Flag(NamedTuple):
    """A flag: the setting that it stands for, its name, type and help."""

    section: str
    field: str
    name: str
    type: Any
    help: str


def flags() -> list[Flag]:
    """One flag for every setting but the shape, which is the data's own; the data set's name is called `data`."""
    entries = []
    for section, cls in SECTIONS.items():
        hints = get_type_hints(cls)
        for f in fields(cls):
            names = [NAMES[c] for c in get_args(hints[f.name]) if c in NAMES]
            more = f"; {', '.join(names)}, with settings after a colon: {_example(names)}" if names else ""
            name = "data" if (section, f.name) == ("data", "name") else f.name
            entries.append(Flag(section, f.name, name, str if names else hints[f.name], f.metadata["help"] + more))
    return [flag for flag in entries if flag.field != "shape"]


def dataclass_of(base: Recipe, own: list[tuple[str, Any, Any]], namespace: dict[str, Any]) -> type:
    """A frozen dataclass for tyro: a command's own fields, then one a setting, its default the recipe's."""
    entries = list(own)
    for flag in flags():
        value = getattr(getattr(base, flag.section), flag.field)
        value = text_of(value) if type(value) in NAMES else value
        entries.append((flag.name, Annotated[flag.type, help_text(flag.help)], field(default=value)))
    return make_dataclass("Train", entries, frozen=True, namespace=namespace)


def recipe_of(base: Recipe, command: Any) -> Recipe:
    """The recipe with the command's flags in it, checked. Errors: ValueError with value, rule, way out."""
    value = to_json(base)
    for flag in flags():
        argument = getattr(command, flag.name)
        is_spec = isinstance(value[flag.section][flag.field], dict)
        value[flag.section][flag.field] = spec_of(argument) if is_spec else argument
    return check(from_json(Recipe, value))


def text_of(spec: Any) -> str:
    """A specification on the command line: "beta:beta=4.0,warmup=0.1", without the settings at their defaults."""
    plain = type(spec)()
    changed = [f.name for f in fields(spec) if getattr(spec, f.name) != getattr(plain, f.name)]
    return NAMES[type(spec)] + (":" if changed else "") + ",".join(f"{name}={getattr(spec, name)}" for name in changed)


def spec_of(text: str) -> dict[str, Any]:
    """The inverse, as JSON: "beta:4,warmup=0.1" -> {"name": "beta", "beta": 4, "warmup": 0.1}; or by position.

    Errors: ValueError for more values than settings.
    """
    name, _, rest = text.partition(":")
    keys = [f.name for f in fields(SPECS[name])] if name in SPECS else []
    settings: dict[str, Any] = {"name": name}
    for position, part in enumerate(rest.split(",") if rest else []):
        key, _, value = part.rpartition("=")
        if not key and position >= len(keys):
            raise ValueError(f"{text!r} has more values than {name} has settings: {', '.join(keys) or 'none'}.")
        try:
            settings[key or keys[position]] = json.loads(value)
        except json.JSONDecodeError:
            settings[key or keys[position]] = value
    return settings


def _example(names: list[str]) -> str:
    return next((text for name, text in _EXAMPLES.items() if name in names), names[0])


_EXAMPLES = {"gaussian": "gaussian:0.1", "vamp": "vamp:500", "beta": "beta:4 or beta:beta=4,warmup=0.2"}
