"""Shapes and types are checked at run time, and data is found or its absence explained."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from beartype import BeartypeConf, beartype
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

import hatch_build

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the models here are too small for two threads to meet


def typecheck(thing: Any) -> Any:
    """beartype, for which an int is a float too, as everywhere else."""
    return beartype(conf=BeartypeConf(is_pep484_tower=True))(thing)


MODULES = (  # with tensors
    "device likelihoods model networks objectives pixels priors "
    "measures.amortisation measures.evaluate training.fit training.session"
)
install_import_hook([f"vae.{name}" for name in MODULES.split()], f"{__name__}.typecheck")
# A busy machine is no failing test; the examples are the same on every machine.
settings.register_profile("calm", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data-dir", default=os.environ.get("VAE_DATA_DIR"), help="where MNIST and its relatives lie")


def absent(what: str) -> None:
    """A skip that says why; a failure where nothing may skip (VAE_NO_SKIP, as the continuous check sets it)."""
    if os.environ.get("VAE_NO_SKIP"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def data_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the data sets that cannot be made on the fly."""
    option = request.config.getoption("--data-dir")
    if not option:
        absent("needs MNIST: set VAE_DATA_DIR, or give --data-dir")
    path = Path(option)
    if not (path / "MNIST" / "raw").is_dir():
        absent(f"needs MNIST: there is no MNIST/raw in {path}")
    return path


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str, Any], Any]:
    """Runs an expression over a module's exports (m) and a value (v) in Node and returns its value.

    A module is a path without `.ts`: of the studio's sources, or a whole one.
    """
    esbuild = hatch_build.STUDIO / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not esbuild.is_file():
        absent("needs the front end's tools: `python hatch_build.py` fetches them")
    folder, node = tmp_path_factory.mktemp("js"), hatch_build.node()

    def call(module: str, expression: str, value: Any) -> Any:
        source = hatch_build.STUDIO / "src" / f"{module}.ts"  # a whole path stays
        built = folder / f"{source.parent.name}-{source.stem}.mjs"
        if not built.exists():
            command = [*node, str(esbuild), str(source), "--bundle", "--format=esm", f"--outfile={built}"]
            # A worker's sources speak to `self`, which Node has not.
            subprocess.run([*command, "--banner:js=globalThis.self ??= globalThis;", "--log-level=error"], check=True)
        run = (
            f"import * as m from '{built.as_uri()}'; let v = ''; for await (const c of process.stdin) v += c; "
            f"v = JSON.parse(v); console.log(JSON.stringify({expression}));"
        )
        command = [*node, "--input-type=module", "-e", run]
        done = subprocess.run(command, input=json.dumps(value), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return call


@pytest.fixture
def tiny_data() -> Any:
    """240 grey pictures 8x8: a soft bar at one of eight rows, which is the label."""
    from vae.records import Dataset

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 8, 240)
    rows = np.exp(-0.5 * (np.arange(8)[None] - labels[:, None]) ** 2)
    pictures = rows[:, :, None] * rng.uniform(0.6, 1.0, (240, 1, 8))
    images = (255 * pictures[:, None]).astype(np.uint8)
    return Dataset("bars", images, labels, tuple("abcdefgh"))


@pytest.fixture
def tiny_model() -> Any:
    """An untrained mlp for 8x8 pictures with two latents; the same weights every time."""
    from vae import config
    from vae.model import build

    return build(config.Model((1, 8, 8), latent=2, arch="mlp", width=16, depth=1), seed=1)
