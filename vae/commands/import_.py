"""`vae import`: a checkpoint from a model of another program. torch loads when the command runs, not before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from vae.commands.flags import DataDir, help_text


@dataclass(frozen=True)
class Import:
    """Turn a model of another program, and pictures for it to encode, into a checkpoint for the explorer."""

    source: Annotated[
        tyro.conf.Positional[str],
        help_text("a diffusers folder, a folder with encoder.* and decoder.*, a file of one, or FILE.py:NAME"),
    ]
    data: Annotated[
        str, help_text("a folder, zip or array of pictures, or a data set's name; none for a decoder alone")
    ] = ""
    out: Annotated[Path | None, help_text("the new checkpoint's folder; otherwise runs/NAME")] = None
    weights: Annotated[str, help_text("where NAME is a class: its weights, .safetensors, .pt or a Lightning .ckpt")] = (
        ""
    )
    title: Annotated[str, help_text("the name in the list of models")] = ""
    shape: Annotated[
        tuple[int, int, int] | None, help_text("channels, height, width, where the model does not name them")
    ] = None
    latent: Annotated[tuple[int, ...], help_text("of a decoder alone, where it does not name it: 16, or 4 8 8")] = ()
    range: Annotated[tuple[float, float] | None, help_text("of its pixel values, such as -1 1; otherwise 0 1")] = None
    scale: Annotated[
        Literal["", "logits", "values"], help_text("logits: its decoder returns logits; values: clamp to the range")
    ] = ""
    limit: Annotated[int, help_text("use at most this many pictures; 0: 10,000")] = 0
    maps: Annotated[tuple[Literal["pca", "umap", "tsne"], ...], help_text("maps of the latents")] = ("pca", "umap")
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], help_text("where to encode")] = "cpu"
    data_dir: DataDir = None
    trust: Annotated[bool, help_text("open pickles, which runs whatever code they hold")] = False

    def __call__(self) -> None:
        from vae.commands.train import free_folder
        from vae.config import Data, check
        from vae.foreign.publish import import_model, title_of

        data = check(Data(self.data, limit=self.limit)) if self.data else None
        card = import_model(
            self.source, data, self.out or free_folder(title_of(self.source)), weights=self.weights, title=self.title,
            shape=self.shape, latent=self.latent or None, range=self.range, scale=self.scale or None, trust=self.trust,
            root=self.data_dir, device=self.device, maps=self.maps,
        )  # fmt: skip
        print(f"{card.title} is in {card.path}; it decodes {'in the browser' if card.browser else 'on the server'}.")
