"""The app as a person meets it: a real server, a real Chromium. For the browser tests, benchmarks and pictures."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = [  # WebGL and the page's layers in software, the latter without a detour through WebGL; no calls home
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--enable-unsafe-swiftshader", "--disable-gpu-compositing",
]  # fmt: skip


def chromium() -> str | None:
    """The path of a Chromium on this machine, or None. VAE_CHROMIUM overrules the search."""
    return os.environ.get("VAE_CHROMIUM") or next((path for c in CANDIDATES if (path := shutil.which(c))), None)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def served(
    script: str = "explorer/app.py", arguments: tuple[str, ...] = (), *, cwd: Path = ROOT, wait: bool = True, **env: str
) -> Iterator[str]:
    """`streamlit run` of a script on a free port; yields its address and ends it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / script), "--server.headless=true",
               f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none",
               "--", *arguments]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=cwd, env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        if wait:
            _until_healthy(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_healthy(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at once, with exit code {process.returncode}.")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"The server did not answer within {seconds:.0f} s.")


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium."""
    path = chromium()
    if path is None:
        raise RuntimeError("There is no Chromium on this machine: install it, or set VAE_CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
