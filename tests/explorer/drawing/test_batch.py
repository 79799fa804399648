"""A batch as a table and as files: every picture is in it once, with its own numbers, and nothing is invented."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from explorer.drawing import batch as batches
from explorer.drawing.batch import Batch
from vae.records import Latents, Rank

NAMES = ["z0", "smile"]


def batch(n: int = 3, losses: bool = True, near: str = "7") -> Batch:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(n, 2)).astype(np.float32)
    rec, kl = (rng.normal(size=n).astype(np.float32) if losses else None for _ in range(2))
    distance = Rank("distance", 1.0, 30.0, 2.0)
    ranks = (Rank("elbo", 9.0, 99.9, 5.0), distance) if losses else (distance,)
    pixels = rng.integers(0, 256, (n, 1, 8, 8), dtype=np.uint8)
    names = tuple(["=cmd.png", 'ü, "七".png', "c.png"][:n])
    return Batch(names, pixels, Latents(mean, mean**2, np.arange(n), rec=rec, kl=kl), (ranks,) * n, (near,) * n)


def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_table_has_a_row_a_picture() -> None:
    made = batch()
    table = batches.table(made, NAMES)
    assert {len(column) for column in table.values()} == {3}
    assert list(table) == [
        "picture",
        "name",
        "nearest class",
        "unlike the data",
        "ELBO",
        "rec",
        "KL",
        "cost",
        "distance",
        "μ z0",
        "μ smile",
    ]
    assert table["picture"][0].startswith("data:image/png;base64,")
    assert made.codes.rec is not None
    assert made.codes.kl is not None
    np.testing.assert_allclose(table["ELBO"], made.codes.rec - made.codes.kl)
    np.testing.assert_array_equal(table["μ smile"], made.codes.mean[:, 1])
    assert table["unlike the data"] == ["costs much"] * 3


def test_what_a_model_cannot_say_has_no_column() -> None:
    table = batches.table(batch(losses=False, near=""), NAMES)
    assert list(table) == ["picture", "name", "unlike the data", "distance", "μ z0", "μ smile"]
    assert "elbo" not in rows(batches.to_csv(batch(losses=False), NAMES))[0]


def test_the_csv_has_every_number_and_no_formula() -> None:
    made = batch()
    found = rows(batches.to_csv(made, NAMES))
    assert [row["name"] for row in found] == ["'=cmd.png", 'ü, "七".png', "c.png"]
    for row, mean, std in zip(found, made.codes.mean, made.codes.std, strict=True):
        np.testing.assert_allclose([float(row["mu_z0"]), float(row["mu_smile"])], mean, rtol=1e-6)
        np.testing.assert_allclose([float(row["sigma_z0"]), float(row["sigma_smile"])], std, rtol=1e-6)
        assert float(row["elbo"]) == pytest.approx(float(row["rec"]) - float(row["kl"]), abs=1e-5)


@pytest.mark.parametrize("losses", [True, False])
def test_the_npz_gives_back_what_went_in(losses: bool) -> None:
    made = batch(losses=losses)
    with np.load(io.BytesIO(batches.to_npz(made)), allow_pickle=False) as found:
        assert found["names"].tolist() == list(made.names)
        np.testing.assert_array_equal(found["mu"], made.codes.mean)
        np.testing.assert_array_equal(found["sigma"], made.codes.std)
        np.testing.assert_array_equal(found["pictures"], made.pixels)
        assert ("rec" in found.files) == losses


def test_parts_are_joined_in_their_order() -> None:
    whole = batch().codes
    parts: list[Any] = [
        Latents(whole.mean[k : k + 1], whole.std[k : k + 1], np.arange(1), rec=whole.rec[k : k + 1], kl=None)  # type: ignore[index]
        for k in range(3)
    ]
    joined = batches.joined(parts)
    np.testing.assert_array_equal(joined.mean, whole.mean)
    np.testing.assert_array_equal(joined.rec, whole.rec)
    assert joined.kl is None
    assert len(joined) == joined.total == 3


def test_no_pictures_are_an_empty_batch_with_its_reasons() -> None:
    none = batches.empty((("a.png", "It is text."),))
    assert len(none) == 0
    assert none.refused == (("a.png", "It is text."),)
