"""The README as data: its two commands and its tree. `python tests/readme.py test` prints the test command."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


def commands() -> dict[str, str]:
    """{"open": ..., "test": ...}: the first two shell lines of the README."""
    blocks = re.findall(r"```(?:bash|sh)\n(.+?)\n```", README.read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    return dict(zip(("open", "test"), lines[:2], strict=True))


def tree() -> dict[str, str]:
    """Every path that the README's tree names, relative to the root, with the words beside it."""
    block = re.search(r"```text\n(.+?)\n```", README.read_text(encoding="utf-8"), re.S)
    if block is None:
        raise AssertionError("README.md has no ```text block with the tree.")
    paths: dict[str, str] = {}
    parents: list[str] = []
    for line in filter(str.strip, block[1].splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        names, _, words = line.strip().partition("  ")
        above = "/".join(parents[:depth])
        entries = [f"{above}/{name.rstrip('/')}".lstrip("/") for name in names.split()]
        paths |= dict.fromkeys(entries, words.strip())
        parents = [*parents[:depth], names.split()[0].rstrip("/")]
    return paths


if __name__ == "__main__":
    print(commands()[sys.argv[1]])
