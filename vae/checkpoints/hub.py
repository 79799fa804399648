"""To a model hub and back: a repository of the hub and a checkpoint's folder hold the same files.

Needs huggingface_hub, which nothing else does. Downloads only config.json and model.safetensors: no code and no pickle
comes with a model. Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from vae.checkpoints.card import CONFIG, WEIGHTS


def fetch(
    name: str | Path,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
) -> Path:
    """The folder of a model: `name` itself where it is a folder, else the repository "owner/name" in the hub's cache.

    Errors: FileNotFoundError where it is neither, or the hub cannot be reached; ImportError without huggingface_hub.
    """
    if Path(name).is_dir():
        return Path(name)
    library = _library()
    with _one_sentence(FileNotFoundError, f"{str(name)!r} is no folder here, and no model of the hub that can be read"):
        folder = library.snapshot_download(
            str(name), revision=revision, token=token, cache_dir=cache_dir, local_files_only=local_files_only,
            allow_patterns=[CONFIG, WEIGHTS],
        )  # fmt: skip
    return Path(folder)


def push(
    write: Callable[[Path], object],
    name: str,
    private: bool | None = None,
    token: str | bool | None = None,
    message: str = "A model",
) -> str:
    """One commit to the repository "owner/name" with the files that `write` puts into a folder: its address.

    Creates the repository where it does not exist. A README.md that is there already stays. Errors: ConnectionError
    with the hub's own reason; ImportError without huggingface_hub.
    """
    api, failure = _library().HfApi(token=token), f"{name!r} could not be pushed"
    with _one_sentence(ConnectionError, failure):
        repository = api.create_repo(name, private=private, exist_ok=True)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / repository.repo_id.rpartition("/")[2]
        write(folder)
        with _one_sentence(ConnectionError, failure):
            if api.file_exists(repository.repo_id, "README.md"):
                (folder / "README.md").unlink()
            api.upload_folder(repo_id=repository.repo_id, folder_path=folder, commit_message=message)
    return str(repository)


@contextmanager
def _one_sentence(kind: type[OSError], failure: str) -> Iterator[None]:
    """Turns an error of the library, about a repository, a name or the network, into a sentence with the way out."""
    try:
        yield
    except (OSError, ValueError, _library().errors.HTTPError) as error:
        raise kind(
            f"{failure}: {_brief(error)} Check the name (owner/name) and the network; where the hub asks who you are, "
            "sign in with `hf auth login` or give token=..."
        ) from None


def _library() -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError:
        raise ImportError("the model hub needs huggingface_hub: `pip install huggingface_hub`.") from None
    return huggingface_hub


def _brief(error: Exception) -> str:
    """The first sentence of an error, without the identifiers of the request."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Request ID" not in line]
    first = lines[0].split(". ")[0].rstrip(".") if lines else type(error).__name__
    return f"{first[:200]}."
