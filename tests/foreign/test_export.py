"""A model's own ONNX decoder, with the two ends that put it on sliders and bring its pictures into [0, 1]."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests import zoo
from vae.foreign import export, graphs
from vae.foreign.latents import Sliders
from vae.foreign.wrapped import Scale, Wrapped


@pytest.mark.parametrize(
    ("low", "high", "scale"), [(0.0, 1.0, None), (0.25, 0.75, "values"), (0.0, 1.0, "logits")], ids=str
)
def test_a_decoder_with_two_ends(tmp_path: Path, low: float, high: float, scale: Scale) -> None:
    """latent = z[source] · moves + rest, then the graph, then its range made [0, 1] or the sigmoid."""
    zoo.onnx_pair(tmp_path)
    network = zoo.made("lightning").eval()
    graph = graphs.onnx(tmp_path / "decoder.onnx")
    model = Wrapped(zoo.SHAPE, (3,), (), False, (), (low, high), scale, None, network.decoder, graph)
    sliders = Sliders(np.array([2, 0]), np.array([0, 7, 0], np.float32))
    z = torch.randn(4, 2)
    with torch.no_grad():
        raw = network.decoder(torch.stack([z[:, 1], torch.full((4,), 7.0), z[:, 0]], 1))
    whole = graphs.Graph(export.with_ends(graph, model, sliders), "whole")
    expected = raw.sigmoid() if scale == "logits" else ((raw - low) / (high - low)).clamp(0, 1)
    picture = whole(z)
    assert isinstance(picture, torch.Tensor)
    assert torch.allclose(picture, expected, atol=1e-5)
    assert (whole.input, whole.outputs, whole.takes) == ("z", ["x"], (2,))
