"""How settings are declared, read and checked: a field with its sentence and range, a class with its name, JSON.

A wrong value is an error with the value, the rule and the way out. Knows none of the settings themselves.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, is_dataclass
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
P = ParamSpec("P")

SPECS: dict[str, type] = {}  # specifications by their names in files and on the command line
NAMES: dict[type, str] = {}


def named(name: str) -> Callable[[type[T]], type[T]]:
    """A class decorator: the name under which a specification is read and written."""

    def register(cls: type[T]) -> type[T]:
        SPECS[name], NAMES[cls] = cls, name
        return cls

    return register


def nearest(init: Callable[P, None]) -> Callable[P, None]:
    """A decorator of `__init__`: an unknown keyword is a TypeError that names the nearest one."""
    names = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        for key in kwargs:
            if key not in names:
                owner = type(args[0]).__name__
                raise TypeError(f"{key} is not a setting of {owner}.{_nearest(key, names)}")
        init(*args, **kwargs)

    return checked


def setting(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field with its explanation and its range (both ends included, or open where one is missing)."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})


def spec(value: Any, family: Any) -> Any:
    """A specification from its name or itself: spec("gaussian", Likelihood) -> Gaussian().

    Errors: ValueError for an unknown name, TypeError for anything else.
    """
    if isinstance(value, str):
        names = [NAMES[cls] for cls in get_args(family)]
        if value not in names:
            hint = f" Did you mean {_SYNONYMS[value]}?" if _SYNONYMS.get(value, "").partition(" ")[0] in names else ""
            raise ValueError(f"{value!r} is none of {', '.join(names)}.{hint or _nearest(value, names, again=False)}")
        return SPECS[value]()
    if not isinstance(value, get_args(family)):
        raise TypeError(f"{value!r} is none of {', '.join(c.__name__ for c in get_args(family))}.")
    return value


def to_json(value: Any) -> Any:
    """A plain JSON value; a specification becomes {"name": ..., its fields}."""
    if is_dataclass(value) and not isinstance(value, type):
        tag = {"name": NAMES[type(value)]} if type(value) in NAMES else {}
        return tag | {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [to_json(v) for v in value]
    return value


def from_json(cls: type[T], value: Any, where: str = "") -> T:
    """The inverse of `to_json`.

    Errors: ValueError for unknown keys, with the nearest known one, and for wrong types; ranges are `check`'s.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where or cls.__name__} (={value!r}) must be an object with the fields of {cls.__name__}.")
    by_name = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    for key in value:
        if key not in by_name:
            raise ValueError(f"{where}{key:.40} is not a setting of {cls.__name__}.{_nearest(key[:40], list(by_name))}")
    return cls(**{k: _parse(hints[k], v, f"{where}{k}", by_name[k]) for k, v in value.items()})


def check(value: T, where: str = "") -> T:
    """The same object, if every field is in its range (recursively). Errors: ValueError with value, rule, way out."""
    hints = typing.get_type_hints(type(value))
    for f in fields(value):  # type: ignore[arg-type]
        v, hint = getattr(value, f.name), hints[f.name]
        families = [a for a in get_args(hint) if a in NAMES]
        if families and type(v) not in families:
            options = ", ".join(f"{cls.__name__}()" for cls in families)
            raise ValueError(f"{where}{f.name} (={v!r}) must be one of {options}.")
        if hint in (int, float, bool) and not _is_a(v, hint):
            raise ValueError(f"{where}{f.name} (={short(v)}) must be {_KINDS[hint]}: {f.metadata['help']}.")
        if is_dataclass(v):
            check(v, f"{where}{f.name}.")
        if _is_a(v, float) and (rule := _range(v, f.metadata.get("low"), f.metadata.get("high"))):
            raise ValueError(f"{where}{f.name} (={short(v)}) must {rule}: {f.metadata['help']}.")
        many = get_origin(hint) is tuple
        choice = get_args(hint)[0] if many else hint
        if get_origin(choice) is Literal and not all(w in get_args(choice) for w in (v if many else (v,))):
            rule = f"{'of' if many else 'one of'} {', '.join(map(repr, get_args(choice)))}"
            raise ValueError(f"{where}{f.name} (={short(v)}) must be {rule}.")
    return value


_KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "True or False", str: "a word"}


def _is_a(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind; a whole number is a number, and True is none."""
    return isinstance(value, int | float if kind is float else kind) and (kind is bool or not isinstance(value, bool))


def _range(value: float, low: float | None, high: float | None) -> str:
    """The rule that a number breaks; "" where it breaks none; nan breaks all."""
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    if low is not None and high is not None:
        return f"lie between {low} and {high}"
    return f"be at least {low}" if high is None else f"be at most {high}"


def short(value: Any) -> str:
    """A value in an error message, cut after 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def default(f: Field[Any]) -> Any:
    """A field's default value."""
    return f.default if f.default is not MISSING else None


def _parse(hint: Any, value: Any, where: str, f: Field[Any]) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    specs = [a for a in args if a in NAMES] if origin in (Union, types.UnionType) else []
    if specs:
        if isinstance(value, str):
            return spec(value, hint)
        name = value.get("name") if isinstance(value, dict) else value
        cls = type(spec(name, hint)) if isinstance(name, str) else spec(value, hint)
        return from_json(cls, {k: v for k, v in value.items() if k != "name"}, f"{where}.")
    if is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value, f"{where}.")
    if origin is tuple and isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(hint, type) and not _is_a(value, hint):
        raise ValueError(f"{where} (={short(value)}) must be {_KINDS.get(hint, hint.__name__)}: {f.metadata['help']}.")
    return _float(value, where) if hint is float else value


def _float(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{where} (={short(value)}) must be a number within the range of a float.") from None


_SYNONYMS = {  # names in other libraries
    "mse": "gaussian (squared error)", "l2": "gaussian (squared error)", "bce": "bernoulli (cross-entropy)",
    "elbo": "beta (β = 1 is the ELBO)", "gauss": "normal (the standard one)",
}  # fmt: skip


def _nearest(word: str, names: list[str], again: bool = True) -> str:
    """The way out: the closest name; else all of them, unless the sentence before has listed them."""
    close = difflib.get_close_matches(word, names, 1, 0.4)
    rest = f" Known: {', '.join(names)}." if again else " Use one of these."
    return f" Did you mean {close[0]!r}?" if close else rest
