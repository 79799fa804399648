"""Laws of the shelf: one content one place, the same content the same file, a damaged file a sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.maps.test_make import latents
from vae.checkpoints.files import CheckpointError
from vae.maps import make, requests, shelf
from vae.maps.requests import Clusters, MapRequest, Pca, Tsne


@pytest.mark.parametrize("request_", [Pca(2, 3), Tsne(5), Clusters("kmeans", 3), Clusters("mixture", 3)])
def test_the_same_content_gives_the_same_file(request_: MapRequest, tmp_path: Path) -> None:
    results = [make.make(latents(), request_) for _ in range(2)]
    for name, result in zip(("one", "two"), results, strict=True):
        shelf.save(tmp_path / name, result)
    one, two = ((tmp_path / name / shelf.RESULT).read_bytes() for name in ("one", "two"))
    assert one == two
    back = shelf.load(tmp_path / "one")
    assert back.title == request_.title
    assert requests.from_json(back.request) == request_
    assert (back.trust, back.laid, back.classes) == (results[0].trust, results[0].laid, results[0].classes)
    for name in ("codes", "values"):
        assert np.array_equal(getattr(back, name), getattr(results[0], name))
    assert shelf.load(tmp_path / "one", arrays=False).map is None


def test_a_result_lies_by_its_content(maps_dir: Path) -> None:
    other = dataclasses.replace(latents(), mean=latents().mean + np.float32(1))
    places = {shelf.place(codes, request) for codes in (latents(), other) for request in (Pca(1, 2), Pca(2, 1))}
    assert len(places) == 4
    assert {place.parent.parent for place in places} == {shelf.root()} == {maps_dir.resolve()}
    assert shelf.place(latents(), Pca()).parent == shelf.folder(latents())


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / shelf.RESULT).write_bytes(b"\x00 no such thing")
    with pytest.raises(CheckpointError, match="make it again"):
        shelf.load(tmp_path)


def test_what_is_removed_is_gone_and_removed_twice_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "digest" / "key"
    shelf.save(folder, make.make(latents(), Pca()))
    shelf.remove(folder)
    shelf.remove(folder)
    assert list(folder.parent.iterdir()) == []
