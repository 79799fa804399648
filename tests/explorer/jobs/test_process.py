"""A detached process: claimed once, ended on request, and never "running" for ever once it is dead."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.jobs import process
from vae.jobs import status
from vae.jobs.status import Status

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")


def wait_for(folder: Path, state: str) -> Status:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        now = process.read(folder)
        if now is not None and now.state == state:
            return now
        time.sleep(0.02)
    raise AssertionError(f"{folder.name} was never {state}")


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    assert process.claim(tmp_path / "a" / "b")
    assert not process.claim(tmp_path / "a" / "b")


def test_no_status_is_none(tmp_path: Path) -> None:
    assert process.read(tmp_path) is None


def test_a_process_ends_when_it_is_ended(tmp_path: Path) -> None:
    status.write(tmp_path, Status("running"))
    process.start(tmp_path, SLEEPER)
    now = process.read(tmp_path)
    assert now is not None
    assert now.running
    process.end(tmp_path)
    process.end(tmp_path)
    status.write(tmp_path, Status("running", updated=time.time() - 2 * process.PATIENCE))
    assert wait_for(tmp_path, "failed").message == process.SILENT


def test_a_process_that_dies_has_failed_and_its_log_stays(tmp_path: Path) -> None:
    status.write(tmp_path, Status("running", "Laying out", title="t-SNE"))
    process.start(tmp_path, (sys.executable, "-c", "raise SystemExit('no such thing')"))
    failed = wait_for(tmp_path, "failed")
    assert (failed.message, failed.title) == (process.SILENT, "t-SNE")
    assert "no such thing" in process.log_tail(tmp_path)


def test_its_own_last_status_stands(tmp_path: Path) -> None:
    """It may write it between the look at the file and the look at the process."""
    status.write(tmp_path, Status("running"))
    process.start(tmp_path, (sys.executable, "-c", ""))
    process._CHILDREN[tmp_path].wait()
    status.write(tmp_path, Status("failed", "The memory is full."))
    assert wait_for(tmp_path, "failed").message == "The memory is full."


def test_of_two_reads_the_last_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "alive", lambda *_: bool(status.write(tmp_path, Status("done"))) and False)
    status.write(tmp_path, Status("running"))
    now = process.read(tmp_path)
    assert now is not None
    assert now.state == "done"


def test_another_servers_process_is_known_by_its_id(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert process.alive(tmp_path, os.getpid(), 0.0)
    assert not process.alive(tmp_path, gone.pid, time.time())
    assert not process.alive(tmp_path, 10**40, time.time())
    assert process.alive(tmp_path, None, time.time())
    assert not process.alive(tmp_path, None, time.time() - 2 * process.PATIENCE)
