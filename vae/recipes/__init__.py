"""The recipes: of the shipped checkpoints (`vae train --recipe mnist-16d` rebuilds one), and the quick ones.

A quick recipe trains a usable model in about a minute on two cores: `vae train --data NAME` and the app's form start
from it.
"""

from pathlib import Path

from vae.checkpoints.files import CheckpointError, read_json
from vae.config import Data, Model, Recipe, Train, check, from_json

_HERE = Path(__file__).parent
QUICK = {
    "digits": Recipe(data=Data("digits"), model=Model(latent=8, arch="mlp"), train=Train(epochs=60, lr=3e-3)),
    "mnist": Recipe(
        data=Data("mnist", binarise="dynamic"),
        model=Model(arch="mlp", width=400),
        # The averaged weights are good after two epochs; at this rate the raw ones still vary from step to step.
        train=Train(epochs=8, batch=448, lr=8e-3, ema=0.95, precision="auto"),
    ),
}


def names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in _HERE.glob("*.json"))


def read(name: str) -> Recipe:
    """The recipe of this name, or of a train.json by its path. Errors: CheckpointError that lists the names."""
    path = Path(name) if name.endswith(".json") else _HERE / f"{name}.json"
    if not path.is_file():
        raise CheckpointError(f"recipe (={name!r}) is none of {', '.join(names())}, nor the path of a .json file.")
    try:
        return check(from_json(Recipe, read_json(path)))
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path.name}: {error}") from None


def quick(name: str) -> Recipe:
    """The quick recipe of a data set; without one, a few epochs of the default network."""
    return QUICK.get(name) or Recipe(data=Data(name), train=Train(epochs=5, batch=256, lr=2e-3))
