"""What a browser fetches beside pages: a model's files, its pictures, the studio's bundle, a decode.

Every answer is a file, bytes, or one sentence. A model's address carries the first 12 digits of its digest, so that a
file may be kept for ever and a model that changed is never mixed with its former self. Knows nothing of pages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from explorer.drawing import files
from explorer.engine import models
from vae.records import Floats

ASSETS = {
    "config.json": "application/json",
    "metrics.json": "application/json",
    "latents.safetensors": "application/octet-stream",
    "decoder.onnx": "application/octet-stream",
    "encoder.onnx": "application/octet-stream",
    "thumb.png": "image/png",
}
TABLES = {"csv": (files.csv_pieces, "text/csv"), "npz": (files.npz_pieces, "application/octet-stream")}
DIST = Path(__file__).parents[1] / "studio" / "dist"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"Cache-Control": "no-cache"}
MOST = 256  # pictures in one decode
MOST_ITEMS = 64  # and in one sheet of items


async def asset(request: Request) -> Response:
    """GET /models/{name}/{digest}/{file}: one file of a checkpoint."""
    card, file = card_of(request), request.path_params["file"]
    if card is None:
        return missing(request)
    path = card.path / file
    if file not in ASSETS or not path.is_file():
        return PlainTextResponse(f"The model has no {file!r}; it can have {', '.join(ASSETS)}.", 404)
    changeable = file in ("config.json", "metrics.json", "thumb.png")
    return FileResponse(path, media_type=ASSETS[file], headers=ASK_AGAIN if changeable else FOR_EVER)


async def table(request: Request) -> Response:
    """GET /models/{name}/{digest}/latents.csv or .npz: the latents of all items, as they are in latents.safetensors."""
    card, kind = card_of(request), request.url.path.rsplit(".")[-1]
    if card is None:
        return missing(request)
    try:
        latents = (await run_in_threadpool(models.maps, card))[0]
    except models.CheckpointError as error:  # its file is missing or damaged
        return PlainTextResponse(str(error), 404)
    pieces, media = TABLES[kind]
    name = quote(f"{card.name}-latents.{kind}", safe="")
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(pieces(latents), media_type=media, headers=ASK_AGAIN | named)


async def item(request: Request) -> Response:
    """GET /models/{name}/{digest}/item/{i}.png: the i-th encoded item as it is in its data set."""
    card, i = card_of(request), int(request.path_params["i"])
    if card is None:
        return missing(request)
    try:
        png = await run_in_threadpool(models.item_png, card, i)
    except models.CheckpointError as error:
        return PlainTextResponse(str(error), 404)
    if png is None:
        return PlainTextResponse(f"Item {i} is not here: its data set is not on this machine, or is shorter.", 404)
    return Response(png, media_type="image/png", headers=FOR_EVER)


async def items(request: Request) -> Response:
    """GET /models/{name}/{digest}/items.png?rows=3,14,15: several encoded items side by side, in one request."""
    card, rows = card_of(request), request.query_params.get("rows", "")
    if card is None:
        return missing(request)
    if not re.fullmatch(rf"\d{{1,9}}(,\d{{1,9}}){{0,{MOST_ITEMS - 1}}}", rows, re.ASCII):
        return PlainTextResponse(
            f"rows (={rows[:20]!r}) must be 1 to {MOST_ITEMS} numbers of items with commas between.", 400
        )
    try:
        png = await run_in_threadpool(models.items_png, card, [int(row) for row in rows.split(",")])
    except models.CheckpointError as error:
        return PlainTextResponse(str(error), 404)
    if png is None:
        return PlainTextResponse("Not all of these items are here: their data set is elsewhere, or is shorter.", 404)
    return Response(png, media_type="image/png", headers=FOR_EVER)


async def decode(request: Request) -> Response:
    """POST /models/{name}/{digest}/decode: (n, D) little-endian float32 -> (n, C, H, W) float32 in [0, 1].

    With ?beside=1 there follow as many numbers of each thing that p(x|z) is made of beside its mean picture.
    """
    card, network = card_of(request), models.decode
    if request.query_params.get("beside") == "1":
        network = _whole
    return missing(request) if card is None else await _through(request, card, (card.latent,), network, "z")


async def encode(request: Request) -> Response:
    """POST /models/{name}/{digest}/encode: (n, C, H, W) little-endian float32 in [0, 1] -> the means (n, D)."""
    card = card_of(request)
    return missing(request) if card is None else await _through(request, card, card.shape, models.encode, "x")


async def matching(request: Request) -> Response:
    """GET /models/{name}/{digest}/matching/{other}/{other_digest}: a `Matching` as JSON, row by row.

    Two models that share no items are nothing unusual: {"unmatched": the sentence why}.
    """
    card = card_of(request)
    other = models.find(request.path_params["other"], request.path_params["other_digest"])
    if card is None or other is None:
        return missing(request)
    try:
        found = await run_in_threadpool(models.matching, card, other)
    except ValueError as error:
        return JSONResponse({"unmatched": str(error)}, headers=ASK_AGAIN)
    arrays = {name: getattr(found, name).tolist() for name in ("partner", "r", "explained", "weight", "offset")}
    return JSONResponse(arrays | {"items": found.items}, headers=ASK_AGAIN)


def _whole(card: models.Card, z: Floats) -> Floats:
    return np.concatenate(list(models.decode_parts(card, z).values()))


async def _through(
    request: Request,
    card: models.Card,
    shape: tuple[int, ...],
    network: Callable[[models.Card, Floats], Floats],
    name: str,
) -> Response:
    """The body as rows of `shape` through one of the card's networks, or a sentence about it."""
    row = 4 * math.prod(shape)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST * row:
            return PlainTextResponse(f"At most {MOST} points at once, please: send the rest in another request.", 413)
    if not body or len(body) % row:
        numbers = " × ".join(map(str, shape))
        return PlainTextResponse(
            f"The body (={len(body)} bytes) must be n × {numbers} float32, that is a multiple of {row} bytes.", 400
        )
    rows = np.frombuffer(body, "<f4").reshape(-1, *shape)
    if not np.isfinite(rows).all():
        return PlainTextResponse(f"Every number of {name} must be finite; nan and infinity come to nothing.", 400)
    try:
        answer = await run_in_threadpool(network, card, rows)
    except ValueError as error:  # a checkpoint that is damaged, a model whose source is gone
        return PlainTextResponse(str(error), 409)
    return Response(answer.astype("<f4").tobytes(), media_type="application/octet-stream")


async def bundle(request: Request) -> Response:
    """GET /studio/{file}: one file of the built front end; a name with a hash in it is kept for ever."""
    file = request.path_params["file"]
    path = DIST / file
    if Path(file).name != file or path.suffix not in TYPES or not path.is_file():
        return PlainTextResponse(f"The studio's bundle has no {file!r}; build it with `pip install -e .`.", 404)
    hashed = re.search(r"[-.][A-Za-z0-9]{8,}\.\w+$", file) or "v" in request.query_params
    return FileResponse(path, media_type=TYPES[path.suffix], headers=FOR_EVER if hashed else ASK_AGAIN)


async def plotly(_: Request) -> Response:
    """GET /plotly.js?v={version}: the library as its Python package brings it, which is not imported for it."""
    found = find_spec("plotly")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js" if found and found.origin else None
    if path is None or not path.is_file():
        return PlainTextResponse("The installed plotly brings no plotly.min.js; `pip install -e .` mends that.", 404)
    return FileResponse(path, media_type="text/javascript", headers=FOR_EVER)


def card_of(request: Request) -> models.Card | None:
    return models.find(request.path_params["name"], request.path_params["digest"])


def missing(request: Request) -> Response:
    name, digest = request.path_params["name"], request.path_params["digest"]
    return PlainTextResponse(
        f"There is no model {name!r} with digest {digest!r} here; it was renamed, retrained or removed. "
        "Reload the page to see the models that there are.",
        404,
    )


ROUTES = [
    Route("/models/{name}/{digest}/item/{i:int}.png", item),
    Route("/models/{name}/{digest}/items.png", items),
    Route("/models/{name}/{digest}/decode", decode, methods=["POST"]),
    Route("/models/{name}/{digest}/encode", encode, methods=["POST"]),
    Route("/models/{name}/{digest}/matching/{other}/{other_digest}", matching),
    *(Route(f"/models/{{name}}/{{digest}}/latents.{kind}", table, name=kind) for kind in TABLES),
    Route("/models/{name}/{digest}/{file}", asset),
    Route("/studio/{file}", bundle),
    Route("/plotly.js", plotly),
]
