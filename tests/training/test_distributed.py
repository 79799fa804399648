"""Two processes on one machine, started by torch's own launcher, against one process with the same batch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from vae import config
from vae.model import VAE
from vae.records import Dataset
from vae.training import distributed
from vae.training.fit import train

ROOT = Path(__file__).resolve().parents[2]


class Certain(nn.Module):
    """An encoder whose σ is e^-6 for every picture: what two processes draw differently is then next to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.SiLU(), nn.Linear(16, 2))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean = self.net(x)
        return mean, torch.full_like(mean, -1e6)


def certain() -> VAE:
    """The same weights in the first process and alone; others in the second, which are to be overruled."""
    torch.manual_seed(3 + (torch.distributed.get_rank() if torch.distributed.is_initialized() else 0))
    decoder = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 64), nn.Unflatten(1, (1, 8, 8)))
    return VAE((1, 8, 8), 2, (Certain(), decoder))


def bars() -> Dataset:
    rng = np.random.default_rng(0)
    at = rng.integers(0, 8, 240)
    rows = np.exp(-0.5 * (np.arange(8)[None] - at[:, None]) ** 2)
    return Dataset("bars", (255 * rows[:, None, :, None] * rng.uniform(0.6, 1, (240, 1, 1, 8))).astype(np.uint8))


SETTINGS = config.Train(epochs=4, batch=40, lr=3e-3, ema=0.9, device="cpu", seed=5)


def curve(model: VAE, settings: config.Train = SETTINGS, **more: Any) -> list[list[float]]:
    """(training loss, validation ELBO) after each epoch."""
    reports = train(model, bars(), settings, valid=bars().images[:50], **more)
    return [[p.loss, p.valid["elbo"]] for p in reports if p.valid]


def work(out: Path) -> None:
    """What each of the two does; both tell what they saw."""
    distributed.join(SETTINGS)
    rank = torch.distributed.get_rank()
    results: dict[str, Any] = {}
    model = certain()
    results["curve"] = curve(model)
    results["weights"] = [float(p.detach().double().sum()) for p in model.parameters()]
    for name, epochs in (("whole", (4,)), ("resumed", (2, 4))):
        for upto in epochs:
            torch.manual_seed(9)
            model = VAE((1, 8, 8), 2, "mlp", width=8)
            curve(model, config.Train(upto, 40, 3e-3, "constant", 0.0, device="cpu"), out=out / name)
        results[name] = [float(p.detach().double().sum()) for p in model.parameters()]
    calls: list[bool] = []

    def stop() -> bool:
        calls.append(True)
        return len(calls) > 1

    curve(model, stop=stop if rank == 1 else None)
    results["calls"] = len(calls)
    results["first"] = distributed.first()
    try:
        distributed.join(config.Train(batch=41))
    except ValueError as error:
        results["error"] = str(error)
    (out / f"{rank}.json").write_text(json.dumps(results))
    distributed.leave()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the two processes saw."""
    out = tmp_path_factory.mktemp("two")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "-m", "tests.training.test_distributed", str(out)],
        capture_output=True, text=True, cwd=ROOT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((out / f"{rank}.json").read_text()) for rank in (0, 1)]


def test_the_curve_is_that_of_one_process_with_the_same_batch(results: list[dict[str, Any]]) -> None:
    alone = np.array(curve(certain()))
    assert np.abs(np.array(results[0]["curve"]) - alone).max() < 0.02
    assert alone[0, 0] - alone[-1, 0] > 1  # and there was something to learn


def test_both_end_with_the_same_weights_and_the_first_alone_reports(results: list[dict[str, Any]]) -> None:
    assert results[0]["weights"] == results[1]["weights"]
    assert results[1]["curve"] == []
    assert [process["first"] for process in results] == [True, False]


def test_a_resumed_run_is_the_whole_one(results: list[dict[str, Any]]) -> None:
    assert results[0]["resumed"] == results[0]["whole"]
    assert results[1]["resumed"] == results[1]["whole"] == results[0]["whole"]


def test_one_may_stop_for_all(results: list[dict[str, Any]]) -> None:
    assert results[1]["calls"] == 2


def test_a_batch_that_cannot_be_shared_out_is_refused(results: list[dict[str, Any]]) -> None:
    assert "batch (=41)" in results[0]["error"]
    assert "take 42" in results[0]["error"]


def test_alone_nothing_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert not distributed.join(SETTINGS)
    assert distributed.first()


if __name__ == "__main__":
    work(Path(sys.argv[1]))
