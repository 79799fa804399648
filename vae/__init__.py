"""Variational autoencoders, small and exact. Names load on first use, so `import vae` costs nothing (PEP 562).

The mathematics stands in this folder, in reading order:

    model           the VAE: q(z|x), p(x|z), p(z), its files and the model hub
    networks        encoder and decoder trunks
    likelihoods     from a decoder's raw numbers to p(x|z)
    pixels          p(x|z) as distributions over pictures
    priors          p(z)
    objectives      every KL, every ELBO and every loss
    latents         from data sets to latents and from latents to pictures, in numpy
    open_model      the protocol of an open model, ours or of another program
    paths           lines between latents
    onnx_export     encoder.onnx and decoder.onnx for the browser

And what they share:

    config          every setting, as frozen dataclasses
    specifications  those of likelihoods, priors and objectives
    settings        how settings are read, written and checked
    records         the numpy records that cross between torch and everything else
    arguments       the checks of arguments
    device          devices, and data sets as tensors on them
    moved           the import paths of 0.1.0
    __main__        `python -m vae`

Around it, a folder a stage:

    data            data sets: by name, from folders, archives and arrays
    training        from a model, pictures and settings to a model that has learned them
    measures        numbers about a trained model and its latents
    maps            two numbers for every encoded item
    checkpoints     a model as a folder
    foreign         models of other programs
    jobs            training and maps as processes of their own
    papers          published figures and their protocols
    commands        the `vae` command line
    recipes         the settings of the shipped checkpoints
"""

from importlib import import_module
from typing import Any

from vae.moved import keep_old_paths

_MODULES = {
    "vae.specifications": "Bernoulli ContinuousBernoulli Gaussian Logistic Normal Mixture Vamp Beta IWAE TC Capacity "
    "FreeBits MMD",
    "vae.config": "Model Data Train Recipe",
    "vae.records": "Dataset Latents Projection Progress",
    "vae.model": "VAE load",
    "vae.objectives": "Terms",
    "vae.measures.amortisation": "refine",
    "vae.training.fit": "fit Run",
    "vae.measures.evaluate": "evaluate Report",
    "vae.data.load": "dataset",
    "vae.foreign.wrap": "wrap",
    "vae.foreign.wrapped": "Explorable",
    "vae.onnx_export": "export",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
__all__ = sorted(_MODULE_OF)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'vae' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return __all__


keep_old_paths()
