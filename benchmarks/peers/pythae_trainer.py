"""Pythae's VAE and its trainer's own epoch, an epoch a step.

Its default networks (784-512-20-512-784, ReLU), its trainer's data loader and optimiser step, Adam at 1e-3, batches of
128, summed binary cross-entropy + KL on grey pixels. What its trainer does between epochs (copies of the best model,
checkpoints) is left out, in its favour.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from vae.records import Bytes


class Scored:
    """A model of Pythae's that tells its bound."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def bound(self, x: Tensor) -> float:
        """-ELBO an image, in nats."""
        self.model.eval()
        loss = float(self.model({"data": x}).loss.detach())
        self.model.train()
        return loss


def epochs(images: Bytes) -> Iterator[Scored]:
    """Its loop: the model after every epoch."""
    logging.disable(logging.WARNING)
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    x = torch.from_numpy(images.copy()).float() / 255
    model = VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=20, reconstruction_loss="bce"))
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as quiet:
        settings = BaseTrainerConfig(
            output_dir=folder, num_epochs=100, learning_rate=1e-3, per_device_train_batch_size=128,
            optimizer_cls="Adam", no_cuda=True,
        )  # fmt: skip
        trainer = BaseTrainer(model, BaseDataset(x, torch.zeros(len(x))), training_config=settings)
        trainer.prepare_training()
        epoch = 0
        while True:
            epoch += 1
            with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):  # its progress bars
                trainer.train_step(epoch)
            yield Scored(trainer.model)
