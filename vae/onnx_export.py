"""encoder.onnx (x -> mean, logvar) and decoder.onnx (z -> x): the graphs for the browser, checked against torch.

decoder.onnx also returns loc and scale of p(x|z) where its mean picture x does not determine them. Never the sampler:
both graphs are deterministic. They contain their weights and accept batches of any size.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae import arguments, config
from vae.checkpoints import files
from vae.checkpoints.files import write
from vae.model import VAE

OPSET = 18  # onnxruntime and onnxruntime-web read it since 1.14
TOLERANCE = 1e-4


class ExportError(RuntimeError):
    """The model has no ONNX form here, for the reason in the message. The server can still decode it."""


class _Encoder(nn.Module):
    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, logvar = self.model.posterior_params(x)
        return mean, logvar


class _Decoder(nn.Module):
    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model.decode_parts(z).values())


def export(model: VAE, folder: Path | str) -> float:
    """Write both graphs into the folder and return their largest difference from torch, over three random inputs.

    Errors: TypeError for another model; CheckpointError where `folder` is a file; ExportError where onnxscript is
    missing, the model is not of float32 or cannot be exported, or the difference exceeds 1e-4 (law 11). An ExportError
    also removes the files of an earlier export, so that no graph of another model remains.

    >>> vae.export(vae.VAE((1, 8, 8), latent=2, arch="mlp"), "graphs") < 1e-4
    True
    """
    dtype = next(arguments.instance(model, VAE).parameters()).dtype
    if dtype != torch.float32:
        raise ExportError(f"the model is {dtype}, and these graphs are float32: export a copy of it, model.float().")
    folder = files.folder(folder)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(3, *model.shape, generator=generator)
    z = torch.randn(3, model.latent, generator=generator)
    device, mode = next(model.parameters()).device, model.training
    model.cpu().eval()
    try:
        difference = max(
            write_graph(_Encoder(model), x, folder / "encoder.onnx", "x", ["mean", "logvar"]),
            write_graph(_Decoder(model), z, folder / "decoder.onnx", "z", ["x", *config.beside_mean(model.spec)]),
        )
    except ExportError:
        for name in ("encoder.onnx", "decoder.onnx"):
            (folder / name).unlink(missing_ok=True)
        raise
    finally:
        model.to(device).train(mode)
    return difference


def write_graph(module: nn.Module, example: Tensor, path: Path, name: str, outputs: list[str]) -> float:
    """Writes one graph for batches of any size; returns its largest difference from torch on the example.

    The difference of loc and scale, which have no bounds, is relative where they exceed 1. Errors: ExportError.
    """
    try:
        with _silence():
            program = torch.onnx.export(
                module, (example,), dynamo=True, external_data=False, opset_version=OPSET, verbose=False,
                input_names=[name], output_names=outputs, dynamic_shapes=({0: torch.export.Dim("batch")},),
            )  # fmt: skip
            assert program is not None  # with dynamo it is one
            content = _bare(program.model_proto).SerializeToString()
    except ImportError as error:
        raise ExportError(
            f"{path.name} needs a package that is missing: {error}. `pip install onnx onnxscript`."
        ) from None
    except Exception as error:
        # The exporter raises errors of every kind. None of them may cost the user a trained model.
        raise ExportError(
            f"{path.name} cannot be exported: {(str(error).splitlines() or [type(error).__name__])[0]}"
        ) from error
    with torch.no_grad():
        expected = module(example)
    expected = [t.numpy() for t in (expected if isinstance(expected, tuple) else (expected,))]
    actual = run(content, {name: example.numpy()})
    sizes = [np.abs(b).clip(1) if key in ("loc", "scale") else 1 for key, b in zip(outputs, expected, strict=True)]
    difference = max(float((np.abs(a - b) / size).max()) for a, b, size in zip(actual, expected, sizes, strict=True))
    if not difference <= TOLERANCE:
        raise ExportError(
            f"{path.name} differs from torch by {difference:.2g}, but may by at most {TOLERANCE}: decode on the server."
        )
    write(path, content)
    return difference


def _bare(graph: Any) -> Any:
    """The graph without the exporter's notes, which contain paths of this machine."""
    inner = graph.graph
    for part in (graph, inner, *inner.node, *inner.value_info, *inner.input, *inner.output, *graph.functions):
        del part.metadata_props[:]
        part.doc_string = ""
    return graph


def run(content: bytes, inputs: dict[str, Any]) -> list[Any]:
    """The outputs of an ONNX graph: by onnxruntime where it is installed, else by onnx's own reference evaluator."""
    try:
        import onnxruntime
    except ImportError:
        import onnx
        from onnx.reference import ReferenceEvaluator

        return list(ReferenceEvaluator(onnx.load_from_string(content)).run(None, inputs))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(None, inputs))


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Mutes the exporter, which prints, warns and logs for its own authors; real failures are exceptions."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
