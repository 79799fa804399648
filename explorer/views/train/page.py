"""Train: a form made from the configuration dataclasses, and the runs: live while they learn, then in the picker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from explorer.engine import training_choices
from explorer.engine.training_choices import Source
from explorer.jobs import runs
from explorer.state import session
from explorer.views.train import form as forms
from explorer.views.train import run as one_run
from vae import config

RARE_MODEL = ("width", "depth", "activation")
RARE_DATA = ("binarise", "augment", "limit")
RARE_TRAIN = (
    "batch", "lr", "schedule", "warmup", "optimiser", "weight_decay", "clip", "ema", "precision", "patience", "seed",
)  # fmt: skip
OWN = Source("", "My own pictures", here=True)


def form() -> tuple[config.Recipe, bool]:
    """What the form says, and whether its pictures may be fetched. ValueError: a sentence about what is missing."""
    source = st.selectbox(
        "Pictures", [*training_choices.sources(), OWN], format_func=lambda s: s.label, key="train-data"
    )
    key, quick = f"train-{source.name or 'own'}", training_choices.quick(source.name)
    fetch = not source.here and st.checkbox(f"Download it first ({source.size})", key=f"{key}-download")
    own = forms.ask(config.Data, ("size", "channels"), key, {"size": 28}) | {"name": _own()} if source == OWN else {}
    with st.grid(2):
        model = forms.ask(config.Model, ("arch", "latent"), key, vars(quick.model))
        model |= forms.ask(config.Model, ("likelihood",), key, vars(quick.model), only=training_choices.LIKELIHOODS)
        beta = forms.ask(config.Beta, ("beta",), key, vars(quick.train.objective))
        train = forms.ask(config.Train, ("epochs",), key, vars(quick.train))
        train |= forms.ask(config.Train, ("device",), key, vars(quick.train), only=training_choices.devices())
    with st.popover("Fine print", icon=":material/tune:", width="stretch"), st.container(width=480), st.grid(2):
        data = forms.ask(config.Data, RARE_DATA, key, vars(quick.data))
        model |= forms.ask(config.Model, RARE_MODEL, key, vars(quick.model))
        train |= forms.ask(config.Train, RARE_TRAIN, key, vars(quick.train))
        beta |= forms.ask(config.Beta, ("warmup",), f"{key}-beta", vars(quick.train.objective))
    title = st.text_input("Name", placeholder="as the picker will call it", max_chars=60, key="train-title")
    if source == OWN and not own["name"]:
        raise ValueError("Bring a zip of pictures, or say where a folder of them is.")
    if not (source.here or fetch):
        raise ValueError(f"{source.label} is not on this machine: tick the download, or choose other pictures.")
    recipe = config.Recipe(
        title=title.strip(),
        data=config.Data(**({"name": source.name} | data | own)),
        model=replace(quick.model, **model),
        train=replace(quick.train, **train, objective=config.Beta(**beta)),
    )
    return config.check(recipe), fetch


def _own() -> str:
    """The path of the visitor's pictures: an uploaded zip, kept beside the runs under its digest, or a folder."""
    file = st.file_uploader("A zip of pictures (a sub-folder a class)", "zip", key="train-zip")
    path = st.text_input("or a folder, zip or .npz on this machine", key="train-path").strip()
    if file is None:
        if path and not Path(path).expanduser().exists():
            raise ValueError(f"{path} is not there; give the full path of a folder, a zip or an .npz of pictures.")
        return str(Path(path).expanduser()) if path else ""
    return str(runs.keep(file.getvalue()))


@st.fragment
def start() -> None:
    """The form and its button, which says why where it cannot be pressed."""
    recipe, fetch, problem = None, False, ""
    try:
        recipe, fetch = form()
    except (ValueError, OSError) as error:
        problem = str(error)
    st.button(
        "Start", icon=":material/play_arrow:", width="stretch", disabled=recipe is None,
        help=problem or None, key="train-start", on_click=begin, args=(recipe, fetch),
    )  # fmt: skip
    if problem:
        st.caption(problem)


def begin(recipe: config.Recipe | None, fetch: bool) -> None:
    """Start a run in a process of its own, and show it."""
    if recipe is not None:
        show(runs.start(recipe, ("--download",) if fetch else ()).name)


def show(name: str) -> None:
    """Turn to a run."""
    session.set_parameter("run", name)
    st.rerun()  # the whole page, not only the list


def choose(every: list[runs.Run]) -> None:
    """The list of runs with their states, looked at again while one is running."""
    st.markdown("**Runs**")
    for each in every[:12]:
        now = runs.read(each.folder)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(now.title, key=f"run-{now.name}", type="tertiary", on_click=show, args=(now.name,))
            st.space("stretch")
            st.badge(one_run.SHORT[now.state], color=one_run.COLOUR[now.state])


every = runs.list_runs()
shown = next((each for each in every if each.name == session.parameter("run")), every[0] if every else None)
left, right = st.columns([2, 3], gap="large")
with left:
    start()
    if every:
        st.fragment(choose, run_every=2.0 if any(each.running for each in every) else None)(every)
with right:
    if shown is None:
        st.subheader("Nothing has been trained here yet", anchor=False)
        st.write(
            "Press Start: the digits that come along take about a minute. The curves, what the model makes of pictures "
            "and what it dreams up appear here while it learns; you can close the page meanwhile."
        )
    else:
        one_run.draw(shown)
session.publish()
