"""The house's own rules: who may import whom, and that looking costs no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "torchvision", "numba", "umap", "sklearn", "onnx", "onnxscript", "streamlit")


def imports(path: Path) -> set[str]:
    """The top-level packages that a file names in an import, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def modules(package: str) -> list[Path]:
    found = sorted(p for p in (ROOT / package).rglob("*.py") if "node_modules" not in p.parts)
    assert found
    return found


def test_the_library_knows_no_front_end() -> None:
    assert {p.name: imports(p) & {"streamlit", "explorer", "starlette"} for p in modules("vae")} == {
        p.name: set() for p in modules("vae")
    }


def test_the_explorer_knows_no_tensors() -> None:
    assert [p.name for p in modules("explorer") if imports(p) & {"torch", "torchvision", "umap", "numba"}] == []


def test_only_the_engine_opens_the_library_to_the_views() -> None:
    views = modules("explorer/views")
    allowed = {"vae.config", "vae.records", "vae.data.load"}
    for path in views:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("vae"):
                assert node.module in allowed or node.module == "vae", f"{path.name} imports {node.module}"


def test_no_markup_is_smuggled_past_the_theme() -> None:
    for path in modules("explorer"):
        text = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text, path.name
        assert "sys.path" not in text, path.name


@pytest.mark.parametrize(
    "module", ["vae", "vae.config", "vae.records", "vae.checkpoints.folder", "vae.data.load", "vae.data.pictures"]
)
def test_looking_costs_no_torch(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""


def test_every_public_name_resolves() -> None:
    import vae

    for name in vae.__all__:
        assert getattr(vae, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Vae'"):
        _ = vae.Vae


def test_no_public_name_is_a_modules() -> None:
    """Loading `vae/x.py` makes `vae.x` that module, whatever it was before."""
    import vae

    assert set(vae.__all__) & {path.stem for path in (ROOT / "vae").iterdir()} == set()
