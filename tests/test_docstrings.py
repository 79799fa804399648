"""Every public name explains itself: what it is, the shapes that it takes, the errors that it raises."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vae

ROOT = Path(__file__).resolve().parent.parent
SHAPE = re.compile(r"\((?:[\w*·]{1,8}, )*[A-Z](?:, [\w*·]{1,8})*,?\)")  # (B, C, H, W), (B, *latent), (D,)
ARRAYS = re.compile(r"Tensor|Float\[|Pictures|NDArray|Bytes|Floats")


def spoken(name: str) -> Iterator[tuple[str, Any, str]]:
    """(name, function, docstring) of a public function, or of a class's own public methods and its `__init__`."""
    thing = getattr(vae, name)
    if not inspect.isclass(thing):
        yield name, thing, thing.__doc__ or ""
        return
    for key, member in vars(thing).items():
        function = member.fget if isinstance(member, property) else inspect.unwrap(member) if callable(member) else None
        if not inspect.isfunction(function) or function.__code__.co_filename != inspect.getfile(
            thing
        ):  # dataclass's own
            continue
        if key == "__init__":
            yield f"{name}()", function, thing.__doc__ or ""
        elif not key.startswith("_"):
            yield f"{name}.{key}", function, function.__doc__ or ""


def body(function: Any) -> ast.FunctionDef:
    node = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def raised(node: ast.FunctionDef) -> set[str]:
    """The errors that a function raises itself, and "Errors" where it lets vae.arguments raise them."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call):
            names.add(ast.unparse(part.exc.func).split(".")[-1])
        if isinstance(part, ast.Call) and ast.unparse(part.func).startswith("arguments."):
            names.add("Errors")
    return names


@pytest.mark.parametrize("name", vae.__all__)
def test_every_public_name_says_what_it_is(name: str) -> None:
    text = getattr(vae, name).__doc__ or ""
    assert len(text) > 15, name
    assert not text.startswith(f"{name}("), f"{name} has only what dataclass wrote"


@pytest.mark.parametrize("name", vae.__all__)
def test_errors_are_named_by_whom_raises_them(name: str) -> None:
    missing = {
        label: absent for label, f, text in spoken(name) if (absent := {e for e in raised(body(f)) if e not in text})
    }
    assert missing == {}


@pytest.mark.parametrize("name", vae.__all__)
def test_shapes_are_told_by_whom_takes_arrays(name: str) -> None:
    def takes_arrays(node: ast.FunctionDef) -> bool:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        return any(a.annotation is not None and ARRAYS.search(ast.unparse(a.annotation)) for a in arguments)

    missing = [label for label, f, text in spoken(name) if takes_arrays(body(f)) and not SHAPE.search(text)]
    assert missing == []


@pytest.mark.parametrize("path", sorted((ROOT / "vae").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_module_names_the_errors_that_its_public_functions_raise(path: Path) -> None:
    missing = {}
    top = ast.parse(path.read_text(encoding="utf-8")).body
    for node in [*top, *(member for cls in top if isinstance(cls, ast.ClassDef) for member in cls.body)]:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node) or ""
            missing[node.name] = {e for e in raised(node) - {"NotImplementedError", "Errors"} if e not in text}
    assert {name: errors for name, errors in missing.items() if errors} == {}


def test_these_laws_can_fail() -> None:
    node = ast.parse("def f(x):\n    arguments.whole(1, x=x)\n    raise files.CheckpointError('no')").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert raised(node) == {"Errors", "CheckpointError"}
    assert SHAPE.search("pictures (B, C, H, W)")
    assert SHAPE.search("a latent (D,)")
    assert not SHAPE.search("(Kingma and Welling, 2014)")
    assert not SHAPE.search("a picture (grey)")
