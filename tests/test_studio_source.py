"""The TypeScript sources keep their own promises: a room a subject, imports in one direction, small functions."""

import re
from pathlib import Path

import pytest

from explorer.studio import bundle

SRC = bundle.HERE / "src"
FILES = sorted(SRC.rglob("*.ts"))
MOST_FILES = 12  # in a folder
MOST_LINES = 50  # in a function
MOST_COLUMNS = 120
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']*)["']""")
HEADER = re.compile(r"(?:\bfunction\b.*|=>|^\s*(?:[\w ]+ )?[\w#]+\(.*\)(?:: [^=]+)?|^\s*\)(?:: .+)?) \{$")


def rooms() -> dict[str, list[str]]:
    """The table in src/README.md: folders from the left to the right, each with its files."""
    rows = re.findall(r"^\| `([\w./]+)` \|.*\| (.*?) ?\|$", (SRC / "README.md").read_text(encoding="utf-8"), re.M)
    return {room: re.findall(r"`([\w.]+)`", files) for room, files in rows}


def room_of(path: Path) -> str:
    """The row of the table that a file stands in; index.ts has a row of its own."""
    return "index" if path == SRC / "index.ts" else path.parent.relative_to(SRC).as_posix()


def imports_of(path: Path) -> list[Path]:
    """The files that a file imports, types included."""
    return [(path.parent / f"{name}.ts").resolve() for name in IMPORT.findall(path.read_text(encoding="utf-8"))]


def functions_of(path: Path) -> dict[int, int]:
    """Where functions with a body begin, and how many lines they have: in formatted source, to the brace below."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = {}
    for start, line in enumerate(lines):
        if not HEADER.search(line) or re.match(r"\s*(?:\} else )?(?:if|for|while|switch)\b", line):
            continue
        indent = re.match(r"\s*", line)
        assert indent is not None
        end = next(i for i in range(start + 1, len(lines)) if lines[i].startswith(indent.group() + "}"))
        found[start + 1] = end - start + 1
    return found


def test_the_table_lists_every_file_once() -> None:
    there: dict[str, list[str]] = {room: [] for room in rooms()}
    for path in FILES:
        if path != SRC / "index.ts":
            there.setdefault(room_of(path), []).append(path.name.removesuffix(".ts"))
    assert {room: sorted(files) for room, files in rooms().items()} == there


def test_no_room_is_a_heap() -> None:
    assert {room: len(files) for room, files in rooms().items() if len(files) > MOST_FILES} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_a_file_says_what_it_is_and_imports_only_from_the_left(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/**")
    order = list(rooms())
    wrong = [i.as_posix() for i in imports_of(path) if order.index(room_of(i)) > order.index(room_of(path))]
    assert wrong == []
    assert all(i.is_file() for i in imports_of(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_functions_and_lines_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [n for n, line in enumerate(text.splitlines(), 1) if len(line) > MOST_COLUMNS] == []
    assert {line: n for line, n in functions_of(path).items() if n > MOST_LINES} == {}


def test_no_import_goes_in_a_circle() -> None:
    left = {path: set(imports_of(path)) for path in FILES}
    while free := [path for path, needs in left.items() if not needs & left.keys()]:
        for path in free:
            del left[path]
    assert sorted(path.relative_to(SRC).as_posix() for path in left) == []
