"""A file on disk is a tensor in all that training asks of it, and a folder is packed without being held."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae import config
from vae.data.memmap import Stream, opened, pack
from vae.device import moments, pictures
from vae.measures import evaluate
from vae.model import build
from vae.records import Dataset
from vae.training.fit import fit

CPU = torch.device("cpu")


@pytest.fixture
def file(tmp_path: Path, tiny_data: Dataset) -> Path:
    np.save(tmp_path / "bars.npy", tiny_data.images)
    return tmp_path / "bars.npy"


@given(st.lists(st.integers(0, 29), min_size=1, max_size=50), st.integers(0, 29), st.integers(1, 40))
def test_rows_and_slices_are_those_of_the_tensor(rows: list[int], start: int, size: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 3, 4, 5), dtype=np.uint8)
    stream, whole = Stream(images, CPU), torch.from_numpy(images)
    assert len(stream) == 30
    assert stream.shape == whole.shape
    assert torch.equal(stream[torch.tensor(rows)], whole[rows])
    assert torch.equal(stream[start : start + size], whole[start : start + size])
    assert torch.equal(torch.cat(list(stream.split(size))), whole)


def test_a_memory_map_stays_on_disk_and_an_array_does_not(file: Path, tiny_data: Dataset) -> None:
    assert isinstance(pictures(opened(file, "all"), CPU), Stream)
    assert isinstance(pictures(np.load(file, mmap_mode="r"), CPU), Stream)
    assert isinstance(pictures(tiny_data, CPU), torch.Tensor)
    for ours, theirs in zip(moments(Stream(tiny_data.images, CPU)), moments(pictures(tiny_data, CPU)), strict=True):
        assert torch.equal(ours, theirs)


def test_training_from_disk_is_training_from_memory_to_the_bit(file: Path, tiny_data: Dataset) -> None:
    settings = config.Train(2, 50, 3e-3, device="cpu", ema=0.9)
    made = []
    for data in (opened(file, "all"), tiny_data):
        model = build(config.Model((1, 8, 8), 2, "mlp", width=16))
        run = fit(model, data, settings, valid=data, binarise="dynamic", augment="shift")
        made.append((run.valid_elbo, [p.detach() for p in model.parameters()], evaluate.evaluate(model, data, k=2)))
    assert made[0][0] == made[1][0]
    assert all(torch.equal(a, b) for a, b in zip(made[0][1], made[1][1], strict=True))
    assert made[0][2] == made[1][2]


def test_the_last_tenth_is_the_test_set(file: Path, tiny_data: Dataset) -> None:
    train, test, whole = (opened(file, split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(whole)) == (216, 24, 240)
    assert np.array_equal(np.concatenate([train.images, test.images]), tiny_data.images)


# --- packing ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Plain pictures of 12 grey levels, in two sub-folders, and two files that are none."""
    for i in range(12):
        at = tmp_path / "in" / "ab"[i % 2]
        at.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20 + i, 16), (20 * i, 20 * i, 20 * i)).save(at / f"{i}.png")
    (tmp_path / "in" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    return tmp_path / "in"


@pytest.mark.parametrize("channels", [1, 3])
def test_every_picture_is_packed_once_in_random_order(folder: Path, tmp_path: Path, channels: Any) -> None:
    told: list[tuple[int, int]] = []
    out = pack(folder, tmp_path / "out.npy", size=8, channels=channels, report=lambda *at: told.append(at))
    images = np.load(out)
    assert images.shape == (12, channels, 8, 8)
    assert sorted(images[:, 0, 0, 0].tolist()) == [20 * i for i in range(12)]
    assert images[:, 0, 0, 0].tolist() != [20 * i for i in range(12)]
    assert (images == images[:, :1, :1, :1]).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out.npy"]
    assert all(of == 13 for _, of in told)
    assert np.array_equal(images, np.load(pack(folder, tmp_path / "again.npy", size=8, channels=channels)))


def test_the_middle_square_is_cut(tmp_path: Path) -> None:
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 200
    (tmp_path / "in").mkdir()
    Image.fromarray(wide).save(tmp_path / "in" / "wide.png")
    assert (np.load(pack(tmp_path / "in", tmp_path / "out.npy", size=10)) == 200).all()


def test_what_cannot_be_streamed_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no picture that can be read"):
        pack(tmp_path, tmp_path / "out.npy")
    np.save(tmp_path / "floats.npy", np.zeros((3, 1, 4, 4)))
    with pytest.raises(ValueError, match=r"holds float64 \(3, 1, 4, 4\), but must be uint8"):
        opened(tmp_path / "floats.npy")
