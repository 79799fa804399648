"""How pictures come in: data, files, a zip, a drawing, the camera, the clipboard. All leave in the model's own size."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.drawing import images
from explorer.engine import models
from explorer.engine import uploads as encoding
from explorer.engine.models import Card
from explorer.state import anchors, session
from explorer.studio import bundle_available, pad, paste
from explorer.views import shared
from vae.records import Bytes, Latents

WAYS = {"item": "Data", "upload": "Upload", "draw": "Draw", "camera": "Camera", "paste": "Paste"}
LIVE = ("draw", "paste")  # need the bundle
BEFORE = 168  # pixels of a picture as it came
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
    """A picture as the model will see it, what to call it, what was done to it, and how it came."""

    pixels: Bytes  # (C, H, W)
    label: str
    steps: tuple[str, ...] = ()
    before: Bytes | None = None  # as it was brought, small
    row: int = -1  # of the encoded items, where it is one of them


@dataclass(frozen=True, eq=False)
class Many:
    """Several files, or a zip: not yet opened."""

    ids: tuple[str, ...]  # one an upload: what a cache knows it by
    uploads: tuple[encoding.Upload, ...]
    how: models.Preparation


def given(card: Card, latents: Latents) -> Given | Many | None:
    """What the visitor brought; None while there is nothing, or nothing that can be read."""
    ways = [way for way in WAYS if way not in LIVE or bundle_available()]
    start = None if session.WAY in st.session_state else "item"  # a paste may have chosen already
    with st.container(gap=None):  # the listener takes no room while it is not shown
        way = st.segmented_control(
            "Where the picture comes from", ways, default=start, required=True, format_func=WAYS.__getitem__,
            key=session.WAY, label_visibility="collapsed", width="stretch", persist_state="session",
        )  # fmt: skip
        if bundle_available():
            paste(_pasted, shown=way == "paste", key=session.PASTE)
    source = st.container()
    if way == "item":
        with source:
            return _item(card, latents)
    row = st.container(gap="xsmall")
    with row:
        how = _switches(card)
    with source:
        found = _drawn(card, how) if way == "draw" else _files(card, way, how)
    if isinstance(found, Given):
        row.caption(" · ".join(found.steps))
    return found


def way() -> str:
    """Where the picture comes from, as it was chosen last."""
    return str(st.session_state.get(session.WAY) or "item")


def _files(card: Card, way: str | None, how: models.Preparation) -> Given | Many | None:
    """One file or several, from wherever files come."""
    if way == "camera":
        photo = st.camera_input("A photograph", key="encode-camera", label_visibility="collapsed")
        return None if photo is None else prepared(photo.getvalue(), card, "the photograph", how)
    if way == "paste":
        names = session.session().pasted
        return _few([(name, raw, f"{hash(raw)}") for name, raw in names], card, how)
    files = st.file_uploader(
        "Pictures, or a zip of them", ["image/*", "zip"], accept_multiple_files=True, key="encode-file",
        label_visibility="collapsed", max_upload_size=256,
    )  # fmt: skip
    return _few([(file.name, file.getvalue(), file.file_id) for file in files], card, how)


def _few(files: Sequence[tuple[str, bytes, str]], card: Card, how: models.Preparation) -> Given | Many | None:
    if not files:
        return None
    if len(files) == 1 and not encoding.is_zip(files[0][1]):
        name, raw, _ = files[0]
        return prepared(raw, card, name, how)
    return Many(tuple(i for *_, i in files), tuple((name, raw) for name, raw, _ in files), how)


def _pasted(files: Sequence[encoding.Upload]) -> None:
    if files:
        session.session().pasted = tuple(files)
        st.session_state[session.WAY] = "paste"


def _drawn(card: Card, how: models.Preparation) -> Given | None:
    fill = models.fill(card) if card.shape[0] == 1 and how.crop is not False else 0.0
    raw = pad(shared.live(card), fill=fill, key=f"{session.PAD}-{card.digest[:12]}")
    return None if raw is None else prepared(raw, card, "the drawing", how)


def _item(card: Card, latents: Latents) -> Given:
    """An item of the encoded data: of a class, or at random; its row is in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = -1
        if latents.classes:
            names = [ANY, *latents.classes]
            k = names.index(st.selectbox("Class", names, key=f"encode-class-{card.name}")) - 1
        another = st.button("Another", icon=":material/casino:", key="encode-another", help="One drawn at random")
    rows, row = anchors.rows_of(latents, k) or anchors.rows_of(latents, -1), _row(latents)
    if another or (k >= 0 and row not in rows):
        row = secrets.choice(rows)
    session.set_parameter("item", str(row))
    found = item(card, latents)
    here = found.row >= 0
    st.caption(
        f"Item {latents.index[row]:,} of {card.data.title}, as it is"
        if here
        else f"{card.data.title} is not on this machine: the model's own picture of the item"
    )
    return found


def item(card: Card, latents: Latents) -> Given:
    """The item that the address names; the model's own picture of it where its data set is not on this machine."""
    row = _row(latents)
    label = anchors.label(latents, row)
    pixels = models.item(card, row)
    if pixels is not None:
        return Given(pixels, label, row=row)
    return Given(images.to_uint8(models.decode(card, latents.mean[row][None])[0]), label)


def _row(latents: Latents) -> int:
    text = session.parameter("item")
    return int(text) if text.isdecimal() and int(text) < len(latents) else anchors.rows_of(latents, -1)[0]


def prepared(raw: bytes, card: Card, label: str, how: models.Preparation) -> Given | None:
    """A file's bytes, brought to the model's size as the switches say; None, and a sentence, if they are no picture."""
    try:
        pixels, steps = models.prepare(card, raw, how)
    except models.PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None
    return Given(pixels, label, steps or ("taken as it is",), encoding.original(raw, BEFORE))


def _switches(card: Card) -> models.Preparation:
    """What is done to a picture: by itself, or as the visitor says."""
    said: dict[str, bool | None] = {}
    with st.popover("Prepare", icon=":material/tune:", help="How a picture is made to look like the model's own"):
        for name, label in SWITCHES.items():
            if name != "grey" or card.shape[0] > 1:
                how = st.segmented_control(label, list(HOW), default="automatic", key=f"encode-{name}", required=True)
                said[name] = HOW[how]
    return models.Preparation(**said)
