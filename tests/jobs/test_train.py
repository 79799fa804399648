"""A run: files in, files out, in a process of its own; what goes wrong is a sentence in status.json."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vae import checkpoints, config, load, onnx_export
from vae.checkpoints import files
from vae.config import to_json
from vae.jobs import process, train
from vae.records import Dataset, Progress

Prepare = Callable[..., Path]


@pytest.fixture
def run(tmp_path: Path, tiny_data: Dataset) -> Prepare:
    """Makes a run's folder, its data an archive beside it."""
    np.savez(tmp_path / "bars.npz", images=tiny_data.images, labels=np.asarray(tiny_data.labels))

    def prepare(name: str = "a", data: str = "", **settings: Any) -> Path:
        recipe = config.Recipe(
            name, "Bars", config.Data(data or str(tmp_path / "bars.npz")),
            config.Model((1, 8, 8), 2, "mlp", width=16, depth=1),
            replace(config.Train(epochs=2, batch=32, device="cpu"), **settings),
        )  # fmt: skip
        folder = tmp_path / name
        folder.mkdir()
        files.write_json(folder / "train.json", to_json(recipe))
        return folder

    return prepare


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the exporter, which takes longer than these models take to train."""

    def fail(*_: Any) -> None:
        raise onnx_export.ExportError("decoder.onnx cannot be exported: no")

    monkeypatch.setattr(onnx_export, "export", fail)


def status(folder: Path) -> dict[str, Any]:
    return files.read_json(folder / "status.json")


def test_a_run_ends_as_a_whole_checkpoint(run: Prepare) -> None:
    folder, told = run(), []
    card = train.work(folder, maps=["pca"], report=lambda state, *_: told.append(state))
    assert list(dict.fromkeys(told)) == ["preparing", "training", "projecting", "exporting", "done"]
    assert {p.name for p in folder.iterdir()} == {*files.WHOLE, "status.json", "progress.csv", "preview.npz"}
    assert card == checkpoints.describe(folder)
    assert card.browser
    assert card.title == "Bars"

    latents, maps, _ = checkpoints.read_latents(folder)
    assert len(latents) == 240  # all, for they are few
    assert [m.name for m in maps] == ["pca"]
    assert card.latents
    model = load(folder)
    assert model.config == card.model
    metrics = checkpoints.read_metrics(folder)
    assert metrics["elbo"] == pytest.approx(metrics["rec"] - metrics["kl"], abs=1e-3)
    assert card.summary["elbo"] == metrics["elbo"]
    assert f"{-metrics['elbo']:.2f}" in status(folder)["message"]
    (picture,) = onnx_export.run((folder / "decoder.onnx").read_bytes(), {"z": latents.mean[:1]})
    assert np.allclose(picture[0], model.mean_picture(torch.tensor(latents.mean[:1])).detach()[0], atol=1e-4)


@pytest.mark.usefixtures("no_export")
def test_its_files_tell_how_far_it_is(run: Prepare) -> None:
    folder = run()
    seen: list[Progress] = []
    train.work(folder, maps=[], report=lambda _, __, p: seen.append(p) if p else None)
    written = files.read_history(folder, "progress.csv")
    assert written[-1].step == written[-1].steps == seen[-1].step
    epochs = checkpoints.read_history(folder)
    assert [p.epoch for p in epochs] == [1, 2]
    assert all(set(p.valid) == {"elbo", "rec", "kl"} for p in epochs)
    told = status(folder)
    assert told["progress"]["step"] == told["progress"]["steps"]
    assert told["pid"] == os.getpid()
    with np.load(folder / "preview.npz") as preview:
        for name in ("inputs", "recon", "samples"):
            assert preview[name].dtype == np.uint8
            assert preview[name].shape == (train.PREVIEWS, 1, 8, 8)
        assert int(preview["epoch"]) == 2


@pytest.mark.usefixtures("no_export")
def test_stop_keeps_what_was_learned_and_a_second_start_goes_on(run: Prepare) -> None:
    folder = run(epochs=3)

    def stop_after_one_epoch(_: str, __: str, p: Progress | None) -> None:
        if p and p.epoch == 1 and p.valid and not (folder / "config.json").exists():
            (folder / "STOP").touch()

    train.work(folder, maps=["pca"], report=stop_after_one_epoch)
    assert status(folder)["state"] == "stopped"
    assert checkpoints.read_metrics(folder)["epochs"] == 1
    assert load(folder) is not None
    assert not (folder / "STOP").exists()

    train.work(folder, maps=["pca"])
    assert status(folder)["state"] == "done"
    assert [p.epoch for p in checkpoints.read_history(folder)] == [1, 2, 3]
    assert not any((folder / name).exists() for name in train.STATE)


@pytest.mark.usefixtures("no_export")
def test_a_new_run_in_an_old_folder_starts_its_curves_anew(run: Prepare) -> None:
    folder = run()
    train.work(folder, maps=[])
    first = files.read_history(folder, "progress.csv")
    recipe = checkpoints.read_recipe(folder)
    files.write_json(folder / "train.json", to_json(replace(recipe, train=replace(recipe.train, batch=100, epochs=1))))
    train.work(folder, maps=[])
    second = files.read_history(folder, "progress.csv")
    assert {p.steps for p in first}.isdisjoint(p.steps for p in second)
    assert checkpoints.read_metrics(folder)["epochs"] == 1


@pytest.mark.usefixtures("no_export")
def test_the_same_recipe_gives_the_same_weights(run: Prepare) -> None:
    one, two = (train.work(run(name), maps=[]) for name in ("a", "b"))
    assert one.digest == two.digest
    assert train.work(run("c", seed=1), maps=[]).digest != one.digest


def test_patience_is_judged_on_pictures_held_out_of_training(tiny_data: Dataset) -> None:
    test = replace(tiny_data, images=255 - tiny_data.images)
    recipe = config.Recipe(train=config.Train(patience=3))
    learn, valid = train._split(recipe, tiny_data, test)
    assert len(learn) + len(valid) == len(tiny_data)
    assert {each.tobytes() for each in learn.images}.isdisjoint(each.tobytes() for each in valid.images)
    assert train._split(config.Recipe(), tiny_data, test)[0] is tiny_data


@pytest.mark.usefixtures("no_export")
def test_a_model_that_does_not_export_is_kept_for_the_server(run: Prepare) -> None:
    card = train.work(run(), maps=["pca"])
    assert not card.browser
    assert status(card.path)["state"] == "done"


@pytest.mark.usefixtures("no_export")
@pytest.mark.parametrize(("asked", "drawn"), [(None, ["pca", "tsne"]), (["pca"], ["pca"])])
def test_the_recipe_names_the_maps_unless_others_are_asked_for(
    run: Prepare, asked: list[str] | None, drawn: list[str]
) -> None:
    folder = run()
    recipe = replace(checkpoints.read_recipe(folder), maps=("pca", "tsne"))
    files.write_json(folder / "train.json", to_json(recipe))
    train.work(folder, maps=asked)
    assert [each.name for each in checkpoints.read_latents(folder)[1]] == drawn
    assert checkpoints.read_recipe(folder).maps == ("pca", "tsne")


@pytest.mark.usefixtures("no_export")
def test_a_slow_map_comes_when_the_model_can_be_opened(run: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae.maps import projection

    folder = run()
    found: list[Any] = []

    def slow(latents: Any, *_: Any) -> Any:
        found.extend(checkpoints.list_checkpoints([folder.parent]))
        found.append(checkpoints.read_latents(folder)[1])
        return replace(projection.pca(latents), name="umap")

    monkeypatch.setattr(projection, "umap", slow)
    card = train.work(folder)
    assert found[0].digest == card.digest
    assert [m.name for m in found[1]] == ["pca"]
    assert found[0].latents != card.latents
    assert [m.name for m in checkpoints.read_latents(folder)[1]] == ["pca", "umap"]


def test_a_failure_is_a_sentence(run: Prepare) -> None:
    folder = run(data="mnits")
    with pytest.raises(FileNotFoundError, match="mnits"):
        train.work(folder)
    told = status(folder)
    assert told["state"] == "failed"
    assert "mnits" in told["message"]
    assert "Traceback" not in told["message"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("a\n b"), "a b"),
        (KeyError("x"), "KeyError: 'x'"),
        (MemoryError(), "memory is full"),
        (RuntimeError("CUDA out of memory. Tried"), "memory is full"),
        (RuntimeError("odd"), "RuntimeError: odd"),
        (KeyboardInterrupt(), "Interrupted."),
    ],
)
def test_errors_as_people_read_them(error: BaseException, says: str) -> None:
    assert says in process.sentence(error)


def test_the_process_outlives_its_starter_and_stops_when_asked(run: Prepare) -> None:
    folder = run(epochs=100_000)
    with (folder / "log.txt").open("wb") as log:
        command = [sys.executable, "-m", "vae.jobs.train", str(folder), "--maps", "pca"]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(lambda: (folder / "status.json").exists() and status(folder)["progress"] is not None)
        assert status(folder)["pid"] == child.pid
        child.send_signal(signal.SIGHUP)  # the terminal closes
        before = status(folder)["progress"]["step"]
        _wait(lambda: status(folder)["progress"]["step"] > before)
        child.terminate()
        assert child.wait(60) == 0
    finally:
        child.kill()
    assert status(folder)["state"] == "stopped"
    assert load(folder) is not None
    assert (folder / "log.txt").read_text() == ""


def test_the_process_says_that_it_failed(
    run: Prepare, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run()
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")  # what someone has said stands
    (folder / "train.json").write_text(json.dumps({"train": {"epoch": 1}}))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    try:
        assert train.main([str(folder)]) == 1
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGHUP, before[1])
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert "Did you mean 'epochs'" in status(folder)["message"]
    assert "Traceback" in capfd.readouterr().err  # the log keeps it for whoever mends it


def _wait(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
