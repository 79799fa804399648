"""Python's records as TypeScript: every hint has its counterpart or is refused, every layout fits its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from explorer.studio.typescript import WIDTH, constant, interface, literal, type_of

Way = Literal["up", "down"]


@dataclass
class Example:
    """A record. What follows is for Python."""

    name: str  # of the thing
    way: Way | Literal[""] = ""
    sizes: Sequence[float] = ()  # in metres; "#" is no comment here
    label: str = "# no comment"

    def method(self) -> None:
        """Not a field."""
        del self  # a comment of the method


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (str, "string"), (int, "number"), (float, "number"), (bool, "boolean"), (float | None, "number | null"),
        (Way, "Way"), (Literal["a", "b"], '"a" | "b"'), (Literal["", "a"], '"a"'), (Way | Literal[""], "Way"),
        (tuple[int, str], "[number, string]"), (Sequence[float], "number[]"), (Sequence[Sequence[int]], "number[][]"),
        (Sequence[Literal["a", "b"]], '("a" | "b")[]'), (Mapping[int, str], "Record<string, string>"),
    ],
)  # fmt: skip
def test_a_hint_has_its_counterpart(hint: Any, text: str) -> None:
    assert type_of(hint, {Way: "Way"}) == text


def test_a_hint_without_counterpart_is_refused() -> None:
    with pytest.raises(TypeError, match=r"complex.* has no counterpart"):
        type_of(complex, {})


def test_a_record_is_an_interface_with_its_comments() -> None:
    assert interface(Example, "Example", {Way: "Way"}).splitlines() == [
        "/** A record. What follows is for Python. */",
        "export interface Example {",
        "  name: string; // of the thing",
        "  way: Way;",
        '  sizes: number[]; // in metres; "#" is no comment here',
        "  label: string;",
        "}",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), (0.1, "0.1"), ("é", '"é"'), (True, "true"), ((1, 2), "[1, 2]"), ({}, "{}"), ((), "[]"),
     ({"a": 1, "b": "c"}, '{ a: 1, b: "c" }'), ({"a": {"b": 1}}, "{\n  a: { b: 1 },\n}")],
)  # fmt: skip
def test_a_value_is_a_literal(value: Any, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("count", range(1, 40))
def test_a_line_is_broken_where_it_would_be_too_long(count: int) -> None:
    text = constant("NAMES", {"inner": ["a word"] * count}, "Words.")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count('"a word"') == count
