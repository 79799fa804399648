"""README.md of a checkpoint, for people and for the model hub, and the thumbnail that it shows.

Every figure in it is measured and names its protocol; what is unknown is left out. The front matter holds what the hub
reads: tags, the data set and the figures. Knows nothing of torch.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from vae import recipes
from vae.checkpoints.card import OURS, Card
from vae.checkpoints.files import write
from vae.config import NAMES, ContinuousBernoulli, Gaussian, Model, Recipe
from vae.records import Floats, Ints, Latents

TASK = "unconditional-image-generation"
PROTOCOL = {"dynamic": "dynamic binarisation", "none": "grey levels as they are"}
_HUB_NAMES = {  # of a key in metrics.json: its name with unit and protocol
    "elbo": "ELBO (nats an image, {protocol})",
    "nll": "NLL (nats an image, {protocol}, {k} importance samples)",
    "kl": "KL(q(z|x), p(z)) (nats an image)",
    "mse": "squared error a pixel, from the mean",
    "psnr": "PSNR, from the mean (dB)",
    "ssim": "SSIM, from the mean",
    "active_units": "active dimensions",
}


def write_if_absent(card: Card, recipe: Recipe | None = None) -> None:
    """Writes README.md into the folder of a checkpoint that has none. It gains figures once they are measured."""
    path = card.path / "README.md"
    if not path.exists():
        write(path, readme(card, recipe, {}))


def readme(card: Card, recipe: Recipe | None, metrics: Mapping[str, Any]) -> str:
    """README.md of a checkpoint: what it is, its figures, the command that rebuilds it, data, use and limits.

    Without a recipe it states neither the objective nor a way to rebuild the model.
    """
    model, data = card.model, card.data
    assert isinstance(model, Model)  # a recipe builds no other
    c, h, w = model.shape
    objective = f", objective `{NAMES[type(recipe.train.objective)]}`" if recipe else ""
    parts = [
        _front_matter(card, recipe, metrics),
        f"# {card.title}\n",
        "![Four decoded latents; no picture of the data](thumb.png)\n" if card.thumb else "",
        f"A variational autoencoder of {data.title or data.name or 'pictures'}: {h} x {w} pixels, "
        f"{'grey' if c == 1 else 'colour'}, {model.latent} latent dimensions. Trunk `{model.arch}`, likelihood "
        f"`{NAMES[type(model.likelihood)]}`, prior `{NAMES[type(model.prior)]}`{objective}.\n",
        _figures(metrics, density=isinstance(model.likelihood, Gaussian | ContinuousBernoulli)),
        _rebuild(recipe) if recipe else "",
        _data(card) if data.train_size else "",
        "## Use\n\nFor teaching, for seeing what a latent space holds, as a start of one's own. In Python:\n\n"
        f'```python\nimport vae\n\nmodel = vae.load("{card.name}")\npicture = model.sample(1)\n```\n',
        "## Limits\n\nIt knows only what it was trained on: any other picture is drawn as the nearest thing it knows. "
        "Samples are blurrier than the data. The bound says how well it models this data alone; "
        "figures of another protocol are not comparable.\n",
    ]
    return "\n".join(part for part in parts if part)


def _rebuild(recipe: Recipe) -> str:
    """The section with the command that trains the model again, where the data has a name."""
    line = f"```bash\n{command(recipe)}\n```\n\n" if recipe.data.name else ""
    return f"## Rebuild it\n\n{line}`train.json` holds every setting, the seed included.\n"


def command(recipe: Recipe) -> str:
    """The command that trains this recipe again: by its name where the package ships it, else by its file."""
    shipped = recipe.name in recipes.names() and _settings(recipes.read(recipe.name)) == _settings(recipe)
    if shipped:
        return f"vae train --recipe {recipe.name} --out checkpoints/{recipe.name}"
    return f"vae train --recipe train.json --out {recipe.name or 'again'}"


def _settings(recipe: Recipe) -> tuple[Any, ...]:
    return recipe.data, recipe.model, recipe.train


# --- figures ----------------------------------------------------------------------------------------------------------


def figures(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name with protocol, value with unit) of every figure in metrics.json."""
    protocol = PROTOCOL.get(str(metrics.get("binarise")), str(metrics.get("binarise", "")))
    rows = [
        (f"-ELBO (test, {protocol})", _nats(metrics.get("elbo"), -1)),
        ("reconstruction, -E log p(x|z)", _nats(metrics.get("rec"), -1)),
        ("KL(q(z|x), p(z))", _nats(metrics.get("kl"))),
        (f"NLL (test, {protocol}, {metrics.get('k')} importance samples)", _nats(metrics.get("nll"))),
        ("active dimensions", _number(metrics.get("active_units"), "{:.0f}")),
        ("squared error a pixel, from the mean", _number(metrics.get("mse"), "{:.5f}")),
        ("SSIM, from the mean", _number(metrics.get("ssim"), "{:.3f}")),
        ("test pictures", _number(metrics.get("n"), "{:,.0f}")),
        ("parameters", _number(metrics.get("parameters"), "{:,.0f}")),
        (
            "training",
            _number(metrics.get("seconds"), "{:,.0f} s") + (f" on {d}" if (d := metrics.get("device")) else ""),
        ),
    ]
    return [(name, value) for name, value in rows if value]


def _figures(metrics: Mapping[str, Any], density: bool) -> str:
    rows = "\n".join(f"| {name.replace('|', chr(92) + '|')} | {value} |" for name, value in figures(metrics))
    signs = " p(x|z) is a density here, so log p may be positive and -ELBO and NLL negative." if density else ""
    return f"## Figures\n\nNats an image, summed over pixels.{signs}\n\n| | |\n|---|---|\n{rows}\n" if rows else ""


def _data(card: Card) -> str:
    data = card.data
    licence = f"Licence of the data: {data.licence}. " if data.licence else ""
    name = data.title or data.name or "Pictures without a name"
    test = f", {data.test_size:,} held out" if data.test_size else ""
    return (
        f"## Data\n\n{name}: {data.train_size:,} pictures to learn from{test}. {licence}"
        "No picture of the data is in this folder: the thumbnail is decoded, and `latents.safetensors` holds codes.\n"
    )


def _nats(value: Any, sign: int = 1) -> str:
    return _number(sign * value if isinstance(value, int | float) else None, "{:.2f} nats")


def _number(value: Any, form: str) -> str:
    return form.format(value) if isinstance(value, int | float) else ""


# --- front matter -----------------------------------------------------------------------------------------------------


def _front_matter(card: Card, recipe: Recipe | None, metrics: Mapping[str, Any]) -> str:
    """The YAML between two lines of dashes. A licence only where the recipe names one; a figure only if measured."""
    lines = [OURS, f"pipeline_tag: {TASK}"]
    lines += [f"license: {_yaml(recipe.licence)}"] if recipe and recipe.licence else []
    lines += ["tags:", *(f"  - {tag}" for tag in ("variational-autoencoder", "vae", "latent-space"))]
    if card.data.name.replace("-", "").isalnum():
        lines += ["datasets:", f"  - {card.data.name}"]
    values = {key: value for key in _HUB_NAMES if (value := _finite(metrics.get(key))) is not None}
    if values:
        lines += ["metrics:", *(f"  - {key}" for key in values), *_model_index(card, metrics, values)]
    return "---\n" + "\n".join(lines) + "\n---\n"


def _model_index(card: Card, metrics: Mapping[str, Any], values: Mapping[str, float]) -> Iterator[str]:
    """The hub's model-index: one task, one data set, and these figures."""
    protocol = PROTOCOL.get(str(metrics.get("binarise")), str(metrics.get("binarise", "")))
    kind = re.sub(r"[^a-z0-9-]+", "-", card.data.name.lower()).strip("-") or "own"
    yield from ("model-index:", f"  - name: {_yaml(card.name)}", "    results:", "      - task:")
    yield from (f"          type: {TASK}", "        dataset:", f"          type: {_yaml(kind)}")
    yield f"          name: {_yaml(card.data.title or card.data.name or 'own pictures')}"
    yield from (f"          split: {_yaml(str(metrics.get('split', 'test')))}", "        metrics:")
    for key, value in values.items():
        name = _HUB_NAMES[key].format(protocol=protocol, k=metrics.get("k"))
        yield from (f"          - type: {key}", f"            name: {_yaml(name)}", f"            value: {value:.6g}")


def _finite(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if number else None


def _yaml(text: str) -> str:
    """A string that YAML reads unchanged, whatever it contains: JSON is YAML."""
    return json.dumps(text, ensure_ascii=False)


# --- pictures ---------------------------------------------------------------------------------------------------------


def typical(latents: Latents, n: int = 4) -> Ints:
    """n rows that show a model well: the best ELBO of n classes spread over all, or of n slices of the
    dimension with the widest spread."""
    score = np.zeros(len(latents)) if latents.rec is None or latents.kl is None else latents.rec - latents.kl
    if latents.labels is not None and len(np.unique(latents.labels)) >= n:
        present = np.unique(latents.labels)
        groups = [np.flatnonzero(latents.labels == present[round(k)]) for k in np.linspace(0, len(present) - 1, n)]
    else:
        widest = latents.mean[:, latents.mean.var(0).argmax()]
        groups = [part for part in np.array_split(np.argsort(widest), n) if len(part)]
    return np.array([group[score[group].argmax()] for group in groups], np.int64)


def sheet(pictures: Floats, columns: int = 0, scale: int = 0) -> Image.Image:
    """Pictures (N, C, H, W) in [0, 1] side by side, row by row; a pixel drawn `scale` wide (0: 96 in all or more)."""
    n, c, h, w = pictures.shape
    columns = columns or n
    rows = -(-n // columns)
    scale = scale or max(1, -(-96 // max(h, w)))
    canvas = np.zeros((rows * columns, c, h, w), np.float32)
    canvas[:n] = pictures
    grid = canvas.reshape(rows, columns, c, h, w).transpose(0, 3, 1, 4, 2).reshape(rows * h, columns * w, c)
    pixels = (grid.clip(0, 1) * 255).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if c == 1 else pixels)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
