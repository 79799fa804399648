"""A run is its files: whatever they hold, and whatever became of the process, there is a state and a sentence."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.jobs import process, runs
from vae.config import Data, Model, Recipe, from_json

RECIPE = Recipe("", "My digits", Data("digits"), Model(latent=2))
ENDS_WELL = """
import json, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
def tell(state):
    status = {"state": state, "pid": os.getpid(), "message": "", "updated": time.time(), "progress": PROGRESS}
    (folder / "draft").write_text(json.dumps(status)); (folder / "draft").replace(folder / "status.json")
PROGRESS = {"epoch": 1, "epochs": 2, "step": 5, "steps": 20, "seconds": 10.0, "images_per_second": 50.0, "elbo": None}
tell("training")
while not (folder / "STOP").exists():
    time.sleep(0.01)
print("bye")
tell("stopped")
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


def command(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def wait(folder: Path, wanted: str) -> runs.Run:
    for _ in range(1000):
        run = runs.read(folder)
        if run.state == wanted:
            return run
        time.sleep(0.01)
    raise AssertionError(f"still {run.state!r}, never {wanted!r}: {process.log_tail(folder)}")


def test_a_run_from_start_to_stop() -> None:
    run = runs.start(RECIPE, (), command(ENDS_WELL))
    assert run.running
    assert run.title == "My digits"
    recipe = from_json(Recipe, json.loads((run.folder / "train.json").read_text()))
    assert (recipe.name, recipe.model, recipe.data) == (run.name, RECIPE.model, RECIPE.data)
    training = wait(run.folder, "training")
    assert training.progress is not None
    assert np.isnan(training.progress.elbo)
    assert training.seconds_left == pytest.approx(30)
    runs.stop(training)
    stopped = wait(run.folder, "stopped")
    assert not stopped.running
    assert stopped.seconds_left is None
    assert process.log_tail(run.folder) == "bye"
    assert [r.name for r in runs.list_runs()] == [run.name]


def test_a_run_survives_the_group_of_its_starter() -> None:
    run = runs.start(RECIPE, (), command(ENDS_WELL))
    pid = json.loads(wait(run.folder, "training").folder.joinpath("status.json").read_text())["pid"]
    try:
        if hasattr(os, "getsid"):
            assert os.getsid(pid) != os.getsid(0)
    finally:
        runs.stop(run)
        wait(run.folder, "stopped")


def test_a_process_that_dies_is_a_failure_with_a_sentence() -> None:
    run = runs.start(RECIPE, (), command("raise SystemExit('no such thing')"))
    failed = wait(run.folder, "failed")
    assert failed.message == process.SILENT
    assert "no such thing" in process.log_tail(run.folder)


def test_another_servers_dead_process_is_noticed(root: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder = root / "old"
    folder.mkdir(parents=True)
    (folder / "train.json").write_text("{}")
    status = {"state": "training", "pid": gone.pid, "message": "", "updated": time.time(), "progress": None}
    (folder / "status.json").write_text(json.dumps(status))
    assert runs.read(folder).state == "failed"
    (folder / "status.json").write_text(json.dumps(status | {"pid": os.getpid()}))
    assert runs.read(folder).state == "training"


def test_a_process_that_never_spoke_is_given_a_minute(root: Path) -> None:
    folder = root / "new"
    folder.mkdir(parents=True)
    status = {"state": "preparing", "pid": None, "message": "", "updated": time.time(), "progress": None}
    (folder / "status.json").write_text(json.dumps(status))
    assert runs.read(folder).running
    (folder / "status.json").write_text(json.dumps(status | {"updated": time.time() - 2 * process.PATIENCE}))
    assert runs.read(folder).state == "failed"


def test_equal_names_get_folders_of_their_own() -> None:
    made = [runs.start(RECIPE, (), command("")) for _ in range(3)]
    assert len({run.folder for run in made}) == 3
    for run in made:
        wait(run.folder, "failed")


def test_a_hostile_name_stays_inside(root: Path) -> None:
    run = runs.start(Recipe("../../etc/pass wd", "", Data("digits")), (), command(""))
    assert run.folder.parent == root
    wait(run.folder, "failed")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.binary(max_size=80) | st.sampled_from([b"[]", b'{"state": 3}', b'{"state": "training", "pid": "x"}', b"\xff"])
)
def test_files_that_say_nothing_make_no_error(root: Path, content: bytes) -> None:
    folder = root / "odd"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train.json", "status.json", "progress.csv", "preview.npz", "log.txt"):
        (folder / name).write_bytes(content)
    run = runs.read(folder)
    assert run.state in runs.WORDS
    assert runs.preview(folder) == {}
    assert runs.history(folder) == ()


def test_pictures_of_a_run(root: Path) -> None:
    folder = root / "seen"
    folder.mkdir(parents=True)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 1, 5, 5), np.uint8)
    np.savez(folder / "preview.npz", inputs=pictures, recon=pictures, samples=pictures, epoch=3)
    seen = runs.preview(folder)
    assert set(seen) == {"inputs", "recon", "samples"}
    assert np.array_equal(seen["recon"], pictures)
