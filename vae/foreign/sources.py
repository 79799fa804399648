"""From a path, or the name of a thing in Python code, to an object that `vae.wrap` understands.

A pickle runs code of whoever wrote it, and is refused unless the caller trusts it; code that the caller names is
trusted by being named. Nothing is downloaded. Which rule reads the object
is decided elsewhere. Knows nothing of probing.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from vae.checkpoints.files import read_json
from vae.data.names import expanded
from vae.foreign import graphs
from vae.foreign.conventions import WrapError

READERS: dict[str, Callable[[Path], Any]] = {".onnx": graphs.onnx, ".pt2": graphs.exported}
TORCH = (".pt", ".pth", ".ts", ".torchscript", ".jit", ".ckpt", ".bin", ".pkl", ".pickle")  # TorchScript, or a pickle
_NAMED = re.compile(r"(.+\.py|[A-Za-z_][\w.]*):[A-Za-z_][\w.]*")
KINDS = "a run folder, encoder.* and decoder.* as .onnx, .pt2 or TorchScript, a diffusers folder, or FILE.py:NAME"


def load(source: str | Path, trust: bool = False, weights: str | Path = "") -> Any:
    """The object behind a source.

    Args:
        source: a folder with encoder.* and decoder.* or the decoder alone; such a file; a diffusers folder; a pickled
            module (`trust`); FILE.py:NAME or package.module:NAME, the name of a model, a class, or a function that
            builds one.
        weights: for a class: its state_dict, as .safetensors or .pt, or a Lightning .ckpt.
    Errors: WrapError, FileNotFoundError.
    """
    path = expanded(str(source))
    if is_code(source):
        return _code(str(source), trust, weights)
    if not path.exists():
        raise FileNotFoundError(f"{str(source)!r} is not there: give {KINDS}.")
    return _folder(path, trust) if path.is_dir() else _file(path, trust)


def checkpoint(source: str | Path) -> Path | None:
    """The folder of a checkpoint of this package, where the source is one, or the weights in one."""
    path = expanded(str(source))
    folder = path.parent if path.suffix == ".safetensors" else path
    if is_code(source) or not (folder / "config.json").is_file():
        return None
    return folder if "format" in read_json(folder / "config.json") else None


def is_code(source: Any) -> bool:
    """Whether a source is the name of something in Python code."""
    return Path(str(source)).suffix == ".py" or _NAMED.fullmatch(str(source)) is not None


def fingerprint(source: str, weights: str = "") -> str:
    """sha256 of the files behind a source, hexadecimal: it changes when they do. Errors: FileNotFoundError."""
    digest = hashlib.sha256()
    for path in _files(source) + ([expanded(weights)] if weights else []):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there any more: put it back, or import the model again.")
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def copy(source: str, folder: Path) -> None:
    """Copies the files behind a source into a folder, where `local` finds them: the originals may be deleted then."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _files(source):
        shutil.copyfile(path, folder / path.name)


def local(source: str, folder: Path) -> str:
    """The source as `copy` left it in the folder; the source itself where there is no copy."""
    if is_code(source) or not folder.is_dir():
        return source
    file = folder / Path(source).name
    return str(file if file.is_file() else folder)


def absolute(source: str) -> str:
    """The same source, whatever the working directory: paths become absolute, module names stay."""
    if not is_code(source):
        return str(expanded(source).resolve())
    name, colon, thing = source.rpartition(":")
    return f"{expanded(name).resolve()}{colon}{thing}" if name.endswith(".py") else source


# --- files and folders ------------------------------------------------------------------------------------------------


def _file(path: Path, trust: bool) -> Any:
    if reader := READERS.get(path.suffix):
        return reader(path)
    if path.suffix == ".safetensors":
        if (path.parent / "config.json").is_file():
            return _folder(path.parent, trust)
        raise WrapError(f"{path.name} holds weights without their network: name its class too, FILE.py:CLASS.")
    if path.suffix not in TORCH:
        raise WrapError(f"{path.name} is of no kind that can be opened: give {KINDS}.")
    return graphs.torchscript(path) if graphs.is_torchscript(path) else _pickle(path, trust)


def _pickle(path: Path, trust: bool) -> Any:
    if not trust:
        raise WrapError(
            f"{path.name} is a pickle, and reading one runs whatever code it holds. If you made it, or trust who did, "
            "say trust=True (--trust); better, save the model as TorchScript, .pt2 or ONNX."
        )
    try:
        model = torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # an unpickler's errors are of every kind
        raise WrapError(f"{path.name} cannot be unpickled here ({type(error).__name__}: {error}).") from None
    if isinstance(model, dict) and not isinstance(model, nn.Module):
        raise WrapError(
            f"{path.name} holds weights without their network: name its class and give these as its weights, "
            f"`vae import FILE.py:CLASS --weights {path.name}`."
        )
    return model


def _folder(path: Path, trust: bool) -> Any:
    settings = read_json(path / "config.json") if (path / "config.json").is_file() else {}
    if "_class_name" in settings:
        return _diffusers(path, str(settings["_class_name"]))
    if (path / "model_index.json").is_file() and (path / "vae").is_dir():
        return _folder(path / "vae", trust)
    halves = _halves(path)
    if "decoder" not in halves:
        raise WrapError(f"{path} holds nothing that can be opened: give {KINDS}.")
    decoder = _file(halves["decoder"], trust)
    return (_file(halves["encoder"], trust), decoder) if "encoder" in halves else decoder


def _halves(path: Path) -> dict[str, Path]:
    known = (*READERS, *TORCH)
    return {p.stem: p for p in sorted(path.iterdir()) if p.stem in ("encoder", "decoder") and p.suffix in known}


def _diffusers(path: Path, name: str) -> Any:
    try:
        import diffusers
    except ImportError:
        raise WrapError(f"{path.name} is a {name} of diffusers: `pip install diffusers`, and again.") from None
    cls: Any = getattr(diffusers, name, None)
    if diffusers.ModelMixin not in getattr(cls, "__mro__", ()):
        raise WrapError(f"_class_name (={name!r}) in {path.name} is no model of diffusers {diffusers.__version__}.")
    try:
        return cls.from_pretrained(path, use_safetensors=True, local_files_only=True, low_cpu_mem_usage=False)
    except (OSError, ValueError, RuntimeError) as error:
        brief = " ".join(str(error).split())[:200]
        raise WrapError(f"{path.name}: diffusers cannot read it as a {name} from safetensors ({brief}).") from None


# --- code -------------------------------------------------------------------------------------------------------------


def _code(source: str, trust: bool, weights: str | Path) -> Any:
    where, _, name = source.rpartition(":") if _NAMED.fullmatch(source) else (source, "", "")
    if not name:
        raise WrapError(f"{source} is Python code: name the model in it, {source}:NAME.{_offers(Path(where))}")
    module = _module_of_file(Path(where)) if where.endswith(".py") else _module(where)
    thing: Any = module
    for part in name.split("."):
        if not hasattr(thing, part):
            raise WrapError(f"{where} has no {name!r}.{_offers(Path(where))}")
        thing = getattr(thing, part)
    state, settings = _state(Path(weights), trust) if weights else ({}, {})
    model = _build(thing, settings, name)
    if state:
        if not isinstance(model, nn.Module):
            raise WrapError(f"{name} is a {type(model).__name__}: only a torch module takes weights.")
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise WrapError(f"{weights} does not fit {name} ({' '.join(str(error).split())[:200]}).") from None
    return model


def _build(thing: Any, settings: dict[str, Any], name: str) -> Any:
    """A class's object, the result of a function without arguments, or the thing itself."""
    if not isinstance(thing, type) and not inspect.isfunction(thing):
        return thing
    parameters = inspect.signature(thing).parameters
    missing = [
        p.name for p in parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in settings
    ]  # fmt: skip
    if not missing:
        return thing(**{k: v for k, v in settings.items() if k in parameters})
    if isinstance(thing, type):
        raise WrapError(
            f"{name} needs {', '.join(missing)}: name a function without arguments that builds the model instead."
        )
    return thing  # a decoder: z -> x


def _state(path: Path, trust: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """(state_dict, hyper-parameters) of a file of weights, without running code unless trusted."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: the weights are a .safetensors, .pt or .ckpt file.")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path), {}
    try:
        content = torch.load(path, map_location="cpu", weights_only=not trust)
    except Exception as error:  # an unpickler's errors are of every kind
        raise WrapError(
            f"{path.name} holds more than tensors, and reading it would run its code. If you trust it, say trust=True "
            f"(--trust); better, save the state_dict as safetensors. ({(str(error).splitlines() or [''])[0][:80]})"
        ) from None
    if not isinstance(content, dict):
        raise WrapError(f"{path.name} holds a {type(content).__name__} and no state_dict.")
    state = content.get("state_dict", content)
    return dict(state), dict(content.get("hyper_parameters") or {})


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise WrapError(f"{name} cannot be imported here ({error}): install it, or give FILE.py:NAME.") from None


def _module_of_file(path: Path) -> ModuleType:
    """A file's module, run anew each time; it can import what lies beside it."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: give the path of the Python file, then :NAME.")
    name = f"vae_source_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None  # a path that ends in .py has one
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the file's own
        raise WrapError(f"{path.name} fails when it is run ({type(error).__name__}: {error}).") from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _offers(path: Path) -> str:
    """The names that a Python file defines, read and not run."""
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return ""
    names = [node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    names += [t.id for node in body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)]
    return f" It defines {', '.join(names[:12])}." if names else ""


def _files(source: str) -> list[Path]:
    if is_code(source):
        where = source.rpartition(":")[0]
        if where.endswith(".py"):
            return [Path(where)]
        spec = importlib.util.find_spec(where)
        return [Path(spec.origin)] if spec and spec.origin else []
    path = expanded(source)
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix in (".json", ".safetensors", *READERS, *TORCH))
    return [path]
