"""A model as a folder.

folder       save, load and change one
card         what config.json says of it
files        its arrays and tables on disk, whole or not at all
readme       the model card that people read
front_matter and what a model hub reads of it
hub          to a model hub and back
"""

from vae.checkpoints.card import CONFIG, FORMAT, WEIGHTS, About, Broken, Card, describe, list_checkpoints
from vae.checkpoints.files import CheckpointError, read_history, read_latents, read_metrics, write_latents
from vae.checkpoints.folder import RECIPE, add_map, data_of, load, read_recipe, rename, save, sigma_of, update

__all__ = [
    "CONFIG", "FORMAT", "RECIPE", "WEIGHTS", "About", "Broken", "Card", "CheckpointError", "add_map", "data_of",
    "describe", "list_checkpoints", "load", "read_history", "read_latents", "read_metrics", "read_recipe", "rename",
    "save", "sigma_of", "update", "write_latents",
]  # fmt: skip
