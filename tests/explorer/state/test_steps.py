"""Steps of a lecture: the file gives back what was saved, and whatever else it holds becomes a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state import steps
from explorer.state.steps import Step

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
made = st.builds(
    Step,
    title=words.filter(bool),
    page=st.sampled_from(steps.PAGES),
    query=st.dictionaries(st.from_regex("[a-z_]{1,20}", fullmatch=True), words, max_size=8),
    text=words,
)


@given(st.lists(made, max_size=6))
def test_a_file_gives_back_its_steps(talk: list[Step]) -> None:
    assert steps.load(steps.dump(talk)) == tuple(talk)


def file(**changes: object) -> bytes:
    step = {"title": "One", "text": "", "page": "explore", "query": {"model": "m"}}
    good = {"format": steps.FORMAT, "version": steps.VERSION, "steps": [step | dict(changes.pop("step", {}))]}  # type: ignore[call-overload]
    return json.dumps(good | changes).encode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b" " * (steps.LARGEST + 1), "larger than"),
        (b"[]", "format"),
        (b"{}", "format"),
        (file(version=2), r"version \(=2\) must be 1"),
        (file(version="x" * 9000), "version"),
        (file(steps={}), "list of at most 200"),
        (file(steps=[{}] * 201), "list of at most 200"),
        (file(steps=["x"]), "Step 1 must be an object"),
        (file(step={"page": "../secrets"}), "the pages are explore"),
        (file(step={"page": ["explore"]}), "the pages are explore"),
        (file(step={"query": {"model": 3}}), "needs a query"),
        (file(step={"query": {"__CLASS__": "x"}}), "needs a query"),
        (file(step={"query": {"z": "x" * 20_001}}), "needs a query"),
        (file(step={"query": {f"{a}{b}": "" for a in "abcdefg" for b in "abcdefg"}}), "needs a query"),
    ],
)
def test_any_other_file_becomes_a_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        steps.load(raw)
    assert len(str(caught.value)) < 250


def test_words_that_are_missing_or_long_are_mended() -> None:
    (step,) = steps.load(file(step={"title": None, "text": "x" * 999}))
    assert step.title == "Step 1"
    assert len(step.text) == steps.LONGEST["text"]


def test_moving_keeps_every_step() -> None:
    talk = tuple(Step(name) for name in "abc")
    assert [s.title for s in steps.reorder(talk, 2, -1)] == ["a", "c", "b"]
    assert steps.reorder(talk, 0, -1) == talk
    assert steps.reorder(steps.reorder(talk, 1, 1), 2, -1) == talk


def test_a_draft_outlives_its_session(tmp_path: Path) -> None:
    name, talk = steps.new_name(), (Step("a", query={"model": "m"}), Step("b"))
    assert steps.read(tmp_path / "new", name) is None
    steps.write(tmp_path / "new", name, talk)
    steps.write(tmp_path / "new", name, talk[:1])
    assert steps.read(tmp_path / "new", name) == talk[:1]
    assert [p.name for p in (tmp_path / "new").iterdir()] == [f"{name}.json"], "half files were left"
    (tmp_path / "new" / f"{name}.json").write_text("{")
    assert steps.read(tmp_path / "new", name) is None
    assert steps.read(tmp_path, "../new/" + name) is None
