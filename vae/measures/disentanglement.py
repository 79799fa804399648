"""Disentanglement: how well single latents represent single true factors. MIG, DCI, SAP and the FactorVAE score.

Every table here is (D, F): a row a latent, a column a factor. A factor with at most 10 distinct values is a category,
with at most 100 it has levels, with more it is continuous, and is cut into 20 levels of equal width where a score needs
levels. Knows nothing of torch or of pictures: its input is a `Latents` record with factors, such as that of
`vae.latents.encode_all`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.records import Ints, Latents

BINS = 20  # of a latent and of a continuous factor, as in Locatello et al., 2019, appendix C
CATEGORIES, LEVELS = 10, 100
ACTIVE = 0.01  # share of a latent's variance between items, below which the latent is dead
Reals = NDArray[np.number[Any]]
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Dci:
    """Disentanglement, completeness and informativeness, and the (D, F) importances behind the first two."""

    disentanglement: float
    completeness: float
    informativeness: float
    importance: Table


@dataclass(frozen=True)
class Scores:
    """All scores: 1 is best and 0 is worst, but the FactorVAE score of a random code is about 1 / F."""

    mig: float
    dci_disentanglement: float
    dci_completeness: float
    dci_informativeness: float
    sap: float
    factor_vae: float


def scores(latents: Latents, seed: int = 0) -> Scores:
    """Every score of a set's latents; 10,000 items with 10 latents and 5 factors take about ten seconds.

    Errors: ValueError without factors, or where one does not vary.
    """
    if latents.factors is None:
        raise ValueError(
            f"the latents of {latents.data or 'this set'} have no true factors to compare with: use a set that has "
            "them, such as sprites."
        )
    mean, factors = latents.mean, latents.factors
    parts = dci(mean, factors, seed)
    return Scores(
        mig(mean, factors, latents.std), parts.disentanglement, parts.completeness, parts.informativeness,
        sap(mean, factors, latents.std), factor_vae(mean, factors, latents.std, seed),
    )  # fmt: skip


# --- mutual information gap -------------------------------------------------------------------------------------------


def mig(mean: Reals, factors: Reals, std: Reals | None = None) -> float:
    """MIG = 1/F Σ_k (I(z_j*; v_k) - max_{j ≠ j*} I(z_j; v_k)) / H(v_k), j* the latent with the most information on v_k.

    The gap is between the latents of one factor, never between factors. (Chen et al., 2018, section 4.1, eq. 6.)
    """
    information = np.sort(mutual_information(mean, factors, std), axis=0)
    second = information[-2] if len(information) > 1 else 0.0
    return float(((information[-1] - second) / entropy(factors)).mean())


def mutual_information(mean: Reals, factors: Reals, std: Reals | None = None) -> Table:
    """I(z_j; v_k) in nats (D, F), z_j ~ 1/N Σ_n N(mean_nj, std_nj²) (Chen et al., 2018, eq. 5).

    z_j is cut into bins of equal width, 20 or as many as the factor with the most levels has, so that a perfect code
    reaches H(v_k); an item counts in every bin with the probability mass of its posterior, which is the paper's
    integral on a grid, without sampling noise. Without `std` an item counts in the bin of its mean.
    """
    zs, v = _checked(mean, factors, std)
    bins = max(BINS, int(v.max()) + 1)
    members = [np.eye(int(column.max()) + 1)[column] / len(v) for column in v.T]  # (N, L) a factor; the rows sum to 1/N
    information = np.empty((zs.shape[1], len(members)))
    for j, z in enumerate(zs.T):
        mass = _mass(z, np.zeros_like(z) if std is None else np.asarray(std, np.float64)[:, j], bins)
        for k, member in enumerate(members):
            joint = member.T @ mass
            product = joint.sum(1, keepdims=True) * joint.sum(0)
            ratio = np.where(joint > 0, joint, 1) / np.where(joint > 0, product, 1)
            information[j, k] = (joint * np.log(ratio)).sum()
    return np.maximum(information, 0)


def entropy(factors: Reals) -> Table:
    """H(v_k) of every factor, nats (F,)."""
    share = [np.bincount(column) / len(column) for column in levels(factors).T]
    return np.array([-(p[p > 0] * np.log(p[p > 0])).sum() for p in share])


def levels(factors: Reals) -> Ints:
    """The values of every factor as 0, 1, 2, ... in ascending order (N, F); a continuous one in 20 equal steps."""
    columns = []
    for v in np.asarray(factors).T:
        values, index = np.unique(v, return_inverse=True)
        if len(values) > LEVELS:
            index = np.digitize(v, np.linspace(values[0], values[-1], BINS + 1)[1:-1])
        columns.append(index)
    return np.stack(columns, axis=1).astype(np.int64)


def _mass(z: Table, std: Table, bins: int) -> Table:
    """P(bin | item), (N, B): of N(z, std²), or 1 for the bin of z where std is 0. The outermost bins have no end."""
    from scipy.special import ndtr

    edges = np.linspace((z - 2 * std).min(), (z + 2 * std).max(), bins + 1)[1:-1]
    distance = edges - z[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(std[:, None] > 0, ndtr(distance / std[:, None]), distance > 0)
    return np.diff(below, prepend=0.0, append=1.0, axis=1)


# --- disentanglement, completeness, informativeness -------------------------------------------------------------------


def dci(mean: Reals, factors: Reals, seed: int = 0) -> Dci:
    """Importances and accuracy of a random forest that predicts every factor from the latents.

    With R_jk the importance of latent j for factor k: disentanglement Σ_j ρ_j (1 - H_F(R_j· / Σ_k R_jk)), ρ_j the
    latent's share of all importance; completeness 1/F Σ_k (1 - H_D(R_·k / Σ_j R_jk)); entropies in base F and D.
    Informativeness is R² on the other half of the items, mean over factors, a category as its indicators: 1 less the
    square of the paper's normalised error. (Eastwood and Williams, 2018, section 2.)
    """
    from sklearn.ensemble import RandomForestRegressor

    z, _ = _checked(mean, factors)
    train, test = np.array_split(np.random.default_rng(seed).permutation(len(z)), 2)
    importance, explained = [], []
    for target in map(_target, np.asarray(factors, np.float64).T):
        forest = RandomForestRegressor(10, min_samples_leaf=2, random_state=seed)
        forest.fit(z[train], target[train].squeeze())
        error = target[test] - forest.predict(z[test]).reshape(target[test].shape)
        explained.append(1 - (error**2).sum() / ((target[test] - target[train].mean(0)) ** 2).sum())
        importance.append(forest.feature_importances_)
    r = np.stack(importance, axis=1)
    share = r.sum(1) / max(r.sum(), 1e-12)
    return Dci(float(share @ _peaked(r)), float(_peaked(r.T).mean()), float(np.maximum(explained, 0).mean()), r)


def _target(v: Table) -> Table:
    """The target of the prediction of a factor (N, ·): a category's indicators, else the value."""
    values, index = np.unique(v, return_inverse=True)
    return np.eye(len(values))[index] if len(values) <= CATEGORIES else v[:, None]


def _peaked(r: Table) -> Table:
    """1 - H(row) / log(columns): 1 for a row with one entry, 0 for an even one or for none."""
    if r.shape[1] == 1:
        return np.ones(len(r))
    total = r.sum(1, keepdims=True)
    p = np.where(total > 0, r / np.where(total > 0, total, 1), 1 / r.shape[1])
    return np.asarray(1 + (p * np.log(np.where(p > 0, p, 1))).sum(1) / np.log(r.shape[1]))


# --- separated attribute predictability -------------------------------------------------------------------------------


def sap(mean: Reals, factors: Reals, std: Reals | None = None) -> float:
    """1/F Σ_k (S_j*k - max_{j ≠ j*} S_jk), S_jk how well latent j alone predicts factor k.

    S is the R² of a linear fit to values, and for categories the balanced accuracy of thresholds on one latent, fitted
    to one half of the items and counted on the other; for a dead latent it is 0. (Kumar, Sattigeri and
    Balakrishnan, 2018, section 3.)
    """
    z, v = _checked(mean, factors, std)
    table = np.zeros((z.shape[1], v.shape[1]))
    for k, (index, values) in enumerate(zip(v.T, np.asarray(factors, np.float64).T, strict=True)):
        for j in np.flatnonzero(_live(z, std)):
            if index.max() < CATEGORIES:
                table[j, k] = _thresholds(z[:, j], index)
            else:
                table[j, k] = np.corrcoef(z[:, j], values)[0, 1] ** 2
    table.sort(axis=0)
    return float((table[-1] - (table[-2] if len(table) > 1 else 0)).mean())


def _thresholds(z: Table, category: Ints) -> float:
    """Balanced accuracy above chance, 0 to 1, of at most as many intervals of z as there are categories."""
    from sklearn.metrics import recall_score
    from sklearn.tree import DecisionTreeClassifier

    count = int(category.max()) + 1
    tree = DecisionTreeClassifier(max_leaf_nodes=count, class_weight="balanced", random_state=0)
    predicted = tree.fit(z[::2, None], category[::2]).predict(z[1::2, None])
    recall = recall_score(category[1::2], predicted, average="macro", zero_division=0)
    return float(max(0.0, (recall - 1 / count) / (1 - 1 / count)))


# --- FactorVAE score --------------------------------------------------------------------------------------------------


def factor_vae(
    mean: Reals, factors: Reals, std: Reals | None = None, seed: int = 0, votes: int = 2000, batch: int = 64
) -> float:
    """How often the latent that varies least, while one factor is constant, identifies that factor.

    A vote: draw a factor k, and `batch` items that share one value of it; d = argmin_j Var(z_j) / Var of all z_j, over
    the live latents. A latent stands for the factor of most of its votes in one set; the score is the accuracy of this
    in another set. Chance is about 1 / F; it is 0 where all latents are dead. (Kim and Mnih, 2018, section 4.)
    """
    z, v = _checked(mean, factors, std)
    z = z[:, _live(z, std)]
    if not z.shape[1]:
        return 0.0
    z = z / z.std(0)
    rng = np.random.default_rng(seed)
    order = np.argsort(v, axis=0, kind="stable")  # the items of one level lie together
    ends = [np.concatenate([[0], np.bincount(column).cumsum()]) for column in v.T]
    table = np.zeros((2, z.shape[1], v.shape[1]), np.int64)
    for part in table:
        for k, item in zip(rng.integers(v.shape[1], size=votes), rng.integers(len(v), size=votes), strict=True):
            level = v[item, k]
            rows = order[rng.integers(ends[k][level], ends[k][level + 1], size=batch), k]
            part[z[rows].var(0).argmin(), k] += 1
    factor = table[0].argmax(1)
    return float(table[1][np.arange(len(factor)), factor].sum() / votes)


# --- checks -----------------------------------------------------------------------------------------------------------


def _live(z: Table, std: Reals | None) -> NDArray[np.bool_]:
    """Which latents vary from item to item: Var E[z|x] > 0.01 Var z; without `std`, Var z > 0."""
    between = z.var(0)
    within = 0.0 if std is None else np.square(std, dtype=np.float64).mean(0)
    return np.asarray(between > ACTIVE * (between + within))


def _checked(mean: Reals, factors: Reals, std: Reals | None = None) -> tuple[Table, Ints]:
    """(means as float64, levels), if both have a row an item, and latents and every factor vary. Errors: ValueError."""
    z: Table = np.asarray(mean, np.float64)
    factors = np.asarray(factors)
    if std is not None and np.shape(std) != z.shape:
        raise ValueError(f"std {np.shape(std)} must have the shape of the means, {z.shape}: one for every mean.")
    if z.ndim != 2 or factors.ndim != 2 or len(z) != len(factors) or len(z) < 4:
        raise ValueError(
            f"means {z.shape} and factors {factors.shape} must be (N, D) and (N, F): a row an item, N at least 4."
        )
    if not (np.isfinite(z).all() and np.isfinite(factors).all()):
        raise ValueError("means and factors must be finite: leave out the other items.")
    v = levels(factors)
    for k in range(v.shape[1]):
        if v[:, k].max() == 0:
            raise ValueError(f"factor {k} has the one value {factors[0, k]:g} in all items: leave it out.")
    if not z.var(0).max() > 0:
        raise ValueError("the means are the same for all items: the model has collapsed, so measure another one.")
    return z, v
