"""Laws of what may be asked of encoded items: one request one key, for ever; whatever is none is a sentence."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.maps import requests
from vae.maps.requests import Clusters, MapRequest, Pca, Tsne, Umap
from vae.records import Latents


def latents(n: int = 120, d: int = 4, seed: int = 0) -> Latents:
    mean = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return Latents(mean, np.ones_like(mean), np.arange(n))


def drawn(cls: type[MapRequest]) -> st.SearchStrategy[MapRequest]:
    """Any request of a kind, within the ranges that its settings state."""
    kinds: dict[type, Any] = {int: st.integers, float: st.floats}
    return st.builds(
        cls,
        **{
            f.name: kinds[type(f.default)](f.metadata["low"], f.metadata["high"] or 10**6)
            if type(f.default) in kinds
            else st.sampled_from(["kmeans", "mixture"])
            for f in dataclasses.fields(cls)
        },
    )


any_request = st.one_of(*map(drawn, requests.KINDS.values()))


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (Pca(), "a22c509f793f"), (Pca(2, 3), "8a594df0190f"), (Pca(10, 1), "3574931d24a5"),
        (Umap(), "2462aef2bbbe"), (Umap(5, 0.5, 3), "05265a3b4236"), (Umap(200, 0, 0, 1000), "72032872ec2d"),
        (Tsne(), "2f684d89014e"), (Tsne(10), "6d7a69cd4df7"), (Tsne(10, 3), "06f8626a6436"),
        (Tsne(5, limit=60), "6f87246c8b3d"), (Clusters(), "aac3d676df13"), (Clusters("mixture", 12, 7), "030859ef6244"),
    ],
)  # fmt: skip
def test_a_result_on_the_shelf_is_found_for_ever(request_: MapRequest, key: str) -> None:
    """Keys as release 0.1 wrote them: folders are named by them, and links name maps by them."""
    assert requests.key(request_) == key


def test_the_digest_of_latents_stays() -> None:
    mean = np.arange(12, dtype=np.float32).reshape(6, 2) / np.float32(7)
    assert requests.digest(Latents(mean, np.ones_like(mean), np.arange(6))) == "dd0bbfde1e825293"


@pytest.mark.parametrize("request_", [Pca(), Umap(), Tsne(), Clusters()])
def test_another_setting_is_another_key(request_: MapRequest) -> None:
    keys = {requests.key(request_)}
    for setting in dataclasses.fields(request_):
        value = getattr(request_, setting.name)
        other = "mixture" if isinstance(value, str) else value + 1
        change: Any = {setting.name: other}
        keys.add(requests.key(dataclasses.replace(request_, **change)))
    assert requests.key(Tsne(10)) == requests.key(Tsne(10.0))
    assert len(keys) == 1 + len(dataclasses.fields(request_))


@given(any_request)
def test_any_request_survives_json(request_: MapRequest) -> None:
    assert requests.from_json(json.loads(json.dumps(requests.to_json(request_)))) == request_


@given(any_request, st.integers(5, 60), st.integers(2, 6))
def test_what_is_refused_is_refused_with_the_value_and_the_rule(request_: MapRequest, n: int, d: int) -> None:
    codes = latents(n, d)
    try:
        request_.check(codes)
    except ValueError as error:
        assert "must" in str(error)  # noqa: PT017  (accepting it is as good)
        assert any(f"(={getattr(request_, f.name)}" in str(error) for f in dataclasses.fields(request_))  # noqa: PT017


def test_another_number_anywhere_is_another_digest() -> None:
    codes = latents()
    assert requests.digest(codes) == requests.digest(latents())
    for row, dim in [(0, 0), (59, 2), (119, 3)]:
        mean = codes.mean.copy()
        mean[row, dim] = np.nextafter(mean[row, dim], np.float32(9))
        assert requests.digest(dataclasses.replace(codes, mean=mean)) != requests.digest(codes)
    mean, std = (array.reshape(240, 2) for array in (codes.mean, codes.std))
    assert requests.digest(dataclasses.replace(codes, mean=mean, std=std)) != requests.digest(codes)


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (Pca(1, 9), r"second \(=9\) must lie between 1 and 4: there are 4 components"), (Pca(0), "at least 1"),
        (Pca(10**400), "between 1 and 4"), (Pca(2, 2), "differ"), (Umap(neighbours=1), "neighbours"),
        (Umap(neighbours=150), "between 2 and 119: there are 120 items"), (Umap(min_dist=float("nan")), "min_dist"),
        (Tsne(perplexity=41), "perplexity"), (Tsne(perplexity=5000), "between 1.0 and 500.0"), (Tsne(seed=-1), "seed"),
        (Clusters("dbscan"), "'kmeans', 'mixture'"), (Clusters(k=1), "between 2"), (Clusters(k=500), "between 2"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_setting_out_of_range_is_a_sentence(request_: MapRequest, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        request_.check(latents())


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "must name its kind"), ([], "must name its kind"), ({}, "pca, umap, tsne, clusters"),
        ({"kind": "isomap"}, "must name its kind"), ({"kind": ["pca"]}, "must name its kind"),
        ({"kind": "tsne", "perplexity": "30"}, r"perplexity \(='30'\) must be a number: about how many"),
        ({"kind": "tsne", "perplexity": 10**400}, "within the range of a float"),
        ({"kind": "umap", "seed": 1.5}, r"seed \(=1.5\) must be a whole number"),
        ({"kind": "umap", "neighbours": True}, "must be a whole number"),
        ({"kind": "umap", "neighbors": 9}, "Did you mean 'neighbours'"),
        ({"kind": "pca", "__class__": 1}, "is not a setting of Pca. Known: first, second"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_a_sentence(value: Any, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        requests.from_json(value)


@pytest.mark.parametrize("value", [["kmeans"], {}, 5, None])
def test_a_method_that_is_none_is_a_sentence(value: Any) -> None:
    with pytest.raises(ValueError, match="must be one of 'kmeans', 'mixture'"):
        requests.from_json({"kind": "clusters", "method": value}).check(latents())


@pytest.mark.parametrize("name", ["k", "method", "x" * 3000])
def test_a_page_of_a_value_is_answered_in_short(name: str) -> None:
    with pytest.raises(ValueError, match=r"must|is not a setting") as refusal:
        requests.from_json({"kind": "clusters", name: "y" * 3000}).check(latents())
    assert len(str(refusal.value)) < 200


def test_too_few_items_and_numbers_that_are_none_are_sentences() -> None:
    with pytest.raises(ValueError, match="too few"):
        Tsne(1).check(latents(4))
    mean = latents().mean.copy()
    mean[7, 1] = np.nan
    with pytest.raises(ValueError, match="1 of 120 items"):
        Tsne(5).check(dataclasses.replace(latents(), mean=mean))
