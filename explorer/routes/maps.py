"""What a browser asks beside the pages to have made of a model's items: maps, clusters, columns of a CSV file.

Whatever changes something has a body that a page of another origin may not send unasked (JSON, CSV), or is a DELETE.
Every answer is JSON, a file, or one sentence. Knows nothing of the pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.engine import maps
from explorer.routes.models import FOR_EVER, card_of, missing

MOST = {"application/json": 4_000, "text/csv": 32_000_000}  # bytes
TYPES = "Send a request as application/json, or a table as text/csv."


async def everything(request: Request) -> Response:
    """GET /models/{name}/{digest}/made: all that was made or is being made, as JSON."""
    card = card_of(request)
    if card is None:
        return missing(request)
    return await _answer(lambda: [asdict(each) for each in maps.jobs(card)])


async def ask(request: Request) -> Response:
    """POST /models/{name}/{digest}/made: a request as JSON, or a CSV file; what came of it, as JSON."""
    card = card_of(request)
    if card is None:
        return missing(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MOST:
        return PlainTextResponse(TYPES, 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST[kind]:
            return PlainTextResponse(f"The file is too large; at most {MOST[kind] / 1e6:g} MB, please.", 413)
    if kind == "text/csv":
        return await _answer(lambda: [asdict(each) for each in maps.add_columns(card, bytes(body))])
    return await _answer(lambda: asdict(maps.start(card, json.loads(body))))


async def one(request: Request) -> Response:
    """GET /models/{name}/{digest}/made/{key}: a result, as safetensors."""
    card, key = card_of(request), request.path_params["key"]
    if card is None:
        return missing(request)
    path = await run_in_threadpool(_quiet, lambda: maps.result_file(card, key))
    if path is None:
        return PlainTextResponse(f"{key[:12]!r} is not here: it was removed, or made on another server.", 404)
    return FileResponse(path, media_type="application/octet-stream", headers=FOR_EVER)


async def forget(request: Request) -> Response:
    """DELETE /models/{name}/{digest}/made/{key}: cancel what is being made, or remove what was."""
    card = card_of(request)
    if card is None:
        return missing(request)
    return await _answer(lambda: {"removed": maps.remove(card, request.path_params["key"])})


async def _answer(work: Callable[[], Any]) -> Response:
    """What the work gives, as JSON; what it refuses, as a sentence."""
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


def _quiet(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ValueError:
        return None


ROUTES = [
    Route("/models/{name}/{digest}/made", everything),
    Route("/models/{name}/{digest}/made", ask, methods=["POST"]),
    Route("/models/{name}/{digest}/made/{key}", forget, methods=["DELETE"]),
    Route("/models/{name}/{digest}/made/{key}", one),
]
