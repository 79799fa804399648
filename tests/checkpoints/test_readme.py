"""The model card says what was measured, under which protocol, and the command that makes it again."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae import checkpoints, config, recipes
from vae.checkpoints import readme
from vae.model import VAE
from vae.records import Dataset, Latents
from vae.training.fit import fit

from .test_files import codes
from .test_folder import RECIPE

METRICS = {"elbo": -88.9, "rec": -70.0, "kl": 18.9, "nll": None, "k": 0, "binarise": "dynamic", "mse": 0.01}
CARD = checkpoints.Card(
    "a", Path("a"), "A model", "0" * 64, RECIPE.model,
    checkpoints.About("digits", "Handwritten digits", "CC BY 4.0", train_size=1500, test_size=297),
)  # fmt: skip


def test_the_card_names_protocol_data_licence_and_command() -> None:
    text = readme.readme(CARD, RECIPE, METRICS)
    for part in ("-ELBO (test, dynamic binarisation) | 88.90 nats", "CC BY 4.0", "1,500", "vae train --recipe"):
        assert part in text, part
    assert "NLL" not in text  # not measured
    assert text.startswith("---\nlibrary_name: vae-explorer\n")
    assert "license:" not in text.split("---")[1]  # of the weights: unknown


def test_the_hub_reads_what_was_measured_and_no_more() -> None:
    """Held against the hub's own reader."""
    hub = pytest.importorskip("huggingface_hub")
    hub_card = hub.ModelCard(readme.readme(CARD, RECIPE, METRICS)).data
    assert {result.metric_type: result.metric_value for result in hub_card.eval_results} == {
        key: METRICS[key] for key in ("elbo", "kl", "mse")
    }  # of METRICS: no NLL was measured, and rec is no metric of its own
    assert hub_card.metrics == ["elbo", "kl", "mse"]
    assert {(r.dataset_type, r.dataset_name, r.dataset_split) for r in hub_card.eval_results} == {
        ("digits", "Handwritten digits", "test")
    }
    assert "dynamic binarisation" in hub_card.eval_results[0].metric_name
    assert (hub_card.license, hub_card.model_name) == (None, "a")
    nothing = hub.ModelCard(readme.readme(CARD, RECIPE, {"elbo": float("nan")})).data
    assert (nothing.eval_results, nothing.metrics) == (None, None)


@pytest.mark.parametrize("name", ['quo"te: #1', "ü - Ärger", "a\\b"])
def test_no_title_breaks_the_front_matter(name: str) -> None:
    hub = pytest.importorskip("huggingface_hub")
    about = replace(CARD.data, name=name, title=name)
    hub_card = hub.ModelCard(readme.readme(replace(CARD, name=name, data=about), RECIPE, METRICS)).data
    assert (hub_card.model_name, hub_card.eval_results[0].dataset_name) == (name, name)


def test_a_licence_stands_where_one_was_given() -> None:
    text = readme.readme(CARD, replace(RECIPE, licence="mit"), METRICS)
    assert 'license: "mit"' in text.split("---")[1]


def test_a_density_says_why_its_figures_may_be_negative() -> None:
    dense = replace(CARD, model=replace(RECIPE.model, likelihood=config.Gaussian()))
    assert "density" in readme.readme(dense, RECIPE, METRICS)
    assert "density" not in readme.readme(CARD, RECIPE, METRICS)


def test_only_a_recipe_as_it_ships_is_called_by_its_name() -> None:
    shipped = recipes.read("mnist-16d")
    assert readme.command(shipped) == "vae train --recipe mnist-16d --out checkpoints/mnist-16d"
    changed = replace(shipped, train=replace(shipped.train, epochs=1))
    assert "mnist-16d --out" not in readme.command(changed)
    assert readme.command(changed).startswith("vae train --recipe train.json")


def test_a_figure_that_was_not_measured_has_no_row() -> None:
    assert readme.figures({}) == []
    assert [what for what, _ in readme.figures({"mse": 0.1})] == ["squared error a pixel, from the mean"]


@pytest.mark.parametrize("labels", [True, False])
def test_the_thumbnail_shows_the_best_of_different_places(labels: bool) -> None:
    latents = codes(60, 3, labels=labels, factors=False)
    rec = np.arange(60, dtype=np.float32)
    latents = replace(latents, rec=rec, kl=np.zeros(60, np.float32))
    rows = readme.typical(latents, 3)
    assert len(set(rows.tolist())) == 3
    if labels:
        assert rows.tolist() == [57, 58, 59]  # the best of each class


def test_typical_rows_of_very_few_items() -> None:
    two = Latents(np.eye(2, dtype=np.float32), np.ones((2, 2), np.float32), np.arange(2))
    assert sorted(readme.typical(two).tolist()) == [0, 1]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_holds_every_picture_in_its_place(channels: int) -> None:
    pictures = np.linspace(0, 1, 5, dtype=np.float32)[:, None, None, None] * np.ones((5, channels, 4, 6), np.float32)
    sheet = readme.sheet(pictures, columns=3, scale=2)
    assert sheet.size == (3 * 6 * 2, 2 * 4 * 2)
    assert sheet.mode == ("L" if channels == 1 else "RGB")
    pixels = np.asarray(sheet.convert("L"))
    assert [int(pixels[1, 1]), int(pixels[1, 13]), int(pixels[9, 13])] == [0, 64, 255]
    assert pixels[9, 30] == 0  # no picture, no colour
    with Image.open(io.BytesIO(readme.png(sheet))) as again:
        assert np.array_equal(np.asarray(again), np.asarray(sheet))


def test_a_recipe_may_be_a_file_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text(json.dumps({"train": {"epochs": 3}}))
    assert recipes.read(str(path)).train.epochs == 3
    path.write_text(json.dumps({"train": {"epoch": 3}}))
    with pytest.raises(checkpoints.CheckpointError, match="Did you mean 'epochs'"):
        recipes.read(str(path))


def test_a_model_that_is_saved_alone_has_a_card_that_claims_nothing(tmp_path: Path) -> None:
    VAE((1, 8, 8), 2, "mlp", width=8).save(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\nlibrary_name: vae-explorer\n")
    assert "8 x 8 pixels, grey, 2 latent dimensions" in text
    for unknown in ("## Figures", "## Data", "## Rebuild", "objective", "thumb.png", "datasets:"):
        assert unknown not in text, unknown


def test_a_fit_leaves_a_card_with_its_recipe(tmp_path: Path, tiny_data: Dataset) -> None:
    fit(VAE((1, 8, 8), 2, "mlp", width=8), tiny_data.images, config.Train(epochs=1), out=tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "240 pictures to learn from" in text
    assert "objective `beta`" in text
    assert "vae train" not in text  # an array has no name to train on again


def test_a_card_stays_with_its_weights_and_what_is_by_hand_stays(tmp_path: Path) -> None:
    model, path = VAE((1, 8, 8), 2, "mlp", width=8), tmp_path / "README.md"
    model.save(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "measured\n", encoding="utf-8")
    model.save(tmp_path)
    assert path.read_text(encoding="utf-8").endswith("measured\n")
    VAE((1, 8, 8), 2, "mlp", width=8).save(tmp_path)  # other weights, of which nothing was measured
    assert "measured" not in path.read_text(encoding="utf-8")
    for own in (b"# Mine\n", b"\xff\xfe"):
        path.write_bytes(own)
        VAE((1, 8, 8), 2, "mlp", width=8).save(tmp_path)
        assert path.read_bytes() == own
