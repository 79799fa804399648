"""A form is its dataclass: every field has a control, its default and its range; values come back as they went."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vae import config


def script(name: str, names: list[str]) -> None:
    import streamlit as st

    from explorer.views.train import form
    from vae import config

    st.session_state["said"] = form.ask(getattr(config, name), names, "f")


def asked(cls: type, names: list[str]) -> AppTest:
    return AppTest.from_function(script, args=(cls.__name__, names), default_timeout=30).run()


WHOLE = [(config.Data, ""), (config.Train, "objective"), (config.Model, "shape")]


@pytest.mark.parametrize(("cls", "without"), WHOLE)
def test_an_untouched_form_says_the_defaults(cls: type, without: str) -> None:
    names = [f.name for f in fields(cls) if f.name != without]
    app = asked(cls, names)
    assert not app.exception
    said: dict[str, Any] = app.session_state["said"]
    assert cls(**said) == cls()
    assert [type(v) for v in said.values()] == [type(getattr(cls(), n)) for n in names]


def test_a_number_keeps_to_its_range() -> None:
    app = asked(config.Train, ["lr", "epochs"])
    for f in fields(config.Train):
        if f.name in ("lr", "epochs"):
            shown = app.number_input(key=f"f-{f.name}")
            assert (shown.min, shown.max) == (f.metadata["low"], f.metadata["high"])
            assert shown.help == f.metadata["help"]
    app.number_input(key="f-lr").set_value(0.25).run()
    assert app.session_state["said"] == {"lr": 0.25, "epochs": 10}


def test_yes_or_no_is_a_toggle() -> None:
    app = asked(config.Train, ["compile"])
    app.toggle(key="f-compile").set_value(True).run()
    assert app.session_state["said"] == {"compile": True}


def test_a_family_asks_for_its_members_own_settings() -> None:
    app = asked(config.Model, ["likelihood"])
    assert not app.number_input
    app.selectbox(key="f-likelihood").select("gaussian").run()
    app.number_input(key="f-likelihood-gaussian-sigma").set_value(0.1).run()
    assert app.session_state["said"] == {"likelihood": config.Gaussian(0.1)}
