"""What a user of this program can observe of it, as small JSON: files, networks, names, commands, routes, links, steps.

Knows only what stays where modules move: `vae`'s public names, explorer/app.py, explorer/main.py, pyproject.toml,
addresses, and the keys of two widgets. `tests.test_unchanged` compares these values with those that were recorded.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import io
import json
import os
import re
import tempfile
import threading
import tomllib
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import vae
from tests.asgi import Answer, request

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINTS = ROOT / "checkpoints"
ASKED: dict[str, Any] = json.loads((ROOT / "tests" / "unchanged.json").read_text(encoding="utf-8"))["asked"]
STEPS = json.dumps(ASKED["steps"], ensure_ascii=False, indent=1).encode()  # a file of a lecture's steps
DECK = "0123abcd"  # the name under which a link knows them
VARYING = ("bundle", "decoder", "made", "figure", "plotly")  # built files, times of writing, the look of a chart
WORDED = ("about", "alt", "reason", "unmatched")  # sentences for people: whether there is one, not how it is worded


# --- values -----------------------------------------------------------------------------------------------------------


def digest(raw: bytes) -> str:
    """The first 16 digits of SHA-256."""
    return hashlib.sha256(raw).hexdigest()[:16]


def numbers(array: Any) -> dict[str, Any]:
    """An array: its digest as float32, and for another computer the sum of its sizes and its first values."""
    a = np.asarray(array, np.float32)
    total, first = float(np.abs(a).sum(dtype=float)), [float(str(each)) for each in a.ravel()[:3]]
    return {"shape": list(a.shape), "exact": digest(a.tobytes()), "sum": total, "first": first}


def pictures(x: torch.Tensor) -> dict[str, Any]:
    """Pictures (N, C, H, W) in [0, 1]: their numbers, and the grey levels of every other pixel of the first one."""
    grey = (255 * x[0, :, ::2, ::2]).round().byte().numpy().tobytes()
    return numbers(x) | {"grey": base64.b64encode(zlib.compress(grey, 9)).decode()}


def levels(grey: str) -> Any:
    """The grey levels that `pictures` packed."""
    return np.frombuffer(zlib.decompress(base64.b64decode(grey)), np.uint8).astype(int)


def pixels(png: bytes) -> Any:
    """A PNG file as an array, whatever compressed it."""
    return np.asarray(Image.open(io.BytesIO(png)))


def plain(text: str, brief: Sequence[str] = ()) -> Any:
    """JSON without what differs from one copy or wording of the program to the next; `brief` names become digests."""

    def part(found: dict[str, Any]) -> dict[str, Any]:
        kept = {key: bool(each) if key in WORDED else each for key, each in found.items() if key not in VARYING}
        return kept | {key: digest(json.dumps(kept[key], sort_keys=True).encode()) for key in brief if kept.get(key)}

    return json.loads(re.sub(r"(onnx\?v=)\w+", r"\1", text), object_hook=part)


# --- the library ------------------------------------------------------------------------------------------------------


def settings(name: str) -> dict[str, Any]:
    """What a checkpoint's config.json says."""
    found = json.loads((CHECKPOINTS / name / "config.json").read_text(encoding="utf-8"))
    return {"digest": found["digest"], **found["kwargs"]}


def inputs(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The pictures (4, C, H, W) of a checkpoint's thumbnail, and seeded latents (4, D)."""
    (c, h, w), sheet = settings(name)["shape"], pixels((CHECKPOINTS / name / "thumb.png").read_bytes())
    k = len(sheet) // (2 * h)
    x = sheet[::k, ::k].reshape(2, h, 2, w, c).transpose(0, 2, 4, 1, 3).reshape(4, c, h, w)
    z = np.random.default_rng(0).standard_normal((4, settings(name)["latent"]), np.float32)
    return torch.tensor(x / np.float32(255)), torch.tensor(z)


def files(_: str) -> dict[str, str]:
    """Every file of every checkpoint but the card for people."""
    found = [path for path in sorted(CHECKPOINTS.rglob("*")) if path.is_file() and path.name != "README.md"]
    return {path.relative_to(CHECKPOINTS).as_posix(): digest(path.read_bytes()) for path in found}


@torch.no_grad()
def networks(name: str) -> dict[str, Any]:
    """What a checkpoint makes of fixed pictures and latents."""
    (x, z), model = inputs(name), vae.load(CHECKPOINTS / name)
    q, terms = model.encode(x), model.elbo(x, torch.Generator().manual_seed(0))
    found = {part: numbers(getattr(terms, part)) for part in ("elbo", "rec", "kl", "kl_per_dim")}
    return found | {"decode": pictures(model.decode(z).mean), "mean": numbers(q.mean), "std": numbers(q.stddev)}


def signature(thing: Any) -> str:
    """A signature without quotes, and without the modules from which its types come."""
    return re.sub(r"['\"]|\b[A-Za-z_]\w*\.(?=[A-Za-z_])", "", str(inspect.signature(thing)))


def names(_: str) -> dict[str, str]:
    """The public names with their signatures, and those of the classes' own methods."""
    found = {name: signature(getattr(vae, name)) for name in sorted(vae.__all__)}
    for name in [each for each in found if inspect.isclass(getattr(vae, each))]:
        for key, static in inspect.getmembers_static(getattr(vae, name)):
            member = static.fget if isinstance(static, property) else getattr(getattr(vae, name), key)
            if key[0] != "_" and inspect.isroutine(member) and str(member.__module__).startswith("vae"):
                found[f"{name}.{key}"] = signature(member)
    return found


def commands(_: str) -> dict[str, str]:
    """The subcommands of `vae`, in their order, and the flags of each."""
    script = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]["vae"]
    module, main = script.split(":")

    def help_of(*command: str) -> str:
        with redirect_stdout(io.StringIO()) as out, suppress(SystemExit):
            getattr(import_module(module), main)([*command, "--help"])
        return out.getvalue()

    every = "".join(re.findall(r"^usage: vae .*?\{([\w,]+)\}", help_of()))
    flags = {name: re.findall(r"^[^\w-]*(?:-\w, )?(--[a-z][\w.-]*)", help_of(name), re.M) for name in every.split(",")}
    return {"vae": every} | {name: " ".join(sorted(each)) for name, each in flags.items()}


# --- the app ----------------------------------------------------------------------------------------------------------


def app_routes() -> list[Any]:
    """What the app serves beside its pages; Streamlit's own routes need a running server."""
    return list(import_module("explorer.app").app._user_routes)


def addresses(_: str) -> list[str]:
    """The addresses of these routes."""
    return sorted(f"{' '.join(sorted(route.methods))} {route.path}" for route in app_routes())


def content(answer: Answer, path: str) -> Any:
    """What an answer says; of a refusal, that it is a sentence."""
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "text/plain":
        return answer.text.endswith(".")
    if kind == "application/json" and not path.endswith(".json"):
        return plain(answer.text)
    if kind == "image/png" and "/item" in path:
        return numbers(pixels(answer.body))
    if path.endswith(".npz"):
        return {name: digest(array.tobytes()) for name, array in np.load(io.BytesIO(answer.body)).items()}
    return numbers(np.frombuffer(answer.body, "<f4")) if path.endswith("code") else digest(answer.body)


def routes(name: str) -> dict[str, Any]:
    """Status, headers and content of the answers to the requests that a browser has for a model."""
    app, (x, z), found = Starlette(routes=app_routes()), inputs(name), {}
    bodies = {"x": x.numpy().tobytes(), "z": z.numpy().tobytes()}
    for number, (method, address, body, kind) in enumerate(ASKED["requests"]):
        path, _, query = f"/models/{name}/{settings(name)['digest'][:12]}/{address}".partition("?")
        answer = request(app, path, method, bodies.get(body, body.encode()), query, {"content-type": kind})
        told = [answer.headers.get(each, "") for each in ("content-type", "cache-control", "content-disposition")]
        said = f"{answer.status} {' | '.join(filter(None, told))}"
        found[f"{number} {method} {address} {body}".strip()] = [said, content(answer, path)]
    return found


def page(name: str) -> str:
    """What Streamlit knows a page by; AppTest.switch_page asks for its file, which may move."""
    return calc_hash(name or "explore")


def shown(app: AppTest, brief: Sequence[str] = ("model", "choices", "other")) -> dict[str, Any]:
    """What the live components are told, and the address that the app writes."""
    assert not app.exception, app.exception[0]
    told = [plain(each.proto.json, brief) for each in app.get("bidi_component")]
    address = "&".join(f"{name}={value}" for name, value in app.query_params.items())
    return {"address": address, "warnings": len(app.warning)} | {each["kind"]: each for each in told if "kind" in each}


def opened(link: str) -> AppTest:
    """The app in a browser that follows a link."""
    app, address = AppTest.from_file(ROOT / "explorer" / "main.py", default_timeout=60), urlsplit(link)
    app._page_hash = page(address.path[1:])
    app.query_params.update(parse_qsl(address.query))
    return app.run()


def models(name: str) -> dict[str, Any]:
    """What the studio is told of a model."""
    found: dict[str, Any] = shown(opened(f"/?model={name}"), brief=("choices",))["studio"]
    return found


def links(link: str) -> dict[str, Any]:
    """What a link opens; where pictures were encoded, these, and what the Explore page then knows of them."""
    app = opened(link)
    found = shown(app)
    for number, each in enumerate(app.get("image")[:2]):
        picture = pixels(base64.b64decode(each.proto.imgs[0].url.partition(",")[2]))
        k = len(picture) // settings(app.query_params["model"])["shape"][1]
        found[f"picture {number}"] = numbers(picture[::k, ::k])
    if link.startswith("/encode"):
        app._page_hash = page("explore")
        found["then"] = shown(app.run())["studio"]["marks"]
    return found


def steps(_: str) -> dict[str, Any]:
    """The draft that is kept of a file of steps, which is that file, and what the stage shows at each step."""
    app = opened("/")
    app.session_state["steps"] = True  # the menu is open
    app.run().file_uploader(key="step-file").upload("steps.json", STEPS).run()
    drafts = [path.read_bytes() for path in Path(os.environ["VAE_RUNS_DIR"], "steps").glob("*.json")]
    found: dict[str, Any] = {"drafts": [draft == STEPS for draft in drafts]}
    for number, step in enumerate(ASKED["steps"]["steps"], 1):
        query = step["query"] | {"deck": DECK, "step": str(number), "present": "1"}
        found[step["title"]] = links(f"/{step['page']}?{urlencode(query)}")
    return found


OBSERVATIONS: dict[str, Callable[[str], Any]] = {
    "files": files, "networks": networks, "names": names, "commands": commands, "addresses": addresses,
    "routes": routes, "models": models, "links": links, "steps": steps,
}  # fmt: skip


def observe(section: str, key: str) -> Any:
    """What can be observed now, as JSON gives it back."""
    return json.loads(json.dumps(OBSERVATIONS[section](key)))


@contextmanager
def quiet() -> Iterator[None]:
    """Folders of its own, one thread, no data sets, no model that loads unasked, nothing remembered before or after."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        for name in ("VAE_RUNS_DIR", "VAE_MAPS_DIR", "VAE_DATA_DIR"):
            patch.setenv(name, f"{place}/{name}")
        patch.delenv("VAE_CHECKPOINTS_DIR", raising=False)
        patch.setenv("COLUMNS", "200")
        patch.chdir(ROOT)
        start = threading.Thread.start
        patch.setattr(threading.Thread, "start", lambda each: None if each.name == "warm-up" else start(each))
        draft = Path(place, "VAE_RUNS_DIR", "steps", f"{DECK}.json")
        draft.parent.mkdir(parents=True)
        draft.write_bytes(STEPS)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # two would add up in another order
        st.cache_resource.clear()
        yield
        st.cache_resource.clear()
        torch.set_num_threads(threads)
