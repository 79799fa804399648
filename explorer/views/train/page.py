"""Train: a form from the configuration dataclasses, and the runs: live while they train, then in the picker."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.engine import training_choices
from explorer.engine.training_choices import Source
from explorer.jobs import runs
from explorer.jobs.runs import Run
from explorer.state import address, session, widgets
from explorer.views.train import form, run
from vae import config

RARE_MODEL = ("width", "depth", "activation")
RARE_DATA = ("binarise", "augment", "limit")
RARE_TRAIN = (
    "batch", "lr", "schedule", "warmup", "optimiser", "weight_decay", "clip", "ema", "precision", "patience", "seed",
)  # fmt: skip
OWN = Source("", "My own pictures", here=True)
MOST = 12  # runs in the list


def recipe() -> tuple[config.Recipe, bool]:
    """What the form says, and whether its pictures may be fetched. ValueError: a sentence about what is missing."""
    source = st.selectbox(
        "Pictures", [*training_choices.sources(), OWN], format_func=lambda s: s.label, key="train-data",
        persist_state="session",
    )  # fmt: skip
    key, quick = f"train-{source.name or 'own'}", training_choices.quick(source.name)
    fetch = not source.here and st.checkbox(
        f"Download it first ({source.size})", key=f"{key}-download", persist_state="session"
    )
    own = form.ask(config.Data, ("size", "channels"), key, {"size": 28}) | {"name": _own()} if source == OWN else {}
    with st.grid(2):
        model = form.ask(config.Model, ("arch", "latent"), key, vars(quick.model))
        model |= form.ask(config.Model, ("likelihood",), key, vars(quick.model), only=training_choices.LIKELIHOODS)
        beta = form.ask(config.Beta, ("beta",), key, vars(quick.train.objective))
        train = form.ask(config.Train, ("epochs",), key, vars(quick.train))
        train |= form.ask(config.Train, ("device",), key, vars(quick.train), only=training_choices.devices())
    with st.popover("More settings", icon=":material/tune:", width="stretch"), st.container(width=480), st.grid(2):
        data = form.ask(config.Data, RARE_DATA, key, vars(quick.data))
        model |= form.ask(config.Model, RARE_MODEL, key, vars(quick.model))
        train |= form.ask(config.Train, RARE_TRAIN, key, vars(quick.train))
        beta |= form.ask(config.Beta, ("warmup",), f"{key}-beta", vars(quick.train.objective))
    st.text_input(
        "Name", placeholder="as the model picker shows it", max_chars=60, key=widgets.TRAIN_TITLE,
        persist_state="session",
    )  # fmt: skip
    if source == OWN and not own["name"]:
        raise ValueError("Upload a zip of pictures, or give the path of a folder.")
    if not (source.here or fetch):
        raise ValueError(f"{source.label} is not on this machine: tick the download, or choose other pictures.")
    recipe = config.Recipe(
        data=config.Data(**({"name": source.name} | data | own)),
        model=replace(quick.model, **model),
        train=replace(quick.train, **train, objective=config.Beta(**beta)),
    )
    return config.check(recipe), fetch


def _own() -> str:
    """The path of the visitor's pictures: an uploaded zip, stored beside the runs under its digest, or a folder."""
    file = st.file_uploader("A zip of pictures (a sub-folder per class)", "zip", key="train-zip")
    path = st.text_input("or a folder, zip or .npz on this machine", key="train-path", persist_state="session").strip()
    if file is None:
        return training_choices.existing(path) if path else ""
    return str(runs.keep(file.getvalue()))


@st.fragment
def start() -> None:
    """The form and its button, which says why where it cannot be pressed."""
    settings, fetch, problem = None, False, ""
    try:
        settings, fetch = recipe()
    except (ValueError, OSError) as error:
        problem = str(error)
    st.button(
        "Start", icon=":material/play_arrow:", width="stretch", disabled=settings is None,
        help=problem or None, key="train-start", on_click=begin, args=(settings, fetch),
    )  # fmt: skip
    if problem:
        st.caption(problem)


def begin(settings: config.Recipe | None, fetch: bool) -> None:
    """Start a run in a process of its own, and show it."""
    if settings is not None:
        title = str(widgets.value(widgets.TRAIN_TITLE) or "").strip()
        show(runs.start(replace(settings, title=title), ("--download",) if fetch else ()).name)


def show(name: str) -> None:
    """Turn to a run."""
    session.set_parameter("run", name)
    st.rerun()  # the whole page, not only the list


def choose(all_runs: list[Run]) -> None:
    """The list of runs with their states, which are read again while one is running."""
    st.markdown("**Runs**")
    for folder in [r.folder for r in all_runs[:MOST]]:
        now = runs.read(folder)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(now.title, key=f"run-{now.name}", type="tertiary", on_click=show, args=(now.name,))
            st.space("stretch")
            st.badge(run.SHORT[now.state], color=run.COLOUR[now.state])


def nothing() -> None:
    """What will be here, and what brings it."""
    st.subheader("No training run yet", anchor=False)
    st.write(
        "Press Start: the digits, which come with the app, take about a minute. Loss curves, reconstructions and "
        "samples appear here during training, which goes on if you close the page."
    )


all_runs = runs.list_runs()
current = next((r for r in all_runs if r.name == session.parameter("run")), all_runs[0] if all_runs else None)
left, right = st.columns([2, 3], gap="large")
with left:
    start()
    if all_runs:
        st.fragment(choose, run_every=2.0 if any(r.running for r in all_runs) else None)(all_runs)
with right:
    if current is None:
        nothing()
    else:
        run.draw(current)
address.publish()
