"""Fifty viewers who drag at once: what they cost the server, and whether one more still gets in.

A viewer's pictures are decoded in his own browser; the server sees a page that is opened, files that are fetched once,
and a commit each time that the hand rests. One real page is recorded; each simulated viewer has a session of its own
and sends what the real one sent: the requests over HTTP, the first run over a WebSocket, then commits, each with its
own z. While they drag, a real Chromium opens the page; and one viewer whose browser cannot decode asks the server.
CPU time is the server process's (from /proc: Linux), all its threads; viewers run in processes of their own.

    python -m benchmarks.viewers [--viewers 50] [--seconds 30] [--rest 2]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.pool import Pool
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.common import STUDIO_READY
from benchmarks.drag import drag
from tests.e2e.browser import launched, served

MODEL = "mnist-16d"
LATENT = 16
TICKS = os.sysconf("SC_CLK_TCK")
FILLED = 8  # viewers whose every request is made: all fetch the same files
OPENING = 20.0  # seconds in which all sessions have begun


@dataclass
class Recording:
    """What one real page sent: its requests, its first run, and a commit of z."""

    urls: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    @property
    def commit(self) -> bytes:
        """The last message that carries a z."""
        return next(m for m in reversed(self.sent) if b'"seq"' in m)


@dataclass(frozen=True)
class Server:
    """A process's CPU seconds and resident memory in MB."""

    pid: int

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def children() -> set[int]:
    """The processes that this one has started."""
    return {int(p) for task in Path("/proc/self/task").iterdir() for p in (task / "children").read_text().split()}


def record(browser: Browser, url: str) -> Recording:
    """Open the page, drag, rest; keep what went out."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, kept = context.new_page(), Recording()
    page.set_default_timeout(60_000)
    page.on("request", lambda r: kept.urls.append(r.url) if r.method == "GET" and r.url.startswith("http") else None)

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: kept.sent.append(frame) if isinstance(frame, bytes) else None)

    page.on("websocket", opened)
    first_picture(page, url)
    page.wait_for_timeout(2500)  # ticks, neighbours, their pictures
    drag(page, 1.0)
    page.wait_for_timeout(1500)
    context.close()
    return kept


def first_picture(page: Page, url: str) -> float:
    """Seconds until a decoded picture is on the page's canvas."""
    start = time.perf_counter()
    page.goto(f"{url}/?model={MODEL}", wait_until="commit")
    page.wait_for_function(STUDIO_READY, polling=20)
    return time.perf_counter() - start


def fetch(urls: list[str]) -> int:
    """Get every file once, as a browser with an empty cache does; bytes that came."""
    total = 0
    for url in urls:
        request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            total += len(answer.read())
    return total


async def finished(socket: ClientConnection, address: list[str]) -> None:
    """Read until the script has run; note the address that it wrote."""
    while True:
        message = ForwardMsg()
        async with asyncio.timeout(60):
            said = await socket.recv()
        message.ParseFromString(said if isinstance(said, bytes) else said.encode())
        if message.WhichOneof("type") == "page_info_changed":
            address[0] = message.page_info_changed.query_string
        if message.WhichOneof("type") == "script_finished":
            return


def committed(message: bytes, address: str, rng: random.Random) -> bytes:
    """The recorded commit with a z of this viewer's own."""
    made = BackMsg()
    made.ParseFromString(message)
    made.rerun_script.query_string = address
    for widget in made.rerun_script.widget_states.widgets:
        if '"seq"' not in widget.json_value:
            continue
        before, _, rest = widget.json_value.partition('"z":[')
        z = ",".join(f"{rng.gauss(0, 1):.6f}" for _ in range(LATENT))
        widget.json_value = f'{before}"z":[{z}]{rest.partition("]")[2]}'
    return bytes(made.SerializeToString())


async def viewer(url: str, kept: Recording, seed: int, until: float, rest: float) -> list[float]:
    """One session: the first run, then a commit every `rest` seconds; ms until each was answered."""
    rng, address, waits = random.Random(seed), [""], []
    place = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    async with connect(place, origin=url, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[arg-type,list-item]
        await socket.send(kept.sent[0])
        await finished(socket, address)
        await asyncio.sleep(rng.random() * rest)
        while time.time() < until:
            start = time.perf_counter()
            await socket.send(committed(kept.commit, address[0], rng))
            await finished(socket, address)
            waits.append(1000 * (time.perf_counter() - start))
            await asyncio.sleep(rest * (0.5 + rng.random()))
    return waits


def crowd(url: str, kept: Recording, viewers: int, until: float, rest: float) -> list[float]:
    """All of them, in this process."""

    async def together() -> list[float]:
        several = await asyncio.gather(*(viewer(url, kept, k, until, rest) for k in range(viewers)))
        return [ms for each in several for ms in each]

    return asyncio.run(together())


def decoding(url: str, path: str, seconds: float) -> int:
    """One viewer whose browser cannot decode: a z as soon as the last one is answered; how many were."""
    rng, count, start = np.random.default_rng(0), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        body = rng.standard_normal(LATENT).astype("<f4").tobytes()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/{path}", body), timeout=60) as answer:
            answer.read()
        count += 1
    return count


def spent(server: Server, work: Callable[[], object]) -> float:
    """The server's CPU seconds during some work."""
    start = server.cpu()
    work()
    return server.cpu() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rest", type=float, default=2.0, help="seconds from one commit of a viewer to his next")
    options = parser.parse_args()
    n, seconds = options.viewers, options.seconds
    before = children()
    with served() as url, Pool(1) as pool, launched() as browser:
        server = next(s for s in map(Server, children() - before) if "streamlit" in _command(s.pid))
        kept = record(browser, url)
        alone, small = first_picture(browser.new_page(), url), server.memory()
        print(f"recorded: {len(kept.urls)} requests; first picture alone {alone:.1f} s; server {small:.0f} MB")
        with ThreadPoolExecutor(8) as threads:
            cpu = spent(server, lambda: list(threads.map(fetch, [kept.urls] * FILLED)))
        print(f"{FILLED} empty caches fill: {cpu / FILLED:.2f} CPU s a viewer")
        # Sessions open, then all drag; the meter runs while they do.
        answer = pool.apply_async(crowd, (url, kept, n, time.time() + OPENING + seconds + 5, options.rest))
        cpu = spent(server, lambda: time.sleep(OPENING))
        print(f"{n} sessions open and begin to drag: {cpu:.1f} CPU s in {OPENING:.0f} s; {server.memory():.0f} MB")
        half = seconds / 2
        cpu = spent(server, lambda: time.sleep(half))
        print(f"{n} drag: {60 * cpu / (n * half):.2f} CPU s a viewer-minute, {100 * cpu / half:.0f} % of one core")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        print(f"one more opens meanwhile: first picture after {first_picture(page, url):.1f} s")
        waits = answer.get()
        p50, p95 = np.percentile(waits, [50, 95])
        print(f"{len(waits)} commits answered after {p50:.0f} ms (p95 {p95:.0f}); server {server.memory():.0f} MB")
        path = next(u for u in kept.urls if "/decoder.onnx" in u).partition(f"{url}/")[2]
        route, asked = path.partition("?")[0].replace("decoder.onnx", "decode"), 10.0
        decoding(url, route, 3)  # torch loads
        done: list[int] = []
        cpu = spent(server, lambda: done.append(decoding(url, route, asked)))
        print(f"a browser that cannot decode: {done[0] / asked:.0f} pictures/s, {60 * cpu / asked:.0f} CPU s a minute")


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


if __name__ == "__main__":
    main()
