"""Names: folders are classes or parts, and no name is more than can be written and read."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.data import names
from vae.data.names import expanded, is_hidden, is_picture, layout, printable

FOLDERS = st.lists(st.sampled_from(["a", "b", "train", "test"]), max_size=3).map("/".join)


@given(st.binary(max_size=20))
def test_any_name_of_a_file_system_can_be_written(raw: bytes) -> None:
    name = printable(os.fsdecode(raw))
    assert json.loads(json.dumps(name).encode()) == name
    assert all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs") for letter in name)


@given(st.text())
def test_a_name_that_is_printable_stays(name: str) -> None:
    if name.isprintable():
        assert printable(name) == name
    assert printable(printable(name)) == printable(name)


@given(st.lists(FOLDERS, min_size=1, max_size=30))
def test_a_layout_holds_every_picture_once_or_leaves_out_a_tenth(folders: list[str]) -> None:
    files = sorted(f"{folder}/{i}.png".lstrip("/") for i, folder in enumerate(folders))
    found = layout(files)
    assert (np.diff(found.rows) > 0).all()
    assert 10 * (len(files) - len(found.rows)) <= len(files)
    assert found.held_out is None or len(found.held_out) == len(found.rows)
    if found.labels is None:
        assert found.classes == ()
        assert len(found.rows) == len(files)
    else:
        assert sorted(set(found.labels.tolist())) == list(range(len(found.classes)))
        for row, label in zip(found.rows.tolist(), found.labels.tolist(), strict=True):
            assert found.classes[label] in files[row].split("/")


def test_too_many_folders_are_no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_CLASSES", 2)
    found = layout(["a/1.png", "b/1.png", "c/1.png"])
    assert found.labels is None
    assert found.note == "There are 3 folders; 2 classes are the most, so there are no labels."


@pytest.mark.parametrize(
    ("name", "hidden", "picture"),
    [
        ("a/b.PNG", False, True), ("a/b.heic", False, True), ("a/b.txt", False, False), ("../b.png", False, True),
        (".git/b.png", True, False), ("__MACOSX/._b.png", True, False), ("x/THUMBS.DB", True, False),
    ],
)  # fmt: skip
def test_what_systems_hide_is_no_picture(name: str, hidden: bool, picture: bool) -> None:
    assert (is_hidden(name), is_picture(name)) == (hidden, picture)


def test_a_home_is_found_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert expanded("~/pictures") == Path("/home/me/pictures")
    assert expanded("~nobodyofthatname/pictures") == Path("~nobodyofthatname/pictures")
