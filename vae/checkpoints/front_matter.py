"""The front matter of a model card, as the model hub reads it: tags, the data set, and what was measured, no more.

Knows nothing of the card's text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from vae.checkpoints.card import Card
from vae.checkpoints.folder import OURS
from vae.config import Recipe

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
    lines = [OURS, f"pipeline_tag: {TASK}"]
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
