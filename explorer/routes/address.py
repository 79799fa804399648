"""The model that an address names, and how long a browser may keep an answer.

A model's address carries the first 12 digits of its digest, so that a file may be kept for ever and a model that
changed is never mixed with its former self.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from explorer.engine import models
from explorer.engine.models import Card

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"Cache-Control": "no-cache"}
Answer = Callable[[Request], Awaitable[Response]]


def of_model(answer: Callable[[Request, Card], Awaitable[Response]]) -> Answer:
    """A decorator: passes the card of the model in /models/{name}/{digest}/ on, or answers that there is none."""

    async def respond(request: Request) -> Response:
        name, digest = request.path_params["name"], request.path_params["digest"]
        card = models.find(name, digest)
        return missing(name, digest) if card is None else await answer(request, card)

    respond.__doc__ = answer.__doc__
    return respond


def missing(name: str, digest: str) -> Response:
    """The sentence that a model is not here."""
    return PlainTextResponse(
        f"There is no model {name!r} with digest {digest!r} here; it was renamed, retrained or removed. "
        "Reload the page to see the models that there are.",
        404,
    )
