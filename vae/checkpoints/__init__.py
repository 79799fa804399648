"""A model as a folder: its settings, its tensors and the records of both, read without torch where possible.

folder    the checkpoint itself: settings and tensors, written and read
card      class Card: what config.json states about it
files     its arrays and tables on disk, whole or not at all
readme    README.md, for people and for the model hub
hub       to the model hub and back
"""

from vae.checkpoints.card import CONFIG, FORMAT, WEIGHTS, About, Broken, Card, describe, list_checkpoints
from vae.checkpoints.files import CheckpointError, read_history, read_latents, read_metrics, write_latents
from vae.checkpoints.folder import (
    RECIPE,
    add_map,
    data_of,
    read_model,
    read_recipe,
    rename,
    sigma_of,
    update,
    write_model,
)

__all__ = [
    "CONFIG", "FORMAT", "RECIPE", "WEIGHTS", "About", "Broken", "Card", "CheckpointError", "add_map", "data_of",
    "describe", "list_checkpoints", "read_history", "read_latents", "read_metrics", "read_model", "read_recipe",
    "rename", "sigma_of", "update", "write_latents", "write_model",
]  # fmt: skip
