"""The house as data: who imports whom in Python and TypeScript; folders and functions. `python -m tests.house`.

Every import counts: at the top, inside a function, for types alone. The command prints the graph's figures and ends
with 1 where there is a circle.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("vae", "explorer")
SOURCES = ROOT / "explorer" / "studio" / "src"
NOT_OURS = ("node_modules", "dist", "__pycache__")
Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, its path, its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def doc(self) -> str:
        """The docstring in one line; empty where there is none."""
        return " ".join((ast.get_docstring(self.tree) or "").split())

    @property
    def imports(self) -> frozenset[str]:
        """Every dotted name that an import of it may mean: `from a import b` is a and a.b."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name} imports relatively; say the whole path"
                names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        return frozenset(names)


def modules(*packages: str) -> dict[str, Module]:
    """Every module of the packages by its dotted name; a package is its `__init__`."""
    paths = [p for package in packages for p in sorted((ROOT / package).rglob("*.py")) if "node_modules" not in p.parts]
    named = [(path, path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")) for path in paths]
    parsed = [
        Module(name.removesuffix(".__init__"), path, ast.parse(path.read_text(encoding="utf-8")))
        for path, name in named
    ]
    assert parsed, f"{packages} hold no modules"
    return {module.name: module for module in parsed}


def python_graph() -> Graph:
    """Module -> the modules that it imports. `from a import b` means the module a.b where there is one, else a."""
    house = modules(*PACKAGES)

    def targets(module: Module) -> frozenset[str]:
        names = {name for name in module.imports if name in house}
        packages = {name for name in names if any(other.startswith(f"{name}.") for other in names)}
        return frozenset(names - packages - {module.name})

    return {name: targets(module) for name, module in house.items()}


def typescript_graph() -> Graph:
    """File below explorer/studio/src -> the files that it imports."""
    files = [p for p in sorted(SOURCES.rglob("*.ts")) if not p.name.endswith(".d.ts")]
    pattern = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")

    def targets(path: Path) -> frozenset[str]:
        ends = ((path.parent / name).resolve() for name in pattern.findall(path.read_text(encoding="utf-8")))
        there = (end if end.suffix in (".html", ".css", ".js") else end.with_name(f"{end.name}.ts") for end in ends)
        return frozenset(p.relative_to(SOURCES).as_posix() for p in there if p.suffix == ".ts")

    return {path.relative_to(SOURCES).as_posix(): targets(path) for path in files}


def reach(graph: Graph, start: str) -> set[str]:
    """Everything that `start` imports, straight or through others."""
    seen: set[str] = set()
    ahead = list(graph.get(start, ()))
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += graph.get(name, ())
    return seen


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import one another, straight or through others."""
    reached = {name: reach(graph, name) for name in graph}
    rings = {
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in graph
        if name in reached[name]
    }
    return sorted(list(ring) for ring in rings)


def entries(folder: Path) -> list[str]:
    """The names of a folder's own modules, and of the folders below it that hold some; `__init__` left out."""
    names = []
    for path in folder.iterdir():
        holds = path.is_dir() and path.name not in NOT_OURS and any(p.suffix in (".py", ".ts") for p in path.rglob("*"))
        if holds or (path.suffix in (".py", ".ts") and path.name != "__init__.py"):
            names.append(path.name)
    return sorted(names)


def python_folders() -> list[Path]:
    """Every package folder."""
    return sorted({m.path.parent for m in modules(*PACKAGES).values()})


def long_functions(paths: Iterable[Path], most: int) -> list[str]:
    """Python functions of more than `most` lines, their docstring not counted."""
    long = []
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node, clean=False)
                length = (node.end_lineno or 0) - node.lineno + 1 - (text.count("\n") + 1 if text else 0)
                if length > most:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({length} lines)")
    return long


def main() -> int:
    """Print how many modules, imports and circles there are; 1 where there is a circle."""
    status = 0
    for language, graph in (("Python", python_graph()), ("TypeScript", typescript_graph())):
        rings = circles(graph)
        arrows = sum(map(len, graph.values()))
        print(f"{language}: {len(graph)} modules, {arrows} imports, {len(rings)} circles")
        for ring in rings:
            print("  " + " -> ".join(ring))
        status |= bool(rings)
    return status


if __name__ == "__main__":
    sys.exit(main())
