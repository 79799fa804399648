"""Your own pictures: a folder in, a model that the explorer opens out. Sub-folders, where there are any, are classes.

python examples/own_folder.py --folder PICTURES --out runs/mine
"""

import json
from pathlib import Path

import tyro

import vae
from vae.config import to_json
from vae.jobs import train


def main(
    folder: Path,
    out: Path = Path("runs/mine"),
    size: int = 64,
    latent: int = 16,
    epochs: int = 60,
    maps: tuple[str, ...] = ("pca", "umap"),
) -> None:
    """Trains, encodes every picture, draws the maps, exports to ONNX: all that is in the folder of a checkpoint."""
    recipe = vae.Recipe(
        name=out.name,
        title=folder.name,
        data=vae.Data(str(folder.resolve()), size=size, augment="flip"),
        model=vae.Model(latent=latent, arch="conv"),
        train=vae.Train(epochs=epochs, lr=2e-3, batch=64, objective=vae.Beta(1, warmup=0.2)),
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "train.json").write_text(json.dumps(to_json(recipe), indent=2))
    made = train.work(out, maps=maps, report=lambda state, message, _: print(state, message))
    print(f"{made.title}: `streamlit run explorer/app.py` has it in its list; vae.load({str(out)!r}) in Python.")


if __name__ == "__main__":
    tyro.cli(main)
