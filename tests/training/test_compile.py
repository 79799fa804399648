"""Compiled networks learn what plain ones learn, and nobody but the step meets them.

Run in a process of its own, without the tests' checker of shapes, which no compiler sees through.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vae import config

SCRIPT = """
import json, torch, vae
from vae.training.fit import train
x = torch.rand(96, 1, 8, 8, generator=torch.Generator().manual_seed(1))
for compiled in (False, True):
    torch.manual_seed(0)
    model, bounds, met = vae.VAE((1, 8, 8), 2, "conv", width=4), [], set()
    for p in train(model, x, vae.Train(epochs=2, batch=32, compile=compiled, device="cpu"), valid=x):
        met.add(type(model.encoder).__name__)
        bounds += [p.valid["elbo"]] if p.valid else []
    print(json.dumps([bounds, sorted(met), list(model.state_dict()), model.reconstruct(x[:4]).tolist()]))
"""


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | environment
    return subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env, check=False)


@pytest.mark.skipif(not shutil.which("g++"), reason="there is no C++ compiler; the test below has what is said then")
def test_compiled_networks_learn_the_same_and_leave_the_model_as_it_was() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    (bounds, met, names, pictures), two = map(json.loads, done.stdout.splitlines())
    assert two[0] == pytest.approx(bounds, abs=1e-3)
    assert two[1] == met == ["Sequential"]  # whoever is told may save it, export it, decode with it
    assert two[2] == names
    assert np.allclose(pictures, two[3], atol=1e-4)


def test_without_a_compiler_the_way_out_is_told(tmp_path: Path) -> None:
    done = run(CXX="/no/compiler", TORCHINDUCTOR_CACHE_DIR=str(tmp_path))
    assert "ValueError: compile (=True) failed (" in done.stderr
    assert "Train without it, or install g++." in done.stderr


def test_it_is_yes_or_no() -> None:
    with pytest.raises(ValueError, match=r"compile \(='reduce-overhead'\) must be True or False"):
        config.check(config.Train(compile="reduce-overhead"))  # type: ignore[arg-type]
