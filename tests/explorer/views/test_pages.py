"""Every page, as a person uses it: it comes up, it answers, and whatever is missing or broken becomes a sentence."""

from __future__ import annotations

import gc
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.engine import models, training_choices, warmup
from explorer.jobs import process, runs
from explorer.state import steps
from explorer.state.link import pack, unpack
from explorer.state.steps import Step
from explorer.state.widgets import ENCODE_SOURCE, PATH_COUNT, PICKER
from explorer.studio import bundle
from tests.home import furnish
from vae import checkpoints
from vae.checkpoints.card import describe
from vae.config import Recipe, from_json

MAIN = Path("explorer/main.py").resolve()
PAGES = ("explore", "encode", "paths", "train", "about")


@pytest.fixture(autouse=True)
def _calm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    monkeypatch.setattr(bundle, "files", dict)  # without the bundle: the pages' own widgets can be seen from here


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Any, tiny_data: Any) -> Path:
    return furnish(tmp_path / "models", tiny_model.eval(), tiny_data)


def parts(app: AppTest, kind: str) -> list[Any]:
    """Elements that AppTest has no class for."""
    return list(app.get(kind))


def opened(page: str = "explore", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update(query)
    if page != "explore":
        app.run()
        app.switch_page(f"views/{page}/page.py")
        app.query_params.update(query)
    return app.run()


def key(app: AppTest, name: str) -> str:
    """The key of a widget that begins as the session's copy."""
    edition = app.session_state["session"].edition
    return f"{name}-{edition}" if edition else name


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.subheader, app.error, app.warning, app.info)
    return "\n".join(str(each.value) for kind in kinds for each in kind)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_comes_up(page: str) -> None:
    app = opened(page)
    assert not app.exception
    assert not app.error
    assert len(app.page_link) >= len(PAGES)
    assert app.session_state["session"].model == "bars"
    assert app.query_params["model"] == "bars"


@pytest.mark.parametrize("page", PAGES)
def test_without_a_model_there_is_a_way_to_one(page: str) -> None:
    app = opened(page)
    assert not app.exception
    assert page == "train" or "Train page makes one" in words(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("file", ["latents.safetensors", "history.csv", "metrics.json"])
def test_a_damaged_file_is_a_sentence(folder: Path, page: str, file: str) -> None:
    (folder / file).write_bytes(b"\x00 no such thing")
    app = opened(page)
    assert not app.exception
    if file == "latents.safetensors" and page != "train":
        assert "vae project" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_model_that_vanishes_is_a_sentence(folder: Path, page: str) -> None:
    app = opened(page)
    shutil.rmtree(folder)
    app.run()
    assert not app.exception
    assert page == "train" or "Train page makes one" in words(app)


def test_the_picker_lists_what_works_and_says_what_does_not(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "again")
    app = opened()
    app.session_state[PICKER] = True
    app.run()
    assert "broken" in words(app)
    assert "newer" in words(app), "the reason"
    app.button(key="open-bars").click().run()
    assert app.session_state["session"].model == "bars"
    app.session_state[PICKER] = True
    app.run().button(key="open-again").click().run()
    assert app.session_state["session"].model == "again"
    assert app.query_params["model"] == "again"


def test_a_finished_run_is_in_the_picker(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "runs" / "mine")
    assert {each.name for each in models.list_models()} == {"bars", "broken", "mine"}


def test_a_link_is_followed_to_the_bit(folder: Path) -> None:
    z = (0.1, -1.7)
    app = opened(model="bars", at=describe(folder).digest[:12], z=pack(z), map="raw", x="1", y="0")
    session = app.session_state["session"]
    assert session.explore.z[session.digest] == unpack(pack(z))
    assert (session.explore.view.map, session.explore.view.x, session.explore.view.y) == ("raw", 1, 0)
    assert not app.warning


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"model": "gone"}, "no longer here"),
        ({"model": "bars", "at": "0" * 12}, "trained anew"),
        ({"model": "bars", "z": "???"}, "copy the link again"),
        ({"model": "bars", "z": pack((1.0, 2.0, 3.0))}, "left out"),
        ({"model": "bars", "x": "minus"}, "number of a latent dimension"),
    ],
)
def test_a_link_that_does_not_fit_says_so(query: dict[str, str], sentence: str) -> None:
    app = opened(**query)
    assert not app.exception
    assert sentence in app.warning[0].value
    assert not app.run().warning, "it is said once"


@pytest.mark.usefixtures("folder")
def test_the_plain_sliders_move_z() -> None:
    app = opened()
    before = unpack(app.query_params["z"])
    app.slider[0].set_value(2.5).run()
    after = unpack(app.query_params["z"])
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert 2.5 in after


@pytest.mark.usefixtures("folder")
def test_an_item_is_encoded_and_sent_to_explore() -> None:
    app = opened("encode", item="7")
    latents = models.maps(next(c for c in models.list_models() if isinstance(c, models.Card)))[0]
    encoded = app.session_state["session"].encode.encoded
    assert encoded.label.endswith("#7")
    assert np.isfinite(encoded.z).all()
    assert "redraw it" in words(app)
    assert "encoded items" in words(app)
    app.button(key="encode-open").click().run()
    session = app.session_state["session"]
    assert session.explore.z[session.digest] == encoded.z
    assert len(encoded.z) == latents.dims


def drawing() -> bytes:
    file = io.BytesIO()
    sheet = np.full((60, 60), 255, np.uint8)
    sheet[20:40, 10:50] = 0
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()


@pytest.mark.usefixtures("folder")
def test_an_upload_is_prepared_encoded_and_said() -> None:
    app = opened("encode")
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("upload").run()
    assert "No picture yet" in words(app)
    app.file_uploader(key="encode-file").upload("bar.png", drawing()).run()
    assert not app.exception
    assert "inverted" in words(app)
    assert app.session_state["session"].encode.encoded.label == "bar.png"
    app.segmented_control(key="encode-invert").set_value("no").run()
    assert "inverted" not in words(app)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("content", [b"", b"hello, I am text", drawing()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_picture_gets_a_sentence(content: bytes) -> None:
    app = opened("encode")
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("upload").run()
    app.file_uploader(key="encode-file").upload("x.png", content).run()
    assert not app.exception
    assert app.warning[0].value.endswith(".")


@pytest.mark.usefixtures("folder")
def test_a_path_is_in_its_link() -> None:
    app = opened("paths", a="item.3", b="prior.5", n="7", line="slerp")
    assert not app.exception
    labels = [menu.label for menu in parts(app, "menu_button")]
    assert [label[:2] for label in labels] == ["A:", "B:"]
    assert "#3" in labels[0]
    assert labels[1] == "B: random 5"
    assert app.number_input(key=key(app, PATH_COUNT)).value == 7
    app.button(key="path-swap").click().run()
    assert (app.query_params["a"], app.query_params["b"]) == ("prior.5", "item.3")


@pytest.mark.usefixtures("folder")
def test_an_end_that_is_none_is_a_sentence_and_a_good_end() -> None:
    app = opened("paths", a="item.999999", n="many", line="zigzag")
    assert not app.exception
    assert "is not an end of a path" in words(app)


def test_a_run_is_started_with_what_the_form_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "WORKER", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(runs.start, "__defaults__", ((), runs.WORKER))
    app = opened("train")
    app.number_input(key="train-digits-latent").set_value(3)
    app.number_input(key="train-digits-epochs").set_value(2)
    app.text_input(key="train-title").set_value("Mine").run()
    app.button(key="train-start").click().run()
    assert not app.exception
    (run,) = runs.list_runs()
    recipe = from_json(Recipe, json.loads((run.folder / "train.json").read_text()))
    try:
        assert (recipe.title, recipe.data.name, recipe.model.latent, recipe.train.epochs) == ("Mine", "digits", 3, 2)
        assert run.folder.name == "mine"
        assert app.query_params["run"] == "mine"
        app.button(key="stop-mine").click().run()
        assert (run.folder / "STOP").exists()
    finally:
        process.end(run.folder)


def test_a_zip_of_ones_own_is_kept_beside_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Recipe] = []

    def start(recipe: Recipe, _options: tuple[str, ...] = ()) -> runs.Run:
        asked.append(recipe)
        return runs.Run("own", runs.root() / "own", "own", "done", "", None, 0.0)

    monkeypatch.setattr(runs, "start", start)
    app = opened("train")
    app.selectbox(key="train-data").select_index(len(app.selectbox(key="train-data").options) - 1).run()
    app.file_uploader(key="train-zip").upload("mine.zip", b"PK and so on").run()
    app.button(key="train-start").click().run()
    assert not app.exception
    kept = Path(asked[0].data.name)
    assert kept.read_bytes() == b"PK and so on"
    assert kept.is_relative_to(runs.root())
    assert asked[0].data.size == 28
    assert runs.list_runs() == [], "what was uploaded is no run"


def test_what_is_missing_in_the_form_is_said_on_the_spot() -> None:
    app = opened("train")
    pictures = app.selectbox(key="train-data")
    pictures.set_value(next(s for s in training_choices.sources() if not s.here)).run()
    assert app.button(key="train-start").disabled
    assert "tick the download" in words(app)
    app.selectbox(key="train-data").select_index(len(pictures.options) - 1).run()
    assert "Upload a zip" in words(app)
    for path in ("/no/such/folder", "~nobodyofthatname/pictures"):
        app.text_input(key="train-path").set_value(path).run()
        assert not app.exception
        assert f"{path} does not exist" in words(app)


def test_a_failed_run_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "dead"
    folder.mkdir(parents=True)
    (folder / "train.json").write_text('{"title": "Dead"}')
    (folder / "status.json").write_text(
        json.dumps({"state": "failed", "message": "The memory is full.", "updated": 1.0})
    )
    (folder / "log.txt").write_text("last words")
    app = opened("train")
    assert app.error[0].value == "The memory is full."
    assert app.code[0].value == "last words"


LIGHT = """
import sys
from streamlit.testing.v1 import AppTest
from explorer.studio import bundle
from explorer.engine import warmup
warmup.warm_up = lambda card: None
bundle.files = lambda: {"studio.js": "studio-00000000.js"}
app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not app.exception, app.exception
assert app.session_state["session"].model == "bars"
HEAVY = ("torch", "numba", "umap", "sklearn", "explorer.drawing.charts", "explorer.drawing.space3d")
print([m for m in HEAVY if m in sys.modules])
"""


def test_explore_comes_up_without_torch_numba_or_umap(folder: Path, tmp_path: Path) -> None:
    where = {"VAE_CHECKPOINTS_DIR": str(folder.parent), "VAE_RUNS_DIR": str(tmp_path / "runs")}
    command = [sys.executable, "-c", LIGHT, str(MAIN)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | where, check=False)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_the_list_follows_the_disk(folder: Path, tmp_path: Path) -> None:
    names = lambda: {each.name: type(each).__name__ for each in models.list_models()}  # noqa: E731
    assert names() == {"bars": "Card", "broken": "Broken"}
    shutil.copytree(folder, tmp_path / "runs" / "mine")
    assert names()["mine"] == "Card"
    (tmp_path / "runs" / "mine" / "model.safetensors").unlink()
    assert names()["mine"] == "Broken"
    shutil.rmtree(tmp_path / "runs" / "mine")
    assert "mine" not in names()
    checkpoints.update(folder, title="Renamed")
    assert next(each.title for each in models.list_models() if isinstance(each, models.Card)) == "Renamed"


@pytest.mark.usefixtures("folder")
def test_steps_that_are_not_here_are_told_and_those_that_are_come_back(tmp_path: Path) -> None:
    app = opened(deck="00000000", step="1")
    assert "not on this machine" in words(app)
    talk = (Step("One", query={"model": "tiny"}), Step("Two", query={"model": "gone"}))
    steps.write(tmp_path / "runs" / "steps", "0123abcd", talk)
    app = opened(deck="0123abcd", step="7", present="1")
    assert not app.exception
    lecture = app.session_state["session"].lecture
    assert (lecture.steps, lecture.step) == (talk, 2)
    assert [each.label for each in parts(app, "page_link")], (
        "without the bundle there is no stage, so no way is cut off"
    )


def test_the_third_dimension_comes_when_asked_for_and_is_in_the_link(
    tmp_path: Path, tiny_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae import config
    from vae.model import build

    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "deep"))
    furnish(
        tmp_path / "deep", build(config.Model((1, 8, 8), latent=4, arch="mlp", width=16, depth=1)).eval(), tiny_data
    )
    app = opened()
    assert not app.get("plotly_chart")
    app.toggle(key="space-on").set_value(True).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    first = app.query_params["space"].split(".")
    assert len(set(first)) == 3
    app.selectbox(key="space-axis-0").set_value(int(first[1])).run()
    assert app.query_params["space"].split(".") == [first[1], first[0], first[2]], "they change places"
    app.segmented_control(key="space-kind").set_value("pca").run()
    assert app.query_params["space"] == "pca"
    row = app.selectbox(key="space-go").options
    app.selectbox(key="space-go").select_index(len(row) - 1).run()
    assert not app.exception
    assert app.session_state["session"].explore.seq == 1
    again = opened(model="bars", space="pca")
    assert len(again.get("plotly_chart")) == 1
    assert again.toggle(key="space-on").value
    again.toggle(key="space-on").set_value(False).run()
    assert "space" not in again.query_params


@pytest.mark.usefixtures("folder")
def test_two_latents_have_no_third_dimension() -> None:
    app = opened(space="pca")
    assert not app.exception
    assert not app.toggle


def test_what_stays_is_kept_from_the_garbage_collector() -> None:
    before = gc.get_freeze_count()
    warmup.keep_for_good()
    try:
        assert gc.get_freeze_count() > before + 1000, "modules alone are more than that"
    finally:
        gc.unfreeze()
