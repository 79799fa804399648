"""A model as a folder: config.json beside model.safetensors, and everything a reader wants to know about it.

What it says of itself is read by vae.checkpoints.card, whose names can be had here too; only `save` and `load` load
torch. No pickle, nothing inferred from a name.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.checkpoints import files
from vae.checkpoints.card import (
    CONFIG,
    FORMAT,
    WEIGHTS,
    About,
    Broken,
    Card,
    describe,
    given_names,
    list_checkpoints,
    write_card,
)
from vae.checkpoints.files import (
    LATENTS,
    CheckpointError,
    read_history,
    read_json,
    read_latents,
    read_metrics,
    write,
    write_json,
    write_latents,
)
from vae.config import LOG_SIGMA_MIN, Data, Foreign, Gaussian, Model, Recipe, check, from_json, to_json
from vae.records import Projection

if TYPE_CHECKING:
    from vae.model import VAE

__all__ = [
    "CONFIG", "FORMAT", "RECIPE", "WEIGHTS", "About", "Broken", "Card", "CheckpointError", "add_map", "data_of",
    "describe", "list_checkpoints", "load", "read_history", "read_latents", "read_metrics", "read_recipe", "rename",
    "save", "sigma_of", "update", "write_latents",
]  # fmt: skip

RECIPE = "train.json"
OURS = "library_name: vae-explorer"  # what a model card of ours begins with
FORMERLY = "library_name: latent-explorer"  # and began with, before the distribution had this name


def update(folder: Path | str, **changes: Any) -> Card:
    """Change fields of a checkpoint's card (title, names, summary, browser) and note the latents file as it now is."""
    folder = Path(folder)
    path = folder / LATENTS
    changes["latents"] = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
    return write_card(replace(describe(folder), **changes))


def rename(folder: Path | str, dim: int, name: str) -> Card:
    """Name a latent dimension (from 0) in the folder itself; an empty name takes the name away.

    Errors: ValueError for a dimension that is not there.
    """
    card = describe(folder)
    if not 0 <= dim < card.latent:
        raise ValueError(f"dim (={dim}) must lie between 0 and {card.latent - 1}: the model has {card.latent} latents.")
    names = {k: v for k, v in card.names.items() if k != dim}
    clean = " ".join(name.split())[:40]
    return update(folder, names=names | ({dim: clean} if clean else {}))


def add_map(folder: Path | str, new: Projection) -> Card:
    """Add a map to those that are there, in place of the one of its name, and note that the file changed."""
    latents, maps, _ = read_latents(Path(folder))
    write_latents(Path(folder), latents, (*(m for m in maps if m.name != new.name), new))
    return update(folder)


def read_recipe(folder: Path | str) -> Recipe:
    """train.json as it was checked and used. Errors: CheckpointError with the setting that is wrong."""
    path = Path(folder) / RECIPE
    try:
        return check(from_json(Recipe, read_json(path)))
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path.name}: {error}") from None


def data_of(card: Card) -> Data:
    """The settings of the data that a model was trained on, or that was encoded for it. Errors: CheckpointError."""
    if not isinstance(card.model, Foreign):
        return read_recipe(card.path).data
    if not card.model.data.name:
        raise CheckpointError(f"{card.name} has no encoder: its latents were drawn, and there are no pictures of them.")
    return card.model.data


def sigma_of(card: Card) -> float | None:
    """σ of p(x|z) where one number stands for every pixel and every z; None where there is none. Without torch.

    The learned one is exp(log σ) + exp(-6), which is exp of its soft floor; the optimal one as training left it.
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


# --- with torch -------------------------------------------------------------------------------------------------------


def save(
    model: VAE,
    folder: Path | str,
    recipe: Recipe | None = None,
    about: About | None = None,
    *,
    title: str = "",
    summary: Mapping[str, Any] | None = None,
) -> Card:
    """Write the weights, then the config that vouches for them by digest, then the card.

    Names that people gave to dimensions stay with the weights they were given to, and so does the card; a README.md
    that is not one of ours stays in any case.

    Args:
        recipe: what a rebuild needs, written to train.json. about: the data, named in the card.
        summary: headline figures, in nats an image.
    """
    from safetensors.torch import save as pack

    from vae.checkpoints.readme import readme

    folder = files.folder(folder)
    weights = pack({name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()})
    c, h, _ = model.config.shape
    about = about or About(shape=model.config.shape, channels=c, size=h)
    title = (
        title
        or (recipe.title if recipe else "")
        or f"{about.title or about.name or 'VAE'}, {model.config.latent} latents"
    )
    digest = hashlib.sha256(weights).hexdigest()
    card = Card(
        folder.absolute().name, folder, title, digest, model.config, about, given_names(folder, digest), summary or {}
    )
    stays = _card_stays(folder, digest)
    write(folder / WEIGHTS, weights)
    if recipe is not None:
        write_json(folder / RECIPE, to_json(recipe))
    written = write_card(card)
    if not stays:
        write(folder / "README.md", readme(written, recipe, {}))  # figures come when they are measured
    return written


def _card_stays(folder: Path, digest: str) -> bool:
    """Whether the README.md there is somebody's own, or tells of these very weights."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")[:200]
        if OURS not in text and FORMERLY not in text:
            return True
        return describe(folder).digest == digest
    except UnicodeDecodeError:
        return True
    except (OSError, CheckpointError):
        return False


def load(folder: Path | str, device: str = "cpu") -> VAE:
    """The model of a checkpoint, in evaluation mode, its weights checked against the digest; device as in `vae.Train`.

    Errors: CheckpointError, one sentence: missing, damaged or foreign files, weights that belong to another model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as unpack

    from vae.device import pick
    from vae.model import VAE

    card = describe(folder)
    if not isinstance(card.model, Model):
        raise CheckpointError(f"{card.name} is a model of another program: open it with vae.wrap({str(folder)!r}).")
    content = (card.path / WEIGHTS).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.digest:
        raise CheckpointError(
            f"{card.name}: {WEIGHTS} is not the file that {CONFIG} vouches for (sha256 {digest[:12]}, not "
            f"{card.digest[:12]}): it is damaged or was changed; copy the whole folder again, or retrain."
        )
    try:
        model = VAE(**{f.name: getattr(card.model, f.name) for f in fields(card.model)})
        weights = unpack(content)
        kinds = {t.dtype for t in weights.values() if t.is_floating_point()}
        if len(kinds) == 1:  # what was saved in float64 comes back in float64
            model.to(kinds.pop())
        model.load_state_dict(weights)
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        brief = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{card.name}: the weights do not fit the model of {CONFIG} ({brief}).") from None
    return model.to(pick(device)).eval()
