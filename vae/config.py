"""Every setting of the package, as frozen dataclasses: one field, one default, one sentence, one range.

The command line, the form in the app, the JSON beside the weights and the README's table all derive from these, through
vae.settings, whose names stand here too. Knows nothing of torch: a specification names *what* to build, and the modules
that read it know *how*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vae.settings import NAMES, SPECS, check, default, from_json, named, nearest, setting, spec, to_json

__all__ = [
    "IWAE", "MMD", "NAMES", "SPECS", "TC", "Bernoulli", "Beta", "Capacity", "ContinuousBernoulli", "Data", "Foreign",
    "FreeBits", "Gaussian", "Likelihood", "Logistic", "Mixture", "Model", "Normal", "Objective", "Prior", "Recipe",
    "Train", "Vamp", "check", "default", "from_json", "setting", "spec", "to_json",
]  # fmt: skip

Map = Literal["pca", "umap", "tsne"]
MAPS: tuple[Map, ...] = ("pca", "umap")  # of every model, unless its recipe names others


# --- p(x|z) -----------------------------------------------------------------------------------------------------------


@named("bernoulli")
@dataclass(frozen=True)
class Bernoulli:
    """Every pixel is a coin: log p = x log θ + (1 - x) log(1 - θ), from logits (binary cross-entropy)."""


@named("cbernoulli")
@dataclass(frozen=True)
class ContinuousBernoulli:
    """The Bernoulli normalised on [0, 1] (Loaiza-Ganem and Cunningham, 2019)."""


@named("gaussian")
@dataclass(frozen=True)
class Gaussian:
    """N(x | f_μ(z), σ²). σ = 1 with the constant dropped is the simplified loss: squared error / 2 + KL."""

    sigma: float | Literal["learned", "optimal", "pixelwise"] = setting(
        1.0, "a number, one learned value, the optimal one of each batch, or f_σ(z) for every pixel", low=1e-3, high=10
    )


@named("logistic")
@dataclass(frozen=True)
class Logistic:
    """Discretised logistic on 256 levels: a probability of the byte itself (Salimans et al., 2017)."""


Likelihood = Bernoulli | ContinuousBernoulli | Gaussian | Logistic
LOG_SIGMA_MIN = -6.0  # σ of a density must not shrink for ever: 0.0025 is under one grey level (0.0039)


# --- p(z) -------------------------------------------------------------------------------------------------------------


@named("normal")
@dataclass(frozen=True)
class Normal:
    """The standard normal N(0, 1)."""


@named("mixture")
@dataclass(frozen=True)
class Mixture:
    """k learned normal components."""

    k: int = setting(10, "components", low=1, high=1000)


@named("vamp")
@dataclass(frozen=True)
class Vamp:
    """VampPrior: the mixture of the posteriors of k learned pseudo-inputs (Tomczak and Welling, 2018)."""

    k: int = setting(100, "pseudo-inputs", low=1, high=5000)


Prior = Normal | Mixture | Vamp


# --- objectives -------------------------------------------------------------------------------------------------------


@named("beta")
@dataclass(frozen=True)
class Beta:
    """rec + β KL, minimised. β = 1 is the ELBO itself."""

    beta: float = setting(1.0, "weight of the KL term; 1 is the ELBO itself", low=0, high=100)
    warmup: float = setting(0.0, "fraction of all steps over which β grows from 0", low=0, high=0.9)
    samples: int = setting(1, "draws of z for each picture and step, whose ELBOs are averaged", low=1, high=500)


@named("iwae")
@dataclass(frozen=True)
class IWAE:
    """The k-sample bound L_k (Burda, Grosse and Salakhutdinov, 2016)."""

    k: int = setting(5, "importance samples for each picture", low=1, high=500)


@named("tc")
@dataclass(frozen=True)
class TC:
    """β-TCVAE: MI + β TC + dimension-wise KL, minibatch stratified weights (Chen et al., 2018)."""

    beta: float = setting(6.0, "weight of the total correlation", low=0, high=100)
    alpha: float = setting(1.0, "weight of the index-code mutual information", low=0, high=100)
    gamma: float = setting(1.0, "weight of the dimension-wise KL", low=0, high=100)
    warmup: float = setting(0.0, "fraction of all steps over which the penalty grows from 0", low=0, high=0.9)


@named("capacity")
@dataclass(frozen=True)
class Capacity:
    """rec + γ |KL - C|, C growing from 0 to its end (Burgess et al., 2018)."""

    gamma: float = setting(30.0, "weight of the distance to the capacity", low=0, high=10_000)
    capacity: float = setting(25.0, "nats at the end", low=0, high=1000)
    growth: float = setting(0.5, "fraction of all steps over which C grows", low=0, high=1)


@named("freebits")
@dataclass(frozen=True)
class FreeBits:
    """rec + Σ_j max(λ, KL_j), the KL averaged over the batch (Kingma et al., 2016)."""

    nats: float = setting(0.1, "nats each dimension may spend for nothing", low=0, high=10)


@named("mmd")
@dataclass(frozen=True)
class MMD:
    """InfoVAE: rec + (1 - α) KL + (α + λ - 1) MMD(q(z), p(z)) (Zhao, Song and Ermon, 2019)."""

    alpha: float = setting(1.0, "1 drops the KL", low=0, high=1)
    scale: float = setting(100.0, "λ, the weight of the MMD", low=0, high=100_000)


Objective = Beta | IWAE | TC | Capacity | FreeBits | MMD


# --- model, data, training --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """The network and its distributions: the keyword arguments of `vae.VAE`."""

    shape: tuple[int, int, int] = setting((1, 28, 28), "channels, height, width of a picture")
    latent: int = setting(16, "latent dimensions", low=1, high=512)
    arch: Literal["linear", "mlp", "conv", "resnet"] = setting("conv", "encoder and decoder trunk")
    likelihood: Likelihood = setting(Bernoulli(), "p(x|z)")
    prior: Prior = setting(Normal(), "p(z)")
    width: int = setting(
        0, "hidden units of an mlp or channels of the first convolution; 0: the trunk's own default", low=0, high=4096
    )
    depth: int = setting(
        0, "hidden layers of an mlp or blocks a resolution; 0: the trunk's own default", low=0, high=12
    )
    activation: Literal["silu", "relu", "tanh", "gelu"] = setting(
        "silu", "between layers; published networks mostly have relu or tanh; a linear trunk has none"
    )


def beside_mean(model: Model) -> tuple[str, ...]:
    """The parameters of p(x|z) that do not follow from its mean picture E[x|z] in [0, 1], in this order.

    "scale" where the spread of a pixel depends on z, "loc" where the mean picture is a parameter clamped to [0, 1]. A
    Bernoulli of either kind follows from its mean, and a σ that is one number stands in the weights.
    """
    match model.likelihood:
        case Logistic():
            return "loc", "scale"
        case Gaussian(sigma):
            return (("loc",) if model.arch == "linear" else ()) + (("scale",) if sigma == "pixelwise" else ())
        case _:
            return ()


@dataclass(frozen=True)
class Data:
    """The pictures that a model learns from."""

    name: str = setting("mnist", "a data set's name, or the path of a folder, zip or .npz of pictures")
    size: int = setting(0, "resize pictures to this many pixels square; 0: as they are", low=0, high=256)
    channels: Literal[0, 1, 3] = setting(0, "1 grey, 3 colour; 0: as they are")
    binarise: Literal["none", "dynamic"] = setting("none", "dynamic: each pixel is drawn anew as 0 or 1 at every step")
    limit: int = setting(0, "use at most this many items, drawn at random; 0: all", low=0, high=100_000_000)
    augment: Literal["none", "flip", "shift"] = setting(
        "none", "random changes while training: flip left-right, shift by a pixel"
    )


@dataclass(frozen=True)
class Train:
    """How a model learns."""

    epochs: int = setting(10, "passes over the data", low=1, high=100_000)
    batch: int = setting(128, "pictures a step", low=1, high=65_536)
    lr: float = setting(1e-3, "peak learning rate", low=1e-7, high=1)
    schedule: Literal["cosine", "constant"] = setting("cosine", "how the learning rate falls after its warm-up")
    warmup: float = setting(0.02, "fraction of all steps over which the learning rate grows from 0", low=0, high=0.9)
    objective: Objective = setting(Beta(), "what is minimised")
    optimiser: Literal["adam", "adamw"] = setting("adamw", "Adam or AdamW, fused where the device has it")
    weight_decay: float = setting(0.0, "decoupled weight decay (AdamW)", low=0, high=1)
    clip: float = setting(0.0, "largest gradient norm; 0: no clipping", low=0, high=1e6)
    ema: float = setting(0.0, "decay of the averaged weights; 0: none, e.g. 0.999", low=0, high=0.99999)
    precision: Literal["float32", "bfloat16", "auto"] = setting(
        "float32", "arithmetic of the trunks, losses stay in float32; auto: bfloat16 where the processor has it"
    )
    compile: bool = setting(
        False, "torch.compile for the networks: no gain on two CPU cores, after 10 s of compiling; on a GPU, try it"
    )
    patience: int = setting(
        0, "stop after this many epochs without a better validation ELBO; 0: never", low=0, high=1000
    )
    seed: int = setting(0, "every random number follows from it", low=0, high=2**31 - 1)
    device: Literal["auto", "cpu", "cuda", "mps"] = setting("auto", "auto: the fastest one at hand")


@dataclass(frozen=True)
class Foreign:
    """A model of another program, as `vae import` describes it: its sliders, and how to open it again."""

    shape: tuple[int, int, int] = setting((1, 28, 28), "channels, height, width of a picture")
    latent: int = setting(16, "sliders", low=1, high=512)
    latent_shape: tuple[int, ...] = setting((16,), "of a latent as its decoder takes it; sliders are numbers of it")
    source: str = setting("", "a file, a folder, FILE.py:NAME or package.module:NAME")
    weights: str = setting("", "the file of its weights, where the source names a class")
    fingerprint: str = setting("", "sha256 of the source's files at the import")
    range: tuple[float, float] = setting((0.0, 1.0), "of the pixel values that it works in")
    scale: Literal["", "logits", "values"] = setting("", "what its decoder returns, where the import names it")
    encodes: bool = setting(True, "whether it has an encoder")
    variance: bool = setting(True, "whether its encoder has a variance")
    data: Data = setting(Data(), "the pictures that were encoded")
    arch: str = setting("of another program", "its networks")
    likelihood: Literal["unknown"] = setting("unknown", "p(x|z): only its mean is known, so there is no ELBO")


@dataclass(frozen=True)
class Recipe:
    """Everything that repeats a run: train.json beside the weights."""

    name: str = setting("", "the run's folder name")
    title: str = setting("", "what people read in the picker")
    data: Data = setting(Data(), "what is learned from")
    model: Model = setting(Model(), "what is built")
    train: Train = setting(Train(), "how it is learned")
    maps: tuple[Map, ...] = setting(MAPS, "maps of the latents: pca, umap, tsne")
    licence: str = setting("", "of the weights, as the model card names it, e.g. mit; empty: it names none")


for _cls in (*NAMES, Model, Data, Train, Foreign, Recipe):
    _cls.__init__ = nearest(_cls.__init__)  # type: ignore[misc]
