"""The recipes of the shipped checkpoints: `vae train --recipe mnist-16d` rebuilds one from its data."""

from pathlib import Path

from vae.checkpoint import CheckpointError
from vae.config import Recipe, check, from_json
from vae.files import read_json

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in _HERE.glob("*.json"))


def read(name: str) -> Recipe:
    """The recipe of that name, or of a train.json by its path. Errors: CheckpointError that lists what there is."""
    path = Path(name) if name.endswith(".json") else _HERE / f"{name}.json"
    if not path.is_file():
        raise CheckpointError(f"recipe {name!r} is none of {', '.join(names())}, nor the path of a .json file.")
    try:
        return check(from_json(Recipe, read_json(path)))
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path.name}: {error}") from None
