"""`vae import`: whatever was wrapped becomes a checkpoint that the explorer opens, and its sliders move the picture."""

import hashlib
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest
from torch import Tensor

import vae
from explorer.engine import models, warmup
from explorer.studio import bundle
from tests import zoo
from vae import checkpoints, onnx_export
from vae.checkpoints import files
from vae.commands.cli import main
from vae.config import Data, Foreign
from vae.foreign import codes, publish, reopen, trust
from vae.foreign.conventions import WrapError
from vae.foreign.latents import Sliders
from vae.records import Dataset

N = 12
SOURCE = """
import torch
from tests import zoo

NAME = {name!r}

def model():
    return zoo.made(NAME)

def draw(z):
    return torch.sigmoid(z @ torch.linspace(-1, 1, 128).view(2, 64))

def stubborn():
    made = zoo.made("example")
    decode = made.decode
    made.decode = lambda z: decode(z) if z.sum().item() > -1e9 else z  # what no exporter can follow
    return made

def greedy():
    made = zoo.made("plain")
    decode = made.decoder
    made.decode = lambda z: torch.where(z[:, :1, None, None].abs() > 40, decode(z) * 90, decode(z))
    made.encode = lambda x: torch.where(x.flatten(1)[:, :4].sum(1, keepdim=True) == 0, 50.0, 0 * x.flatten(1)[:, :4])
    return made
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_TRUSTED", str(tmp_path / "trusted"))
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of grey noise, 8 x 8; the first picture black."""
    rng = np.random.default_rng(0)
    for k in range(N):
        folder = tmp_path / "pictures" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8) * (k > 0)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{k:02}.png")
    return tmp_path / "pictures"


@pytest.fixture
def _no_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports fail, as they do for many models; and fast."""

    def fail(*_: Any) -> float:
        raise onnx_export.ExportError("decoder.onnx cannot be exported: not today")

    monkeypatch.setattr(onnx_export, "write_graph", fail)


def source(folder: Path, name: str = "example", thing: str = "model") -> str:
    path = folder / "theirs.py"
    path.write_text(SOURCE.format(name=name))
    return f"{path}:{thing}"


def bring(tmp_path: Path, given: str, pictures: Path | None, **said: Any) -> checkpoints.Card:
    options: Any = {"maps": ("pca",), "report": lambda _: None} | said
    return publish.import_model(
        given, Data(str(pictures)) if pictures else None, tmp_path / "models" / "theirs", **options
    )


def said(name: str) -> dict[str, Any]:
    return zoo.ZOO[name].said


def opens(made: checkpoints.Card) -> checkpoints.Card:
    """The explorer finds it, its pictures are those of its items, and every slider with a spread moves one."""
    card = models.find(made.name, made.digest)
    assert card is not None
    latents, maps, hist = models.maps(card)
    assert [m.name for m in maps] == ["pca"]
    assert hist.counts.sum(1).tolist() == [len(latents)] * card.latent
    still = models.decode(card, latents.mean[:1])
    assert still.shape == (1, *card.shape)
    carried, _ = models.importance(card)
    moved = np.repeat(latents.mean[:1], 8, 0)
    first = np.argsort(-carried)[:8]
    for row, dim in zip(moved, first, strict=False):
        row[dim] += 3
    difference = np.abs(models.decode(card, moved[: len(first)]) - still).max((1, 2, 3))
    assert (difference > 1e-5).all()
    return card


# --- every animal, graphs and all -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["example", "pythae vae", "diffusers kl", "diffusers tiny", "lightning"])
def test_a_model_becomes_a_checkpoint(tmp_path: Path, pictures: Path, name: str) -> None:
    card = opens(bring(tmp_path, source(tmp_path, name), pictures, **said(name)))
    assert card.browser
    latents, model = models.latents(card), vae.wrap(zoo.made(name), **said(name))
    data = vae.dataset(checkpoints.data_of(card), split="all")
    x = torch.from_numpy(data.images.copy()).float() / 255
    with torch.no_grad():
        q = model.encode(x)
    assert np.allclose(latents.mean, q.mean.flatten(1).numpy(), atol=1e-4)
    assert np.allclose(latents.std, q.stddev.flatten(1).numpy(), atol=1e-4)
    assert latents.labels is not None
    assert latents.classes == ("a", "b")
    # the graph, in a browser or here, draws what the model itself draws
    z = latents.mean[:5].copy()
    drawn = models.decode(card, z)
    with torch.no_grad():
        assert np.abs(drawn - model.decode(torch.from_numpy(z)).numpy()).max() <= 1e-4
    found = models.posterior(card, data.images[3])
    assert np.allclose(found.mean, latents.mean[3], atol=1e-3)
    assert math.isnan(found.elbo)
    assert math.isnan(found.kl) != zoo.ZOO[name].variance


def test_an_onnx_pair_keeps_its_graph(tmp_path: Path, pictures: Path) -> None:
    pair = tmp_path / "pair"
    pair.mkdir()
    card = opens(bring(tmp_path, str(zoo.onnx_pair(pair)), pictures))
    assert card.browser
    assert not (card.path / "encoder.onnx").exists()  # its own is kept as it is
    shutil.rmtree(pair)  # and the folder needs nothing outside it, wherever it is moved
    card = checkpoints.describe(card.path.rename(tmp_path / "elsewhere"))
    q = models.posterior(card, np.zeros(zoo.SHAPE, np.uint8))
    with torch.no_grad():
        mu, _ = zoo.Heads(zoo.made("lightning").eval())(torch.zeros(1, *zoo.SHAPE))
    assert np.allclose(q.mean, mu[0].numpy(), atol=1e-5)


def test_a_torchscript_pair_is_decoded_here(tmp_path: Path, pictures: Path) -> None:
    pair = tmp_path / "pair"
    pair.mkdir()
    card = opens(bring(tmp_path, str(zoo.scripted(zoo.made("lightning").eval(), pair)), pictures, shape=zoo.SHAPE))
    assert not card.browser
    assert not trust.register().exists()  # a graph runs no code of its maker's


def test_a_decoder_alone_shows_its_prior(tmp_path: Path) -> None:
    card = opens(bring(tmp_path, source(tmp_path, thing="draw"), None, latent=(2,)))
    latents = models.latents(card)
    assert len(latents) == codes.DRAWS
    assert abs(float(latents.mean.std()) - 1) < 0.05
    assert models.item(card, 0) is None
    assert not models.has_data(card)
    with pytest.raises(ValueError, match="no encoder"):
        models.posterior(card, np.zeros(zoo.SHAPE, np.uint8))


# --- decoded on the server --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_graphs")
@pytest.mark.parametrize("name", ["pythae ae", "spatial", "named", "bernoulli", "plain"])
def test_what_does_not_export_is_opened_where_it_came_from(tmp_path: Path, pictures: Path, name: str) -> None:
    card = opens(bring(tmp_path, source(tmp_path, name), pictures, **said(name)))
    assert not card.browser
    assert not list(card.path.glob("*.onnx"))
    z = models.latents(card).mean[:3].copy()
    with torch.no_grad():
        expected = vae.wrap(zoo.made(name), **said(name)).decode(torch.from_numpy(z))
    assert np.abs(models.decode(card, z) - expected.numpy()).max() < 1e-5


def test_a_model_that_the_exporter_cannot_follow(tmp_path: Path, pictures: Path) -> None:
    told: list[str] = []
    card = opens(bring(tmp_path, source(tmp_path, thing="stubborn"), pictures, report=told.append))
    assert not card.browser
    assert any("The server will decode" in line for line in told)


@pytest.mark.usefixtures("_no_graphs")
def test_code_runs_only_where_someone_trusted_it(tmp_path: Path, pictures: Path) -> None:
    """A folder that names code opens here, where it was imported, and nowhere else; nor after its source changed."""
    given = source(tmp_path)
    made = bring(tmp_path, given, pictures)
    reopen.open_checkpoint(made)
    path = Path(given.rpartition(":")[0])
    path.write_text(path.read_text() + f"\nopen({str(tmp_path / 'mark')!r}, 'w')\n")
    with pytest.raises(checkpoints.CheckpointError, match="has changed since it was imported"):
        reopen.open_checkpoint(made)
    changed = dict(files.read_json(made.path / "config.json"))
    changed["kwargs"] = changed["kwargs"] | {
        "fingerprint": hashlib.sha256(b"theirs.py\0" + path.read_bytes()).hexdigest()
    }
    files.write_json(made.path / "config.json", changed)  # as whoever sends a folder could
    with pytest.raises(checkpoints.CheckpointError, match="is not trusted on this machine"):
        reopen.open_checkpoint(checkpoints.describe(made.path))
    assert not (tmp_path / "mark").exists()
    path.unlink()
    with pytest.raises(checkpoints.CheckpointError):
        reopen.open_checkpoint(made)


@pytest.mark.usefixtures("_no_graphs")
def test_a_pickle_is_trusted_by_hand_and_here(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(zoo.made("plain"), tmp_path / "model.pt")
    with pytest.raises(WrapError, match="is a pickle"):
        bring(tmp_path, str(tmp_path / "model.pt"), pictures)
    made = bring(tmp_path, str(tmp_path / "model.pt"), pictures, trust=True)
    assert reopen.open_checkpoint(made).latent == (4,)
    monkeypatch.setenv("VAE_TRUSTED", str(tmp_path / "another machine's"))
    with pytest.raises(checkpoints.CheckpointError, match="is a pickle"):
        reopen.open_checkpoint(made)


def test_a_graph_that_is_not_the_cards_is_refused(tmp_path: Path) -> None:
    pair = tmp_path / "pair"
    pair.mkdir()
    (zoo.onnx_pair(pair) / "encoder.onnx").unlink()
    made = bring(tmp_path, str(pair), None)
    (made.path / "decoder.onnx").write_bytes(zoo.graphs()["decoder.onnx"])
    with pytest.raises(checkpoints.CheckpointError, match="not the file that its card vouches for"):
        reopen.open_checkpoint(made)


# --- what is measured, and what is not --------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_graphs")
def test_figures_with_a_variance(tmp_path: Path, pictures: Path) -> None:
    card = bring(tmp_path, source(tmp_path), pictures)
    latents, metrics = models.latents(card), checkpoints.read_metrics(card.path)
    kl = -np.log(latents.std) + (latents.std**2 + latents.mean**2) / 2 - 0.5
    assert latents.kl_per_dim is not None
    assert latents.kl is not None
    assert np.allclose(latents.kl_per_dim, kl.mean(0), atol=1e-5)
    assert np.allclose(latents.kl, kl.sum(1), atol=1e-5)
    assert metrics["kl"] == pytest.approx(kl.sum(1).mean(), abs=1e-5)
    assert {metrics[name] for name in ("elbo", "rec", "nll")} == {None}
    assert latents.rec is None
    assert models.importance(card)[1] == "kl"
    assert 0 < metrics["mse"] < 1
    assert metrics["n"] == N


@pytest.mark.usefixtures("_no_graphs")
def test_figures_without_a_variance(tmp_path: Path, pictures: Path) -> None:
    card = bring(tmp_path, source(tmp_path, "plain"), pictures)
    latents, _, hist = models.maps(card)
    metrics = checkpoints.read_metrics(card.path)
    assert (latents.std == 0).all()
    assert latents.kl_per_dim is None
    assert models.latents(card).kl_per_dim is None
    assert {metrics[name] for name in ("elbo", "rec", "nll", "kl", "kl_per_dim")} == {None}
    carried, order = models.importance(card)
    assert order == "spread"
    assert carried.max() == pytest.approx(1)
    assert np.array_equal(np.argsort(carried), np.argsort(latents.mean.std(0)))
    assert hist.edges[:, -1] == pytest.approx(np.quantile(np.abs(latents.mean), 0.999, 0), rel=1e-4)  # no prior's ±3
    text = (card.path / "README.md").read_text()
    assert "does not define p(x|z), so it has no ELBO" in text


# --- many numbers -----------------------------------------------------------------------------------------------------


def test_sliders_and_rest_make_the_latent() -> None:
    positions, rest = np.array([4, 0]), np.arange(6, dtype=np.float32)
    sliders = Sliders(positions, rest)
    z = torch.tensor([[10.0, 20.0], [30.0, 40.0]])
    assert sliders(z).tolist() == [[20, 1, 2, 3, 10, 5], [40, 1, 2, 3, 30, 5]]
    assert torch.equal(sliders.pick(sliders(z)), z)


@pytest.mark.usefixtures("_no_graphs")
def test_beyond_512_those_that_vary_most_have_sliders(tmp_path: Path, pictures: Path) -> None:
    path = tmp_path / "wide.py"
    path.write_text("from tests import zoo\n\ndef model():\n    return zoo.autoencoder_kl(36)\n")
    torch.manual_seed(0)
    with pytest.raises(WrapError, match="another model each time"):
        bring(tmp_path, f"{path}:model", pictures)
    path.write_text(path.read_text().replace("    return", "    import torch\n    torch.manual_seed(3)\n    return"))
    card = opens(bring(tmp_path, f"{path}:model", pictures))
    assert (card.latent, card.model.latent_shape) == (512, (2, 18, 18))  # type: ignore[union-attr]
    torch.manual_seed(3)
    model = vae.wrap(zoo.autoencoder_kl(36))
    x = torch.from_numpy(vae.dataset(checkpoints.data_of(card), split="all").images.copy()).float() / 255
    with torch.no_grad():
        means = model.encode(x).mean.flatten(1)
    kept = means.var(0).sort(descending=True).values
    latents = models.latents(card)
    assert np.allclose(latents.mean.var(0), kept[:512].numpy() * (N - 1) / N, rtol=1e-3, atol=1e-7)
    assert models.importance(card)[1] == "spread"  # a grid: by variance, though it has a KL
    # a slider's name is its place in the grid
    places = {k: np.ravel_multi_index(tuple(map(int, name.split(","))), (2, 18, 18)) for k, name in card.names.items()}
    assert np.allclose(latents.mean[:, 0], means[:, places[0]].numpy(), atol=1e-5)
    # with the sliders at an item's own code, the rest at the mean over all items
    z = means.mean(0).clone()
    for k, place in places.items():
        z[place] = float(latents.mean[4, k])
    with torch.no_grad():
        expected = model.decode(z[None])
    assert np.abs(models.decode(card, latents.mean[4:5]) - expected.numpy()).max() < 1e-4


# --- lies and mistakes ------------------------------------------------------------------------------------------------


def test_a_lie_that_only_the_data_shows(tmp_path: Path, pictures: Path) -> None:
    """One black picture among the others is drawn far out of range: noise did not show it, the pictures do."""
    with pytest.raises(WrapError, match=r"decode\(z\) gives numbers from"):
        bring(tmp_path, source(tmp_path, thing="greedy"), pictures)


def test_data_that_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(WrapError, match="--data FOLDER"):
        bring(tmp_path, source(tmp_path), None)
    with pytest.raises(WrapError, match="wants 2 channels"):
        publish._fit(Data("digits"), vae.wrap(lambda z: z.view(-1, 2, 2, 2).sigmoid(), latent=8))


@pytest.mark.usefixtures("_no_graphs")
def test_a_model_of_no_square(tmp_path: Path, pictures: Path) -> None:
    """The middle of the pictures is encoded."""
    path = tmp_path / "flat.py"
    path.write_text(
        "import torch\n\nclass M:\n    shape = (1, 4, 8)\n\n    def encode(self, x):\n        return x[:, 0, :2, 0]\n\n"
        "    def decode(self, z):\n        return z.mean(1).clamp(0, 1)[:, None, None, None].expand(-1, 1, 4, 8)\n"
    )
    card = opens(bring(tmp_path, f"{path}:M", pictures))
    images = vae.dataset(checkpoints.data_of(card), split="all").images
    assert np.allclose(models.latents(card).mean, images[:, 0, 2:4, 0] / 255, atol=1e-6)


def test_what_a_notebook_wrapped_is_published_if_it_exports(tmp_path: Path, tiny_data: Dataset) -> None:
    @torch.no_grad()
    def odd(z: Tensor) -> Tensor:
        return z.sigmoid() if z.sum().item() > -1e9 else z

    model = vae.wrap((lambda x: x.flatten(1), odd), zoo.SHAPE)
    with pytest.raises(WrapError, match="no ONNX form"):
        publish.publish(model, tiny_data, tmp_path / "models" / "a", report=lambda _: None)
    model = vae.wrap(zoo.made("plain"))
    made = publish.publish(model, tiny_data, tmp_path / "models" / "b", maps=("pca",), report=lambda _: None)
    assert opens(made).browser
    assert isinstance(made.model, Foreign)
    assert made.model.source == ""


@pytest.mark.usefixtures("_no_graphs")
def test_names_that_people_gave_outlive_an_import(tmp_path: Path, pictures: Path) -> None:
    made = bring(tmp_path, source(tmp_path), pictures)
    checkpoints.rename(made.path, 2, "slant")
    assert bring(tmp_path, source(tmp_path), pictures).names == {2: "slant"}


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_graphs")
def test_the_command(tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["import", source(tmp_path, "spatial"), "--data", str(pictures), "--maps", "pca", "tsne"]
    shape = ["--shape", "1", "8", "8", "--range", "-1", "1", "--limit", "10"]
    assert main([*given, *shape]) == 0
    out = capsys.readouterr().out
    assert "twice the channels" in out
    assert "decodes on the server" in out
    made = checkpoints.describe(tmp_path / "runs" / "model")
    latents, maps, _ = checkpoints.read_latents(made.path)
    assert (len(latents), [m.name for m in maps]) == (10, ["pca", "tsne"])
    assert main(["info", str(made.path)]) == 0
    assert main(["project", str(made.path), "--map", "z1:z2"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["sample", str(made.path)]) == 1
    assert "open it with vae.wrap" in capsys.readouterr().err
    assert vae.wrap(made.path).latent == (32,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["nowhere.onnx"], "is not there: give a run folder"),
        (["theirs.py"], "name the model in it"),
        (["theirs.py:model"], "--data FOLDER"),
        (["theirs.py:model", "--data", "nowhere"], "neither a data set"),
        (["theirs.py:draw"], "say latent=16"),
    ],
)  # fmt: skip
def test_the_command_tells_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str], words: str
) -> None:
    source(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["import", *given]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_graphs")
@pytest.mark.parametrize("name", ["plain", "example"])
def test_the_pages_open_it_and_say_what_is_not_available(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(warmup, "warm_up", lambda _: None)
    monkeypatch.setattr(bundle, "files", dict)  # plain widgets: they can be seen from here
    bring(tmp_path, source(tmp_path, name), pictures)
    app = AppTest.from_file(str(Path("explorer/main.py").resolve()), default_timeout=120).run()
    for page in ("explore", "encode", "paths", "about"):
        app.switch_page(f"views/{page}/page.py").run()
        assert not app.exception
        assert not app.error
        words = " ".join(str(each.value) for kind in (app.markdown, app.caption, app.info) for each in kind)
        if page == "encode":
            assert "The picture has no ELBO: this model does not define p(x|z)" in words
            assert ("its encoder gives no variance" in words) == (name == "plain")
        if page == "about":
            assert "not available, because this model does not define p(x|z)" in words
            assert ("How much each dimension says about x" in words) == (name == "example")
