"""Numbers -> sentences, small tables and formulas, to be read beside a figure. Pure: knows nothing of Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.drawing import palette
from vae.records import Floats, Improvement, Latents, Posterior, Rank

DENSITY = "p(x|z) is a density here, so its nats may be negative: compare them between pictures."
NATS = "\N{NO-BREAK SPACE}nats"
MAPS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
NO_ELBO = "this model does not define p(x|z)"
NO_KL = "its encoder gives no variance"
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
    rec = palette.tex("xhat", theme, rf"\underbrace{{{_tex(-q.rec)}}}_{{\text{{redraw it (reconstruction)}}}}")
    kl = palette.tex("kl", theme, rf"\underbrace{{{_tex(q.kl)}}}_{{\text{{place it (KL)}}}}")
    return rf"{_tex(q.kl - q.rec)} \text{{ nats}} = {rec} + {kl}"


def costs(q: Posterior) -> str:
    """Why a picture has no such sum; "" where it has one."""
    if is_number(q.elbo):
        return ""
    kl = f"Its KL to N(0, 1) is {q.kl:.1f} nats." if is_number(q.kl) else f"It has no KL either: {NO_KL}."
    return f"The picture has no ELBO: {NO_ELBO}. {kl}"


ODD = {
    ("rec", "more"): "it is harder to redraw than nearly all items",
    ("rec", "less"): "it is easier to redraw than nearly all items, as an empty picture is",
    ("kl", "more"): "its KL is larger than that of nearly all items",
    ("kl", "less"): "its KL is smaller than that of nearly all items",
    ("elbo", "more"): "it costs more nats than nearly all items",
    ("elbo", "less"): "it costs fewer nats than nearly all items, as an empty picture does",
    ("distance", "more"): "no encoded item lies near it",
}
SHORT = {
    ("rec", "more"): "hard to redraw",
    ("rec", "less"): "easy to redraw",
    ("kl", "more"): "large KL",
    ("kl", "less"): "small KL",
    ("elbo", "more"): "costs much",
    ("elbo", "less"): "costs little",
    ("distance", "more"): "far away",
}


def unlike(ranks: Sequence[Rank]) -> str:
    """Why a picture is unlike the data, in three words at most; "" where it is not."""
    return next((SHORT[rank.measure, rank.unlike] for rank in reversed(ranks) if rank.unlike), "")


def typicality(ranks: Sequence[Rank], n: int) -> str:
    """Is a picture like the n encoded items: the verdict, and the numbers that it rests on."""
    by = {rank.measure: rank for rank in ranks}
    odd = [ODD[rank.measure, rank.unlike] for rank in reversed(ranks) if rank.unlike]
    near, cost = by["distance"], by.get("elbo") or by.get("kl")
    head = f"**Unlike the data:** {odd[0]}." if odd else "**Like the data.**"
    away = f"ts 5th neighbour in z, at distance {near.value:.2f}, is farther than that of {percent(near.percentile)}"
    if cost is None:
        return f"{head} I{away} of the {n:,} encoded items."
    what = "It costs more than" if cost.measure == "elbo" else "Its KL is larger than that of"
    share = f"{what} {percent(cost.percentile)} of the {n:,} encoded items"
    return f"{head} {share} (their median: {number(cost.middle)} nats); i{away} of them."


def percent(value: float) -> str:
    """A percentile as people say it, never rounded to all or none."""
    if value >= 99.95 or value <= 0.05:
        return "all" if value >= 99.95 else "none"
    return f"{value:.{int(value > 99 or value < 1)}f}\N{NO-BREAK SPACE}%"


def improved(improvement: Improvement, steps: int) -> str:
    """How much the steps on one picture's own q(z|x) gained."""
    gap = improvement.gap
    if is_number(gap):
        if gap < 0.05:
            return f"Nothing to gain: {steps} steps improve on the encoder by less than 0.05 nats."
        return (
            f"{steps} steps improve on the encoder by **{gap:,.1f} nats**, the *amortisation gap*: one network encodes "
            "every picture, while these steps fit q(z|x) to this picture alone."
        )
    before, after = float(improvement.curve[0]), float(improvement.curve.min())
    less = 100 * (1 - after / before) if before > 0 else 0.0
    return f"The squared error falls by **{less:.0f} %** in {steps} steps on z alone. There is no ELBO: {NO_ELBO}."


def unavailable(metrics: Mapping[str, Any]) -> str:
    """What cannot be measured of a model of another program, and why."""
    kl = "" if is_number(metrics.get("kl")) else f" **KL**: not available, because {NO_KL}."
    return f"**ELBO**: not available, because {NO_ELBO}.{kl}"


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
        "That is no fault if the pictures need no more; to use more, train with a smaller β or let it grow (warm-up)."
    )


def pictures(shape: tuple[int, int, int]) -> str:
    """The pictures of a model, from (C, H, W): "28 × 28, grey"."""
    c, h, w = shape
    return f"{h} × {w}, " + {1: "grey", 3: "colour"}.get(c, f"{c} channels")


def measured(metrics: Mapping[str, Any]) -> dict[str, list[str]]:
    """The metrics as a table of three columns: what, value, what it means."""
    binarise = {"dynamic": "pixels sampled as 0 or 1", "none": "grey levels as they are"}
    how = f"{metrics.get('n', 0):,} test pictures, {binarise.get(metrics.get('binarise', ''), 'as trained')}"
    k = metrics.get("k") or 0
    rows = [
        ("−ELBO", "elbo", -1, ",.2f", NATS, f"a bound on what one picture costs; {how}, one sampled z"),
        ("NLL", "nll", 1, ",.2f", NATS, f"the cost itself, estimated with {k} samples"),
        ("Reconstruction", "rec", -1, ",.2f", NATS, "how far the decoded picture is from x"),
        ("KL", "kl", 1, ",.2f", NATS, "how much z says about x"),
        ("Active units", "active_units", 1, ".0f", "", "dimensions whose mean varies with x"),
        ("Squared error", "mse", 1, ".4f", "", "per pixel, decoded from the mean of q(z|x)"),
        ("SSIM", "ssim", 1, ".3f", "", "structural similarity; 1 is identical"),
    ]
    table = [
        (n, number(s * float(metrics[key]), f) + u, w) for n, key, s, f, u, w in rows if is_number(metrics.get(key))
    ]
    return {"measure": [r[0] for r in table], "value": [r[1] for r in table], "what it means": [r[2] for r in table]}


def class_of(latents: Latents, row: int) -> str:
    """The name of an item's class; "" where it has none."""
    k = -1 if latents.labels is None else int(latents.labels[row])
    return latents.classes[k] if 0 <= k < len(latents.classes) else ""


def is_number(value: Any) -> bool:
    """Whether it can be shown: a finite number."""
    return isinstance(value, (int, float)) and bool(np.isfinite(value))
