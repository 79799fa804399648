"""A checkpoint explains itself and loads bit-equal (law 9); anything else in its place is a sentence."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae import VAE, Gaussian, checkpoints, config, load
from vae.checkpoints import files
from vae.checkpoints.card import About, Broken, Card
from vae.checkpoints.files import CheckpointError
from vae.records import Projection

from .test_files import codes

SHAPE = (1, 8, 8)
RECIPE = config.Recipe("a", "A model", config.Data("digits"), config.Model(SHAPE, 3, "mlp", width=16))


def tiny(**changes: Any) -> VAE:
    torch.manual_seed(0)
    return VAE(**{"shape": SHAPE, "latent": 3, "arch": "mlp", "width": 16} | changes)


def write(model: VAE, folder: Path, **more: Any) -> Card:
    return checkpoints.write_model(folder, model.config, model.state_dict(), **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    about = About("digits", "Digits", classes=("0", "1"))
    checkpoints.write_model(tmp_path / "a", RECIPE.model, tiny().state_dict(), RECIPE, about, summary={"elbo": -20.0})
    return tmp_path / "a"


def change(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


MODELS = [
    {"arch": "linear", "likelihood": config.Gaussian("learned")},
    {"arch": "mlp", "prior": config.Vamp(4)},
    {"arch": "conv", "shape": (3, 9, 13), "likelihood": config.Gaussian("pixelwise"), "prior": config.Mixture(2)},
    {"arch": "resnet", "shape": (1, 16, 16), "likelihood": "logistic", "width": 8},
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("settings_", MODELS, ids=lambda m: m["arch"])
def test_save_then_load_embeds_bit_equal(tmp_path: Path, settings_: dict[str, Any], dtype: torch.dtype) -> None:
    model = tiny(**settings_).to(dtype).eval()
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    x = torch.rand(4, *model.shape).to(dtype)
    assert torch.equal(again.embed(x), model.embed(x))
    assert torch.equal(again.mean_picture(model.embed(x)), model.mean_picture(model.embed(x)))
    assert again.config == model.config
    assert not again.training


def test_the_card_tells_everything(folder: Path) -> None:
    card = checkpoints.describe(folder)
    assert (card.name, card.title, card.shape, card.latent) == ("a", "A model", SHAPE, 3)
    assert card.data.classes == ("0", "1")
    assert card.summary == {"elbo": -20.0}
    assert (card.browser, card.latents, card.thumb) == (False, "", None)
    assert checkpoints.read_recipe(folder) == RECIPE


def test_a_title_is_made_where_none_is_given(tmp_path: Path) -> None:
    assert write(tiny(), tmp_path / "b", about=About("x", "Crosses")).title == "Crosses, 3 latents"


def test_a_browser_model_needs_its_decoder(folder: Path) -> None:
    checkpoints.update(folder, browser=True)
    assert not checkpoints.describe(folder).browser
    (folder / "decoder.onnx").write_bytes(b"")
    change(folder, browser=True)
    assert checkpoints.describe(folder).browser


def test_the_card_notices_a_new_map(folder: Path) -> None:
    latents = codes()
    files.write_latents(folder, latents, ())
    before = checkpoints.update(folder)
    after = checkpoints.add_map(folder, Projection("umap", latents.mean[:, :2].copy()))
    checkpoints.add_map(folder, Projection("umap", latents.mean[:, 1:].copy()))
    assert len(before.latents) == 12
    assert before.latents != after.latents
    assert before.digest == after.digest
    _, maps, _ = checkpoints.read_latents(folder)
    assert [m.name for m in maps] == ["umap"]
    assert (maps[0].xy == latents.mean[:, 1:]).all()


def test_names_stay_with_the_weights_they_were_given_to(folder: Path) -> None:
    checkpoints.rename(folder, 1, "  slant \n of it ")
    assert checkpoints.rename(folder, 0, "size").names == {0: "size", 1: "slant of it"}
    assert checkpoints.rename(folder, 0, " ").names == {1: "slant of it"}
    load(folder).save(folder)
    assert checkpoints.describe(folder).names == {1: "slant of it"}
    torch.manual_seed(1)
    VAE(SHAPE, 3, "mlp", width=16).save(folder)
    assert checkpoints.describe(folder).names == {}


@pytest.mark.parametrize("dim", [-1, 3])
def test_a_dimension_that_is_not_there_has_no_name(folder: Path, dim: int) -> None:
    with pytest.raises(ValueError, match=f"dim \\(={dim}\\) must lie between 0 and 2"):
        checkpoints.rename(folder, dim, "x")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "newer than 1"),
        ({"format": "1"}, "format (='1')"),
        ({"format": None}, "no format number"),
        ({"class": "pythae.VAE"}, "another program"),
        ({"digset": "x"}, "'digset' is not a key of config.json. Did you mean 'digest'?"),
        ({"digest": "12"}, "64 hexadecimal digits"),
        (
            {"kwargs": {"shape": [1, 8, 8], "laten": 3}},
            "kwargs.laten is not a setting of Model. Did you mean 'latent'?",
        ),
        ({"kwargs": {"shape": [1, 8, 8], "latent": 0}}, "kwargs.latent (=0) must lie between 1 and 512"),
        ({"kwargs": {"shape": [28, 28]}}, "channels, height, width"),
        ({"kwargs": {"shape": [1, "a", 3]}}, "channels, height, width"),
        ({"kwargs": [1]}, "kwargs"),
        ({"data": {"nam": ""}}, "Did you mean 'name'?"),
        ({"names": {"a": "b"}}, "invalid literal"),
        ({"names": [1]}, ""),
        ({"summary": 3}, ""),
    ],
)
def test_a_wrong_config_is_told(folder: Path, changes: dict[str, Any], says: str) -> None:
    change(folder, **changes)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.describe(folder)
    assert says in str(caught.value)
    assert str(caught.value).startswith("a: ")
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["format", "class", "kwargs", "data", "title", "digest", "names", "summary", "browser", "latents"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(KEYS, JSON)
def test_any_value_in_any_key_is_a_card_or_a_sentence(folder: Path, key: str, value: Any) -> None:
    whole = (folder / "config.json").read_text()
    try:
        change(folder, **{key: value})
        (entry,) = checkpoints.list_checkpoints([folder.parent])
    finally:
        (folder / "config.json").write_text(whole)
    assert isinstance(entry, Card) or entry.reason


def test_the_list_takes_every_folder_there_is(folder: Path) -> None:
    root = folder.parent
    for name in ("empty", "running", ".hidden", "foreign", "half", "truncated"):
        (root / name).mkdir()
    (root / "a file").write_text("")
    (root / "running" / "status.json").write_text("{}")
    (root / "foreign" / "config.json").write_text('{"architectures": ["Bert"]}')
    (root / "half" / "config.json").write_text((folder / "config.json").read_text())
    (root / "truncated" / "config.json").write_text((folder / "config.json").read_text()[:50])
    entries = checkpoints.list_checkpoints([root, root / "absent"])
    assert [entry.name for entry in entries] == ["a", "empty", "foreign", "half", "truncated"]
    assert isinstance(entries[0], Card)
    reasons = [entry.reason for entry in entries if isinstance(entry, Broken)]
    assert len(reasons) == 4
    for reason, word in zip(reasons, ["no config.json", "another program", "missing", "cannot be read"], strict=True):
        assert word in reason


def test_changed_weights_are_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged or was changed"):
        load(folder)


@pytest.mark.parametrize("content", [b"", b"x" * 100, pickle.dumps({"a": 1})])
def test_weights_that_are_none_are_refused_even_when_vouched_for(folder: Path, content: bytes) -> None:
    import hashlib

    (folder / "model.safetensors").write_bytes(content)
    change(folder, digest=hashlib.sha256(content).hexdigest())
    with pytest.raises(CheckpointError, match=r"a: model\.safetensors is no safetensors file"):
        load(folder)


def test_weights_of_another_model_are_refused(folder: Path) -> None:
    kwargs = config.to_json(replace(RECIPE.model, latent=5))
    change(folder, kwargs=kwargs)
    with pytest.raises(CheckpointError, match="do not fit the model"):
        load(folder)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is no folder"):
        load(tmp_path / "absent")


def test_a_wrong_recipe_is_told(folder: Path) -> None:
    (folder / "train.json").write_text('{"train": {"epoch": 1}}')
    with pytest.raises(CheckpointError, match="Did you mean 'epochs'"):
        checkpoints.read_recipe(folder)


def test_a_snapshot_of_the_hub_is_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    """As the hub's client lays out a download: links with the files' names, to blobs named by their hashes."""
    blobs, snapshot = tmp_path / "models--me--a" / "blobs", tmp_path / "models--me--a" / "snapshots" / "3f2c"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for file in folder.iterdir():
        file.rename(blobs / f"blob-of-{file.name}")
        (snapshot / file.name).symlink_to(Path("../../blobs") / f"blob-of-{file.name}")
    x = torch.rand(4, *SHAPE)
    assert torch.equal(load(snapshot).embed(x), tiny().eval().embed(x))
    assert checkpoints.describe(snapshot).title == "A model"


@pytest.mark.parametrize("sigma", [0.3, "learned", "optimal", "pixelwise"])
def test_one_sigma_is_read_from_the_weights_as_the_model_has_it(tmp_path: Path, sigma: Any) -> None:
    model = VAE((1, 4, 4), 2, "mlp", Gaussian(sigma), width=4).eval()
    if isinstance(sigma, str) and sigma != "pixelwise":
        with torch.no_grad():
            model.likelihood.log_sigma.fill_(-5.5)  # near the learned one's floor
    card = write(model, tmp_path / "m")
    value = checkpoints.sigma_of(card)
    with torch.no_grad():
        theirs = model.decode(torch.zeros(1, 2)).stddev
    if sigma == "pixelwise":
        assert value is None
    else:
        assert value is not None
        assert torch.allclose(theirs, torch.full_like(theirs, value), rtol=1e-5)


def test_weights_that_cannot_be_read_have_no_sigma_and_say_so(tmp_path: Path) -> None:
    card = write(VAE((1, 4, 4), 2, "mlp", Gaussian("learned"), width=4), tmp_path / "m")
    (card.path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(checkpoints.CheckpointError, match="cannot be read"):
        checkpoints.sigma_of(card)
