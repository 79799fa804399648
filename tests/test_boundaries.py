"""The house's own rules: who may import whom; what a docstring says it does not know; that looking costs no torch."""

import ast
import re
import subprocess
import sys

import pytest

from tests import house
from tests.house import ROOT, Module

FRONT = ("streamlit", "explorer", "starlette")
HEAVY = ("torch", "torchvision", "numba", "umap", "sklearn", "onnx", "onnxscript", "streamlit")
LIBRARY, APP = house.modules("vae"), house.modules("explorer")

# What "Knows nothing of ..." means, by its noun: imports that the module then must not have.
UNKNOWN = {
    "Streamlit": ("streamlit",),
    "torch": ("torch", "torchvision"),
    "tensors": ("torch", "torchvision"),
    "SciPy": ("scipy",),
    "pages": ("explorer.views", "explorer.main"),
    "the session": ("explorer.state.session", "streamlit"),
    "records": ("vae.records",),
    "probing": ("vae.foreign.probe",),
    "distributions": ("torch.distributions", "vae.pixels"),
    "the explorer": ("explorer",),
    "the command line": ("argparse", "tyro", "vae.commands"),
    "models": ("vae.model", "vae.foreign", "vae.networks", "explorer.engine"),
    "networks": ("vae.model", "vae.networks"),
    "encoders": ("vae.model", "vae.networks"),
    "decoders": ("vae.model", "vae.networks"),
    "weights": ("safetensors", "torch"),
    "objectives": ("vae.objectives", "vae.training"),
    "losses": ("vae.objectives",),
    "priors": ("vae.priors",),
    "likelihoods": ("vae.likelihoods", "vae.pixels"),
    "checkpoints": ("vae.checkpoints",),
    "files": ("vae.checkpoints", "vae.data", "io", "pathlib", "shutil", "tempfile", "zipfile"),
    "folders": ("vae.checkpoints", "pathlib", "shutil"),
    "formats": ("safetensors", "onnx", "json", "zipfile"),
    "arrays": ("numpy", "vae.latents"),
    "pictures": ("PIL", "vae.data"),
    "processes": ("subprocess", "multiprocessing", "vae.jobs", "explorer.jobs"),
    "runs": ("vae.jobs", "explorer.jobs", "vae.training"),
    "data sets": ("vae.data",),
    "settings": ("vae.config",),
    "the network": ("urllib", "http", "socket", "huggingface_hub"),
}


def meets(module: Module, prefixes: tuple[str, ...]) -> set[str]:
    """The imports of a module that begin with one of these names."""
    return {name for name in module.imports if any(name == p or name.startswith(f"{p}.") for p in prefixes)}


def claims(module: Module) -> list[str]:
    """The nouns of "Knows nothing of a, b or c." in its docstring."""
    sentences = re.findall(r"[Kk]nows nothing of ([^.;:]+)", module.doc)
    nouns = [noun for text in sentences for noun in re.split(r",| or | and ", text)]
    return [noun.strip().removeprefix("of ") for noun in nouns if noun.strip()]


def test_the_library_knows_no_front_end() -> None:
    assert {
        m.name: found for m in LIBRARY.values() if (found := meets(m, ("streamlit", "explorer", "starlette")))
    } == {}


def test_the_explorer_knows_no_tensors() -> None:
    heavy = ("torch", "torchvision", "umap", "numba")
    assert {m.name: found for m in APP.values() if (found := meets(m, heavy))} == {}


def test_the_engine_is_the_one_doorway() -> None:
    """Only `engine` and `jobs` know more of the library than its nouns and its settings."""
    rooms = ("explorer.engine", "explorer.jobs")
    nouns = ("vae.config", "vae.records")
    crossings = {
        m.name: {name for name in meets(m, ("vae",)) if name != "vae" and not name.startswith(nouns)}
        for m in APP.values()
        if not m.name.startswith(rooms)
    }
    assert {name: found for name, found in crossings.items() if found} == {}


def test_only_state_holds_the_session() -> None:
    holders = [m.name for m in APP.values() if "session_state" in m.path.read_text(encoding="utf-8")]
    assert holders
    assert [name for name in holders if not name.startswith("explorer.state")] == []


def test_a_ledger_of_what_each_module_does_not_know_is_true() -> None:
    ledger = {m.name: (m, nouns) for m in (LIBRARY | APP).values() if (nouns := claims(m))}
    assert len(ledger) > 20
    vague = {name: left for name, (_, nouns) in ledger.items() if (left := [n for n in nouns if n not in UNKNOWN])}
    assert vague == {}, "say what a module does not know by a noun that this test can check"
    false = {
        (name, noun): found
        for name, (m, nouns) in ledger.items()
        for noun in nouns
        if (found := meets(m, UNKNOWN[noun]))
    }
    assert false == {}


def test_that_ledger_can_be_false() -> None:
    tree = ast.parse('"""X. Knows nothing of torch, files or the explorer; it adds."""\nfrom torch import nn')
    module = Module("x", ROOT / "x.py", tree)
    assert claims(module) == ["torch", "files", "the explorer"]
    assert meets(module, UNKNOWN["torch"]) == {"torch", "torch.nn"}


def test_no_markup_is_smuggled_past_the_theme() -> None:
    for module in APP.values():
        text = module.path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text, module.name
        assert "sys.path" not in text, module.name


@pytest.mark.parametrize(
    "module", ["vae", "vae.config", "vae.records", "vae.checkpoints", "vae.data.load", "vae.data.pictures"]
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


def test_an_old_path_leads_to_the_new_place_and_says_so() -> None:
    from importlib import import_module

    from vae.moved import MOVED

    for old, new in MOVED.items():
        sys.modules.pop(old, None)
        with pytest.warns(DeprecationWarning, match=re.escape(new)):
            module = import_module(old)
        public = [name for name in vars(import_module(new)) if not name.startswith("_")]
        assert public
        assert all(getattr(module, name) is getattr(import_module(new), name) for name in public), old
        sys.modules.pop(old)
