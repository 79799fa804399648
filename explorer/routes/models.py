"""What a browser fetches of a model beside the pages: its files, its latents as a table, pictures of its items.

Every answer is a file, bytes, or one sentence. Knows nothing of pages.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from explorer.drawing import files
from explorer.engine import models
from explorer.engine.models import Card
from explorer.routes.address import ASK_AGAIN, FOR_EVER, of_model

ASSETS = {
    "config.json": "application/json",
    "metrics.json": "application/json",
    "latents.safetensors": "application/octet-stream",
    "decoder.onnx": "application/octet-stream",
    "encoder.onnx": "application/octet-stream",
    "thumb.png": "image/png",
}
TABLES = {"csv": (files.csv_pieces, "text/csv"), "npz": (files.npz_pieces, "application/octet-stream")}
MOST = 64  # items in one sheet


@of_model
async def asset(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/{file}: one file of a checkpoint."""
    file = request.path_params["file"]
    path = card.path / file
    if file not in ASSETS or not path.is_file():
        return PlainTextResponse(f"The model has no {file!r}; it can have {', '.join(ASSETS)}.", 404)
    changeable = file in ("config.json", "metrics.json", "thumb.png")
    return FileResponse(path, media_type=ASSETS[file], headers=ASK_AGAIN if changeable else FOR_EVER)


@of_model
async def table(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/latents.csv or .npz: the latents of all items, as they are in latents.safetensors."""
    kind = request.url.path.rsplit(".")[-1]
    try:
        latents = (await run_in_threadpool(models.maps, card))[0]
    except models.CheckpointError as error:  # its file is missing or damaged
        return PlainTextResponse(str(error), 404)
    pieces, media = TABLES[kind]
    name = quote(f"{card.name}-latents.{kind}", safe="")
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(pieces(latents), media_type=media, headers=ASK_AGAIN | named)


@of_model
async def item(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/item/{i}.png: the i-th encoded item as it is in its data set."""
    i = int(request.path_params["i"])
    try:
        png = await run_in_threadpool(models.item_png, card, i)
    except models.CheckpointError as error:
        return PlainTextResponse(str(error), 404)
    if png is None:
        return PlainTextResponse(f"Item {i} is not here: its data set is not on this machine, or is shorter.", 404)
    return Response(png, media_type="image/png", headers=FOR_EVER)


@of_model
async def items(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/items.png?rows=3,14,15: several encoded items side by side, in one request."""
    rows = request.query_params.get("rows", "")
    if not re.fullmatch(rf"\d{{1,9}}(,\d{{1,9}}){{0,{MOST - 1}}}", rows, re.ASCII):
        return PlainTextResponse(
            f"rows (={rows[:20]!r}) must be 1 to {MOST} numbers of items with commas between.", 400
        )
    try:
        png = await run_in_threadpool(models.items_png, card, [int(row) for row in rows.split(",")])
    except models.CheckpointError as error:
        return PlainTextResponse(str(error), 404)
    if png is None:
        return PlainTextResponse("Not all of these items are here: their data set is elsewhere, or is shorter.", 404)
    return Response(png, media_type="image/png", headers=FOR_EVER)


ROUTES = [
    Route("/models/{name}/{digest}/item/{i:int}.png", item),
    Route("/models/{name}/{digest}/items.png", items),
    *(Route(f"/models/{{name}}/{{digest}}/latents.{kind}", table, name=kind) for kind in TABLES),
    Route("/models/{name}/{digest}/{file}", asset),
]
