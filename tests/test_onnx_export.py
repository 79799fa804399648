"""Law 11: the exported graphs agree with torch to 1e-4, at any batch size, in one file each, without a word printed."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import vae
from vae import VAE, config, onnx_export

MODELS: list[dict[str, Any]] = [
    {"arch": "mlp", "width": 16},
    {"arch": "conv", "shape": (3, 9, 13), "likelihood": config.Gaussian("pixelwise"), "width": 8},
    {"arch": "resnet", "shape": (1, 16, 16), "likelihood": "logistic", "width": 8},
    {"arch": "linear", "likelihood": "cbernoulli"},
]


def tiny(**changes: Any) -> VAE:
    torch.manual_seed(0)
    return VAE(**{"shape": (1, 8, 8), "latent": 3} | changes)


@pytest.mark.parametrize("settings", MODELS, ids=lambda m: m["arch"])
def test_the_graphs_agree_with_torch_at_any_batch(tmp_path: Path, settings: dict[str, Any]) -> None:
    model = tiny(**settings)
    assert onnx_export.export(model, tmp_path) <= 1e-4
    assert model.training  # it is handed back as it was
    model.eval()
    for n in (1, 2, 7):
        x, z = torch.rand(n, *model.shape), 3 * torch.randn(n, 3)
        with torch.no_grad():
            mean, logvar = model.posterior_params(x)
            picture = model.mean_picture(z)
        got = onnx_export.run((tmp_path / "encoder.onnx").read_bytes(), {"x": x.numpy()})
        assert np.abs(got[0] - mean.numpy()).max() <= 1e-4
        assert np.abs(got[1] - logvar.numpy()).max() <= 1e-4
        decoded, *beside = onnx_export.run((tmp_path / "decoder.onnx").read_bytes(), {"z": z.numpy()})
        assert np.abs(decoded - picture.numpy()).max() <= 1e-4
        with torch.no_grad():
            parts = [part.numpy() for part in model.decode_parts(z).values()][1:]
        for ours, theirs in zip(beside, parts, strict=True):
            assert ours.shape == decoded.shape
            assert (np.abs(ours - theirs) <= 1e-4 * np.abs(theirs).clip(1)).all()
        assert decoded.min() >= 0
        assert decoded.max() <= 1


def test_the_decoder_names_what_stands_beside_the_mean(tmp_path: Path) -> None:
    for settings in MODELS:
        model = tiny(**settings)
        onnx_export.export(model, tmp_path)
        names = [output.name for output in onnx.load(tmp_path / "decoder.onnx").graph.output]
        assert names == ["x", *config.beside_mean(model.config)]
        wrapped = vae.wrap((tmp_path / "encoder.onnx", tmp_path / "decoder.onnx"))
        z = torch.randn(4, 3)
        with torch.no_grad():
            assert torch.allclose(wrapped.decode(z), model.eval().mean_picture(z), atol=1e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_every_activation_has_a_graph(tmp_path: Path, activation: str) -> None:
    model = tiny(arch="resnet", width=4, activation=activation)
    assert onnx_export.export(model, tmp_path) <= 1e-4
    nodes = {n.domain for part in ("encoder", "decoder") for n in onnx.load(tmp_path / f"{part}.onnx").graph.node}
    assert nodes == {""}  # ONNX's own operators alone


def test_the_public_name_stays_a_function_and_makes_its_folder(tmp_path: Path) -> None:
    """Of one's own pair of networks too, which has no settings that could build it again."""
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 6))
    own = VAE((1, 8, 8), 3, (net, torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.Unflatten(1, (1, 8, 8)))))
    for name in ("a", "b"):
        assert vae.export(own, tmp_path / "new" / name) <= 1e-4
        assert (tmp_path / "new" / name / "decoder.onnx").is_file()


def test_the_files_are_whole_and_named_as_the_browser_expects(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    onnx_export.export(tiny(arch="mlp", width=16), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["decoder.onnx", "encoder.onnx"]  # no weights beside them
    for name, inputs, outputs in (("encoder", ["x"], ["mean", "logvar"]), ("decoder", ["z"], ["x"])):
        graph = onnx.load(tmp_path / f"{name}.onnx")
        onnx.checker.check_model(graph)
        assert [v.name for v in graph.graph.input] == inputs
        assert [v.name for v in graph.graph.output] == outputs
        assert graph.opset_import[0].version == onnx_export.OPSET
        assert not graph.graph.input[0].type.tensor_type.shape.dim[0].HasField("dim_value")
        random = {node.op_type for node in graph.graph.node if "Random" in node.op_type}
        assert random == set()  # never the sampler
    assert capfd.readouterr() == ("", "")


def test_without_onnxruntime_the_reference_evaluator_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert onnx_export.export(tiny(arch="conv", width=4), tmp_path) <= 1e-4


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'onnxscript'"), RuntimeError("cannot\ntrace")])
def test_a_failed_export_is_told_and_nothing_stale_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    (tmp_path / "decoder.onnx").write_bytes(b"of another model")
    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(onnx_export.ExportError, match=r"encoder.onnx .*(onnxscript|cannot)"):
        onnx_export.export(tiny(arch="mlp", width=16), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_differs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "run", lambda *_: [np.full((3, 3), np.nan), np.zeros((3, 3))])
    with pytest.raises(onnx_export.ExportError, match="differs from torch by nan"):
        onnx_export.export(tiny(arch="mlp", width=16), tmp_path)


def test_a_graph_tells_nothing_of_the_machine_that_made_it(tmp_path: Path, tiny_model: VAE) -> None:
    onnx_export.export(tiny_model, tmp_path)
    for name in ("encoder.onnx", "decoder.onnx"):
        content = (tmp_path / name).read_bytes()
        assert b"site-packages" not in content
        assert b"exporting.py" not in content
    shipped = sorted((Path(__file__).parents[1] / "checkpoints").glob("*/*.onnx"))
    assert shipped
    assert not [path for path in shipped if b"site-packages" in path.read_bytes()]
