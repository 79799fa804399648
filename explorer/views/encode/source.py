"""Where pictures come from: data, files, a zip, a drawing, the camera, the clipboard. All leave in the model's size."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.drawing import images
from explorer.engine import models, uploads
from explorer.engine.models import Card
from explorer.engine.uploads import Upload
from explorer.state import anchors, session, widgets
from explorer.studio.bundle import bundle_available
from explorer.studio.components import pad, paste
from explorer.views import shared
from vae.records import Bytes, Latents

SOURCES = {"item": "Data", "upload": "Upload", "draw": "Draw", "camera": "Camera", "paste": "Paste"}
LIVE = ("draw", "paste")  # need the bundle
THUMB = 168  # pixels of an original
ANY = "any"
SWITCH: dict[str, bool | None] = {"automatic": None, "yes": True, "no": False}
PREPARATION = {
    "crop": "Crop to the drawing",
    "centre": "Centre by mass",
    "invert": "Invert light and dark",
    "contrast": "Stretch the contrast",
    "grey": "Convert to grey",
}


@dataclass(frozen=True, eq=False)
class Input:
    """A picture as the model sees it, its name, how it was prepared, and the original."""

    pixels: Bytes  # (C, H, W)
    label: str
    steps: tuple[str, ...] = ()
    original: Bytes | None = None  # small
    row: int = -1  # of the encoded items, where it is one of them


@dataclass(frozen=True, eq=False)
class Files:
    """Several files, or a zip: not yet opened."""

    ids: tuple[str, ...]  # one an upload: what a cache knows it by
    uploads: tuple[Upload, ...]
    how: models.Preparation


def choose(card: Card, latents: Latents) -> Input | Files | None:
    """The visitor's picture or files; None while there are none, or none that can be read."""
    source = _source()
    place = st.container()
    if source == "item":
        with place:
            return _item(card, latents)
    row = st.container(gap="xsmall")
    with row:
        how = _preparation(card)
    with place:
        x = _drawing(card, how) if source == "draw" else _files(card, source, how)
    if isinstance(x, Input):
        row.caption(" · ".join(x.steps))
    return x


def _source() -> str | None:
    """The row of sources, and the listener for the clipboard."""
    encode = session.current().encode
    sources = [name for name in SOURCES if name not in LIVE or bundle_available()]
    with st.container(gap=None):  # the listener takes no room while it is not shown
        source = st.segmented_control(
            "Source of the picture", sources, default=encode.source if encode.source in sources else "item",
            required=True, format_func=SOURCES.__getitem__, key=widgets.key(widgets.ENCODE_SOURCE),
            label_visibility="collapsed", width="stretch",
        )  # fmt: skip
        encode.source = source or "item"
        if bundle_available():
            paste(_take_paste, shown=source == "paste", key=widgets.PASTE)
    return source


def _take_paste(files: Sequence[Upload]) -> None:
    if files:
        encode = session.current().encode
        encode.pasted, encode.source = tuple(files), "paste"
        session.refresh()


def _files(card: Card, source: str | None, how: models.Preparation) -> Input | Files | None:
    """One file or several, from wherever files come."""
    if source == "camera":
        photo = st.camera_input("A photograph", key="encode-camera", label_visibility="collapsed")
        return None if photo is None else prepare(photo.getvalue(), card, "the photograph", how)
    if source == "paste":
        return _one_or_several(
            [(name, raw, f"{hash(raw)}") for name, raw in session.current().encode.pasted], card, how
        )
    files = st.file_uploader(
        "Pictures, or a zip of them", ["image/*", "zip"], accept_multiple_files=True, key="encode-file",
        label_visibility="collapsed", max_upload_size=256,
    )  # fmt: skip
    return _one_or_several([(file.name, file.getvalue(), file.file_id) for file in files], card, how)


def _one_or_several(
    files: Sequence[tuple[str, bytes, str]], card: Card, how: models.Preparation
) -> Input | Files | None:
    if not files:
        return None
    if len(files) == 1 and not uploads.is_zip(files[0][1]):
        name, raw, _ = files[0]
        return prepare(raw, card, name, how)
    return Files(tuple(i for *_, i in files), tuple((name, raw) for name, raw, _ in files), how)


def _drawing(card: Card, how: models.Preparation) -> Input | None:
    fill = models.fill(card) if card.shape[0] == 1 and how.crop is not False else None
    raw = pad(shared.live(card), fill=fill or 0.0, key=f"{widgets.PAD}-{card.digest[:12]}")
    return None if raw is None else prepare(raw, card, "the drawing", how)


# --- an item of the data ----------------------------------------------------------------------------------------------


def _item(card: Card, latents: Latents) -> Input:
    """An item of the encoded data: of a class, or at random; its row is in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = _class(card, latents) if latents.classes else -1
        another = st.button("Another", icon=":material/casino:", key="encode-another", help="A random item")
    rows, row = anchors.rows_of(latents, k) or anchors.rows_of(latents, -1), _row(latents)
    if another or (k >= 0 and row not in rows):
        row = secrets.choice(rows)
    session.set_parameter("item", str(row))
    x = item(card, latents)
    st.caption(
        f"Item {latents.index[row]:,} of {card.data.title}"
        if x.row >= 0
        else f"{card.data.title} is not on this machine: this is the model's own picture of the item"
    )
    return x


def _class(card: Card, latents: Latents) -> int:
    """The class that items are taken from; -1: any."""
    names, encode = [ANY, *latents.classes], session.current().encode
    start = names.index(encode.category) if encode.category in latents.classes else 0
    encode.category = st.selectbox("Class", names, start, key=f"{widgets.key(widgets.ENCODE_CLASS)}-{card.name}")
    return names.index(encode.category) - 1


def item(card: Card, latents: Latents) -> Input:
    """The item that the address names; the model's own picture of it where its data set is not on this machine."""
    row = _row(latents)
    label = anchors.label(latents, row)
    pixels = models.item(card, row)
    if pixels is not None:
        return Input(pixels, label, row=row)
    return Input(images.to_uint8(models.decode(card, latents.mean[row][None])[0]), label)


def _row(latents: Latents) -> int:
    text = session.parameter("item")
    return int(text) if text.isdecimal() and int(text) < len(latents) else anchors.rows_of(latents, -1)[0]


# --- preparation ------------------------------------------------------------------------------------------------------


def prepare(raw: bytes, card: Card, label: str, how: models.Preparation) -> Input | None:
    """A file's bytes in the model's size, as the switches say; None, and a sentence, if they are no picture."""
    try:
        pixels, steps = models.prepare(card, raw, how)
    except models.PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None
    return Input(pixels, label, steps or ("unchanged",), uploads.original(raw, THUMB))


def _preparation(card: Card) -> models.Preparation:
    """How a picture is prepared: automatically, or as the switches say."""
    switches: dict[str, bool | None] = {}
    with st.popover("Prepare", icon=":material/tune:", help="How a picture is fitted to the model's training data"):
        for name, label in PREPARATION.items():
            if name != "grey" or card.shape[0] > 1:
                switches[name] = SWITCH[
                    st.segmented_control(
                        label, list(SWITCH), default="automatic", key=f"encode-{name}", required=True,
                        persist_state="session",
                    )
                ]  # fmt: skip
    return models.Preparation(**switches)
