"""What pages keep: a change of page loses no choice, and a step of a lecture shows what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.engine import models, warmup
from explorer.state import steps
from explorer.state.steps import Step
from explorer.state.widgets import ENCODE_CLASS, ENCODE_SOURCE, PATH_COUNT, PATH_LINE, PICKER, STEPS
from explorer.studio import bundle
from tests.explorer.views.test_pages import key, opened, words
from tests.home import furnish


@pytest.fixture(autouse=True)
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Any, tiny_data: Any) -> models.Card:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    monkeypatch.setattr(bundle, "files", dict)
    monkeypatch.setattr(st, "switch_page", lambda _: None)  # AppTest knows no pages while a callback runs
    furnish(tmp_path / "models", tiny_model.eval(), tiny_data)
    return next(card for card in models.list_models() if isinstance(card, models.Card))


def turn(app: AppTest, page: str) -> AppTest:
    return app.switch_page(f"views/{page}/page.py").run()


def shape(app: AppTest) -> tuple[object, object]:
    """The kind of line and the number of its pictures, as the widgets say."""
    return app.segmented_control(key=key(app, PATH_LINE)).value, app.number_input(key=key(app, PATH_COUNT)).value


def test_a_change_of_page_loses_no_choice() -> None:
    app = opened("encode")
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("upload").run()
    app.segmented_control(key="encode-invert").set_value("no").run()
    turn(app, "paths")
    app.segmented_control(key=key(app, PATH_LINE)).set_value("slerp").run()
    app.number_input(key=key(app, PATH_COUNT)).set_value(7).run()
    turn(app, "train")
    app.number_input(key="train-digits-latent").set_value(3).run()
    app.text_input(key="train-title").set_value("Mine").run()
    turn(app, "about")
    turn(app, "train")
    assert app.number_input(key="train-digits-latent").value == 3
    assert app.text_input(key="train-title").value == "Mine"
    turn(app, "paths")
    assert (app.segmented_control(key=key(app, PATH_LINE)).value, app.number_input(key=key(app, PATH_COUNT)).value) == (
        "slerp",
        7,
    )
    turn(app, "encode")
    assert app.segmented_control(key=key(app, ENCODE_SOURCE)).value == "upload"
    assert app.segmented_control(key="encode-invert").value == "no"


def lecture(tmp_path: Path, card: models.Card, page: str, **query: str) -> AppTest:
    """An app whose only step is that page."""
    step = Step("One", page, {"model": card.name, "at": card.digest[:12], **query})
    steps.write(tmp_path / "runs" / "steps", "0123abcd", (step,))
    return opened(deck="0123abcd")


def show(app: AppTest) -> AppTest:
    app.session_state[STEPS] = True
    return app.run().button(key="step-go-1").click().run()


def test_a_step_shows_its_path_whatever_the_widgets_said(tmp_path: Path, card: models.Card) -> None:
    app = turn(lecture(tmp_path, card, "paths", a="item.3", b="prior.5", n="7", line="slerp"), "paths")
    app.number_input(key=key(app, PATH_COUNT)).set_value(20).run()
    app.segmented_control(key=key(app, PATH_LINE)).set_value("linear").run()
    show(app)
    assert not app.exception
    assert (app.segmented_control(key=key(app, PATH_LINE)).value, app.number_input(key=key(app, PATH_COUNT)).value) == (
        "slerp",
        7,
    )
    assert (app.query_params["n"], app.query_params["a"]) == ("7", "item.3")


def test_a_step_shows_its_item_whatever_the_widgets_said(tmp_path: Path, card: models.Card) -> None:
    latents = models.latents(card)
    assert latents.labels is not None
    other = next(name for k, name in enumerate(latents.classes) if k != int(latents.labels[7]))
    app = turn(lecture(tmp_path, card, "encode", item="7"), "encode")
    app.selectbox(key=f"{key(app, ENCODE_CLASS)}-bars").set_value(other).run()
    assert app.query_params["item"] != "7"
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("upload").run()
    show(app)
    assert not app.exception
    assert app.segmented_control(key=key(app, ENCODE_SOURCE)).value == "item"
    assert app.session_state["session"].encode.encoded.label.endswith("#7")
    assert app.query_params["item"] == "7"


def test_steps_are_added_renamed_moved_and_removed() -> None:
    app = opened()
    app.session_state[STEPS] = True
    app.run()
    for title in ("First", "Second"):
        app.text_input(key="step-title").set_value(title)
        app.button(key="step-add").click().run()
    lecture = app.session_state["session"].lecture
    assert ([step.title for step in lecture.steps], lecture.step) == (["First", "Second"], 2)
    assert app.text_input(key=key(app, "step-name")).value == "Second"
    app.button(key="step-move-2").click().run()
    assert ([step.title for step in lecture.steps], lecture.step) == (["Second", "First"], 1)
    app.text_input(key=key(app, "step-text")).set_value("A sentence.").run()
    app.button(key="step-go-2").click().run()
    app.session_state[STEPS] = True
    app.run()
    assert (app.text_input(key=key(app, "step-name")).value, app.text_input(key=key(app, "step-text")).value) == (
        "First",
        "",
    )
    app.button(key="step-remove-1").click().run()
    assert ([step.title for step in lecture.steps], lecture.step) == (["First"], 1)
    assert app.text_input(key=key(app, "step-name")).value == "First"


def test_the_steps_are_no_broken_model(tmp_path: Path, card: models.Card) -> None:
    app = lecture(tmp_path, card, "about")
    app.session_state[PICKER] = True
    assert "broken" in words(app.run()), "a folder that is none is told"
    assert "holds no config.json" not in words(app)
