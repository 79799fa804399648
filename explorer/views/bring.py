"""How a picture comes in: a file, an item of the data, a drawing. What leaves is a picture in the model's own size."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from explorer import anchors, engine, images, state
from explorer.engine import Card
from explorer.studio import bundle_available, pad
from explorer.views import parts
from vae.records import Bytes, Latents

WAYS = {"item": "From the data", "upload": "Upload", "draw": "Draw"}
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
ANY = "any"
HOW: dict[str, bool | None] = {"automatic": None, "yes": True, "no": False}
SWITCHES = {
    "crop": "Crop to what is drawn",
    "centre": "Centre by its mass",
    "invert": "Invert light and dark",
    "contrast": "Stretch the contrast",
    "grey": "Make grey",
}


@dataclass(frozen=True, eq=False)
class Given:
    """A picture as the model will see it, what to call it, and what was done to it."""

    pixels: Bytes  # (C, H, W)
    label: str
    steps: tuple[str, ...] = ()


def given(card: Card, latents: Latents) -> Given | None:
    """What the visitor brought; None while there is nothing, or nothing that can be read."""
    ways = [way for way in WAYS if way != "draw" or bundle_available()]
    way = st.segmented_control(
        "Where the picture comes from", ways, default="item", required=True, format_func=WAYS.__getitem__,
        key="encode-way", label_visibility="collapsed", width="stretch", persist_state="session",
    )  # fmt: skip
    if way == "item":
        return _item(card, latents)
    if way == "draw":
        drawn = pad(parts.live(card), key=f"{state.PAD}-{card.digest[:12]}")
        return None if drawn is None else _prepared(drawn, card, "the drawing")
    file = st.file_uploader("A picture", TYPES, key="encode-file", label_visibility="collapsed", max_upload_size=64)
    return None if file is None else _prepared(file.getvalue(), card, file.name)


def _item(card: Card, latents: Latents) -> Given:
    """An item of the encoded data: of a class, or at random; its row is in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = -1
        if latents.classes:
            names = [ANY, *latents.classes]
            k = names.index(st.selectbox("Class", names, key=f"encode-class-{card.name}")) - 1
        another = st.button("Another", icon=":material/casino:", key="encode-another", help="One drawn at random")
    rows = anchors.rows_of(latents, k) or anchors.rows_of(latents, -1)
    text = state.parameter("item")
    row = int(text) if text.isdecimal() and int(text) < len(latents) else rows[0]
    if another or (k >= 0 and row not in rows):
        row = secrets.choice(rows)
    state.set_parameter("item", str(row))
    label = anchors.label(latents, row)
    pixels = engine.item(card, row)
    if pixels is not None:
        return Given(pixels, label, (f"Item {latents.index[row]:,} of {card.data.title}, as it is",))
    stand_in = images.to_uint8(engine.decode(card, latents.mean[row][None])[0])
    return Given(stand_in, label, (f"{card.data.title} is not on this machine: the model's own picture of the item",))


def _prepared(raw: bytes, card: Card, label: str) -> Given | None:
    """A file's bytes, brought to the model's size in the way that the switches say."""
    how = _switches(card)
    try:
        pixels, steps = engine.prepare(card, raw, how)
    except engine.PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None
    return Given(pixels, label, steps or ("taken as it is",))


def _switches(card: Card) -> engine.Preparation:
    """What is done to a picture: by itself, or as the visitor says."""
    said: dict[str, bool | None] = {}
    with st.popover("How it is prepared", icon=":material/tune:", width="stretch"):
        for name, label in SWITCHES.items():
            if name != "grey" or card.shape[0] > 1:
                how = st.segmented_control(label, list(HOW), default="automatic", key=f"encode-{name}", required=True)
                said[name] = HOW[how]
    return engine.Preparation(**said)
