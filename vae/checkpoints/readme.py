"""The model card: README.md as the hub reads it, filled from the recipe and the measured figures, and its picture.

Every figure was measured, and is named with its protocol; what is not known is left out. Knows nothing of torch.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from vae import recipes
from vae.checkpoints import front_matter
from vae.checkpoints.card import Card
from vae.config import NAMES, ContinuousBernoulli, Gaussian, Model, Recipe
from vae.records import Floats, Ints, Latents


def readme(card: Card, recipe: Recipe | None, metrics: Mapping[str, Any]) -> str:
    """README.md of a checkpoint: what it is, its figures, the command that rebuilds it, data, use and limits.

    Without a recipe nobody said how it was trained, and on what.
    """
    model, data = card.model, card.data
    assert isinstance(model, Model)  # a recipe makes no other
    c, h, w = model.shape
    objective = f", objective `{NAMES[type(recipe.train.objective)]}`" if recipe else ""
    parts = [
        front_matter.front(card, recipe, metrics),
        f"# {card.title}\n",
        "![Four decoded latents; no picture of the data](thumb.png)\n" if card.thumb else "",
        f"A variational autoencoder of {data.title or data.name or 'pictures'}: {h} x {w} pixels, "
        f"{'grey' if c == 1 else 'colour'}, {model.latent} latent dimensions. Trunk `{model.arch}`, likelihood "
        f"`{NAMES[type(model.likelihood)]}`, prior `{NAMES[type(model.prior)]}`{objective}.\n",
        _figures(metrics, density=isinstance(model.likelihood, Gaussian | ContinuousBernoulli)),
        _rebuilt(recipe) if recipe else "",
        _data(card) if data.train_size else "",
        "## Use\n\nFor teaching, for seeing what a latent space holds, as a start of one's own. In Python:\n\n"
        f'```python\nimport vae\n\nmodel = vae.load("{card.name}")\npicture = model.sample(1)\n```\n',
        "## Limits\n\nIt knows only what it was trained on: any other picture is drawn as the nearest thing it knows. "
        "Samples are blurrier than the data. The bound says how well it models this data alone; "
        "figures of another protocol are not comparable.\n",
    ]
    return "\n".join(part for part in parts if part)


def _rebuilt(recipe: Recipe) -> str:
    """How it is made again: by a command, where the data has a name."""
    line = f"```bash\n{command(recipe)}\n```\n\n" if recipe.data.name else ""
    return f"## Rebuild it\n\n{line}`train.json` holds every setting, the seed included.\n"


def command(recipe: Recipe) -> str:
    """The one line that trains this recipe again: by its name where it is one that ships, else by its file."""
    shipped = recipe.name in recipes.names() and _settings(recipes.read(recipe.name)) == _settings(recipe)
    if shipped:
        return f"vae train --recipe {recipe.name} --out checkpoints/{recipe.name}"
    return f"vae train --recipe train.json --out {recipe.name or 'again'}"


def typical(latents: Latents, n: int = 4) -> Ints:
    """n rows that show a model well: the best ELBO of n classes spread over all, or of n slices along the first PC."""
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


def figures(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, how much) of every figure that was measured, each named with its protocol."""
    protocol = front_matter.PROTOCOL.get(str(metrics.get("binarise")), str(metrics.get("binarise", "")))
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
    return [(what, value) for what, value in rows if value]


def _figures(metrics: Mapping[str, Any], density: bool) -> str:
    rows = "\n".join(f"| {what.replace('|', chr(92) + '|')} | {value} |" for what, value in figures(metrics))
    signs = " p(x|z) is a density here, so log p may be positive and -ELBO and NLL negative." if density else ""
    return f"## Figures\n\nNats an image, summed over pixels.{signs}\n\n| | |\n|---|---|\n{rows}\n" if rows else ""


def _data(card: Card) -> str:
    data = card.data
    licence = f"Licence of the data: {data.licence}. " if data.licence else ""
    name = data.title or data.name or "Pictures without a name"
    held = f", {data.test_size:,} held out" if data.test_size else ""
    return (
        f"## Data\n\n{name}: {data.train_size:,} pictures to learn from{held}. {licence}"
        "No picture of the data is in this folder: the thumbnail is decoded, and `latents.safetensors` holds codes.\n"
    )


def _settings(recipe: Recipe) -> tuple[Any, ...]:
    return recipe.data, recipe.model, recipe.train


def _nats(value: Any, sign: int = 1) -> str:
    return _number(sign * value if isinstance(value, int | float) else None, "{:.2f} nats")


def _number(value: Any, form: str) -> str:
    return form.format(value) if isinstance(value, int | float) else ""
