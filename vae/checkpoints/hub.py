"""To a model hub and back: a checkpoint's folder is a repository there, and a repository is a checkpoint's folder.

Needs huggingface_hub, which nothing else does. Only config.json and model.safetensors are read from there: no code and
no pickle comes with a model. Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING

from vae import checkpoints

if TYPE_CHECKING:
    from vae.model import VAE


def fetch(
    name: str | Path,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
) -> Path:
    """The folder of a model: itself where it is here, else the repository "owner/name", kept in the hub's own cache.

    Errors: FileNotFoundError where it is neither, or cannot be reached; ImportError without huggingface_hub.
    """
    if Path(name).is_dir():
        return Path(name)
    library = _library()
    with _told(FileNotFoundError, f"{str(name)!r} is no folder here, and no model of the hub that can be read"):
        folder = library.snapshot_download(
            str(name), revision=revision, token=token, cache_dir=cache_dir, local_files_only=local_files_only,
            allow_patterns=[checkpoints.CONFIG, checkpoints.WEIGHTS],
        )  # fmt: skip
    return Path(folder)


def push(
    model: VAE, name: str, private: bool | None = None, token: str | bool | None = None, message: str = "A model"
) -> str:
    """Config, weights and a card, where there is none yet, as one commit to the repository "owner/name": its address.

    The repository is made where there is none. Errors: ConnectionError with what the hub said; ImportError without
    huggingface_hub; ValueError for a model of one's own networks.
    """
    _ = model.config  # one's own networks have none: told before anything is made there
    api, failed = _library().HfApi(token=token), f"{name!r} could not be pushed"
    with _told(ConnectionError, failed):
        where = api.create_repo(name, private=private, exist_ok=True)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / where.repo_id.rpartition("/")[2]
        checkpoints.save(model, folder)
        with _told(ConnectionError, failed):
            if api.file_exists(where.repo_id, "README.md"):
                (folder / "README.md").unlink()
            api.upload_folder(repo_id=where.repo_id, folder_path=folder, commit_message=message)
    return str(where)


@contextmanager
def _told(kind: type[OSError], what: str) -> Iterator[None]:
    """What the library raises, of a repository, a name or the network, as one sentence with the way out."""
    try:
        yield
    except (OSError, ValueError, _library().errors.HTTPError) as error:
        raise kind(
            f"{what}: {_brief(error)} Check the name (owner/name) and the network; where it asks who you are, sign in "
            "with `hf auth login` or give token=..."
        ) from None


def _library() -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError:
        raise ImportError("the hub is reached through huggingface_hub: `pip install huggingface_hub`.") from None
    return huggingface_hub


def _brief(error: Exception) -> str:
    """The first sentence of what was said, without the identifiers of the request."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Request ID" not in line]
    first = lines[0].split(". ")[0].rstrip(".") if lines else type(error).__name__
    return f"{first[:200]}."
