"""A model goes to the hub and comes back as it was: by the hub's own functions, here without a network."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import vae
from vae.files import CheckpointError

hub = pytest.importorskip("huggingface_hub")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A hub that is a folder: what was uploaded, by repository."""
    held: dict[str, Path] = {}

    def create_repo(repo_id: str, **_: Any) -> str:
        held[repo_id] = tmp_path / repo_id.replace("/", "--")
        return f"https://hub/{repo_id}"

    def upload_folder(*, repo_id: str, folder_path: Path, **_: Any) -> None:
        shutil.copytree(folder_path, held[repo_id])

    def snapshot_download(repo_id: str, **_: Any) -> str:
        if repo_id not in held:
            raise RuntimeError("404 Client Error.\nRepository Not Found")
        return str(held[repo_id])

    for function in (create_repo, upload_folder, snapshot_download):
        monkeypatch.setattr(hub, function.__name__, function)
    return held


def test_there_and_back(there: dict[str, Path]) -> None:
    torch.manual_seed(0)
    model = vae.VAE((1, 8, 8), 2, "mlp", "logistic", width=8).eval()
    assert model.push_to_hub("me/small") == "https://hub/me/small"
    assert sorted(p.name for p in there["me/small"].iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert 'vae.load("small")' in (there["me/small"] / "README.md").read_text(encoding="utf-8")
    again, x = vae.VAE.from_pretrained("me/small"), torch.rand(3, 1, 8, 8)
    assert torch.equal(again.embed(x), model.embed(x))


@pytest.mark.usefixtures("there")
def test_a_folder_is_a_checkpoint_and_no_repository(tmp_path: Path) -> None:
    vae.VAE((1, 8, 8), 2, "mlp", width=8).save(tmp_path / "here")
    assert vae.VAE.from_pretrained(tmp_path / "here").latent == 2
    with pytest.raises(CheckpointError, match=r"no config\.json"):
        vae.VAE.from_pretrained(tmp_path)


@pytest.mark.usefixtures("there")
def test_what_is_not_there_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match=r"me/none is no folder here.*404 Client Error.*OWNER/NAME") as told:
        vae.VAE.from_pretrained("me/none")
    assert "\n" not in str(told.value)

    def closed(*_: Any, **__: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(hub, "create_repo", closed)
    with pytest.raises(OSError, match="ConnectionError: no network"):
        vae.VAE((1, 8, 8), 2, "mlp", width=8).push_to_hub("me/small")
