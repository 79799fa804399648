"""Configuration dataclasses -> widgets: a field's default, range and sentence become a control that returns its value.

One control a field, whatever the class: a new setting in `vae.config` needs no line here. Knows nothing of runs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st

from vae.config import NAMES, default

LABELS = {
    "lr": "Learning rate",
    "arch": "Networks",
    "clip": "Largest gradient norm",
    "ema": "Weight averaging",
    "binarise": "Binarise",
    "latent": "Latent dimensions",
    "beta": "KL weight β",
    "sigma": "σ",
    "batch": "Batch",
    "likelihood": "Likelihood p(x|z)",
}
WORDS: dict[Any, str] = {
    "mlp": "fully connected",
    "conv": "convolutions",
    "resnet": "residual convolutions",
    "silu": "SiLU",
    "relu": "ReLU",
    "gelu": "GELU",
    "cpu": "CPU",
    "cuda": "CUDA",
    "mps": "MPS",
    "cbernoulli": "continuous Bernoulli",
    "bernoulli": "Bernoulli: every pixel a coin flip",
    "gaussian": "Gaussian: squared error",
    "logistic": "logistic: 256 levels",
}


def ask(
    cls: type, names: Sequence[str], key: str, start: Mapping[str, Any] | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """One control for each of the named fields of a configuration dataclass, in that order -> {name: value}.

    Args:
        key: before the names, the widgets' keys. start: other defaults than the class's own.
        only: of the choices, or of a family of specifications, the ones on offer; all, if none are named.
    """
    known = {f.name: f for f in fields(cls)}
    hints = typing.get_type_hints(cls)
    return {n: control(known[n], hints[n], f"{key}-{n}", (start or {}).get(n, default(known[n])), only) for n in names}


def control(f: Field[Any], hint: Any, key: str, start: Any, only: Sequence[str] = ()) -> Any:
    """The control of one field: choices for a Literal, a number with its range, a toggle, words, a family."""
    label, text = LABELS.get(f.name, f.name.replace("_", " ").capitalize()), f.metadata.get("help")
    families = [c for c in _families(hint) if not only or NAMES[c] in only]
    if families:
        return _family(families, label, text, key, start)
    choices = [c for c in _choices(hint) if not only or c in only]
    if choices:
        return st.selectbox(
            label, choices, choices.index(start), format_func=lambda c: WORDS.get(c, str(c)), help=text, key=key,
            persist_state="session",
        )  # fmt: skip
    if hint is bool:
        return st.toggle(label, start, help=text, key=key, persist_state="session")
    if _plain(hint) is str:
        return st.text_input(label, start, help=text, key=key, persist_state="session")
    return _number(label, text, key, _plain(hint), start, f.metadata.get("low"), f.metadata.get("high"))


def _number(label: str, text: str | None, key: str, kind: type, start: Any, low: Any, high: Any) -> Any:
    cast = int if kind is int else float
    low, high = (None if bound is None else cast(bound) for bound in (low, high))
    style = "%d" if kind is int else "%g"
    step: Any = 1 if kind is int else 10 ** (len(str(int(start))) - 2) if start >= 1 else max(start, 1e-4)
    start = cast(start)
    return cast(
        st.number_input(label, low, high, start, step, format=style, help=text, key=key, persist_state="session")
    )


def _family(families: Sequence[type], label: str, text: str | None, key: str, start: Any) -> Any:
    by_name = {NAMES[c]: c for c in families}
    names = list(by_name)
    first = NAMES.get(type(start), names[0])
    name = st.selectbox(
        label, names, names.index(first), format_func=lambda n: WORDS.get(n, n), help=text or by_name[first].__doc__,
        key=key, persist_state="session",
    )  # fmt: skip
    cls = by_name[name]
    inner = [f.name for f in fields(cls)]
    same = type(start) is cls
    return cls(**ask(cls, inner, f"{key}-{name}", {n: getattr(start, n) for n in inner} if same else None))


def _families(hint: Any) -> list[type]:
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return [m for m in members if isinstance(m, type) and m in NAMES]


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def _plain(hint: Any) -> type:
    """The number or word of a hint; `float | Literal[...]` is asked for as a number."""
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return next((m for m in members if m in (int, float, str)), str)
