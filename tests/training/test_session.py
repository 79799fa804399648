"""A run follows from its settings: it resumes bit for bit, survives bad steps, leaves the weights it promises."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae import checkpoints, config
from vae.checkpoints.files import CheckpointError
from vae.model import VAE, build, load
from vae.records import Dataset, Progress
from vae.training import resume
from vae.training.fit import fit, train
from vae.training.session import Diverged, Session, rate

FULL = config.Train(
    epochs=4, batch=32, lr=5e-3, ema=0.9, clip=100.0, seed=3, weight_decay=0.01, device="cpu", patience=3,
    objective=config.Beta(1.0, 0.3),
)  # fmt: skip
MODELS = [
    config.Model((1, 8, 8), 2, "mlp", width=16, depth=1),
    config.Model((1, 8, 8), 2, "conv", config.Gaussian("optimal"), config.Vamp(4), width=4),
]


def weights(model: VAE) -> dict[str, Tensor]:
    return {k: t.clone() for k, t in model.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("spec", MODELS, ids=lambda m: m.arch)
@pytest.mark.parametrize("steps", [7, 12, 17], ids=lambda n: f"stopped-at-{n}")  # of 7 an epoch: its end, and within
def test_law_10_a_resumed_run_is_the_uninterrupted_one(
    spec: config.Model, steps: int, tiny_data: Dataset, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"valid": tiny_data, "binarise": "dynamic", "augment": "shift"}
    whole = build(spec, seed=1)
    expected = fit(whole, tiny_data, FULL, **options)

    first, calls = build(spec, seed=1), iter(range(10_000))
    for _ in train(first, tiny_data, FULL, out=tmp_path, stop=lambda: next(calls) >= steps, **options):
        pass
    assert json.loads((tmp_path / resume.NUMBERS).read_text())["step"] == steps

    second = build(spec, seed=99)  # other first weights: all must come from the folder
    torch.manual_seed(1234)  # and no random number from outside
    resumed = fit(second, tiny_data, FULL, out=tmp_path, **options)
    assert same(weights(second), weights(whole))
    assert resumed.history[-1].step == expected.history[-1].step == 28
    assert dict(resumed.history[-1].valid) == dict(expected.history[-1].valid)


def test_law_10_holds_for_any_memory_format(tiny_data: Dataset, tmp_path: Path) -> None:
    """The fused optimiser walks weights and moments as they lie in memory: a resume must lay them out alike."""
    whole, first, second = (build(MODELS[1], seed=1).to(memory_format=torch.channels_last) for _ in range(3))
    settings = config.Train(epochs=3, batch=32, ema=0.9)
    fit(whole, tiny_data, settings)
    calls = iter(range(10_000))
    for _ in train(first, tiny_data, settings, out=tmp_path, stop=lambda: next(calls) >= 10):
        pass
    fit(second, tiny_data, settings, out=tmp_path)
    assert same(weights(second), weights(whole))


def test_a_reader_who_walks_away_loses_nothing(tiny_data: Dataset, tmp_path: Path) -> None:
    whole, left = build(MODELS[0]), build(MODELS[0])
    fit(whole, tiny_data, config.Train(epochs=3, batch=32))
    for _ in train(left, tiny_data, config.Train(epochs=3, batch=32), out=tmp_path, every=0):
        break
    assert (tmp_path / resume.TENSORS).exists()
    fit(left, tiny_data, config.Train(epochs=3, batch=32), out=tmp_path)
    assert same(weights(whole), weights(left))


def test_a_finished_run_is_only_loaded_and_more_epochs_go_on(tiny_data: Dataset, tmp_path: Path) -> None:
    model, again = build(MODELS[0]), build(MODELS[0], seed=5)
    whole = fit(model, tiny_data, config.Train(epochs=2, batch=32), out=tmp_path)
    later: list[Progress] = []
    finished = fit(again, tiny_data, config.Train(epochs=2, batch=32), out=tmp_path, callback=later.append)
    assert later == []
    assert [p.step for p in finished.history] == [p.step for p in whole.history]
    assert same(weights(model), weights(again))
    more = fit(again, tiny_data, config.Train(epochs=3, batch=32), out=tmp_path, callback=later.append)
    assert [p.epoch for p in more.history][-1] == 3
    assert later[0].step > 14
    assert [p.step for p in more.history] == sorted({p.step for p in (*whole.history, *later)})


def test_a_fit_leaves_its_model_in_its_folder(tiny_data: Dataset, tmp_path: Path) -> None:
    model, settings = build(MODELS[0]), config.Train(epochs=1, batch=32)
    run = fit(model, tiny_data, settings, valid=tiny_data, out=tmp_path / "a", binarise="dynamic")
    again, card = load(tmp_path / "a"), checkpoints.describe(tmp_path / "a")
    assert same(weights(model), weights(again))
    assert (card.data.name, card.data.classes, card.data.train_size) == ("bars", tiny_data.classes, 240)
    recipe = checkpoints.read_recipe(tmp_path / "a")
    assert (recipe.model, recipe.train, recipe.data.binarise) == (model.config, settings, "dynamic")
    assert [p.step for p in checkpoints.read_history(tmp_path / "a")] == [p.step for p in run.history]
    fit(build(MODELS[0]), tiny_data.images, settings, out=tmp_path / "b")  # an array has no name
    assert checkpoints.describe(tmp_path / "b").data.train_size == 240


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lr": 0.5}, "another train: lr was 0.001 and is 0.5"),
        ({"batch": 16}, "batch was 32 and is 16"),
    ],
)
def test_a_foreign_run_is_not_taken_up(change: dict[str, Any], says: str, tiny_data: Dataset, tmp_path: Path) -> None:
    fit(build(MODELS[0]), tiny_data, config.Train(epochs=1, batch=32), out=tmp_path)
    with pytest.raises(CheckpointError, match=says):
        fit(build(MODELS[0]), tiny_data, config.Train(**({"epochs": 1, "batch": 32} | change)), out=tmp_path)


def test_another_model_or_other_data_are_not_taken_up(tiny_data: Dataset, tmp_path: Path) -> None:
    settings = config.Train(epochs=1, batch=32)
    fit(build(MODELS[0]), tiny_data, settings, out=tmp_path)
    with pytest.raises(CheckpointError, match="another model: latent was 2 and is 5"):
        fit(VAE((1, 8, 8), 5, "mlp", width=16, depth=1), tiny_data, settings, out=tmp_path)
    with pytest.raises(CheckpointError, match="another data: pictures was 240 and is 100"):
        fit(build(MODELS[0]), tiny_data.images[:100], settings, out=tmp_path)
    with pytest.raises(CheckpointError, match="another data: content was"):  # as many pictures, and others
        fit(build(MODELS[0]), 255 - tiny_data.images, settings, out=tmp_path)


def test_a_state_that_is_older_than_a_setting_is_taken_up(tiny_data: Dataset, tmp_path: Path) -> None:
    settings = config.Train(epochs=1, batch=32)
    fit(build(MODELS[0]), tiny_data, settings, out=tmp_path)
    tensors, numbers = resume.read(tmp_path) or ({}, {})
    del numbers["of"]["model"]["activation"], numbers["of"]["train"]["ema"]
    del numbers["of"]["train"]["objective"]["warmup"], numbers["of"]["data"]["content"]
    resume.write(tmp_path, tensors, numbers)
    fit(build(MODELS[0]), tiny_data, settings, out=tmp_path)
    with pytest.raises(CheckpointError, match="another model: activation was 'silu' and is 'relu'"):
        fit(build(config.Model((1, 8, 8), 2, "mlp", width=16, depth=1, activation="relu")), tiny_data, settings,
            out=tmp_path)  # fmt: skip


def test_a_damaged_state_is_named(tiny_data: Dataset, tmp_path: Path) -> None:
    (tmp_path / resume.TENSORS).write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match=r"state.safetensors is damaged .* delete it to start over"):
        fit(build(MODELS[0]), tiny_data, config.Train(epochs=1), out=tmp_path)


def test_no_random_number_comes_from_outside(tiny_data: Dataset) -> None:
    runs = []
    for outside in (0, 1):
        torch.manual_seed(outside)
        model = build(MODELS[0])
        torch.manual_seed(outside)
        before = torch.get_rng_state()
        runs.append((fit(model, tiny_data, config.Train(epochs=1, batch=32), binarise="dynamic"), weights(model)))
        assert torch.equal(before, torch.get_rng_state())
    assert same(runs[0][1], runs[1][1])
    other = build(MODELS[0])
    fit(other, tiny_data, config.Train(epochs=1, batch=32, seed=1), binarise="dynamic")
    assert not same(weights(other), runs[0][1])


# --- schedules ---


@given(st.integers(1, 5000), st.floats(0, 0.9), st.sampled_from(["cosine", "constant"]))
def test_the_learning_rate_rises_to_its_peak_and_falls(steps: int, warmup: float, schedule: Any) -> None:
    settings = config.Train(lr=0.01, warmup=warmup, schedule=schedule)
    rates = [rate(settings, i, steps) for i in range(0, steps, max(1, steps // 50))]
    assert all(0 <= r <= 0.01 * (1 + 1e-9) for r in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    if schedule == "cosine" and steps > 100 and warmup < 0.5:
        assert rate(settings, steps - 1, steps) < 1e-4


def test_the_reports_state_the_schedules(tiny_data: Dataset) -> None:
    settings = config.Train(epochs=4, batch=32, warmup=0.0, objective=config.Beta(2.0, 0.5))
    history = fit(build(MODELS[0]), tiny_data, settings).history
    ends = [p for p in history if p.step % 7 == 0]
    assert [p.epoch for p in ends] == [1, 2, 3, 4]
    assert [p.beta for p in ends] == pytest.approx([4 * min(0.5, (7 * e - 1) / 28) for e in (1, 2, 3, 4)])
    assert [p.lr for p in ends] == pytest.approx([rate(settings, 7 * e - 1, 28) for e in (1, 2, 3, 4)])
    assert all(math.isclose(p.rec - p.kl, p.elbo, rel_tol=1e-4) for p in history)
    assert history[-1].fraction == 1


# --- bad steps ---


class Poison:
    """Turns some steps' gradients into NaN, by a hook on one parameter."""

    def __init__(self, model: VAE, bad: range) -> None:
        self.at, self.bad = 0, bad
        next(model.encoder.parameters()).register_hook(self)

    def __call__(self, gradient: Tensor) -> Tensor:
        self.at += 1
        return gradient * (math.nan if self.at - 1 in self.bad else 1.0)


@pytest.mark.parametrize("optimiser", ["adam", "adamw"])
@pytest.mark.parametrize("clip", [0.0, 10.0])
def test_a_bad_step_changes_nothing_and_is_counted(optimiser: Any, clip: float, tiny_data: Dataset) -> None:
    model = build(MODELS[0])
    settings = config.Train(epochs=1, batch=32, optimiser=optimiser, clip=clip, weight_decay=0.1)
    session = Session(model, torch.tensor(tiny_data.images), settings, "none", "none")
    Poison(model, range(2, 4))
    rows = session._order()
    states = []
    for i in range(6):
        session._advance(rows[i])
        session.step += 1
        states.append(weights(model))
    assert same(states[1], states[2])
    assert same(states[1], states[3])
    assert not same(states[3], states[4])
    assert session.counts.tolist() == [4, 2, 0]
    assert math.isfinite(session._report({}).elbo)


def test_a_run_that_stays_bad_stops_with_its_last_good_state(tiny_data: Dataset, tmp_path: Path) -> None:
    settings = config.Train(epochs=4, batch=32)
    healthy = build(MODELS[0])
    for progress in train(healthy, tiny_data, settings):
        if progress.step == 14:
            break
    model = build(MODELS[0])
    reports: list[Any] = []
    Poison(model, range(14, 1000))
    with pytest.raises(Diverged, match=r"not finite for 7 steps in a row .* Lower lr \(=0.001\), set clip"):
        fit(model, tiny_data, settings, callback=reports.append, out=tmp_path)
    assert same(weights(model), weights(healthy))
    assert reports[-1].step == 14
    assert json.loads((tmp_path / resume.NUMBERS).read_text())["step"] == 14


# --- what the model holds ---


def test_averaged_weights_are_what_is_reported_and_left(tiny_data: Dataset) -> None:
    settings = config.Train(epochs=2, batch=32, lr=0.01, ema=0.5)
    plain, model, states = build(MODELS[0]), build(MODELS[0]), []
    fit(plain, tiny_data, config.Train(epochs=2, batch=32, lr=0.01))
    fit(model, tiny_data, settings, callback=lambda _: states.append(weights(model)))
    assert same(states[-1], weights(model))
    assert not same(weights(plain), weights(model))
    name = "encoder.1.weight"
    assert float((plain.state_dict()[name] - model.state_dict()[name]).abs().max()) < 0.02


def test_patience_stops_and_leaves_the_best_epoch(tiny_data: Dataset) -> None:
    settings = config.Train(epochs=40, batch=32, lr=0.03, schedule="constant", warmup=0.0, patience=2)
    shuffled = Dataset("noise", np.random.default_rng(1).permuted(tiny_data.images, axis=2))  # soon overfitted
    model = build(MODELS[0])
    pairs: list[tuple[float, dict[str, Tensor]]] = []

    def remember(p: Progress) -> None:
        if p.valid:
            pairs.append((p.valid["elbo"], weights(model)))

    fit(model, tiny_data, settings, valid=shuffled, callback=remember)
    elbos = [e for e, _ in pairs]
    assert len(pairs) < 40
    assert elbos.index(max(elbos)) == len(elbos) - 3
    assert same(pairs[-3][1], weights(model))


def test_training_leaves_an_evaluating_model(tiny_data: Dataset) -> None:
    model = build(MODELS[0])
    fit(model, tiny_data, config.Train(epochs=1))
    assert not model.training
