"""The import paths of 0.1.0, for one more release: an old name warns, and imports the module in its place.

Nothing inside the project uses one. The table and this file go with 0.3.0.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType

MOVED = {
    f"vae.{old}": f"vae.{new}"
    for old, new in {
        "about": "checkpoints.card",
        "adapters": "foreign.wrap",
        "aggregate": "measures.aggregate",
        "amortisation": "measures.amortisation",
        "arrays": "data.arrays",
        "bundles": "data.uploads",
        "card": "checkpoints.readme",
        "checkpoint": "checkpoints",
        "checks": "arguments",
        "classics": "papers.networks",
        "cli": "commands.cli",
        "codes": "foreign.codes",
        "columns": "maps.columns",
        "disentangle": "measures.disentanglement",
        "distributed": "training.distributed",
        "exporting": "onnx_export",
        "fidelity": "measures.frechet",
        "files": "checkpoints.files",
        "flags": "commands.flags",
        "folders": "data.folders",
        "graphs": "foreign.graphs",
        "hub": "checkpoints.hub",
        "imported": "foreign.reopen",
        "importing": "foreign.publish",
        "making": "maps.make",
        "matching": "measures.matching",
        "metrics": "measures.evaluate",
        "pictures": "data.pictures",
        "placing": "data.centring",
        "probing": "foreign.probe",
        "projection": "maps.projection",
        "protocols": "papers.protocols",
        "reproduce": "papers.rows",
        "requests": "maps.requests",
        "resume": "training.resume",
        "rules": "foreign.conventions",
        "session": "training.session",
        "sets": "data.named",
        "sources": "foreign.sources",
        "sprites": "data.sprites",
        "streaming": "data.memmap",
        "trusted": "foreign.trust",
        "typical": "measures.typicality",
        "worker": "jobs.train",
    }.items()
}  # fmt: skip


class _Loader(Loader):
    """Loads the module at its new place under the old name."""

    def __init__(self, new: str) -> None:
        self.new = new

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module with every name of the new one."""
        warnings.warn(f"{spec.name} is now {self.new}; the old path goes with 0.3.0.", DeprecationWarning, stacklevel=2)
        old = ModuleType(spec.name)
        old.__dict__.update(vars(import_module(self.new)))
        return old

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: `create_module` has imported the new module."""

    def get_code(self, name: str) -> CodeType | None:  # noqa: ARG002
        """The code for `python -m`: the new module's own."""
        spec = find_spec(self.new)
        return spec.loader.get_code(self.new) if spec and spec.loader else None  # type: ignore[attr-defined]


class _Finder(MetaPathFinder):
    """Finds the old names, and no other."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002
        """The loader of a moved module; None leaves every other name to the next finder."""
        return ModuleSpec(name, _Loader(MOVED[name])) if name in MOVED else None


def keep_old_paths() -> None:
    """Let `import vae.<old>` work."""
    sys.meta_path.append(_Finder())
