"""Many pictures through the model: a table to sort, a click opens one, all of them on the map, files to take away."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.drawing import batch as batches
from explorer.drawing import words
from explorer.drawing.batch import Batch
from explorer.engine import maps, uploads
from explorer.engine.models import Card
from explorer.state import session
from explorer.views import shared
from explorer.views.encode.source import Given, Many
from vae.records import Latents

SHOWN = 8  # sentences about files that were left out, before the rest folds away


def encoded(card: Card, many: Many) -> Batch:
    """The batch, with a bar while it is made."""
    place = st.empty()

    def told(share: float, text: str) -> None:
        place.progress(share, text)

    made = uploads.batch(card, many.ids, many.how, many.uploads, told)
    place.empty()
    return made


def draw(card: Card, latents: Latents, batch: Batch) -> None:
    """The table, the map beside it, what was left out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(batch):,} pictures** :gray[{batch.note or 'click one to open it'}]")
        st.space("stretch")
        downloads(card, batch)
    left, right = st.columns([8, 5], gap="large")
    with left:
        table(card, batch)
        left_out(batch)
    with right:
        on_map(card, batch)
        odd = sum(bool(batches.unlike(ranks)) for ranks in batch.ranks)
        st.caption(f"{odd:,} of {len(batch):,} are unlike the {len(latents):,} pictures that the model is known by.")


def table(card: Card, batch: Batch) -> None:
    """Thumbnail, name, nearest class, nats, percentiles, means."""
    number, percent = st.column_config.NumberColumn, st.column_config.ProgressColumn
    nats = {name: number(help=text, format="%.1f") for name, text in NATS.items()}
    shares = {
        name: percent(help=text, format="%.0f %%", min_value=0, max_value=100, width="small")
        for name, text in SHARES.items()
    }
    shown = batches.table(batch, shared.names(card))
    picked = st.dataframe(
        shown, hide_index=True, height=430, row_height=60, on_select="rerun",
        selection_mode=("single-row", "single-cell"),
        key=f"encode-table-{session.session().turn}", alt=f"{len(batch)} encoded pictures, a line each",
        column_config={"picture": st.column_config.ImageColumn("", width="small")} | nats | shares
        | {name: number(format="%+.2f", width="small") for name in shown if name.startswith("μ ")},
    )  # fmt: skip
    selection = picked["selection"]
    if rows := [*selection["rows"], *(row for row, _ in selection["cells"])]:
        session.session().opened = rows[0]
        session.session().turn += 1  # a table without its selection, when one comes back
        st.rerun()


NATS = {
    "ELBO": "reconstruction less KL, in nats; higher is better",
    "rec": "how well it is redrawn, in nats",
    "KL": "how much z has to say about it, in nats",
}
SHARES = {
    "cost": "how many of the model's own pictures cost less",
    "distance": "how many of the model's own pictures lie nearer to their neighbours in z",
}


def on_map(card: Card, batch: Batch) -> None:
    """All of them on one map, whichever is chosen."""
    from explorer.drawing import landing

    here = {each.name for each in maps.projections(card)}  # one may have been removed since
    known, titles = [name for name in batch.places if name in here], words.MAPS | maps.titles(card)
    name = st.segmented_control(
        "Map", known, default=known[-1], format_func=lambda n: titles.get(n, n), key=f"encode-many-map-{card.name}",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    drop = uploads.backdrop(card, name, shared.theme())
    shared.chart(landing.marked(drop, name, shared.theme(), batch.places[name], batch.names), "encode-many")


def downloads(card: Card, batch: Batch) -> None:
    """The latents as CSV, and with the pictures as NPZ; made when asked for."""
    names = shared.names(card)
    files = (
        ("CSV", partial(batches.to_csv, batch, names), "text/csv", "Names, nats, percentiles, means and sigmas"),
        (
            "NPZ",
            partial(batches.to_npz, batch),
            "application/zip",
            "mu, sigma, names, and the pictures as they were seen",
        ),
    )
    for kind, make, mime, text in files:
        st.download_button(
            kind, make, f"{card.name}-latents.{kind.lower()}", mime, icon=":material/download:", on_click="ignore",
            key=f"encode-{kind}", help=text,
        )  # fmt: skip


def left_out(batch: Batch) -> None:
    """Each file that was no picture, with its sentence."""
    if not batch.refused:
        return
    n = len(batch.refused)
    few, said = n <= SHOWN, f"{n:,} file{'s were' if n > 1 else ' was'} left out"
    with (
        st.expander(said, icon=":material/broken_image:", expanded=few),
        st.container(height="content" if few else 240, border=False),
    ):
        st.caption("  \n".join(f"{shared.verbatim(name)} {why}" for name, why in batch.refused))


def opened(batch: Batch) -> Given | None:
    """The picture that is looked at by itself, with the way back; None: the table."""
    s = session.session()
    if not 0 <= s.opened < len(batch):
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"All {len(batch):,} pictures", icon=":material/arrow_back:", key="encode-back", on_click=_turn, args=(-1,)
        )
        for step, icon, text in ((-1, "chevron_left", "The one before"), (1, "chevron_right", "The next one")):
            st.button(
                "", icon=f":material/{icon}:", key=f"encode-step{step}", help=text, on_click=_turn,
                args=((s.opened + step) % len(batch),),
            )  # fmt: skip
    st.caption(f"{shared.verbatim(batch.names[s.opened])} · {s.opened + 1:,} of {len(batch):,}")
    return Given(batch.pixels[s.opened], batch.names[s.opened])


def _turn(row: int) -> None:
    """Look at another picture by itself; -1: at the table."""
    session.session().opened = row
