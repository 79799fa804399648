"""The README keeps its promises: two one-line commands that set up everything, and a tree that is true."""

import re

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


def test_every_room_and_every_module_on_top_of_the_library_stands_in_the_tree() -> None:
    rooms = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "vae").glob("*/__init__.py")}
    rooms |= {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "explorer").glob("*/__init__.py")}
    flat = {path.relative_to(ROOT).as_posix() for path in (ROOT / "vae").glob("[a-z]*.py")} - {"vae/moved.py"}
    assert len(rooms) > 10
    assert rooms | flat <= set(tree())


def test_the_readme_is_a_page_and_its_tree_a_third_of_it() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 115
    assert len(set(tree().values())) <= 38


def test_every_picture_and_link_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / link).exists()] == []
