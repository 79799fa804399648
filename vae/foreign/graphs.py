"""Files that hold a network as a graph: ONNX, TorchScript, torch.export's .pt2. Each becomes a function of one tensor.

None is unpickled: an archive with a pickle inside is refused. Knows nothing of encoders or decoders.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae.data.zips import DEFLATE_RATIO, Limits, entries
from vae.foreign.conventions import WrapError

ZIP = Limits(total=2**40, member=2**30, ratio=DEFLATE_RATIO)  # weights are not unpacked here, a graph's text is
Run = Callable[[dict[str, Any]], list[Any]]
_FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
# A size is written as Mul(Integer(2), Symbol('s77', positive=True)), and read by evaluating that. Beside the names of
# symbols it may hold no quotes, no attributes, and no call of a lower-case name, so no function of Python's.
_SYMBOL = re.compile(r"Symbol\('\w+'")
_NO_SIZE = re.compile(r"""['"\[\]{}\\;:@`]|__|\b[a-z_]\w*\s*\(|\.\s*[^\W\d]""")


class Graph:
    """An ONNX graph of one input. `takes` is what it takes beside the batch, where the file says so."""

    def __init__(self, content: bytes, name: str, patient: bool = False) -> None:
        """`patient`: without onnxruntime, onnx's own evaluator will do, which is right and slow."""
        self.name, self.content = name, content
        self.run, self.input, sizes, self.dtype, self.outputs = _session(content, name, patient)
        rest = sizes[1:]
        self.takes = tuple(rest) if rest and all(isinstance(n, int) and n > 0 for n in rest) else None
        self.one_by_one = bool(sizes) and sizes[0] == 1  # exported with a fixed batch

    def __call__(self, x: Tensor) -> Tensor | dict[str, Tensor]:
        """The output, or all of them by name. Errors: those of the runtime."""
        rows = x.detach().cpu().numpy().astype(self.dtype)
        parts = [rows[i : i + 1] for i in range(len(rows))] if self.one_by_one else [rows]
        outputs = [self.run({self.input: part}) for part in parts]
        tensors = [torch.from_numpy(np.concatenate(rows)).to(x) for rows in zip(*outputs, strict=True)]
        return tensors[0] if len(tensors) == 1 else dict(zip(self.outputs, tensors, strict=True))


def _session(content: bytes, name: str, patient: bool) -> tuple[Run, str, list[Any], Any, list[str]]:
    try:
        import onnxruntime
    except ImportError:
        if not patient:
            raise WrapError(f"{name} needs onnxruntime: `pip install onnxruntime`, and again.") from None
        return _reference(content, name)
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class of their own
        raise WrapError(f"{name} cannot be read by onnxruntime ({_first_line(error)}): export it again.") from None
    name_in = _only([i.name for i in session.get_inputs()], name)
    first = session.get_inputs()[0]
    if first.type not in _FLOATS:
        raise WrapError(f"{name} takes {first.type}; pictures and latents are floats.")
    outputs = [o.name for o in session.get_outputs()]
    return (lambda inputs: list(session.run(None, inputs))), name_in, list(first.shape), _FLOATS[first.type], outputs


def _reference(content: bytes, name: str) -> tuple[Run, str, list[Any], Any, list[str]]:
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_from_string(content)
    evaluator = ReferenceEvaluator(model)
    name_in = _only([str(i) for i in evaluator.input_names], name)
    sizes = [d.dim_value or None for d in model.graph.input[0].type.tensor_type.shape.dim]
    run: Run = lambda inputs: list(evaluator.run(None, inputs))  # noqa: E731
    return run, name_in, sizes, np.float32, [str(o) for o in evaluator.output_names]


def _only(names: list[str], name: str) -> str:
    if len(names) != 1:
        raise WrapError(f"{name} takes {len(names)} inputs ({', '.join(names)}); encoders and decoders take one.")
    return names[0]


def onnx(path: Path) -> Graph:
    """The graph of an .onnx file. Errors: WrapError."""
    return Graph(path.read_bytes(), path.name)


def torchscript(path: Path) -> Any:
    """The module of a TorchScript file, on the CPU. Errors: WrapError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that TorchScript has a successor
            return torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError) as error:
        raise WrapError(f"{path.name} cannot be read as TorchScript ({_first_line(error)}).") from None


def exported(path: Path) -> Callable[[Tensor], Any]:
    """The function of a .pt2 file that `torch.export.save` wrote. Errors: WrapError."""
    _sealed(path)
    try:
        program = torch.export.load(path).module()
    except Exception as error:  # the reader raises whatever its parts raise
        raise WrapError(f"{path.name} cannot be read by this torch ({_first_line(error)}): export it again.") from None
    # Not the module itself: it knows no evaluation mode, and says so by an exception.
    return lambda x: program(x)


def is_torchscript(path: Path) -> bool:
    """Whether a zip of torch's holds code beside its weights; a pickle has none."""
    try:
        names = [member.stored for member in entries(path, ZIP)]
    except ValueError:
        return False
    return any(n.endswith("/constants.pkl") for n in names) and any("/code/" in n for n in names)


def _sealed(path: Path) -> None:
    """WrapError where reading the archive would unpickle an object or evaluate a word.

    torch.export.load does so for tensors that are no plain ones, for custom objects, for sample inputs that are not
    tensors, and for the symbolic sizes of its graph.
    """
    try:
        named = [(member.stored, member) for member in entries(path, ZIP)]
        names = [name for name, _ in named]
        content = {n.partition("/")[2]: member.read() for n, member in named if n.endswith((".json", ".pt"))}
        if any(len(part) > ZIP.member for part in content.values()):
            raise ValueError("a part of it was read by half")
    except ValueError:
        raise WrapError(f"{path.name} is no archive of torch.export: write it with torch.export.save.") from None
    if len(set(names)) < len(names) or not any(n.startswith("models/") for n in content):
        raise WrapError(f"{path.name} is of an older torch, or damaged: write it again with torch.export.save.")
    if not all(_is_plain(name, entry) for name, entry in content.items()):
        raise WrapError(
            f"{path.name} holds more than plain tensors, and reading it could run code: export only the network, "
            "with tensors as its inputs."
        )


def _is_plain(name: str, content: bytes) -> bool:
    if name.endswith(".pt"):
        if not name.startswith("data/sample_inputs/"):
            return False
        try:
            torch.load(io.BytesIO(content), weights_only=True)
        except Exception:  # an unpickler's errors are of every kind
            return False
        return True
    try:
        value = json.loads(content)
    except ValueError:
        return False
    return _has_no_pickle(value) if name.startswith("data/") else _has_plain_sizes(value)


def _has_no_pickle(settings: Any) -> bool:
    entries = settings.get("config", {}).values()
    return all(not e.get("use_pickle") and str(e.get("path_name")).startswith(("weight_", "tensor_")) for e in entries)


def _has_plain_sizes(value: Any) -> bool:
    if isinstance(value, dict):
        plain = not _NO_SIZE.search(_SYMBOL.sub("Symbol(", str(value.get("expr_str", ""))))
        return plain and all(_has_plain_sizes(v) for v in value.values())
    return all(_has_plain_sizes(v) for v in value) if isinstance(value, list) else True


def _first_line(error: BaseException) -> str:
    return ((str(error).splitlines() or [""])[0] or type(error).__name__)[:160]
