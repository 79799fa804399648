"""The house keeps its shape: no circles, small folders, short functions, rooms that list what is in them."""

import ast
import re
from pathlib import Path

import pytest

from tests import house
from tests.house import ROOT
from tests.readme import tree

FULL = 14  # entries of a folder, about
FLAT = {"vae": "the mathematics stands on top, in reading order: it is the library"}  # folders with more, and why


@pytest.mark.parametrize("graph", [house.python_graph, house.typescript_graph])
def test_no_module_imports_itself_through_others(graph: object) -> None:
    assert callable(graph)
    assert house.circles(graph()) == []


def test_the_laws_on_circles_can_fail() -> None:
    ring = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}
    assert house.circles(ring) == [["a", "b", "c"]]
    assert house.circles({"a": frozenset("b"), "b": frozenset()}) == []


def test_no_folder_is_a_heap() -> None:
    folders = [*house.python_folders(), *(p for p in house.SOURCES.rglob("*") if p.is_dir()), house.SOURCES]
    full = {p.relative_to(ROOT).as_posix(): len(house.entries(p)) for p in folders if len(house.entries(p)) > FULL}
    assert full.keys() == FLAT.keys(), full


@pytest.mark.parametrize("folder", house.python_folders(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_room_lists_exactly_its_modules(folder: Path) -> None:
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source), clean=False) or ""
    listed = re.findall(r"^ *(\w+)/? {2,}\S", text, re.M)
    modules = {name.removesuffix(".py") for name in house.entries(folder)}
    assert text.split("\n")[0].endswith("."), "a room begins with what it is, in a sentence"
    assert sorted(listed) == sorted(modules)


def test_no_function_is_long() -> None:
    paths = [
        module.path for module in house.modules("vae", "explorer", "benchmarks", "tests", "docs", "examples").values()
    ]
    assert house.long_functions([*paths, ROOT / "hatch_build.py"], 50) == []


# A newcomer's question; the entry of the README's tree that leads on, by which word; the module there, by which word of
# the folder's own list; what stands in it.
QUESTIONS = [
    ("where is the KL?", "vae/objectives.py", "KL", "", "", r"\bkl_divergence\(|def \w*kl\w*\("),
    ("where is a drawing centred?", "vae/data", "drawings are centred", "centring.py", "drawing", r"def placed?\("),
    ("class Card?", "vae/checkpoints", "Card", "card.py", "class Card", r"class Card\b"),
    ("who writes a model's README?", "vae/checkpoints", "README of a model", "readme.py", "README", r"def readme\("),
    ("who opens my pickle?", "vae/foreign", "pickle", "trust.py", "pickle", r"def knows\("),
    ("the progress of a map?", "vae/jobs", "progress", "status.py", "progress", r"class \w*Status\b"),
    ("what is a map request?", "vae/maps", "map requests", "requests.py", "settings", r"MapRequest\b"),
    ("a lit class of the legend?", "explorer/studio/src/map", "legend", "legend.ts", "legend", r"class Legend\b"),
    ("the Improve button?", "explorer/views/encode", "Improve button", "improve.py", "Improve button", r"Improve"),
    ("the decoded grid?", "explorer/studio/src/map", "decoded grid", "layers.ts", "layers", r"grid"),
]


def listing(folder: Path) -> str:
    """What a folder says of its modules: its `__init__`, or for TypeScript the README of all rooms."""
    page = folder / "__init__.py" if (folder / "__init__.py").is_file() else house.SOURCES / "README.md"
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("question", "entry", "sign", "module", "word", "answer"), QUESTIONS, ids=lambda v: str(v)[:26]
)
def test_ten_questions_are_answered_in_two_hops(
    question: str, entry: str, sign: str, module: str, word: str, answer: str
) -> None:
    assert sign in tree()[entry], f"{question} The README's tree does not lead to {entry} by the word {sign!r}."
    path = ROOT / entry
    if module:
        lines = [line for line in listing(path).splitlines() if Path(module).stem in line and word in line]
        assert lines, f"{question} The list of {entry} does not lead to {module} by the word {word!r}."
        path = path / module
    assert re.search(answer, path.read_text(encoding="utf-8")), f"{question} Not in {path.relative_to(ROOT)}."
