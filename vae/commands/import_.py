"""`vae import`, as it is typed. Loads torch when it is called, not before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from vae.commands.flags import DataDir, told


@dataclass(frozen=True)
class Import:
    """Make a checkpoint that the explorer opens of a model of another program, and of pictures for it to encode."""

    source: Annotated[
        tyro.conf.Positional[str],
        told("a diffusers folder, a folder with encoder.* and decoder.*, a file of one, or FILE.py:NAME"),
    ]
    data: Annotated[str, told("a folder, zip or array of pictures, or a data set's name; none for a decoder alone")] = (
        ""
    )
    out: Annotated[Path | None, told("the new checkpoint's folder; otherwise runs/NAME")] = None
    weights: Annotated[str, told("where NAME is a class: its weights, .safetensors, .pt or a Lightning .ckpt")] = ""
    title: Annotated[str, told("what people read in the picker")] = ""
    shape: Annotated[tuple[int, int, int] | None, told("channels, height, width, where the model does not tell")] = None
    latent: Annotated[tuple[int, ...], told("of a decoder alone, where it does not tell: 16, or 4 8 8")] = ()
    range: Annotated[tuple[float, float] | None, told("of its pixel values, such as -1 1; otherwise 0 1")] = None
    scale: Annotated[
        Literal["", "logits", "values"], told("logits: its decoder returns logits; values: cut what overshoots")
    ] = ""
    limit: Annotated[int, told("use at most this many pictures; 0: 10,000")] = 0
    maps: Annotated[tuple[Literal["pca", "umap", "tsne"], ...], told("to draw")] = ("pca", "umap")
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], told("where to encode")] = "cpu"
    data_dir: DataDir = None
    trust: Annotated[bool, told("open pickles, which runs whatever code they hold")] = False

    def __call__(self) -> None:
        from vae.commands.train import free_folder
        from vae.config import Data, check
        from vae.foreign.publish import import_model, title_of

        data = check(Data(self.data, limit=self.limit)) if self.data else None
        made = import_model(
            self.source, data, self.out or free_folder(title_of(self.source)), weights=self.weights, title=self.title,
            shape=self.shape, latent=self.latent or None, range=self.range, scale=self.scale or None, trust=self.trust,
            root=self.data_dir, device=self.device, maps=self.maps,
        )  # fmt: skip
        print(f"{made.title} is in {made.path}; it decodes {'in the browser' if made.browser else 'on the server'}.")
