"""Laws of what is computed from encoded items: the same content gives the same numbers, a few stand for many."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pytest

from vae.maps import make, shelf
from vae.maps.requests import Clusters, Pca, Tsne
from vae.records import Latents


def latents(n: int = 120, d: int = 4, seed: int = 0) -> Latents:
    """Three clouds, well apart."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 3
    mean = rng.normal(size=(n, d)).astype(np.float32) * 0.3
    mean[:, 0] += 6 * (group == 1)
    mean[:, 1] += 6 * (group == 2)
    return Latents(mean, np.ones_like(mean), np.arange(n), labels=group.astype(np.int64), classes=("a", "b", "c"))


def test_of_many_items_a_random_few_are_laid_out_and_the_rest_lies_with_its_neighbours() -> None:
    codes = latents(240)
    result = make.make(codes, Tsne(5, limit=60))
    assert result.laid == 60
    assert result.map is not None
    rows = make._sample(240, 60, 0)
    assert rows is not None
    assert not np.array_equal(rows, np.arange(60)), "drawn at random, never the first"
    assert len(set(rows.tolist())) == 60
    centres = np.stack([result.map.xy[codes.labels == k].mean(0) for k in range(3)])
    nearest = ((result.map.xy[:, None] - centres) ** 2).sum(-1).argmin(1)
    assert (nearest == codes.labels).mean() > 0.95
    assert result.trust is not None
    assert result.trust > 0.8


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_clusters_find_the_clouds_the_largest_first(method: Literal["kmeans", "mixture"]) -> None:
    codes = latents()
    uneven = dataclasses.replace(
        codes, mean=codes.mean[:100], std=codes.std[:100], index=codes.index[:100], labels=None
    )
    for items, n in ((codes, 120), (uneven, 100)):
        result = make.make(items, Clusters(method, 3))
        assert result.codes is not None
        pairs = set(zip(result.codes.tolist(), (np.arange(n) % 3).tolist(), strict=True))
        assert len(pairs) == 3
        counts = np.bincount(result.codes)
        assert (np.diff(counts) <= 0).all()
        assert result.classes == ("cluster 1", "cluster 2", "cluster 3")


def test_progress_is_reported() -> None:
    reports: list[tuple[str, float]] = []
    make.make(latents(), Tsne(5), lambda message, share: reports.append((message, share)))
    shares = [share for message, share in reports if message == "Laying out"]
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_what_cannot_be_made_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="there are 4 components"):
        make.make(latents(), Pca(1, 9))


@pytest.mark.usefixtures("maps_dir")
def test_the_same_request_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make.obtain(latents(), Tsne(5))
    assert (shelf.place(latents(), Tsne(5)) / shelf.RESULT).is_file()
    monkeypatch.setattr(make, "make", lambda *_: pytest.fail("it was computed again"))
    again = make.obtain(latents(), Tsne(5))
    assert first.map is not None
    assert again.map is not None
    assert np.array_equal(first.map.xy, again.map.xy)
