"""Every setting of the package, as frozen dataclasses: one field, one default, one sentence, one range.

The command line, the form in the app, the JSON beside the weights and the README's table all derive from these, through
vae.settings, whose names stand here too, as do the specifications of vae.specifications. Knows nothing of torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vae.settings import NAMES, SPECS, check, default, from_json, nearest, setting, spec, to_json
from vae.specifications import (
    IWAE,
    LOG_SIGMA_MIN,
    MMD,
    TC,
    Bernoulli,
    Beta,
    Capacity,
    ContinuousBernoulli,
    FreeBits,
    Gaussian,
    Likelihood,
    Logistic,
    Mixture,
    Normal,
    Objective,
    Prior,
    Vamp,
)

__all__ = [
    "IWAE", "LOG_SIGMA_MIN", "MMD", "NAMES", "SPECS", "TC", "Bernoulli", "Beta", "Capacity", "ContinuousBernoulli",
    "Data", "Foreign", "FreeBits", "Gaussian", "Likelihood", "Logistic", "Mixture", "Model", "Normal", "Objective",
    "Prior", "Recipe", "Train", "Vamp", "check", "default", "from_json", "setting", "spec", "to_json",
]  # fmt: skip

Map = Literal["pca", "umap", "tsne"]
MAPS: tuple[Map, ...] = ("pca", "umap")  # of every model, unless its recipe names others


@dataclass(frozen=True)
class Model:
    """The network and its distributions: the keyword arguments of `vae.VAE`.

    >>> settings = vae.Model((1, 8, 8), latent=2, arch="mlp")
    >>> vae.VAE(**vars(settings)).config == settings
    True
    """

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


def beside_mean(model: Model) -> tuple[Literal["loc", "scale"], ...]:
    """The parameters of p(x|z) that do not follow from its mean picture E[x|z] in [0, 1], in this order.

    "scale" where the spread of a pixel depends on z, "loc" where the mean picture is a parameter clamped to [0, 1]. A
    Bernoulli of either kind follows from its mean, and a σ that is one number stands in the weights.
    """
    match model.likelihood:
        case Logistic():
            return "loc", "scale"
        case Gaussian(sigma):
            parts: tuple[Literal["loc", "scale"], ...] = ("loc",) if model.arch == "linear" else ()
            return (*parts, "scale") if sigma == "pixelwise" else parts
        case _:
            return ()


@dataclass(frozen=True)
class Data:
    """The pictures that a model learns from.

    >>> len(vae.dataset(vae.Data("digits", limit=100)))
    100
    """

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
    """How a model learns.

    >>> vae.Train(epoch=20)
    Traceback (most recent call last):
    TypeError: epoch is not a setting of Train. Did you mean 'epochs'?
    """

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
    """Everything that repeats a run: train.json beside the weights.

    >>> recipe = vae.Recipe("mine", data=vae.Data("digits"), train=vae.Train(epochs=60))
    >>> recipe.train.epochs, recipe.model.latent
    (60, 16)
    """

    name: str = setting("", "the run's folder name")
    title: str = setting("", "what people read in the picker")
    data: Data = setting(Data(), "what is learned from")
    model: Model = setting(Model(), "what is built")
    train: Train = setting(Train(), "how it is learned")
    maps: tuple[Map, ...] = setting(MAPS, "maps of the latents: pca, umap, tsne")
    licence: str = setting("", "of the weights, as the model card names it, e.g. mit; empty: it names none")


for _cls in (Model, Data, Train, Foreign, Recipe):
    _cls.__init__ = nearest(_cls.__init__)  # type: ignore[method-assign]
