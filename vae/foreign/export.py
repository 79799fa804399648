"""A wrapped model as graphs that a browser runs: decoder.onnx from sliders to pictures, encoder.onnx back.

Knows nothing of data sets.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae import onnx_export
from vae.checkpoints import files
from vae.foreign.conventions import WrapError
from vae.foreign.graphs import Graph
from vae.foreign.latents import Sliders, on_sliders
from vae.foreign.reopen import DECODER, ENCODER
from vae.foreign.wrapped import Wrapped

MOST_BYTES = 64 * 2**20  # of a decoder that a browser is asked to fetch
Report = Callable[[str], None]


class _Decoder(nn.Module):
    def __init__(self, model: Wrapped, sliders: Sliders) -> None:
        super().__init__()
        self.model, self.sliders, self.inside = model, sliders, nn.ModuleList(model.modules)

    def forward(self, z: Tensor) -> Tensor:
        return self.model.picture(z)


class _Encoder(_Decoder):
    def forward(self, x: Tensor) -> Any:
        mean, std = self.model.code(x)
        return mean if std is None else (mean, 2 * std.clamp_min(1e-12).log())


def write_graphs(model: Wrapped, sliders: Sliders, out: Path, report: Report) -> bool:
    """decoder.onnx and encoder.onnx, where the model has such a form; whether a browser can decode."""
    for name in (ENCODER, DECODER):
        (out / name).unlink(missing_ok=True)
    surface = on_sliders(model, sliders)
    generator = torch.Generator().manual_seed(0)
    z, x = (torch.rand(3, *size, generator=generator) for size in (surface.latent, surface.shape))
    try:
        if isinstance(model.own_decoder, Graph):
            files.write(out / DECODER, with_ends(model.own_decoder, model, sliders))
        else:
            onnx_export.write_graph(_Decoder(surface, sliders), z, out / DECODER, "z", ["x"])
    except (onnx_export.ExportError, WrapError) as error:
        report(f"The server will decode: {error}")
        return False
    if model.encoder is not None:
        outputs = ["mean", "logvar"] if model.variance else ["mean"]
        try:
            onnx_export.write_graph(_Encoder(surface, sliders), x, out / ENCODER, "x", outputs)
        except onnx_export.ExportError as error:
            report(f"Pictures will be encoded by the model itself: {error}")
    return (out / DECODER).stat().st_size <= MOST_BYTES


def with_ends(graph: Graph, model: Wrapped, sliders: Sliders) -> bytes:
    """A decoder's graph that takes sliders z and gives mean pictures x in [0, 1]: the model's own, with two ends.

    Before it, latent = z[source] · moves + rest. Behind it, (x - low) / (high - low) cut to [0, 1], or the sigmoid.
    Errors: WrapError where it takes no batch of any size in float32, or has several outputs.
    """
    import onnx
    from onnx import compose, helper, numpy_helper

    proto = compose.add_prefix(onnx.load_from_string(graph.content), "model/")
    opset = min(o.version for o in proto.opset_import if not o.domain)
    if graph.one_by_one or graph.dtype is not np.float32 or len(graph.outputs) != 1 or opset < 13:
        raise WrapError(f"{graph.name} is no graph of opset 13 or later with one float32 output and any batch.")
    inside = proto.graph
    before, behind = _ends(inside.input[0].name, inside.output[0].name, model.scale == "logits")
    nodes, constants = [*before, *inside.node, *behind], _constants(model, sliders)
    del inside.node[:], inside.input[:], inside.output[:]
    inside.node.extend(nodes)
    inside.initializer.extend(numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items())
    width = len(sliders.positions)
    inside.input.append(helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ["batch", width]))
    inside.output.append(helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", *model.shape]))
    return bytes(proto.SerializeToString())


def _ends(first: str, last: str, logits: bool) -> tuple[list[Any], list[Any]]:
    """The nodes before a graph's input `first`, and those behind its output `last`."""
    from onnx.helper import make_node as node

    before = [
        node("Gather", ["z", "source"], ["gathered"], axis=1), node("Mul", ["gathered", "moves"], ["moved"]),
        node("Add", ["moved", "rest"], ["flat"]), node("Reshape", ["flat", "latent"], [first]),
    ]  # fmt: skip
    behind = [node("Reshape", [last, "shape"], ["raw"])]
    if logits:
        return before, [*behind, node("Sigmoid", ["raw"], ["x"])]
    behind += [node("Sub", ["raw", "low"], ["above"]), node("Div", ["above", "span"], ["share"])]
    return before, [*behind, node("Clip", ["share", "zero", "one"], ["x"])]


def _constants(model: Wrapped, sliders: Sliders) -> dict[str, Any]:
    """What the nodes of `_ends` name beside z and the graph itself."""
    low, high = model.range
    return {
        "source": sliders.source.numpy(), "moves": sliders.moves.numpy(), "rest": sliders.rest.numpy(),
        "latent": np.array([-1, *model.latent], np.int64), "shape": np.array([-1, *model.shape], np.int64),
        "low": np.float32(low), "span": np.float32(high - low), "zero": np.float32(0), "one": np.float32(1),
    }  # fmt: skip
