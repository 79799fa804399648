"""Numbers -> sentences, small tables and formulas: what a person reads beside a figure. Pure; knows no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.drawing import palette
from vae.checkpoints.card import Card
from vae.measures.typicality import Rank
from vae.records import Floats, Improvement, Latents, Posterior

DENSITY = "A density, so its nats may lie below zero: compare them, a minus is no mistake."
NATS = "\N{NO-BREAK SPACE}nats"
MAPS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
NO_ELBO = "nobody said what p(x|z) of this model is"
NO_KL = "its encoder has no variance"
ACTIVE = 0.01  # nats: a dimension under it says nothing about x


def number(value: float, form: str = ",.1f") -> str:
    """A number in a sentence, with a minus sign where Python writes a hyphen."""
    return f"{value:{form}}".replace("-", "\N{MINUS SIGN}")


def _tex(value: float) -> str:
    """A number in KaTeX, where a bare comma brings a gap along."""
    return f"{value:,.1f}".replace(",", "{,}")


def formula(metrics: Mapping[str, Any], theme: palette.Theme) -> str:
    """The negative ELBO in KaTeX, each term in its colour over its measured value in nats."""

    def c(name: str, body: str = "") -> str:
        return palette.tex(name, theme, body)

    x, z = c("x"), c("z")
    q = rf"q({z}\mid {x})"
    terms = (
        rf"\underbrace{{-\,\mathbb{{E}}_{{{q}}}\bigl[\log p({x}\mid {z})\bigr]}}",
        rf"\underbrace{{{c('kl')}\bigl({q}\,\|\,p({z})\bigr)}}",
    )
    values = (-metrics["rec"], metrics["kl"], -metrics["elbo"])
    under = (c("xhat", _tex(values[0])), c("kl", _tex(values[1])), _tex(values[2]))
    return (
        rf"\underbrace{{-\mathrm{{ELBO}}({x})}}_{{\textstyle {under[2]}}} \;=\; "
        rf"{terms[0]}_{{\textstyle {under[0]}}} \;+\; {terms[1]}_{{\textstyle {under[1]}}} \quad\text{{nats}}"
    )


def split(q: Posterior, theme: palette.Theme) -> str:
    """The negative ELBO of one picture as a sum of two numbers of nats, in KaTeX."""
    rec = palette.tex("xhat", theme, rf"\underbrace{{{_tex(-q.rec)}}}_{{\text{{redraw it}}}}")
    kl = palette.tex("kl", theme, rf"\underbrace{{{_tex(q.kl)}}}_{{\text{{place it}}}}")
    return rf"{_tex(q.kl - q.rec)} \text{{ nats}} = {rec} + {kl}"


def costs(q: Posterior) -> str:
    """Why there is no such sum, where there is none; "" otherwise."""
    if is_number(q.elbo):
        return ""
    kl = f"its KL to N(0, 1) is {q.kl:.1f} nats." if is_number(q.kl) else f"and {NO_KL}, so there is no KL either."
    return f"The ELBO of a picture is not available: {NO_ELBO}; {kl}"


ODD = {
    ("rec", "more"): "it is harder to redraw than nearly all of them",
    ("rec", "less"): "it is easier to redraw than nearly all of them, as an empty picture is",
    ("kl", "more"): "z has more to say about it than about nearly all of them",
    ("kl", "less"): "z has less to say about it than about nearly all of them",
    ("elbo", "more"): "it costs more nats than nearly all of them",
    ("elbo", "less"): "it costs fewer nats than nearly all of them, as an empty picture does",
    ("distance", "more"): "nothing that was encoded lies near it",
}


def typicality(ranks: Sequence[Rank], n: int) -> str:
    """Is a picture like the n items that the model is known by: the verdict, and the numbers that it rests on."""
    by = {rank.measure: rank for rank in ranks}
    odd = [ODD[rank.measure, rank.unlike] for rank in reversed(ranks) if rank.unlike]
    near, cost = by["distance"], by.get("elbo") or by.get("kl")
    head = f"**Unlike the data:** {odd[0]}." if odd else "**Like the data.**"
    away = f"ts 5th neighbour in z, at {near.value:.2f}, is farther than that of {percent(near.percentile)}"
    if cost is None:
        return f"{head} I{away} of the {n:,} known pictures."
    what = "It costs" if cost.measure == "elbo" else "Its KL is"
    share = f"{what} more than {percent(cost.percentile)} of the {n:,} known pictures"
    return f"{head} {share} (their median: {number(cost.middle)} nats); i{away} of them."


def percent(value: float) -> str:
    """A percentile as people say it, never rounded to all or none."""
    if value >= 99.95 or value <= 0.05:
        return "all" if value >= 99.95 else "none"
    return f"{value:.{int(value > 99 or value < 1)}f}\N{NO-BREAK SPACE}%"


def improved(found: Improvement, steps: int) -> str:
    """What steps on one picture's own q(z|x) gained."""
    if is_number(found.gap):
        if found.gap < 0.05:
            return f"Nothing to gain in {steps} steps: the encoder's own answer is as good as it gets, to 0.05 nats."
        return (
            f"The encoder left **{found.gap:,.1f} nats** on the table, the *amortisation gap*: it answers for every "
            f"picture with one network, while these {steps} steps had this picture alone in mind."
        )
    before, after = (float(found.curve[0]), float(found.curve.min()))
    less = 100 * (1 - after / before) if before > 0 else 0.0
    return f"The squared error fell by **{less:.0f} %** in {steps} steps on z alone. No ELBO climbs here, as {NO_ELBO}."


def unavailable(metrics: Mapping[str, Any]) -> str:
    """What cannot be measured of a model of another program, and why."""
    kl = "" if is_number(metrics.get("kl")) else f" **KL**: not available, as {NO_KL}."
    return f"**ELBO**: not available, as {NO_ELBO}.{kl}"


def kl_formula(theme: palette.Theme) -> str:
    """The closed form of the KL of one dimension."""
    mu, sigma = palette.tex("mu", theme), palette.tex("sigma", theme)
    kl = palette.tex("kl", theme)
    return rf"{kl}_j = -\log {sigma}_j + \tfrac12\bigl({sigma}_j^2 + {mu}_j^2\bigr) - \tfrac12"


def collapse(kl: Floats) -> str:
    """What the KL per dimension means, in plain words."""
    used, all_ = int((np.asarray(kl) > ACTIVE).sum()), len(kl)
    if used == all_:
        return f"All {all_} dimensions are in use: each tells the decoder something about the picture."
    if used == 0:
        return (
            "No dimension is in use: the posterior has **collapsed** onto the prior, and every z decodes to much the "
            "same picture. Train again with a smaller β, or let β grow from 0 (warm-up)."
        )
    return (
        f"{used} of {all_} dimensions are in use. The other {all_ - used} have **collapsed**: whatever the picture, "
        "their posterior is the prior, so the decoder has learned to ignore them and their sliders move nothing. "
        "Where the pictures need fewer, that is no fault; to use more, train with a smaller β or let it grow (warm-up)."
    )


def pictures(card: Card) -> str:
    """What its pictures are: "28 × 28, grey"."""
    c, h, w = card.shape
    return f"{h} × {w}, " + {1: "grey", 3: "colour"}.get(c, f"{c} channels")


def facts(card: Card) -> dict[str, str]:
    """What the model is, for a small table."""
    found = {
        "Data": card.data.title or card.data.name,
        "Licence": card.data.licence,
        "Pictures": pictures(card),
        "Learned from": f"{card.data.train_size:,}" if card.data.train_size else "",
        "Latents": f"{card.latent}",
        "Networks": card.model.arch,
        "p(x|z)": "not known" if card.wrapped else type(card.model.likelihood).__name__,
        "Digest": f"{card.digest[:12]}",
    }
    return {k: v for k, v in found.items() if v}


def measured(metrics: Mapping[str, Any]) -> dict[str, list[str]]:
    """The metrics as a table of three columns: what, value, what it means."""
    binarise = {"dynamic": "pixels drawn as 0 or 1", "none": "grey levels as they are"}
    how = f"{metrics.get('n', 0):,} test pictures, {binarise.get(metrics.get('binarise', ''), 'as trained')}"
    k = metrics.get("k") or 0
    rows = [
        ("−ELBO", "elbo", -1, ",.2f", NATS, f"a bound on what one picture costs; {how}, one sampled z"),
        ("NLL", "nll", 1, ",.2f", NATS, f"the cost itself, estimated with {k} samples"),
        ("Reconstruction", "rec", -1, ",.2f", NATS, "how far the decoded picture is from x"),
        ("KL", "kl", 1, ",.2f", NATS, "what z has to say about x"),
        ("Active units", "active_units", 1, ".0f", "", "dimensions whose mean varies with x"),
        ("Squared error", "mse", 1, ".4f", "", "a pixel, from the mean of q"),
        ("SSIM", "ssim", 1, ".3f", "", "structural similarity; 1 is identical"),
    ]
    kept = [
        (n, number(s * float(metrics[key]), f) + u, w) for n, key, s, f, u, w in rows if is_number(metrics.get(key))
    ]
    return {"measure": [r[0] for r in kept], "value": [r[1] for r in kept], "what it means": [r[2] for r in kept]}


def class_of(latents: Latents, row: int) -> str:
    """The name of an item's class; nothing where it has none."""
    k = -1 if latents.labels is None else int(latents.labels[row])
    return latents.classes[k] if 0 <= k < len(latents.classes) else ""


def is_number(value: Any) -> bool:
    """Whether it can be shown: a finite number."""
    return isinstance(value, (int, float)) and bool(np.isfinite(value))
