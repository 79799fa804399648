"""Every command does what it says, in exit codes and sentences; the flags of `train` are the settings, all of them."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae import checkpoints, config, load, onnx_export, recipes
from vae.checkpoints import files
from vae.commands import cli, flags, train
from vae.records import Dataset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of striped pictures, made by the command line."""
    root = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 8, 200)
    images = np.zeros((200, 1, 8, 8), np.uint8)
    images[np.arange(200), 0, rows] = 255
    np.savez(root / "stripes.npz", images=images, labels=rows)
    code = cli.main(
        ["train", "--data", str(root / "stripes.npz"), "--latent", "2", "--arch", "mlp", "--width", "16",
         "--likelihood", "gaussian:0.5", "--objective", "beta:warmup=0.1", "--title", "Stripes",
         "--epochs", "2", "--maps", "pca", "--device", "cpu", "--out", str(root / "s")]
    )  # fmt: skip
    assert code == 0
    return root / "s"


def test_train_takes_the_flags(trained: Path) -> None:
    recipe = checkpoints.read_recipe(trained)
    assert recipe.model == config.Model((1, 8, 8), 2, "mlp", config.Gaussian(0.5), width=16)
    assert recipe.train.objective == config.Beta(1.0, 0.1)
    assert (recipe.name, recipe.title, recipe.train.epochs) == ("s", "Stripes", 2)
    assert checkpoints.describe(trained).browser


def test_info_eval_and_export(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", str(trained)]) == 0
    out = capsys.readouterr().out
    assert "Stripes" in out
    assert "gaussian:sigma=0.5" in out
    assert cli.main(["info", str(trained), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Stripes"

    assert cli.main(["eval", str(trained), "--k", "3", "--save"]) == 0
    out = capsys.readouterr().out
    assert "-ELBO (test, grey levels as they are)" in out
    assert "3 importance samples" in out
    metrics = checkpoints.read_metrics(trained)
    assert metrics["nll"] == checkpoints.describe(trained).summary["nll"]
    assert f"{metrics['nll']:.2f} nats" in (trained / "README.md").read_text()

    (trained / "decoder.onnx").unlink()
    assert not checkpoints.describe(trained).browser
    assert cli.main(["export", str(trained)]) == 0
    assert checkpoints.describe(trained).browser


def test_sample_and_traverse_write_pictures(trained: Path, tmp_path: Path) -> None:
    assert cli.main(["sample", str(trained), "--n", "6", "--columns", "3", "--out", str(tmp_path / "x" / "s.png")]) == 0
    with Image.open(tmp_path / "x" / "s.png") as picture:
        assert picture.width * 2 == picture.height * 3
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert cli.main(["sample", str(trained), "--seed", seed, "--draw", "--out", str(tmp_path / f"{name}.png")]) == 0
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c

    assert cli.main(["traverse", str(trained), "--steps", "5", "--out", str(tmp_path / "t.png")]) == 0
    with Image.open(tmp_path / "t.png") as picture:
        assert picture.width * 2 == picture.height * 5
    line = ["traverse", str(trained), "--dims", "1", "--item", "3", "--out", str(tmp_path / "t.png")]
    assert cli.main(line) == 0


def test_project_adds_a_map_and_makes_lost_latents_anew(trained: Path) -> None:
    assert cli.main(["project", str(trained), "--map", "z2:z1"]) == 0
    latents, maps, _ = checkpoints.read_latents(trained)
    assert [m.name for m in maps] == ["pca", "z2:z1"]
    (trained / files.LATENTS).unlink()
    assert cli.main(["project", str(trained), "--map", "pca"]) == 0
    again, _, _ = checkpoints.read_latents(trained)
    assert np.array_equal(again.mean, latents.mean)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["info", "{tmp}/absent"], "is no folder"),
        (["eval", "{tmp}"], "no config.json"),
        (["sample", "{s}", "--n", "0"], "n (=0) must be at least 1"),
        (["sample", "{s}", "--seed", "99999999999999999999"], "seed (=99999999999999999999) must lie between 0 and"),
        (["sample", "{s}", "--out", "{tmp}"], "must be the path of a PNG file"),
        (["sample", "{s}", "--out", "{tmp}/a.jpg"], "must be the path of a PNG file, such as a.png"),
        (["eval", "{s}", "--seed", "-5"], "seed (=-5) must lie between 0 and"),
        (["traverse", "{s}", "--item", "-7"], "item (=-7) must be at least -1"),
        (["train", "--data", "digits", "--out", "{s}/config.json"], "is a file"),
        (["traverse", "{s}", "--dims", "7"], "dims (=7) must lie between 0 and 1"),
        (["project", "{s}", "--map", "isomap"], "is no map"),
        (["train", "--recipe", "mnist-17d"], "is none of emoji-32d, fashion-16d, mnist-16d"),
        (["train", "--objective", "bta", "--out", "{tmp}/x"], "Did you mean 'beta'?"),
        (["train", "--objective", "beta:1,0.1,1,4", "--out", "{tmp}/x"], "has more values than beta has settings"),
        (["train", "--objective", "beta:bta=1", "--out", "{tmp}/x"], "Did you mean 'beta'?"),
        (["train", "--epochs", "0", "--out", "{tmp}/x"], "train.epochs (=0) must lie between"),
        (["train", "--data", "mnits", "--out", "{tmp}/x"], "mnits"),
    ],
)
def test_a_failure_is_one_sentence(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: list[str], says: str
) -> None:
    assert cli.main([word.format(tmp=tmp_path, s=trained) for word in line]) == 1
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize("line", [[], ["fly"], ["train", "--epochs", "ten"], ["train", "--arch", "cnn"], ["info"]])
def test_wrong_usage_is_two(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(line)
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_every_setting_is_a_flag_with_its_help() -> None:
    by_place = {(flag.section, flag.field): flag for flag in flags.flags()}
    for section, cls in flags.SECTIONS.items():
        for f in fields(cls):
            if f.name != "shape":
                assert f.metadata["help"] in by_place[section, f.name].help
    names = [flag.name for flag in flags.flags()]
    assert len(names) == len(set(names))


def test_help_says_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["train", "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for flag in flags.flags():
        assert f"--{flag.name.replace('_', '-')}" in out


@given(
    st.sampled_from([config.Bernoulli(), config.Gaussian(0.25), config.Gaussian("optimal"), config.Vamp(7)])
    | st.builds(config.Beta, st.floats(0, 100), st.floats(0, 0.9))
    | st.builds(config.TC, st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
)
def test_a_specification_survives_being_typed(spec: Any) -> None:
    assert config.to_json(spec) == config.to_json(type(spec)()) | flags.spec_of(flags.text_of(spec))


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_whole_and_survives_the_flags(name: str) -> None:
    recipe = recipes.read(name)
    assert recipe.name == name
    assert recipe.title
    command = train.command(recipe)
    assert flags.recipe_of(recipe, command()) == recipe


def test_the_shipped_checkpoints_have_recipes() -> None:
    assert set(recipes.names()) >= {"mnist-2d", "mnist-16d", "fashion-16d", "sprites-10d", "emoji-32d"}


def test_runs_are_numbered_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_data: Dataset) -> None:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(onnx_export, "export", lambda *_: 0.0)  # it takes longer than the training
    np.savez(tmp_path / "bars.npz", images=tiny_data.images)
    line = ["train", "--data", str(tmp_path / "bars.npz"), "--latent", "2", "--arch", "mlp", "--width", "8"]
    for _ in range(2):
        assert cli.main([*line, "--epochs", "1", "--maps", "pca", "--device", "cpu"]) == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["bars-2d", "bars-2d-2"]


def test_two_processes_make_one_checkpoint(tmp_path: Path) -> None:
    """`vae train` under torchrun: both learn, the first alone writes, and the run is there once."""
    images = np.random.default_rng(0).integers(0, 255, (120, 1, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "noise.npz", images=images)
    line = [
        "train", "--data", str(tmp_path / "noise.npz"), "--latent", "2", "--arch", "mlp", "--width", "8",
        "--epochs", "2", "--batch", "20", "--maps", "pca", "--device", "cpu", "--out", str(tmp_path / "two"),
    ]  # fmt: skip
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "vae"]
    done = subprocess.run([sys.executable, *launcher, *line], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("noise, 2 latents is in") == 1
    folder = tmp_path / "two"
    assert [row.epoch for row in checkpoints.read_history(folder)] == [1, 2]
    assert load(folder).latent == 2
    assert not list(folder.glob("*.tmp"))
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["two"]
