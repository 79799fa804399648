"""What a browser has computed of a model's items beside the pages: maps, clusters, columns of a CSV file.

Whatever changes something has a body that a page of another origin may not send unasked (JSON, CSV), or is a DELETE.
Every answer is JSON, a file, or one sentence. Knows nothing of pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.engine import maps
from explorer.engine.models import Card
from explorer.routes.address import FOR_EVER, of_model

MOST = {"application/json": 4_000, "text/csv": 32_000_000}  # bytes
TYPES = "Send a request as application/json, or a table as text/csv."


@of_model
async def jobs(_: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/made: every result that is there or under way, as JSON."""
    return await _answer(lambda: [asdict(job) for job in maps.jobs(card)])


@of_model
async def start(request: Request, card: Card) -> Response:
    """POST /models/{name}/{digest}/made: a map request as JSON, or a CSV file; answers with the result's state."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MOST:
        return PlainTextResponse(TYPES, 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST[kind]:
            return PlainTextResponse(f"The file is too large; at most {MOST[kind] / 1e6:g} MB, please.", 413)
    if kind == "text/csv":
        return await _answer(lambda: [asdict(column) for column in maps.add_columns(card, bytes(body))])
    return await _answer(lambda: asdict(maps.start(card, json.loads(body))))


@of_model
async def result(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/made/{key}: a result, as safetensors."""
    key = request.path_params["key"]
    path = await run_in_threadpool(_file, card, key)
    if path is None:
        return PlainTextResponse(f"{key[:12]!r} is not here: it was removed, or made on another server.", 404)
    return FileResponse(path, media_type="application/octet-stream", headers=FOR_EVER)


@of_model
async def remove(request: Request, card: Card) -> Response:
    """DELETE /models/{name}/{digest}/made/{key}: cancel what is under way, or remove what is there."""
    return await _answer(lambda: {"removed": maps.remove(card, request.path_params["key"])})


async def _answer(work: Callable[[], Any]) -> Response:
    """What the work returns, as JSON; what it refuses, as a sentence."""
    try:
        return JSONResponse(await run_in_threadpool(work), headers={"Cache-Control": "no-store"})
    except RecursionError:
        return PlainTextResponse(TYPES, 400)
    except ValueError as error:
        return PlainTextResponse(TYPES if isinstance(error, json.JSONDecodeError) else str(error), 400)
    except OSError as error:
        return PlainTextResponse(
            f"It cannot be kept ({error.strerror}: {error.filename}); VAE_MAPS_DIR may name another folder.", 507
        )


def _file(card: Card, key: str) -> Path | None:
    try:
        return maps.result_file(card, key)
    except ValueError:  # the model's latents are damaged
        return None


ROUTES = [
    Route("/models/{name}/{digest}/made", jobs),
    Route("/models/{name}/{digest}/made", start, methods=["POST"]),
    Route("/models/{name}/{digest}/made/{key}", remove, methods=["DELETE"]),
    Route("/models/{name}/{digest}/made/{key}", result),
]
