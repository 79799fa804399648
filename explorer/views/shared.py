"""What several pages share: the guard at the door, a chart, a picture at hard pixels, the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.drawing import images, palette
from explorer.engine import models
from explorer.engine.models import Card
from explorer.state import session
from explorer.studio import StudioModel
from vae.config import Bernoulli, ContinuousBernoulli, Gaussian, Logistic, Model, Normal, beside_mean
from vae.records import Bytes

if TYPE_CHECKING:
    from explorer.drawing.charts import Chart

Family = Literal["bernoulli", "continuous_bernoulli", "gaussian", "logistic", "other"]
LIKELIHOODS: dict[type, Family] = {
    Bernoulli: "bernoulli",
    ContinuousBernoulli: "continuous_bernoulli",
    Gaussian: "gaussian",
    Logistic: "logistic",
}


def guard() -> Card:  # noqa: RET503  (st.stop never returns)
    """The open model, or a sentence and the end of the page."""
    s = session.session()
    card = models.find(s.model, s.digest) if s.model else None
    if card is not None:
        return card
    st.subheader("No model is open yet" if not s.model else f"{s.model} is gone")
    st.write(
        "The models of this project live in its `checkpoints` folder and none that works is there. "
        "The Train page makes one in about a minute, from pictures that come along."
    )
    st.page_link("views/train/page.py", label="Train a model", icon=":material/model_training:")
    st.stop()


def theme() -> palette.Theme:
    """The page's theme, for the few things that choose their colours in Python."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(drawn: Chart, key: str) -> None:
    """A figure in the house's look with its alternative text; its room is there before it is, so that nothing jumps."""
    from explorer.drawing import charts  # here: plotly takes half a second, and Explore draws no chart

    st.plotly_chart(
        drawn.figure, key=key, theme=None, height=drawn.figure.layout.height, config=charts.CONFIG, alt=drawn.alt
    )


def picture(image: Bytes, caption: str, alt: str, width: int = 200) -> None:
    """(C, H, W) bytes with hard pixels, enlarged by the greatest whole number that keeps it within `width` pixels."""
    shown = images.upscale(image, max(1, width // image.shape[2]))
    st.image(address(images.png(shown)), caption, alt=alt)


def row(pictures: Bytes, captions: Sequence[str], alts: Sequence[str], width: int) -> None:
    """(K, C, H, W) each with its caption, each within `width` pixels."""
    k = max(1, width // pictures.shape[3])
    with st.container(horizontal=True, gap="xxsmall"):
        for each, caption, alt in zip(pictures, captions, alts, strict=True):
            shown = address(images.png(images.upscale(each, k)))
            st.image(shown, caption, alt=alt, width=k * pictures.shape[3])


def strip(pictures: Bytes, caption: str, alt: str, width: int = 640) -> None:
    """(K, C, H, W) side by side, two pixels of the page between them, within `width` pixels."""
    k, _, _, w = pictures.shape
    paper = palette.rgb(palette.BACKGROUND[theme()])[0]
    shown = images.grid(images.upscale(pictures, max(1, (width // k - images.GAP) // w)), k, fill=paper)
    st.image(address(images.png(shown)), caption, alt=alt)


def address(png: bytes) -> str:
    """A picture in its own address: a page that is redrawn every second never asks for one that is gone already."""
    return images.address(png)


def verbatim(name: str) -> str:
    """A name that came from outside, letter for letter: no Markdown in it counts."""
    return "`" + name.replace("`", "'") + "`"


def live(card: Card) -> StudioModel:
    """What the studio must know of a model. CheckpointError: its latents are missing or damaged."""
    carried, order = models.carried(card)
    return replace(bare(card), kl=carried.tolist(), order=order)


def bare(card: Card) -> StudioModel:
    """The same without what its dimensions carry: all that a decoder without sliders needs."""
    own = card.model if isinstance(card.model, Model) else None
    return StudioModel(
        card.name, card.digest, card.title, card.shape, card.latent, card.browser,
        encoder=(card.path / "encoder.onnx").is_file(), names=card.names,
        likelihood=LIKELIHOODS[type(own.likelihood)] if own else "other", sigma=models.sigma_of(card),
        beside=beside_mean(own) if own else (), standard=own is None or isinstance(own.prior, Normal),
        decoder=f"{models.written(card.path / 'decoder.onnx'):x}",
        folder=_folder(card), items=models.at_hand(card), latents=card.latents,
    )  # fmt: skip


def files(card: Card) -> list[str]:
    """The addresses of what a browser fetches first, relative to the page's."""
    sent = bare(card).to_json()
    base, decoder = sent["base"], f"decoder.onnx?v={sent['decoder']}"
    return [*([base + decoder] if card.browser else []), f"{base}latents.safetensors?v={card.latents}"]


def _folder(card: Card) -> str:
    """How a line of Python names the model's folder: short, where it lies below the folder that the app runs in."""
    here = Path.cwd()
    return str(card.path.relative_to(here) if card.path.is_relative_to(here) else card.path)


def names(card: Card) -> Sequence[str]:
    """What to call each latent dimension: its given name, else z0, z1, ..."""
    return [card.names.get(i) or f"z{i}" for i in range(card.latent)]
