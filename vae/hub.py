"""The model hub: what it reads of a card (tags, the data set, what was measured, no more), and the way there and back.

Knows nothing of the card's text. huggingface_hub is needed for the way alone, and loads on it.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.about import Card
from vae.config import Recipe

if TYPE_CHECKING:
    from vae.model import VAE

TASK = "unconditional-image-generation"
PROTOCOL = {"dynamic": "dynamic binarisation", "none": "grey levels as they are"}
_NAMES = {  # of a key in metrics.json: its name with unit and protocol
    "elbo": "ELBO (nats an image, {protocol})",
    "nll": "NLL (nats an image, {protocol}, {k} importance samples)",
    "kl": "KL(q(z|x), p(z)) (nats an image)",
    "mse": "squared error a pixel, from the mean",
    "psnr": "PSNR, from the mean (dB)",
    "ssim": "SSIM, from the mean",
    "active_units": "active dimensions",
}


def front(card: Card, recipe: Recipe | None, metrics: Mapping[str, Any]) -> str:
    """The YAML between two lines of dashes. A licence only where the recipe names one; a figure only if measured."""
    lines = ["library_name: latent-explorer", f"pipeline_tag: {TASK}"]
    lines += [f"license: {_text(recipe.licence)}"] if recipe and recipe.licence else []
    lines += ["tags:", *(f"  - {tag}" for tag in ("variational-autoencoder", "vae", "latent-space"))]
    if card.data.name.replace("-", "").isalnum():
        lines += ["datasets:", f"  - {card.data.name}"]
    found = {key: value for key in _NAMES if (value := _measured(metrics.get(key))) is not None}
    if found:
        lines += ["metrics:", *(f"  - {key}" for key in found), *_index(card, metrics, found)]
    return "---\n" + "\n".join(lines) + "\n---\n"


def _index(card: Card, metrics: Mapping[str, Any], found: Mapping[str, float]) -> Iterator[str]:
    """The hub's model-index: one task, one data set, the figures found."""
    protocol = PROTOCOL.get(str(metrics.get("binarise")), str(metrics.get("binarise", "")))
    kind = re.sub(r"[^a-z0-9-]+", "-", card.data.name.lower()).strip("-") or "own"
    yield from ("model-index:", f"  - name: {_text(card.name)}", "    results:", "      - task:")
    yield from (f"          type: {TASK}", "        dataset:", f"          type: {_text(kind)}")
    yield f"          name: {_text(card.data.title or card.data.name or 'own pictures')}"
    yield from (f"          split: {_text(str(metrics.get('split', 'test')))}", "        metrics:")
    for key, value in found.items():
        name = _NAMES[key].format(protocol=protocol, k=metrics.get("k"))
        yield from (f"          - type: {key}", f"            name: {_text(name)}", f"            value: {value:.6g}")


def _measured(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if number else None


def _text(words: str) -> str:
    """A string that YAML reads as it is, whatever stands in it: JSON is YAML."""
    return json.dumps(words, ensure_ascii=False)


# --- there and back ---------------------------------------------------------------------------------------------------


def push(model: VAE, repo: str, private: bool | None, token: str | None) -> str:
    """Uploads what `save` writes into a repository, made where it is not there yet. Returns its address.

    Errors: ImportError without huggingface_hub, OSError where the hub refuses or cannot be reached.
    """
    hub = _client()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / repo.rpartition("/")[2]
        model.save(folder)
        try:
            address = hub.create_repo(repo, private=private, token=token, exist_ok=True)
            hub.upload_folder(repo_id=repo, folder_path=folder, token=token, commit_message="Upload a vae")
        except Exception as error:  # its errors share no class of their own
            raise OSError(_refused(repo, error)) from error
    return str(address)


def pull(repo: str, revision: str | None, token: str | None) -> Path:
    """The folder that a repository was downloaded into. Errors: ImportError and OSError, as of `push`."""
    hub = _client()
    try:
        return Path(hub.snapshot_download(repo, revision=revision, token=token))
    except Exception as error:
        raise OSError(_refused(repo, error)) from error


def _client() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise ImportError("the model hub needs huggingface_hub: `pip install huggingface_hub`, and again.") from None
    return huggingface_hub


def _refused(repo: str, error: Exception) -> str:
    brief = (str(error).splitlines() or [type(error).__name__])[0][:160]
    return (
        f"{repo} is no folder here, and the hub does not give or take it ({type(error).__name__}: {brief}): look at "
        "the name, OWNER/NAME, at the network, and at the token of `hf auth login`."
    )
