"""status.json: what is written is read, what earlier versions wrote is read too, and anything else is no status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae.jobs import status
from vae.jobs.status import ENDED, RUNNING, STATUS, Status
from vae.records import Progress

PROGRESS = Progress(1, 2, 5, 20, 10.0, 50.0, elbo=-98.5, rec=-80.0, kl=18.5, loss=98.5, valid={"elbo": -99.0})


@pytest.mark.parametrize(
    "written",
    [
        Status("training", "Epoch 1", 4711, 0.25, progress=PROGRESS),
        Status("running", "Laying out", 4711, 0.5, "t-SNE 10"),
        Status("failed", "No."),
    ],
    ids=lambda each: each.state,
)
def test_what_is_written_is_read(written: Status, tmp_path: Path) -> None:
    assert status.write(tmp_path, written) == status.read(tmp_path) == written
    assert written.running == (written.state in RUNNING)


def test_what_earlier_versions_wrote_is_read(tmp_path: Path) -> None:
    progress = {"epoch": 1, "epochs": 2, "step": 5, "steps": 20, "seconds": 10.0, "images_per_second": 50.0}
    progress_then = progress | {"elbo": None}
    training = {"state": "training", "pid": 7, "message": "m", "updated": 1.5, "progress": progress_then}
    (tmp_path / STATUS).write_text(json.dumps(training))
    read = status.read(tmp_path)
    assert read is not None
    assert (read.state, read.pid, read.message, read.updated) == ("training", 7, "m", 1.5)
    assert read.progress is not None
    assert np.isnan(read.progress.elbo)
    a_map = {"state": "running", "message": "Laying out", "share": 0.3, "title": "UMAP", "pid": 8, "updated": 2.5}
    (tmp_path / STATUS).write_text(json.dumps(a_map))
    assert status.read(tmp_path) == Status("running", "Laying out", 8, 0.3, "UMAP", None, 2.5)


def test_the_states_are_apart_and_a_file_says_every_key(tmp_path: Path) -> None:
    assert not set(RUNNING) & set(ENDED)
    status.write(tmp_path, Status("done"))
    keys = {"state", "message", "pid", "share", "title", "progress", "updated"}
    assert set(json.loads((tmp_path / STATUS).read_text())) == keys


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.sampled_from([b"[]", b'{"state": 3}', b'{"state": "dreaming"}', b"\xff"]))
def test_what_is_no_status_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STATUS).write_bytes(content)
    assert status.read(tmp_path) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["pid", "message", "share", "title", "progress", "updated"]),
                       st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())))  # fmt: skip
def test_an_odd_value_is_no_error(tmp_path: Path, values: dict[str, Any]) -> None:
    (tmp_path / STATUS).write_text(json.dumps(values | {"state": "running"}))
    read = status.read(tmp_path)
    assert read is not None
    assert read.running
