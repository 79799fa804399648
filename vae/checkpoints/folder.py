"""A checkpoint is settings and tensors: config.json beside model.safetensors, and the records that belong to them.

`write_model` and `read_model` take and return these two; `vae.model` builds a model from them. No pickle, and nothing
is inferred from a name. torch loads inside these two functions alone. Knows nothing of networks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.checkpoints import files
from vae.checkpoints.card import CONFIG, FORMERLY, OURS, WEIGHTS, About, Card, describe, names_of, write_card
from vae.checkpoints.files import (
    LATENTS,
    CheckpointError,
    read_json,
    read_latents,
    write,
    write_json,
    write_latents,
)
from vae.config import LOG_SIGMA_MIN, Data, Foreign, Gaussian, Model, Recipe, check, from_json, to_json
from vae.records import Projection

if TYPE_CHECKING:
    from torch import Tensor

RECIPE = "train.json"


def update(folder: Path | str, **changes: Any) -> Card:
    """Change fields of a checkpoint's card (title, names, summary, browser) and note the present latents file."""
    folder = Path(folder)
    path = folder / LATENTS
    changes["latents"] = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
    return write_card(replace(describe(folder), **changes))


def rename(folder: Path | str, dim: int, name: str) -> Card:
    """Name a latent dimension (from 0) in the folder itself; an empty name removes the name.

    Errors: ValueError for a dimension that does not exist.
    """
    card = describe(folder)
    if not 0 <= dim < card.latent:
        raise ValueError(f"dim (={dim}) must lie between 0 and {card.latent - 1}: the model has {card.latent} latents.")
    names = {k: v for k, v in card.names.items() if k != dim}
    clean = " ".join(name.split())[:40]
    return update(folder, names=names | ({dim: clean} if clean else {}))


def add_map(folder: Path | str, new: Projection) -> Card:
    """Add a map to the checkpoint's maps, in place of the one of the same name, and record that the file changed."""
    latents, maps, _ = read_latents(Path(folder))
    write_latents(Path(folder), latents, (*(m for m in maps if m.name != new.name), new))
    return update(folder)


def read_recipe(folder: Path | str) -> Recipe:
    """train.json as training used it. Errors: CheckpointError with the setting that is wrong."""
    path = Path(folder) / RECIPE
    try:
        return check(from_json(Recipe, read_json(path)))
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path.name}: {error}") from None


def data_of(card: Card) -> Data:
    """The settings of the data that the model learned from, or that `vae import` encoded. Errors: CheckpointError."""
    if not isinstance(card.model, Foreign):
        return read_recipe(card.path).data
    if not card.model.data.name:
        raise CheckpointError(f"{card.name} has no encoder: its latents are draws, and no pictures belong to them.")
    return card.model.data


def sigma_of(card: Card) -> float | None:
    """σ of p(x|z) where one number holds for every pixel and every z; otherwise None. Without torch.

    The learned one is exp(log σ) + exp(-6), which is exp of its soft floor; the optimal one is as training left it.
    Errors: CheckpointError where the weights cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    family = card.model.likelihood
    if not isinstance(family, Gaussian) or family.sigma == "pixelwise":
        return None
    if not isinstance(family.sigma, str):
        return float(family.sigma)
    try:
        with safe_open(card.path / WEIGHTS, "numpy") as weights:
            log_sigma = float(weights.get_tensor("likelihood.log_sigma"))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{card.name}: {WEIGHTS} cannot be read ({error}); copy the whole folder again."
        ) from None
    return math.exp(log_sigma) + (math.exp(LOG_SIGMA_MIN) if family.sigma == "learned" else 0)


# --- settings and tensors ---------------------------------------------------------------------------------------------


def write_model(
    folder: Path | str,
    settings: Model,
    weights: Mapping[str, Tensor],
    recipe: Recipe | None = None,
    about: About | None = None,
    *,
    title: str = "",
    summary: Mapping[str, Any] | None = None,
) -> Card:
    """Write the weights, then config.json with their digest.

    The names of dimensions stay while the weights stay the same. A README.md of ours that describes other weights is
    removed, because its figures are not those of this model; any other README.md stays.

    Args:
        settings: of the model, as `VAE.config`. weights: by name, as `VAE.state_dict()`.
        recipe: what a rebuild needs, written to train.json. about: the data, named in the card.
        summary: headline figures, in nats an image.
    Errors: CheckpointError where `folder` is a file.
    """
    from safetensors.torch import save as pack

    folder = files.folder(folder)
    content = pack({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()})
    digest = hashlib.sha256(content).hexdigest()
    c, h, _ = settings.shape
    about = about or About(shape=settings.shape, channels=c, size=h)
    title = (
        title or (recipe.title if recipe else "") or f"{about.title or about.name or 'VAE'}, {settings.latent} latents"
    )
    name, names = folder.absolute().name, names_of(folder, digest)
    _remove_stale_readme(folder, digest)
    write(folder / WEIGHTS, content)
    if recipe is not None:
        write_json(folder / RECIPE, to_json(recipe))
    return write_card(Card(name, folder, title, digest, settings, about, names, summary or {}))


def _remove_stale_readme(folder: Path, digest: str) -> None:
    """Removes a README.md of ours unless it describes the weights of this digest."""
    path = folder / "README.md"
    try:
        text = path.read_text(encoding="utf-8")[:200]
        if (OURS in text or FORMERLY in text) and not _holds(folder, digest):
            path.unlink()
    except (OSError, UnicodeDecodeError):
        return  # no README.md, or one that is no text


def _holds(folder: Path, digest: str) -> bool:
    """Whether the folder is a checkpoint of the weights of this digest."""
    try:
        return describe(folder).digest == digest
    except CheckpointError:
        return False


def read_model(folder: Path | str) -> tuple[Card, dict[str, Tensor]]:
    """The card of a checkpoint and its weights by name, which match the card's digest.

    Errors: CheckpointError, one sentence: missing or damaged files, a model of another program.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as unpack

    card = describe(folder)
    if card.wrapped:
        raise CheckpointError(f"{card.name} is a model of another program: open it with vae.wrap({str(folder)!r}).")
    content = (card.path / WEIGHTS).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.digest:
        raise CheckpointError(
            f"{card.name}: the sha256 of {WEIGHTS} is {digest[:12]}, but {CONFIG} names {card.digest[:12]}: the file "
            "is damaged or was changed; copy the whole folder again, or retrain."
        )
    try:
        return card, unpack(content)
    except SafetensorError as error:
        raise CheckpointError(
            f"{card.name}: {WEIGHTS} is no safetensors file ({error}): copy the whole folder again, or retrain."
        ) from None
