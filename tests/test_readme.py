"""The README keeps its promises: two one-line commands that set up everything, and a tree that is true."""

import re
import subprocess

from tests.readme import README, ROOT, commands, tree


def test_both_commands_make_their_own_environment() -> None:
    opening, testing = commands()["open"], commands()["test"]
    for line in (opening, testing):
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install"), line
    assert opening.endswith("streamlit run explorer/app.py")
    assert testing.endswith("pytest")


def test_the_continuous_check_runs_the_readmes_own_command() -> None:
    assert "tests/readme.py test" in (ROOT / ".ci/run").read_text()


def test_every_path_of_the_tree_exists() -> None:
    missing = [path for path in tree() if not (ROOT / path).exists()]
    assert not missing


def test_every_module_stands_in_the_tree() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    modules = {p for p in tracked if re.fullmatch(r"(vae|explorer)/[a-z]\w*\.py|benchmarks/[a-z]\w*\.py", p)}
    assert modules, "git lists no modules"
    assert modules <= set(tree())


def test_every_picture_and_link_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / link).exists()] == []
