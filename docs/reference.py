"""The API reference as pages, from the docstrings: `python -m docs.reference [FOLDER]`, docs/reference without one.

Needs pdoc (in the extra `test`). The pages link to one another and fetch nothing.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

import vae

OUT = Path(__file__).parent / "reference"


def modules() -> list[str]:
    """The public face and the mathematics, then the rooms; pdoc finds the modules of a room by itself."""
    root = Path(vae.__file__).parent
    entries = [path for path in sorted(root.iterdir()) if path.stem[0] != "_"]
    rooms = [path.name for path in entries if (path / "__init__.py").is_file()]
    return ["vae", *(f"vae.{name}" for name in [*(path.stem for path in entries if path.suffix == ".py"), *rooms])]


def write(folder: Path = OUT) -> list[Path]:
    """Write the pages: their paths. Errors: a warning of pdoc's, such as a name that does not resolve."""
    for name in vae.__all__:  # pdoc reads what a module holds; these names load on first use
        setattr(vae, name, getattr(vae, name))
    pdoc.render.configure(docformat="google", footer_text="vae-explorer")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", "Error parsing type annotation")  # shapes such as Float[Tensor, "b d"]
        pdoc.pdoc(*modules(), output_directory=folder)
    return sorted(folder.rglob("*.html"))


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    print(f"{len(write(folder))} pages in {folder}; begin with {folder / 'vae.html'}.")
