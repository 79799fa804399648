"""A client for ASGI applications, as small as the tests need: one request, one answer, nothing on the network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def request(
    app: Any,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer of `app` to a request for `path`, percent-encoded as a browser sends it."""
    with ThreadPoolExecutor(1) as thread:  # of its own: the browser tests leave a running event loop in the first
        return thread.submit(lambda: asyncio.run(_request(app, path, method, body, query, headers or {}))).result()


async def _request(app: Any, path: str, method: str, body: bytes, query: str, headers: Mapping[str, str]) -> Answer:
    sent_with = [(b"host", b"test"), *((k.encode(), v.encode()) for k, v in headers.items())]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": unquote(path), "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "headers": sent_with, "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    parts = [body[i : i + 4096] for i in range(0, len(body), 4096)] or [b""]

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(m for m in sent if m["type"] == "http.response.start")
    headers = {k.decode().lower(): v.decode() for k, v in start["headers"]}
    return Answer(start["status"], headers, b"".join(m.get("body", b"") for m in sent))
