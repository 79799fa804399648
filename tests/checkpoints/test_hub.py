"""What is pushed to a model hub comes back, bit for bit: against a hub of the test's own, spoken to over HTTP.

The hub's client reads its address when it is imported, so what it does runs in a process of its own.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch

import vae
from vae.checkpoints import hub

pytest.importorskip("huggingface_hub")
COMMIT = "c" * 40


class FakeHub(BaseHTTPRequestHandler):
    """As much of the hub's interface as its client asks for: repositories in memory, every file in its commit."""

    repos: dict[str, dict[str, bytes]]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if route := re.fullmatch(r"/api/models/(\w+/[\w-]+)(/revision/\w+|/tree/\w+.*)?", self.path):
            self._tell(route[1], "/tree/" in self.path)
        elif route := re.fullmatch(r"/(\w+/[\w-]+)/resolve/\w+/(.+)", self.path):
            self._send(self.repos.get(route[1], {}).get(route[2]))
        else:
            self._send(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/repos/create":
            request = json.loads(body)
            name = f"{request['organization']}/{request['name']}"
            self.repos.setdefault(name, {})
            return self._json({"url": f"http://{self.headers['Host']}/{name}", "id": name, "name": name})
        if self.path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        name = "/".join(self.path.split("/")[3:5])
        if "/preupload/" in self.path:
            paths = [file["path"] for file in json.loads(body)["files"]]
            return self._json({"files": [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in paths]})
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                self.repos[name][entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
        return self._json({"commitUrl": f"http://{self.headers['Host']}/{name}/commit/{COMMIT}", "commitOid": COMMIT})

    def _tell(self, name: str, tree: bool) -> None:
        if name not in self.repos:
            return self._send(None, "RepoNotFound")
        files = self.repos[name]
        if tree:
            rows = [{"type": "file", "path": p, "size": len(b), "oid": _etag(b)} for p, b in files.items()]
            return self._json(rows)
        return self._json({"id": name, "sha": COMMIT, "private": False, "siblings": [{"rfilename": p} for p in files]})

    def _json(self, what: Any) -> None:
        self._send(json.dumps(what).encode())

    def _send(self, body: bytes | None, code: str = "EntryNotFound") -> None:
        self.send_response(200 if body is not None else 404)
        if body is None:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{_etag(body or b"")}"')
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if body is not None and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


def _etag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@pytest.fixture
def repos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, bytes]]]:
    """The repositories of a hub that the processes below find as theirs."""
    handler = type("Hub", (FakeHub,), {"repos": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield handler.repos  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def run(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


MODEL = """
import torch, vae
torch.manual_seed(0)
model = vae.VAE((1, 6, 6), 3, "mlp", "gaussian", width=8)
"""


def test_what_is_pushed_comes_back(repos: dict[str, dict[str, bytes]]) -> None:
    lines = run(f"""{MODEL}
print(model.push_to_hub("me/mine", token="t", private=True))
back = vae.VAE.from_pretrained("me/mine", token=False)
x = torch.rand(5, 1, 6, 6)
print(torch.equal(model.embed(x), back.embed(x)), back.training, back.config == model.config)
""")
    assert lines[0].endswith("/me/mine")
    assert lines[1] == "True False True"
    assert set(repos["me/mine"]) == {"config.json", "model.safetensors", "README.md"}
    card = repos["me/mine"]["README.md"].decode()
    assert "library_name: vae-explorer" in card
    assert "6 x 6 pixels, grey, 3 latent dimensions" in card
    assert 'vae.load("mine")' in card
    assert "thumb.png" not in card


def test_a_card_that_somebody_wrote_there_stays(repos: dict[str, dict[str, bytes]]) -> None:
    repos["me/mine"] = {"README.md": b"by hand", "notes.txt": b"mine"}
    run(f"{MODEL}\nmodel.push_to_hub('me/mine', token='t')")
    assert repos["me/mine"]["README.md"] == b"by hand"
    assert "model.safetensors" in repos["me/mine"]
    # Of what else lies there, nothing is read.
    (cache,) = run("from vae import hub; print(*[p.name for p in sorted(hub.fetch('me/mine', token=False).iterdir())])")
    assert cache == "config.json model.safetensors"


def test_what_the_hub_refuses_is_a_sentence(repos: dict[str, dict[str, bytes]]) -> None:
    repos["me/other"] = {"weights.bin": b"of another program"}
    lines = run(f"""{MODEL}
def print_error(call):
    try: call()
    except Exception as error: print(type(error).__name__, error)
print_error(lambda: vae.VAE.from_pretrained("me/none", token=False))
print_error(lambda: vae.VAE.from_pretrained("no/such/name"))
print_error(lambda: vae.VAE.from_pretrained("me/other", token=False))
print_error(lambda: vae.VAE.from_pretrained("me/kept", local_files_only=True))
print_error(lambda: model.push_to_hub("no/such/name", token="t"))
print_error(lambda: model.push_to_hub("me/..", token="t"))
own = vae.VAE((1, 1, 2), 1, (torch.nn.Flatten(), torch.nn.Linear(1, 2)))
print_error(lambda: own.push_to_hub("me/own", token="t"))
""")
    assert [line.split()[0] for line in lines] == [
        "FileNotFoundError", "FileNotFoundError", "CheckpointError", "FileNotFoundError", "ConnectionError",
        "ConnectionError", "ValueError",
    ]  # fmt: skip
    assert "'me/none' is no folder here, and no model of the hub" in lines[0]
    assert "hf auth login" in lines[0]
    assert "'no/such/name'" in lines[1]
    assert "config.json" in lines[2]
    assert "hf auth login" in lines[4]
    assert set(repos) == {"me/other"}  # nothing was begun there


def test_a_folder_is_itself(tmp_path: Path) -> None:
    model = vae.VAE((1, 6, 6), 3, "mlp", width=8)
    model.save_pretrained(tmp_path / "m")
    assert hub.fetch(tmp_path / "m") == tmp_path / "m"
    x = torch.rand(2, 1, 6, 6)
    assert torch.equal(vae.VAE.from_pretrained(tmp_path / "m").embed(x), model.embed(x))


def test_without_its_client_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        vae.VAE.from_pretrained("me/mine")
