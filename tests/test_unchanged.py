"""Checkpoints, links, routes, steps, commands and public names open as on the day on which unchanged.json was recorded.

`python -m tests.test_unchanged --record` writes the values anew, after a retraining or a change of a format that is
meant. The links, steps and requests in that file are what it asks: a new link is a new key there. On the computer that
recorded them numbers are equal to the bit; on any other one to three digits, and pictures to one grey level.
"""

from __future__ import annotations

import json
import math
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.conftest import absent
from tests.observations import ASKED, CHECKPOINTS, OBSERVATIONS, ROOT, digest, levels, observe, pictures, quiet

RECORD = ROOT / "tests" / "unchanged.json"
RECORDED: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
BUNDLE = ROOT / "explorer" / "studio" / "dist" / "manifest.json"
NEAR = 1e-3  # of a number that another processor adds up


def keys(section: str) -> list[str]:
    """What a section is asked about: every model, every link, or all at once."""
    if section in ("networks", "routes", "models"):
        return sorted(folder.name for folder in CHECKPOINTS.iterdir() if folder.is_dir())
    return list(RECORDED["links"]) if section == "links" else ["all"]


def computer() -> str:
    """What the last bit of a sum depends on: the versions of torch and numpy, and the processor."""
    info = Path("/proc/cpuinfo")
    names = re.findall("^model name.*$", info.read_text(), re.M)[:1] if info.is_file() else [platform.processor()]
    return digest(f"{torch.__version__} {np.__version__} {torch.backends.cpu.get_cpu_capability()} {names}".encode())


def alike(old: Any, new: Any) -> bool:
    """Whether another computer may give `new` for `old`."""
    numeric = isinstance(old, float) and isinstance(new, float)
    return old == new or (numeric and math.isclose(old, new, rel_tol=NEAR, abs_tol=NEAR))


def differences(old: Any, new: Any, exact: bool, where: str = "") -> Iterator[str]:
    """Every place where a new value is not the old one; without `exact`, not even alike."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if exact or key != "exact":
                yield from differences(old.get(key), new.get(key), exact, f"{where}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, exact, f"{where}/{i}")
    elif where.endswith("/grey") and old and new:
        if (most := np.abs(levels(old) - levels(new)).max()) > 1:
            yield f"{where}: a pixel is {most} grey levels from what it was"
    elif old != new and (exact or not alike(old, new)):
        yield f"{where}: {str(old)[:200]} became {str(new)[:200]}"


def record() -> None:
    """Writes unchanged.json; lists and objects that fit into a line stand in one."""
    with quiet():
        values = {section: {key: observe(section, key) for key in keys(section)} for section in OBSERVATIONS}
    text = json.dumps({"computer": computer(), "asked": ASKED} | values, ensure_ascii=False, indent=1)
    for block in (r"\[\n[^][{}]*\]", r"\{\n[^{}]*\}", r"\[\n[^][]*\]"):
        text = re.sub(block, lambda found: line if len(line := joined(found[0])) < 600 else found[0], text)
    RECORD.write_text(text + "\n", encoding="utf-8")


def joined(block: str) -> str:
    """The lines of indented JSON as one; strings in it have no line ends."""
    return re.sub(r",\n *", ", ", re.sub(r"(?<=[\[{])\n *|\n *(?=[\]}])", "", block))


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    if not BUNDLE.is_file():
        absent("needs the front end's bundle: `python hatch_build.py` builds it")
    with quiet():
        yield


@pytest.mark.parametrize(("section", "key"), [(section, key) for section in OBSERVATIONS for key in keys(section)])
def test_what_was_recorded_is_unchanged(section: str, key: str) -> None:
    recorded, exact = RECORDED[section].get(key), computer() == RECORDED["computer"]
    assert list(differences(recorded, observe(section, key), exact)) == []


def test_a_change_is_seen() -> None:
    def grey(level: int) -> str:
        return str(pictures(torch.full((1, 1, 2, 2), level / 255))["grey"])

    old = {"exact": "a", "z": [0.5, 1.0], "grey": grey(0), "n": 2}
    near = {"exact": "b", "z": [0.5, 1.0001], "grey": grey(1), "n": 2}
    far = {"exact": "b", "z": [0.5, 1.1], "grey": grey(2), "n": 3}
    assert list(differences(old, near, exact=False)) == []
    assert [each.split(":")[0] for each in differences(old, near, exact=True)] == ["/exact", "/z/1"]
    assert [each.split(":")[0] for each in differences(old, far, exact=False)] == ["/grey", "/n", "/z/1"]


if __name__ == "__main__" and sys.argv[1:] == ["--record"]:
    record()
