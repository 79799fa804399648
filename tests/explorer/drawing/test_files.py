"""The latents of all items as files: nothing is lost on the way, to the bit."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from explorer.drawing import files
from vae.records import Latents


def made(n: int = 2500, **more: Any) -> Latents:
    rng = np.random.default_rng(0)
    mean, std = rng.standard_normal((n, 3), np.float32) * 10, rng.random((n, 3), np.float32)
    return Latents(mean, std, rng.permutation(n).astype(np.int64), **more)


def parsed(latents: Latents) -> tuple[list[str], list[list[str]]]:
    content = b"".join(files.csv_pieces(latents)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(content))
    return header, rows


def test_the_csv_is_the_latents_to_the_bit() -> None:
    latents = made(rec=np.linspace(-1, 0, 2500, dtype=np.float32), kl=np.linspace(0, 1, 2500, dtype=np.float32))
    header, rows = parsed(latents)
    assert header == ["item", "row", "rec", "kl", "z0", "z1", "z2", "sigma0", "sigma1", "sigma2"]
    columns = list(zip(*rows, strict=True))
    assert [int(k) for k in columns[0]] == list(range(2500))
    assert np.array_equal([int(k) for k in columns[1]], latents.index)
    assert latents.rec is not None
    assert np.array_equal(np.array(columns[2], np.float32), latents.rec)
    assert np.array_equal(np.array(columns[4:7], np.float32).T, latents.mean)
    assert np.array_equal(np.array(columns[7:10], np.float32).T, latents.std)


def test_classes_stand_by_their_names_and_none_becomes_a_formula() -> None:
    latents = made(4, labels=np.array([0, 1, -1, 5]), classes=('a "b", c\n', "=1+1"))
    header, rows = parsed(latents)
    assert header[2] == "label"
    assert [row[2] for row in rows] == ['a "b", c\n', "'=1+1", "", "5"]


@pytest.mark.parametrize("classes", [(), ("one", "zwölf")])
def test_the_npz_is_the_latents_to_the_bit(classes: tuple[str, ...]) -> None:
    latents = made(labels=np.arange(2500) % 2 if classes else None, classes=classes)
    with np.load(io.BytesIO(b"".join(files.npz_pieces(latents)))) as found:
        assert set(found) == {"mean", "std", "index"} | ({"label", "classes"} if classes else set())
        for name in ("mean", "std", "index"):
            assert found[name].dtype == getattr(latents, name).dtype
            assert np.array_equal(found[name], getattr(latents, name))
        if classes:
            assert tuple(found["classes"]) == classes


def test_the_frames_of_a_path_come_back_to_the_bit() -> None:
    frames = made(11).mean
    with np.load(io.BytesIO(files.npz(z=frames))) as found:
        assert found["z"].dtype == np.float32
        assert np.array_equal(found["z"], frames)


def test_it_comes_in_pieces() -> None:
    assert len(list(files.csv_pieces(made()))) == 1 + 3
