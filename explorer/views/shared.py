"""What several pages share: the guard, a chart, a picture at hard pixels, the theme, a model as the studio needs it."""

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
from explorer.studio.payloads import ModelInfo
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
    name = session.current().model
    card = open_model()
    if card is not None:
        return card
    st.subheader("No model is open" if not name else f"{name} is no longer here", anchor=False)
    st.write(
        "The folder of models, `checkpoints`, holds none that opens. "
        "The Train page makes one in about a minute, from pictures that come with the app."
    )
    st.page_link("views/train/page.py", label="Train a model", icon=":material/model_training:")
    st.stop()


def open_model() -> Card | None:
    """The model that the session names, if it is here."""
    here = session.current()
    return models.find(here.model, here.digest) if here.model else None


def theme() -> palette.Theme:
    """The page's theme, for the few things that choose their colours in Python."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(chart: Chart, key: str) -> None:
    """A figure with its alternative text; its height is reserved before it is drawn, so that nothing jumps."""
    from explorer.drawing import charts  # here: plotly takes half a second, and Explore draws no chart

    st.plotly_chart(
        chart.figure, key=key, theme=None, height=chart.figure.layout.height, config=charts.CONFIG, alt=chart.alt
    )


def picture(image: Bytes, caption: str, alt: str, width: int = 200) -> None:
    """(C, H, W) bytes with hard pixels, enlarged by the greatest whole number that keeps it within `width` pixels."""
    large = images.upscale(image, max(1, width // image.shape[2]))
    st.image(images.address(images.png(large)), caption, alt=alt)


def row(pictures: Bytes, captions: Sequence[str], alts: Sequence[str], width: int) -> None:
    """(K, C, H, W), every picture within `width` pixels and above its caption."""
    k = max(1, width // pictures.shape[3])
    with st.container(horizontal=True, gap="xxsmall"):
        for image, caption, alt in zip(pictures, captions, alts, strict=True):
            address = images.address(images.png(images.upscale(image, k)))
            st.image(address, caption, alt=alt, width=k * pictures.shape[3])


def strip(pictures: Bytes, caption: str, alt: str, width: int = 640) -> None:
    """(K, C, H, W) side by side, two pixels of the page between them, within `width` pixels."""
    k, _, _, w = pictures.shape
    paper = palette.rgb(palette.BACKGROUND[theme()])[0]
    sheet = images.grid(images.upscale(pictures, max(1, (width // k - images.GAP) // w)), k, fill=paper)
    st.image(images.address(images.png(sheet)), caption, alt=alt)


def verbatim(name: str) -> str:
    """A name from outside, letter for letter: Markdown in it has no effect."""
    return "`" + name.replace("`", "'") + "`"


def live(card: Card) -> ModelInfo:
    """A model as the studio needs it. CheckpointError: its latents are missing or damaged."""
    carried, order = models.importance(card)
    return replace(bare(card), kl=carried.tolist(), order=order)


def bare(card: Card) -> ModelInfo:
    """The same without the KL of its dimensions: all that a decoder without sliders needs."""
    own = card.model if isinstance(card.model, Model) else None
    return ModelInfo(
        card.name, card.digest, card.title, card.shape, card.latent, card.browser,
        encoder=(card.path / "encoder.onnx").is_file(), names=card.names,
        likelihood=LIKELIHOODS[type(own.likelihood)] if own else "other", sigma=models.sigma_of(card),
        beside=beside_mean(own) if own else (), standard=own is None or isinstance(own.prior, Normal),
        decoder=f"{models.version(card.path / 'decoder.onnx'):x}",
        folder=_folder(card), items=models.has_data(card), latents=card.latents,
    )  # fmt: skip


def files(card: Card) -> list[str]:
    """The addresses of the files that a browser fetches first, relative to the page's."""
    model = bare(card)
    decoder = [f"{model.base}decoder.onnx?v={model.decoder}"] if card.browser else []
    return [*decoder, f"{model.base}latents.safetensors?v={card.latents}"]


def _folder(card: Card) -> str:
    """The model's folder as a line of Python names it: short, where it lies below the folder that the app runs in."""
    here = Path.cwd()
    return str(card.path.relative_to(here) if card.path.is_relative_to(here) else card.path)


def names(card: Card) -> Sequence[str]:
    """The names of the latent dimensions: a visitor's own, else z0, z1, ..."""
    return [card.names.get(i) or f"z{i}" for i in range(card.latent)]
