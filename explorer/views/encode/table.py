"""Several pictures through the model: a sortable table, a click opens one, all on a map, files to download."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.drawing import batch, words
from explorer.drawing.batch import Batch
from explorer.engine import maps, uploads
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode.source import Files, Input
from vae.records import Latents

SENTENCES = 8  # about files that were left out, before the rest folds away
NATS = {
    "ELBO": "reconstruction minus KL, in nats; higher is better",
    "rec": "log p(x|z), how well the picture is reconstructed, in nats",
    "KL": "how much z says about the picture, in nats",
}
PERCENT = {
    "cost": "share of the encoded items that cost less",
    "distance": "share of the encoded items that lie nearer to their neighbours in z",
}


def encode(card: Card, files: Files) -> Batch:
    """The batch, with a progress bar meanwhile."""
    place = st.empty()
    pictures = uploads.batch(
        card, files.ids, files.how, files.uploads, lambda share, text: _progress(place, share, text)
    )
    place.empty()
    return pictures


def _progress(place: Any, share: float, text: str) -> None:
    place.progress(share, text)


def draw(card: Card, latents: Latents, pictures: Batch) -> None:
    """The table, the map beside it, the files that were left out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(pictures):,} pictures** :gray[{pictures.note or 'click one to open it'}]")
        st.space("stretch")
        downloads(card, pictures)
    left, right = st.columns([8, 5], gap="large")
    with left:
        table(card, pictures)
        left_out(pictures)
    with right:
        on_map(card, pictures)
        odd = sum(bool(words.unlike(ranks)) for ranks in pictures.ranks)
        st.caption(f"{odd:,} of {len(pictures):,} are unlike the {len(latents):,} encoded items.")


def table(card: Card, pictures: Batch) -> None:
    """Thumbnail, name, nearest class, nats, percentiles, means."""
    encode = session.current().encode
    columns = batch.table(pictures, shared.names(card))
    event = st.dataframe(
        columns, hide_index=True, height=430, row_height=60, on_select="rerun",
        selection_mode=("single-row", "single-cell"), key=f"encode-table-{encode.table}",
        alt=f"{len(pictures)} encoded pictures, a line each", column_config=_config(list(columns)),
    )  # fmt: skip
    selection = event["selection"]
    if rows := [*selection["rows"], *(row for row, _ in selection["cells"])]:
        encode.opened_row = rows[0]
        encode.table += 1
        st.rerun()


def _config(names: list[str]) -> dict[str, Any]:
    """How each column is shown."""
    number, percent = st.column_config.NumberColumn, st.column_config.ProgressColumn
    nats = {name: number(help=text, format="%.1f") for name, text in NATS.items()}
    shares = {
        name: percent(help=text, format="%.0f %%", min_value=0, max_value=100, width="small")
        for name, text in PERCENT.items()
    }
    means = {name: number(format="%+.2f", width="small") for name in names if name.startswith("μ ")}
    return {"picture": st.column_config.ImageColumn("", width="small"), **nats, **shares, **means}


def on_map(card: Card, pictures: Batch) -> None:
    """All pictures on one map, whichever is chosen."""
    from explorer.drawing import landing

    here = {projection.name for projection in maps.projections(card)}  # one may have been removed since
    known, titles = [name for name in pictures.places if name in here], words.MAPS | maps.titles(card)
    name = st.segmented_control(
        "Map", known, default=known[-1], format_func=lambda n: titles.get(n, n), key=f"encode-many-map-{card.name}",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    drop = uploads.backdrop(card, name, shared.theme())
    chart = landing.marked(drop, name, shared.theme(), pictures.places[name], pictures.names)
    shared.chart(chart, "encode-many")


def downloads(card: Card, pictures: Batch) -> None:
    """The latents as CSV, and with the pictures as NPZ; written when asked for."""
    csv: Callable[[], bytes] = partial(batch.to_csv, pictures, shared.names(card))
    npz: Callable[[], bytes] = partial(batch.to_npz, pictures)
    for kind, write, mime, text in (
        ("CSV", csv, "text/csv", "Names, nats, percentiles, means and sigmas"),
        ("NPZ", npz, "application/zip", "mu, sigma, names and the prepared pictures"),
    ):
        st.download_button(
            kind, write, f"{card.name}-latents.{kind.lower()}", mime, icon=":material/download:", on_click="ignore",
            key=f"encode-{kind}", help=text,
        )  # fmt: skip


def left_out(pictures: Batch) -> None:
    """Each file that is no picture, with its sentence."""
    n = len(pictures.refused)
    if not n:
        return
    few, title = n <= SENTENCES, f"{n:,} file{'s were' if n > 1 else ' was'} left out"
    with (
        st.expander(title, icon=":material/broken_image:", expanded=few),
        st.container(height="content" if few else 240, border=False),
    ):
        st.caption("  \n".join(f"{shared.verbatim(name)} {reason}" for name, reason in pictures.refused))


def open_row(pictures: Batch) -> Input | None:
    """The picture that is open by itself, with the way back; None: the table."""
    row, n = session.current().encode.opened_row, len(pictures)
    if not 0 <= row < n:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        back = f"All {n:,} pictures"
        st.button(back, icon=":material/arrow_back:", key="encode-back", on_click=_open, args=(-1,))
        for step, icon, text in ((-1, "chevron_left", "Previous picture"), (1, "chevron_right", "Next picture")):
            target = (row + step) % n
            st.button(
                "", icon=f":material/{icon}:", key=f"encode-step{step}", help=text, on_click=_open, args=(target,)
            )
    st.caption(f"{shared.verbatim(pictures.names[row])} · {row + 1:,} of {n:,}")
    return Input(pictures.pixels[row], pictures.names[row])


def _open(row: int) -> None:
    """Open a picture by itself; -1: the table."""
    session.current().encode.opened_row = row
