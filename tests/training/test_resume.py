"""A state is on disk whole or not at all, and comes back as it was."""

import json
from pathlib import Path

import pytest
import torch

from vae.checkpoints.files import CheckpointError
from vae.training import resume


def test_a_state_comes_back(tmp_path: Path) -> None:
    tensors = {"a": torch.randn(3, 4, 2, 2).contiguous(memory_format=torch.channels_last), "b.1": torch.arange(5)}
    numbers = {"step": 7, "best": float("-inf"), "of": {"lr": 1e-3}}
    resume.write(tmp_path / "new" / "folder", tensors, numbers)
    state = resume.read(tmp_path / "new" / "folder")
    assert state is not None
    assert state[1] == numbers
    assert state[0].keys() == tensors.keys()
    assert all(torch.equal(state[0][k], tensors[k]) for k in tensors)


def test_people_and_other_programs_read_the_numbers(tmp_path: Path) -> None:
    resume.write(tmp_path, {}, {"step": 7})
    assert json.loads((tmp_path / resume.NUMBERS).read_text()) == {"step": 7}
    assert sorted(p.name for p in tmp_path.iterdir()) == [resume.NUMBERS, resume.TENSORS]  # no drafts left


def test_an_interrupted_writing_leaves_the_last_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resume.write(tmp_path, {"a": torch.ones(2)}, {"step": 1})

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        resume.write(tmp_path, {"a": torch.zeros(2)}, {"step": 2})
    monkeypatch.undo()
    state = resume.read(tmp_path)
    assert state is not None
    assert state[1] == {"step": 1}


def test_no_state_is_none_and_half_a_state_is_an_error(tmp_path: Path) -> None:
    assert resume.read(tmp_path) is None
    resume.write(tmp_path, {"a": torch.ones(100)}, {"step": 1})
    path = tmp_path / resume.TENSORS
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError, match=r"state\.safetensors is damaged .* delete it to start over"):
        resume.read(tmp_path)
