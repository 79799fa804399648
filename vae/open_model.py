"""What the explorer asks of an open model, ours or another program's: arrays in, arrays and records out.

`vae.latents.OpenVAE` and `vae.foreign.latents.OpenWrapped` answer. Knows nothing of torch, files or Streamlit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vae.records import Bytes, Floats, Improvement, Latents, Posterior

Report = Callable[[int, float], None]  # step, the ELBO in nats at it (or the squared error a pixel)


class OpenModel(Protocol):
    """A model in evaluation mode. Every method raises ValueError, a sentence, on another shape."""

    def decode(self, z: NDArray[np.floating]) -> Floats:
        """The mean picture of each latent: z (N, D) -> (N, C, H, W) in [0, 1]."""

    def decode_parts(self, z: NDArray[np.floating]) -> dict[str, Floats]:
        """`decode` as "x", and beside it what else p(x|z) is made of, (N, C, H, W) each."""

    def means(self, x: NDArray[np.floating]) -> Floats:
        """The mean of q(z|x) of each picture: x (N, C, H, W) in [0, 1] -> (N, D)."""

    def posterior(self, pixels: Bytes) -> Posterior:
        """One picture (C, H, W): q(z|x), its reconstruction from the mean, its ELBO in nats; NaN for what is not known.

        The same picture gives the same numbers.
        """

    def encode_pictures(self, images: Bytes) -> Latents:
        """`posterior` of many pictures (N, C, H, W), without reconstructions: the same numbers."""

    def refine(self, pixels: Bytes, steps: int, report: Report | None = None) -> Improvement:
        """One picture's q(z|x), improved by steps of its own; `report` hears of every step."""
