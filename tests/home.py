"""A folder of models for the explorer's tests: one that works, one that is broken, made in a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def furnish(root: Path, model: Any, data: Any) -> Path:
    """`root/bars`, a whole checkpoint of `model` on `data`, and `root/broken`; returns the first."""
    from vae import checkpoints, latents
    from vae.checkpoints import files
    from vae.config import Data, Recipe, Train
    from vae.maps import projection
    from vae.records import Progress, Projection

    folder = root / "bars"
    codes = latents.encode_all(model, data)
    maps = (projection.pca(codes), Projection("umap", np.ascontiguousarray(codes.mean[:, :2] * 3)))
    folder.mkdir(parents=True)
    files.write_latents(folder, codes, maps)
    about = checkpoints.About(
        data.name, "Bars", "CC0", data.shape, 1, 8, data.classes, binarise="none", train_size=240, test_size=240
    )
    recipe = Recipe("bars", "Bars, 2 latents", Data("bars"), model.config, Train(epochs=3))
    summary = {"elbo": -30.5, "binarise": "none"}
    checkpoints.write_model(folder, model.config, model.state_dict(), recipe, about, summary=summary)
    reports = [Progress(e, 3, e, 3, e, 99.0, -40.0 + e, -30.0, 10.0, valid={"elbo": -41.0}) for e in (1, 2, 3)]
    (folder / "history.csv").write_text(files.history_row() + "".join(map(files.history_row, reports)))
    measured = {"elbo": -30.5, "rec": -20.5, "kl": 10.0, "n": 240, "binarise": "none", "active_units": 2, "mse": 0.01}
    files.write_json(folder / "metrics.json", measured)
    (folder / "decoder.onnx").write_bytes(b"a graph")
    checkpoints.update(folder, browser=True)
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(folder / "thumb.png")
    (root / "broken").mkdir()
    (root / "broken" / "config.json").write_text(json.dumps({"format": 99}))
    return folder
