"""A table that somebody brings: every item gets its own value, or the person a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from tests.maps.test_make import latents
from vae.maps import columns
from vae.maps.columns import ColumnError

N = 120


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_numbers_and_words_one_row_an_item() -> None:
    numbers, words = columns.read(table("size,kind", *(f"{i / 2},{'ab'[i % 2]}" for i in range(N))), latents())
    assert numbers.title == "size"
    assert numbers.values is not None
    assert np.array_equal(numbers.values, np.arange(N, dtype=np.float32) / 2)
    assert words.codes is not None
    assert words.classes == ("a", "b")
    assert np.array_equal(words.codes, np.arange(N) % 2)


def test_a_numbering_says_which_items() -> None:
    for name in ("item", "Index"):
        order = np.random.default_rng(0).permutation(N)[:50]
        (column,) = columns.read(table(f"{name};v", *(f"{i};{i * 3}" for i in order)), latents())
        assert column.values is not None
        assert np.array_equal(column.values[order], 3.0 * order)
        assert np.isnan(column.values).sum() == N - 50


def test_rows_of_the_data_set_find_the_items_that_are_shown() -> None:
    import dataclasses

    codes = dataclasses.replace(latents(), index=np.arange(N) * 5, total=5 * N)
    whole = table("v", *(str(i) for i in range(5 * N)))
    some = table("index,v", *(f"{i},{i}" for i in range(0, 5 * N, 5)))
    for raw in (whole, some):
        (column,) = columns.read(raw, codes)
        assert column.values is not None
        assert np.array_equal(column.values, codes.index.astype(np.float32))


def test_missing_values_stay_missing() -> None:
    (column,) = columns.read(table("v,w", *("NaN,x" if i % 2 else f"{i},x" for i in range(N))), latents())[:1]
    assert column.values is not None
    assert np.isnan(column.values).sum() == N // 2
    (word,) = columns.read(table("item,w", "3,x", "4,y", "5,"), latents())
    assert word.codes is not None
    assert (word.codes >= 0).sum() == 2


def test_more_than_twenty_classes_end_in_other() -> None:
    (column,) = columns.read(table("c", *(f"w{i % 30:02d}" for i in range(N))), latents())
    assert column.codes is not None
    assert len(column.classes) == 20
    assert column.classes[-1] == "other"
    assert (column.codes == 19).sum() == N - 19 * 4


def test_hostile_names_are_only_names() -> None:
    names = ("../../etc/passwd", "<script>alert(1)</script>", "a\x07b\u202e", "x" * 500)
    read = columns.read(table(",".join(names), *(["1,2,3,4"] * N)), latents())
    assert [column.title for column in read][:2] == list(names[:2])
    assert all(column.title.isprintable() and len(column.title) <= columns.NAME for column in read)
    assert all(len(columns.key(column)) == 12 and columns.key(column).isalnum() for column in read)


def test_the_key_follows_name_and_content() -> None:
    raws = [["a", *["1"] * N], ["b", *["1"] * N], ["a", *["2"] * N], ["a", *["x"] * N], ["a", *["y"] * N]]
    keys = [columns.key(columns.read(table(*raw), latents())[0]) for raw in raws]
    assert len(set(keys)) == len(raws)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not text"),
        (b"a\x00b\n1\n", "not text"),
        (table("v", "1", "2"), "must have 120"),
        (table("v", *["1"] * 121), "must have 120"),
        (table("v"), "must have 120"),
        (table("1,2", *["1,2"] * N), "only numbers"),
        (table("v,v", *["1,2"] * N), "called 'v'"),
        (table("v,", *["1,2"] * N), "no name"),
        (table("v,w", "1,2,3"), "Row 2 has 3 cells"),
        (table("v", *["nan"] * N), "no value"),
        (table("item,v", "500,1"), "item 500"),
        (table("item,v", "1.5,1"), "whole number"),
        (table("item,v", "1,1", "1,2"), "twice"),
        (table("index,v", "9999,1"), "No row"),
        (table("item", *map(str, range(N))), "only the items' numbers"),
        (table("id", *(f"name {i}" for i in range(N))), "another word for every item"),
        (table(",".join(f"c{i}" for i in range(99)), *[",".join("1" * 99)] * N), "99 columns"),
        (table("v", *["x" * 200_000] * N), "not CSV"),
        (b"v\n" + b"1\n" * 16_000_001, "MB"),
    ],
)
def test_a_bad_table_is_a_sentence(raw: bytes, word: str) -> None:
    with pytest.raises(ColumnError, match=word):
        columns.read(raw, latents())
