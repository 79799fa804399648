"""What a browser has computed where it cannot: a decode, an encode, which latents of two models match.

Numbers travel as little-endian float32; everything else is JSON, or one sentence. Knows nothing of pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.engine import models
from explorer.engine.models import Card
from explorer.routes.address import ASK_AGAIN, missing, of_model
from vae.records import Floats

MOST = 256  # points or pictures in one request


@of_model
async def decode(request: Request, card: Card) -> Response:
    """POST /models/{name}/{digest}/decode: (n, D) little-endian float32 -> (n, C, H, W) float32 in [0, 1].

    With ?beside=1 there follow as many numbers of each thing that p(x|z) is made of beside its mean picture.
    """
    network = _decode_whole if request.query_params.get("beside") == "1" else models.decode
    return await _through(request, card, (card.latent,), network, "z")


@of_model
async def encode(request: Request, card: Card) -> Response:
    """POST /models/{name}/{digest}/encode: (n, C, H, W) little-endian float32 in [0, 1] -> the means (n, D)."""
    return await _through(request, card, card.shape, models.encode, "x")


@of_model
async def matching(request: Request, card: Card) -> Response:
    """GET /models/{name}/{digest}/matching/{other}/{other_digest}: a `Matching` as JSON, row by row.

    Two models that share no items are nothing unusual: {"unmatched": the sentence why}.
    """
    name, digest = request.path_params["other"], request.path_params["other_digest"]
    other = models.find(name, digest)
    if other is None:
        return missing(name, digest)
    try:
        match = await run_in_threadpool(models.matching, card, other)
    except ValueError as error:
        return JSONResponse({"unmatched": str(error)}, headers=ASK_AGAIN)
    arrays = {name: getattr(match, name).tolist() for name in ("partner", "r", "explained", "weight", "offset")}
    return JSONResponse(arrays | {"items": match.items}, headers=ASK_AGAIN)


def _decode_whole(card: Card, z: Floats) -> Floats:
    return np.concatenate(list(models.decode_parts(card, z).values()))


async def _through(
    request: Request,
    card: Card,
    shape: tuple[int, ...],
    network: Callable[[Card, Floats], Floats],
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


ROUTES = [
    Route("/models/{name}/{digest}/decode", decode, methods=["POST"]),
    Route("/models/{name}/{digest}/encode", encode, methods=["POST"]),
    Route("/models/{name}/{digest}/matching/{other}/{other_digest}", matching),
]
