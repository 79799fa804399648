"""The records that cross between torch and everything else: read-only numpy arrays, no behaviour.

A record checks at construction that its arrays agree in size, because NumPy would broadcast them.

Knows nothing of torch, files or Streamlit: ``import vae.records`` costs numpy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


class _Frozen:
    """Makes every array field of a dataclass read-only, so that no reader changes a cached record."""

    def __post_init__(self) -> None:
        for column in fields(self):  # type: ignore[arg-type]
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray) and value.flags.writeable:
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, column.name, view)


@dataclass(frozen=True, eq=False)
class Dataset(_Frozen):
    """Pictures as bytes, with their labels and their factors of variation where those are known.

    >>> data = vae.Dataset("mine", np.zeros((10, 1, 8, 8), np.uint8), labels=np.arange(10) % 2)
    >>> len(data), data.shape
    (10, (1, 8, 8))
    """

    name: str
    images: Bytes  # (N, C, H, W), 0..255
    labels: Ints | None = None  # (N,), an index into `classes`
    classes: tuple[str, ...] = ()
    factors: Floats | None = None  # (N, F), the true factors of variation
    factor_names: tuple[str, ...] = ()
    split: str = "train"

    def __post_init__(self) -> None:
        """Errors: ValueError where the pictures are no bytes (N, C, H, W), or labels or factors are not N."""
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise ValueError(
                f"images are {self.images.dtype} of {self.images.shape}, but must be bytes, uint8, of (N, C, H, W): "
                "(255 * x).round().astype('uint8') converts floats in [0, 1]."
            )
        for name in ("labels", "factors"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.images):
                raise ValueError(
                    f"{name} are {len(column)}, and there are {len(self.images)} pictures: give one for every picture."
                )
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        _, c, h, w = self.images.shape
        return c, h, w


@dataclass(frozen=True, eq=False)
class Latents(_Frozen):
    """The posterior q(z|x) of many items: N(mean, std²), one row an item.

    >>> codes = vae.Latents(np.zeros((10, 2)), np.ones((10, 2)), np.arange(10))
    >>> len(codes), codes.dims
    (10, 2)
    """

    mean: Floats  # (N, D)
    std: Floats  # (N, D); zero where the encoder has no variance
    index: Ints  # (N,), the item's row in the data set
    labels: Ints | None = None
    classes: tuple[str, ...] = ()
    factors: Floats | None = None
    factor_names: tuple[str, ...] = ()
    split: str = "test"
    kl_per_dim: Floats | None = None  # (D,), nats, the mean over the items: the information in a dimension
    rec: Floats | None = None  # (N,), nats, E_q log p(x|z) of every item, of its grey levels
    kl: Floats | None = None  # (N,), nats, KL(q(z|x) || p(z)) of every item
    data: str = ""  # the data set's name
    total: int = 0  # items in the whole split

    def __post_init__(self) -> None:
        """Errors: ValueError where mean and std are not (N, D)."""
        if self.mean.ndim != 2 or self.std.shape != self.mean.shape:
            raise ValueError(f"mean {self.mean.shape} and std {self.std.shape} must both be (N, D): a row an item.")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def dims(self) -> int:
        """D, the numbers of a latent."""
        return int(self.mean.shape[1])


@dataclass(frozen=True, eq=False)
class Projection(_Frozen):
    """A map: two numbers for every latent. A linear one has its axes, so that every point of the plane has a z.

    >>> from vae import latents
    >>> from vae.maps import projection
    >>> model = vae.VAE((1, 8, 8), latent=4, arch="mlp")
    >>> codes = latents.encode_all(model, vae.dataset(vae.Data("digits", limit=100)))
    >>> plane = projection.project(codes, "pca")
    >>> plane.name, plane.xy.shape, plane.components.shape
    ('pca', (100, 2), (2, 4))
    """

    name: str  # "pca" | "umap" | "tsne" | "z3:z7"
    xy: Floats  # (N, 2)
    components: Floats | None = None  # (2, D), orthonormal rows: xy = (z - center) @ components.T
    center: Floats | None = None  # (D,)


@dataclass(frozen=True, eq=False)
class Histograms(_Frozen):
    """Counts of the encoded means, dimension by dimension: the histogram on a slider's track."""

    counts: Ints  # (D, B), each row sums to the number of items
    edges: Floats  # (D, B + 1), ascending


@dataclass(frozen=True, eq=False)
class Posterior(_Frozen):
    """One picture through the model: q(z|x) = N(mean, std²), its reconstruction and its ELBO = rec - kl, in nats."""

    mean: Floats  # (D,)
    std: Floats  # (D,)
    recon: Floats  # (C, H, W) in [0, 1], decoded from the mean
    rec: float  # E_q log p(x|z)
    kl: float
    kl_per_dim: Floats  # (D,)

    @property
    def elbo(self) -> float:
        """A lower bound of log p(x): rec - kl."""
        return self.rec - self.kl


@dataclass(frozen=True, eq=False)
class Improvement(_Frozen):
    """One picture's q(z|x) as the encoder returns it, and after steps of its own towards a higher ELBO."""

    before: Posterior
    after: Posterior  # the best of all steps: never worse than `before`
    curve: Floats  # (steps + 1,), the ELBO in nats; without an ELBO the squared error a pixel, which falls
    path: Floats  # (steps + 1, D), the mean after every step

    @property
    def gap(self) -> float:
        """The amortisation gap, nats, at least 0; NaN where there is no ELBO."""
        return self.after.elbo - self.before.elbo


@dataclass(frozen=True)
class Progress:
    """A report of training: step, time, losses. All losses in nats an image.

    >>> report = vae.Progress(1, 10, 50, 500, seconds=2.0, images_per_second=3000.0, elbo=-98.5)
    >>> f"epoch {report.epoch} of {report.epochs}, {report.fraction:.0%}: -ELBO {-report.elbo:.1f} nats"
    'epoch 1 of 10, 10%: -ELBO 98.5 nats'
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    images_per_second: float
    elbo: float = float("nan")  # training, mean since the last report
    rec: float = float("nan")
    kl: float = float("nan")
    loss: float = float("nan")  # of the objective; -elbo only when beta = 1
    beta: float = 1.0
    lr: float = 0.0
    skipped: int = 0  # non-finite steps so far
    valid: Mapping[str, float] = field(default_factory=dict)  # elbo, rec, kl on held-out data; empty within an epoch

    @property
    def fraction(self) -> float:
        """Of all steps, 0 to 1."""
        return self.step / max(self.steps, 1)


Measure = Literal["rec", "kl", "elbo", "distance"]
TAIL = 1.0  # percent at an end that count as unlike


@dataclass(frozen=True)
class Rank:
    """A value of a picture and its rank among the encoded items: `percentile` of them have less, 0..100."""

    measure: Measure
    value: float  # a cost in nats (-rec, kl, -elbo), or a distance in z
    percentile: float
    middle: float  # the items' median

    @property
    def unlike(self) -> Literal["", "less", "more"]:
        """The tail in which it lies: for costs either one, for distances the upper one."""
        if self.percentile >= 100 - TAIL:
            return "more"
        return "less" if self.percentile <= TAIL and self.measure != "distance" else ""
