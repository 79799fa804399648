"""The Encode page, as a person uses it: each way in, hostile files, a picture improved, many at once."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.engine import models, uploads, warmup
from explorer.state.widgets import ENCODE_SOURCE
from explorer.studio import bundle
from tests import hostile, zoo
from tests.explorer.views.test_pages import drawing, key, opened, parts, words
from tests.home import furnish
from vae import checkpoints
from vae.checkpoints import files
from vae.config import to_json
from vae.data import folders
from vae.data.pictures import FILL
from vae.foreign import publish

HOW = models.Preparation()
PLAIN = models.Preparation(crop=False, invert=False, centre=False, contrast=False)  # so that noise moves nothing


@pytest.fixture(autouse=True)
def _calm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    monkeypatch.setattr(bundle, "files", dict)


@pytest.fixture
def card(tmp_path: Path, tiny_model: Any, tiny_data: Any) -> models.Card:
    furnish(tmp_path / "models", tiny_model.eval(), tiny_data)
    return next(each for each in models.list_models() if isinstance(each, models.Card))


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


def uploading() -> AppTest:
    app = opened("encode")
    return app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("upload").run()


def upload(app: AppTest, *files: tuple[str, bytes], kind: str = "image/png") -> AppTest:
    for name, raw in files:
        app.file_uploader(key="encode-file").upload(name, raw, "application/zip" if name.endswith(".zip") else kind)
    return app.run()


# --- hostile and odd files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", hostile.LIKE_GREY)
def test_whatever_its_form_it_is_the_picture_that_it_shows(card: models.Card, name: str) -> None:
    made = models.prepare(card, hostile.LIKE_GREY[name], PLAIN).pixels
    if name.startswith("interlaced"):
        assert (made == 200).all()
        return
    expected = models.prepare(card, hostile.file(hostile.GREY), PLAIN).pixels
    assert made.shape == card.shape
    assert np.abs(made.astype(int) - expected).max() <= 12, "JPEG's noise at most"


@pytest.mark.parametrize("name", hostile.ODD)
def test_odd_pictures_are_pictures(card: models.Card, name: str) -> None:
    made = models.prepare(card, hostile.ODD[name], HOW)
    assert made.pixels.shape == card.shape
    assert made.steps


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_what_is_no_picture_gets_its_sentence(card: models.Card, name: str) -> None:
    raw, said = hostile.REFUSED[name]
    with pytest.raises(models.PictureError, match=said):
        models.prepare(card, raw, HOW)


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("name", ["cut.jpg", "bomb.png", "page.png", "phone.heic"])
def test_the_page_says_that_sentence(name: str) -> None:
    raw, said = hostile.REFUSED[name]
    app = upload(uploading(), (name, raw))
    assert not app.exception
    assert said in app.warning[0].value
    assert "No picture yet" in words(app)


def test_all_of_them_at_once_are_a_table_and_a_list(card: models.Card) -> None:
    files = hostile.LIKE_GREY | hostile.ODD | {name: raw for name, (raw, _) in hostile.REFUSED.items()}
    batch = uploads.batch(card, ("all",), HOW, (("all.zip", zipped(files)),), lambda *_: None)
    assert set(batch.names) == set(hostile.LIKE_GREY | hostile.ODD)
    assert {name for name, _ in batch.refused} == set(hostile.REFUSED)
    assert all(why.endswith(".") for _, why in batch.refused)
    assert np.isfinite(batch.codes.mean).all()


# --- ways in ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("card")
def test_a_picture_shows_everything_about_itself() -> None:
    app = upload(uploading(), ("bar.png", drawing()))
    assert not app.exception
    said = words(app)
    for part in ("redraw it", "place it", "the data", "encoded items", "5th neighbour", "PCA", "UMAP", "32 draws"):
        assert part in said
    assert [button.label for button in app.button if button.key in ("encode-open", "encode-improve")] == [
        "Open in Explore", "Improve",
    ]  # fmt: skip


@pytest.mark.usefixtures("card")
def test_a_photograph_goes_the_same_way() -> None:
    app = opened("encode")
    assert len(app.camera_input) == 0, "the camera is asked for by those who choose it alone"
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("camera").run()
    app.camera_input[0].set_value(("shot.jpg", hostile.file(hostile.GREY, "JPEG"), "image/jpeg")).run()
    assert not app.exception
    assert app.session_state["session"].encode.encoded.label == "the photograph"


@pytest.mark.usefixtures("card")
def test_what_is_pasted_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.views.encode import source

    monkeypatch.setattr(source, "bundle_available", lambda: True)
    monkeypatch.setattr(source, "paste", lambda *_, **__: None)
    app = opened("encode")
    app.session_state["session"].encode.pasted = (("pasted.png", drawing()),)
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("paste").run()
    assert not app.exception
    assert app.session_state["session"].encode.encoded.label == "pasted.png"
    app.session_state["session"].encode.pasted = (("pasted.png", b"no picture"),)
    app.run()
    assert "text and not a picture" in app.warning[0].value
    assert app.segmented_control(key=key(app, ENCODE_SOURCE)).value == "paste"


@pytest.mark.parametrize(("name", "fill"), [("pictures", None), ("a.zip", None), ("a.npz", FILL)])
def test_a_model_of_a_folder_sees_its_own_files_as_it_learned_them(
    name: str, fill: float | None, card: models.Card, tmp_path: Path
) -> None:
    """All automatic: Encode looks for no drawing where training looks for none."""
    recipe = checkpoints.read_recipe(card.path)
    files.write_json(
        card.path / "train.json", to_json(replace(recipe, data=replace(recipe.data, name=str(tmp_path / name))))
    )
    assert models.fill(card) == fill
    if fill is None:
        (tmp_path / "pictures").mkdir()
        (tmp_path / "pictures" / "a.png").write_bytes(drawing())
        (learned,) = folders.read(tmp_path / "pictures", 8, 1).images
        assert np.array_equal(models.fit(card, drawing(), HOW).pixels, learned)


@pytest.mark.usefixtures("card")
def test_a_drawing_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.views.encode import source

    asked: list[float] = []

    def pad(_: Any, *, fill: float, key: str) -> bytes:
        assert key
        asked.append(fill)
        return drawing()

    monkeypatch.setattr(source, "bundle_available", lambda: True)
    monkeypatch.setattr(source, "paste", lambda *_, **__: None)
    monkeypatch.setattr(source, "pad", pad)
    app = opened("encode")
    app.segmented_control(key=key(app, ENCODE_SOURCE)).set_value("draw").run()
    assert app.session_state["session"].encode.encoded.label == "the drawing"
    assert "cropped to the drawing" in words(app)
    app.segmented_control(key="encode-crop").set_value("no").run()
    assert (asked[0] > 0, asked[-1]) == (True, 0.0), "the pad shows what the page will do"


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("card")
def test_many_are_a_table_and_one_of_them_can_be_opened() -> None:
    app = upload(uploading(), ("a.png", drawing()), ("b.zip", zipped({"x/b.png": drawing(), "notes.txt": b"hello"})))
    assert not app.exception
    (table,) = (each.value for each in app.dataframe)
    assert table["name"].tolist() == ["a.png", "b.png"]
    assert table["ELBO"].notna().all()
    assert "notes.txt" in words(app)
    assert "1 file was left out" in [each.label for each in app.expander]
    assert {button.label for button in parts(app, "download_button")} == {"CSV", "NPZ"}
    app.session_state["session"].encode.opened_row = 1
    app.run()
    assert "b.png" in words(app)
    assert app.session_state["session"].encode.encoded.label == "b.png"
    app.button(key="encode-step1").click().run()
    assert app.session_state["session"].encode.encoded.label == "a.png"
    app.button(key="encode-back").click().run()
    assert len(app.dataframe) == 1


def test_the_table_says_what_the_opened_picture_says(card: models.Card) -> None:
    raw = hostile.file(hostile.GREY)
    batch = uploads.batch(card, ("same",), HOW, (("a.png", raw), ("b.png", drawing())), lambda *_: None)
    one = models.posterior(card, models.prepare(card, raw, HOW).pixels)
    assert batch.codes.rec is not None
    assert float(batch.codes.rec[0]) == pytest.approx(one.rec, abs=1e-3)
    mine = {rank.measure: rank.percentile for rank in uploads.ranks(card, one)}
    assert {rank.measure: rank.percentile for rank in batch.ranks[0]} == pytest.approx(mine, abs=0.5)
    spots = {each.map.name: each.spot for each in uploads.landings(card, one)}
    for name, xy in batch.places.items():
        assert xy[0].tolist() == pytest.approx(spots[name], abs=1e-3)


@pytest.mark.usefixtures("card")
def test_a_zip_without_a_picture_is_sentences() -> None:
    app = upload(uploading(), ("none.zip", zipped({"a.txt": b"hello", "in.zip": zipped({})})))
    assert not app.exception
    assert len(app.warning) == 2
    assert "No picture yet" in words(app)


@pytest.mark.usefixtures("card")
def test_a_thousand_are_encoded_and_more_are_drawn_from() -> None:
    raw = hostile.file(hostile.GREY)
    app = upload(uploading(), ("many.zip", zipped({f"{k}.png": raw for k in range(1200)})))
    assert not app.exception
    assert len(app.dataframe[0].value) == uploads.MOST == 1000
    assert "1,000 of 1,200 files, drawn at random" in words(app)


# --- improve ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("card")
def test_an_improvement_is_shown_kept_sent_and_taken_back() -> None:
    app = opened("encode", item="7")
    before = app.session_state["session"].encode.encoded.z
    app.button(key="encode-improve").click().run()
    assert not app.exception
    assert "amortisation gap" in words(app)
    assert app.session_state["session"].encode.encoded.z == before, "nothing is kept that was not asked for"
    app.button(key="improve-keep").click().run()
    assert not app.exception
    after = app.session_state["session"].encode.encoded.z
    assert after != before
    assert "nats" in words(app)
    app.button(key="encode-undo").click().run()
    assert app.session_state["session"].encode.encoded.z == before


def test_what_was_kept_is_never_worse(card: models.Card) -> None:
    pixels = models.prepare(card, hostile.file(hostile.GREY), HOW).pixels
    found = uploads.refine(card, pixels, 50)
    assert found.gap >= 0
    assert found.before.elbo == pytest.approx(models.posterior(card, pixels).elbo, abs=1e-3)
    assert uploads.refine(card, pixels, 50) is found, "once is enough"


# --- places -----------------------------------------------------------------------------------------------------------


def test_the_cloud_is_as_wide_as_the_encoder_is_unsure(card: models.Card) -> None:
    q = models.posterior(card, models.prepare(card, hostile.file(hostile.GREY), HOW).pixels)
    pca = next(each for each in uploads.landings(card, q) if each.map.name == "pca")
    assert pca.cloud.shape == (uploads.DRAWS, 2)
    assert pca.map.components is not None
    expected = np.sqrt((q.std**2) @ (pca.map.components**2).T)
    assert pca.cloud.std(0) == pytest.approx(expected, rel=0.5)
    again = next(each for each in uploads.landings(card, q) if each.map.name == "pca")
    assert np.array_equal(again.cloud, pca.cloud), "it does not flicker"


@pytest.mark.parametrize("name", ["plain", "spatial"])
def test_a_foreign_model_has_no_elbo_and_says_so(tmp_path: Path, name: str, tiny_data: Any) -> None:
    import vae

    model = vae.wrap(zoo.made(name), zoo.SHAPE, range=zoo.ZOO[name].said.get("range"))
    publish.publish(model, tiny_data, tmp_path / "models" / name, maps=("pca",), report=lambda _: None)
    app = upload(uploading(), ("bar.png", drawing()))
    assert not app.exception
    assert "this model does not define p(x|z)" in words(app)
    assert "5th neighbour" in words(app)
    app.button(key="encode-improve").click().run()
    assert not app.exception
    assert "squared error falls" in words(app)
    app.button(key="improve-keep").click().run()
    assert not app.exception
    app = upload(uploading(), ("a.png", drawing()), ("b.png", drawing()))
    assert not app.exception
    assert "ELBO" not in app.dataframe[0].value.columns
