"""What several pages share: the guard at the door, a chart, a picture at hard pixels, the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from explorer import engine, palette, state
from explorer.engine import Card
from explorer.studio import StudioModel
from vae.config import Bernoulli, ContinuousBernoulli, Gaussian, Logistic
from vae.records import Bytes, Floats

if TYPE_CHECKING:
    from explorer.figures import Chart

Family = Literal["bernoulli", "continuous_bernoulli", "gaussian", "logistic", "other"]
LIKELIHOODS: dict[type, Family] = {
    Bernoulli: "bernoulli",
    ContinuousBernoulli: "continuous_bernoulli",
    Gaussian: "gaussian",
    Logistic: "logistic",
}


def guard() -> Card:  # noqa: RET503  (st.stop never returns)
    """The open model, or a sentence and the end of the page."""
    s = state.session()
    card = engine.find(s.model, s.digest) if s.model else None
    if card is not None:
        return card
    st.subheader("No model is open yet" if not s.model else f"{s.model} is gone")
    st.write(
        "The models of this project live in its `checkpoints` folder and none that works is there. "
        "The Train page makes one in about a minute, from pictures that come along."
    )
    st.page_link("views/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()


def theme() -> palette.Theme:
    """The page's theme, for the few things that choose their colours in Python."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(drawn: Chart, key: str) -> None:
    """A figure with its alternative text and no clutter."""
    from explorer import figures  # here: plotly takes half a second, and Explore draws no chart

    st.plotly_chart(drawn.figure, key=key, config=figures.CONFIG, alt=drawn.alt)


def picture(image: Bytes, caption: str, alt: str, width: int = 224) -> None:
    """(C, H, W) bytes with hard pixels, enlarged by the greatest whole number that keeps it within `width` pixels."""
    shown = enlarge(image, width)
    st.image(shown, caption=caption, width=shown.shape[1], alt=alt)


def to_bytes(x: Floats) -> Bytes:
    """A picture in [0, 1] -> bytes."""
    return np.asarray(np.rint(np.clip(x, 0, 1) * 255), np.uint8)


def enlarge(image: Bytes, width: int) -> Bytes:
    """(C, H, W) -> (kH, kW, C) or (kH, kW), every pixel a k x k square, k = max(1, width // W)."""
    k = max(1, width // image.shape[2])
    rows = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    return np.repeat(np.repeat(rows, k, axis=0), k, axis=1)


def live(card: Card) -> StudioModel:
    """What the studio must know of a model. CheckpointError: its latents are missing or damaged."""
    family = card.model.likelihood
    sigma = family.sigma if isinstance(family, Gaussian) and isinstance(family.sigma, float) else None
    return StudioModel(
        card.name, card.digest, card.title, card.shape, card.latent, card.browser,
        kl=engine.kl_per_dim(card).tolist(), names=card.names, likelihood=LIKELIHOODS.get(type(family), "other"),
        sigma=sigma, folder=str(card.path), latents=card.latents,
    )  # fmt: skip


def names(card: Card) -> Sequence[str]:
    """What to call each latent dimension: its given name, else z0, z1, ..."""
    return [card.names.get(i) or f"z{i}" for i in range(card.latent)]
