"""The built front end: whether it is there, and what stands in its place until it runs."""

import json
import re
from pathlib import Path

import pytest

from explorer.studio import bundle

SRC = bundle.HERE / "src"


def test_each_component_has_a_skeleton_in_the_boxes_of_the_real_thing() -> None:
    css = "".join(p.read_text(encoding="utf-8") for p in (SRC / "css").glob("*.css"))
    for kind in ("studio", "path", "pad"):
        html = (SRC / "skeleton" / f"{kind}.html").read_text(encoding="utf-8")
        assert 'class="studio skeleton' in html
        assert 'aria-hidden="true"' in html
        for name in set(re.findall(r'class="([\w -]+)"', html)):
            for word in name.split():
                assert f".{word}" in css, f"{kind}: .{word} has no style"


def test_without_a_bundle_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    assert not bundle.bundle_available()
    assert dict(bundle.files()) == {}
    (tmp_path / "manifest.json").write_text(json.dumps({"source": "", "files": {"studio": "studio-A.js"}}))
    assert bundle.bundle_available()
