"""Files and names become models; nothing runs that nobody trusted."""

import io
import json
import pickle
import re
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from torch import nn

import vae
from tests import zoo
from vae.data.zips import Limits
from vae.foreign import graphs, sources, trust
from vae.foreign.conventions import WrapError

CODE = """
import torch
from helper_of_the_model import WIDTH
from tests.zoo import Lit

class Net(Lit):
    def __init__(self, latent=3):
        super().__init__(latent, WIDTH)

class Needy(Net):
    def __init__(self, latent, depth):
        super().__init__(latent)

def seeded():
    torch.manual_seed(0)
    return Net()

def draw(z):
    return torch.sigmoid(z @ torch.ones(2, 64))

model = seeded()
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE)
    (tmp_path / "helper_of_the_model.py").write_text("WIDTH = 4\n")
    return path


@pytest.fixture
def lit() -> zoo.Lit:
    model: zoo.Lit = zoo.made("lightning")
    return model.eval()


def agree(m: Any, lit: zoo.Lit) -> None:
    """A wrapped pair gives what the model itself gives."""
    x, z = torch.rand(5, *zoo.SHAPE), torch.randn(5, 3)
    with torch.no_grad():
        mu, logvar = zoo.Heads(lit)(x)
        y = lit.decoder(z)
    q = m.encode(x)
    assert torch.allclose(q.mean, mu, atol=1e-5)
    assert torch.allclose(q.stddev, (logvar / 2).exp(), atol=1e-5)
    assert torch.allclose(m.decode(z), y, atol=1e-5)


class Bomb:
    """A pickle that, unpickled, leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


# --- graphs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_an_onnx_pair(tmp_path: Path, lit: zoo.Lit, named: bool) -> None:
    zoo.onnx_pair(tmp_path)
    if not named:  # outputs without a telling name are a pair (mean, logvar)
        model = onnx.load(tmp_path / "encoder.onnx")
        for k, output in enumerate(model.graph.output):
            model.graph.node.append(onnx.helper.make_node("Identity", [output.name], [f"out{k}"]))
            output.name = f"out{k}"
        onnx.save(model, tmp_path / "encoder.onnx")
    m = vae.wrap(tmp_path)
    agree(m, lit)
    assert ("by name" if named else "a pair") in m.describe()
    agree(vae.wrap((tmp_path / "encoder.onnx", str(tmp_path / "decoder.onnx"))), lit)


def test_an_onnx_decoder_alone(tmp_path: Path) -> None:
    zoo.onnx_pair(tmp_path)
    (tmp_path / "encoder.onnx").unlink()
    for source in (tmp_path, tmp_path / "decoder.onnx"):
        m = vae.wrap(source)
        assert (m.latent, m.shape, m.encoder) == ((3,), zoo.SHAPE, None)


def test_a_torchscript_pair(tmp_path: Path, lit: zoo.Lit) -> None:
    agree(vae.wrap(zoo.scripted(lit, tmp_path), zoo.SHAPE), lit)


def test_an_exported_pair(tmp_path: Path, lit: zoo.Lit) -> None:
    batch = ({0: torch.export.Dim("batch")},)
    for name, part, like in (
        ("encoder", zoo.Heads(lit), torch.rand(2, 1, 8, 8)),
        ("decoder", lit.decoder, torch.rand(2, 3)),
    ):
        torch.export.save(torch.export.export(part, (like,), dynamic_shapes=batch), tmp_path / f"{name}.pt2")
    agree(vae.wrap(tmp_path, zoo.SHAPE), lit)


def test_a_graph_of_one_latent_at_a_time(tmp_path: Path) -> None:
    model = onnx.load_from_string(zoo.graphs()["decoder.onnx"])
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, tmp_path / "decoder.onnx")
    assert vae.wrap(tmp_path).decode(torch.randn(4, 3)).shape == (4, *zoo.SHAPE)


def test_without_onnxruntime_a_sentence_says_how(tmp_path: Path, lit: zoo.Lit, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.onnx_pair(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(WrapError, match="pip install onnxruntime"):
        vae.wrap(tmp_path)
    patient = graphs.Graph((tmp_path / "decoder.onnx").read_bytes(), "decoder.onnx", patient=True)
    z = torch.randn(2, 3)
    picture = patient(z)
    assert isinstance(picture, torch.Tensor)
    assert torch.allclose(picture, lit.decoder(z), atol=1e-5)
    assert patient.takes == (3,)


@pytest.mark.parametrize("name", ["decoder.onnx", "decoder.pt2", "decoder.pt"])
def test_a_damaged_graph_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no graph at all")
    with pytest.raises(WrapError, match=name):
        vae.wrap(tmp_path)


def test_a_graph_that_unpacks_to_more_than_it_may_is_refused_unread(
    tmp_path: Path, lit: zoo.Lit, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "decoder.pt2"
    torch.export.save(torch.export.export(lit.decoder, (torch.rand(2, 3),)), path)
    for limits in (Limits(total=100), Limits(2**30, member=100)):
        monkeypatch.setattr(graphs, "ZIP", limits)
        with pytest.raises(WrapError, match=r"decoder\.pt2 is no archive of torch\.export"):
            graphs.exported(path)


def repacked(path: Path, changes: dict[str, bytes]) -> None:
    """The zip with members replaced, found by their ends."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for end, content in changes.items():
        members[next(name for name in members if name.endswith(end))] = content
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("how", ["weights", "constants", "inputs", "sizes"])
def test_an_exported_program_with_code_inside_is_refused(tmp_path: Path, lit: zoo.Lit, how: str) -> None:
    path, mark = tmp_path / "decoder.pt2", tmp_path / "mark"
    batch = ({0: torch.export.Dim("batch")},)
    torch.export.save(torch.export.export(lit.decoder, (torch.rand(2, 3),), dynamic_shapes=batch), path)
    bomb = io.BytesIO()
    torch.save((Bomb(mark),), bomb)
    with zipfile.ZipFile(path) as archive:
        found = {n.rpartition("/")[2]: archive.read(n) for n in archive.namelist()}
    if how == "weights":
        settings = json.loads(found["model_weights_config.json"])
        next(iter(settings["config"].values()))["use_pickle"] = True
        repacked(path, {"model_weights_config.json": json.dumps(settings).encode(), "weight_0": bomb.getvalue()})
    elif how == "constants":
        entry = {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}
        repacked(path, {"model_constants_config.json": json.dumps({"config": {"c": entry}}).encode()})
    elif how == "inputs":
        repacked(path, {"sample_inputs/model.pt": bomb.getvalue()})
    else:
        evil = json.dumps(f"__import__('pathlib').Path('{mark}').touch()").encode()
        swapped, n = re.subn(rb'("expr_str": ?)"[^"]*"', lambda m: m[1] + evil, found["model.json"])
        assert n
        repacked(path, {"models/model.json": swapped})
    with pytest.raises(WrapError, match="could run code"):
        vae.wrap(tmp_path)
    assert not mark.exists()


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_of_our_own(tmp_path: Path, tiny_model: vae.VAE) -> None:
    tiny_model.save(tmp_path)
    z = torch.randn(3, 2)
    assert torch.allclose(vae.wrap(tmp_path).decode(z), tiny_model.eval().mean_picture(z))


@pytest.mark.parametrize("inside", ["", "vae"])
def test_a_diffusers_folder(tmp_path: Path, inside: str) -> None:
    model = zoo.made("diffusers kl")
    model.save_pretrained(tmp_path / inside)
    if inside:
        (tmp_path / "model_index.json").write_text("{}")
    m = vae.wrap(tmp_path)
    z = torch.randn(2, 2, 8, 8)
    assert m.shape == (1, 16, 16)
    assert torch.allclose(m.decode(z), vae.wrap(model).decode(z), atol=1e-6)


def test_diffusers_names_and_files_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("diffusers", reason="needs diffusers: pip install 'vae-explorer[test]'")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"_class_name": "logging"}))
    with pytest.raises(WrapError, match=r"'logging'.* is no model of diffusers"):
        vae.wrap(tmp_path)
    config.write_text(json.dumps({"_class_name": "AutoencoderKL"}))
    torch.save({"x": Bomb(tmp_path / "mark")}, tmp_path / "diffusion_pytorch_model.bin")
    with pytest.raises(WrapError, match="cannot read it as a AutoencoderKL from safetensors"):
        vae.wrap(tmp_path)
    assert not (tmp_path / "mark").exists()
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(WrapError, match="pip install diffusers"):
        vae.wrap(tmp_path)


def test_what_is_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is not there: give a run folder"):
        vae.wrap(tmp_path / "nowhere")
    with pytest.raises(WrapError, match="holds nothing that can be opened"):
        vae.wrap(tmp_path)
    (tmp_path / "cat.jpg").write_bytes(b"")
    with pytest.raises(WrapError, match="of no kind that can be opened"):
        vae.wrap(tmp_path / "cat.jpg")
    (tmp_path / "w.safetensors").write_bytes(b"")
    with pytest.raises(WrapError, match="weights without their network"):
        vae.wrap(tmp_path / "w.safetensors")


# --- pickles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.pt", "model.ckpt", "model.pkl", "decoder.pth"])
def test_a_pickle_is_refused_before_it_runs(tmp_path: Path, name: str) -> None:
    mark, path = tmp_path / "mark", tmp_path / name
    if name.endswith("pkl"):
        path.write_bytes(pickle.dumps(Bomb(mark)))
    else:
        torch.save({"state_dict": {}, "hyper_parameters": Bomb(mark)}, path)
    for source in (path, tmp_path) if name.startswith("decoder") else (path,):
        with pytest.raises(WrapError, match=r"is a pickle, and .* trust=True"):
            vae.wrap(source)
    assert not mark.exists()


def test_a_trusted_pickle_opens(tmp_path: Path, lit: zoo.Lit) -> None:
    torch.save(lit, tmp_path / "model.pt")
    agree(vae.wrap(tmp_path / "model.pt", trust=True), lit)
    torch.save({"state_dict": lit.state_dict()}, tmp_path / "model.ckpt")
    with pytest.raises(WrapError, match="name its class"):
        vae.wrap(tmp_path / "model.ckpt", trust=True)


# --- code -------------------------------------------------------------------------------------------------------------


def test_names_in_a_file(code: Path) -> None:
    for name in ("seeded", "model"):
        assert vae.wrap(f"{code}:{name}").latent == (3,)
    assert vae.wrap(f"{code}:draw", latent=2).shape == zoo.SHAPE
    assert isinstance(sources.load(f"{code}:Net"), nn.Module)
    assert sources.load("tests.zoo:Example").fc3.in_features == 5


@pytest.mark.parametrize("form", ["safetensors", "pt", "ckpt"])
def test_weights_for_a_class(code: Path, form: str) -> None:
    from safetensors.torch import save_file

    path, lit = code.parent / f"weights.{form}", zoo.Lit(5)
    kept = {k: v.clone() for k, v in lit.state_dict().items()}
    if form == "safetensors":
        lit = zoo.Lit(3)
        save_file(lit.state_dict(), path)
    elif form == "pt":
        lit = zoo.Lit(3)
        torch.save(lit.state_dict(), path)
    else:  # as Lightning keeps it, with what the class was made with
        torch.save({"state_dict": kept, "hyper_parameters": {"latent": 5, "lr": 1e-3}}, path)
    found = sources.load(f"{code}:Net", weights=path)
    assert all(torch.equal(v, lit.state_dict()[k]) for k, v in found.state_dict().items())


def test_weights_that_hold_code_are_refused(code: Path) -> None:
    mark, path = code.parent / "mark", code.parent / "w.ckpt"
    torch.save({"state_dict": zoo.Lit().state_dict(), "hyper_parameters": Bomb(mark)}, path)
    with pytest.raises(WrapError, match="would run its code"):
        sources.load(f"{code}:Net", weights=path)
    assert not mark.exists()
    torch.save(zoo.Lit(9).state_dict(), path)
    with pytest.raises(WrapError, match="does not fit Net"):
        sources.load(f"{code}:Net", weights=path)
    with pytest.raises(WrapError, match="only a torch module takes weights"):
        sources.load(f"{code}:draw", weights=path)
    with pytest.raises(FileNotFoundError, match="the weights are"):
        sources.load(f"{code}:Net", weights=code.parent / "none.pt")


def test_names_that_do_not_fit_are_told(code: Path) -> None:
    with pytest.raises(WrapError, match=r"name the model in it.*It defines Net, Needy, seeded, draw, model"):
        sources.load(str(code))
    with pytest.raises(WrapError, match=r"has no 'Nett'.*It defines Net"):
        sources.load(f"{code}:Nett")
    with pytest.raises(WrapError, match="Needy needs latent, depth"):
        sources.load(f"{code}:Needy")
    with pytest.raises(WrapError, match="cannot be imported here"):
        sources.load("no_such_package:Model")
    with pytest.raises(FileNotFoundError, match="path of the Python file"):
        sources.load("nowhere.py:Model")
    code.write_text("1 / 0")
    with pytest.raises(WrapError, match=r"fails when it is run \(ZeroDivisionError"):
        sources.load(f"{code}:Net")
    assert str(code.parent) not in sys.path


def test_a_fingerprint_changes_with_its_files(code: Path, lit: zoo.Lit) -> None:
    source = f"{code}:Net"
    first = sources.fingerprint(source)
    assert first == sources.fingerprint(source)
    code.write_text(CODE + "\n")
    assert sources.fingerprint(source) != first
    pair = zoo.scripted(lit, code.parent)
    one = sources.fingerprint(str(pair))
    (pair / "decoder.pt").write_bytes(b"another")
    assert sources.fingerprint(str(pair)) != one
    with pytest.raises(FileNotFoundError, match="not there any more"):
        sources.fingerprint(str(pair / "gone.onnx"))


def test_what_is_trusted_is_kept_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_TRUSTED", str(tmp_path / "a" / "list"))
    assert not trust.knows("d1")
    trust.remember("d1")
    trust.remember("d1")
    trust.remember("d2")
    assert trust.knows("d1")
    assert trust.knows("d2")
    assert not trust.knows("d")
    assert trust.register().read_text().split() == ["d1", "d2"]


@pytest.mark.parametrize(
    "text", ["s31", "Symbol('s31', positive=True, integer=True)", "Mul(Integer(2), Symbol('u0'))", "2*s31 + 1", "-1.5"]
)
def test_plain_sizes_are_read(text: str) -> None:
    assert graphs._has_plain_sizes({"a": [{"expr_str": text}]})


@pytest.mark.parametrize(
    "text",
    [
        "exec(s1)",
        "eval (s1)",
        "Symbol('s1').__class__",
        "S('x')",
        "Symbol('s' + 's')",
        "x.y",
        "[1]",
        "Symbol('s1', a=exec(chr(1)))",
    ],
)
def test_sizes_that_are_code_are_not(text: str) -> None:
    assert not graphs._has_plain_sizes({"a": [{"expr_str": text}]})


class Scripted(zoo.Spatial):
    """Both methods in one TorchScript file."""

    @torch.jit.export
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        code: torch.Tensor = self.encoder(x)
        return code

    @torch.jit.export
    def decode(self, z: torch.Tensor) -> torch.Tensor:
        picture: torch.Tensor = self.decoder(z)
        return picture

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(x).chunk(2, 1)[0])


def test_one_torchscript_file_with_both_methods(tmp_path: Path) -> None:
    model = Scripted().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that TorchScript has a successor
        torch.jit.script(model).save(tmp_path / "model.pt")
    m = vae.wrap(tmp_path / "model.pt", zoo.SHAPE, (-1, 1))
    z = torch.randn(2, 2, 4, 4)
    assert m.variance
    assert torch.allclose(m.decode(z), (model.decoder(z) + 1) / 2, atol=1e-6)
