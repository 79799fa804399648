"""Variational autoencoders, small and exact. Names load on first use, so `import vae` costs nothing (PEP 562)."""

from importlib import import_module
from typing import Any

from vae.moved import keep_old_paths

_WHERE = {
    "vae.config": "Bernoulli ContinuousBernoulli Gaussian Logistic Normal Mixture Vamp Beta IWAE TC Capacity FreeBits "
    "MMD Model Data Train Recipe",
    "vae.records": "Dataset Latents Projection Progress",
    "vae.model": "VAE",
    "vae.objectives": "Terms",
    "vae.measures.amortisation": "refine",
    "vae.training.fit": "fit Run",
    "vae.measures.evaluate": "evaluate Report",
    "vae.checkpoints.folder": "load",
    "vae.data.load": "dataset",
    "vae.foreign.wrap": "wrap",
    "vae.foreign.wrapped": "Explorable",
    "vae.onnx_export": "export",
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names.split()}
__all__ = sorted(_MODULE)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'vae' has no attribute {name!r}")
    return getattr(import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return __all__


keep_old_paths()
