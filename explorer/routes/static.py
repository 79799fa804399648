"""What a browser fetches that is no model's: the studio's bundle, and Plotly. Knows nothing of pages and models."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.routes.address import ASK_AGAIN, FOR_EVER

DIST = Path(__file__).parents[1] / "studio" / "dist"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}


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
    spec = find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
    if path is None or not path.is_file():
        return PlainTextResponse("The installed plotly brings no plotly.min.js; `pip install -e .` mends that.", 404)
    return FileResponse(path, media_type="text/javascript", headers=FOR_EVER)


ROUTES = [Route("/studio/{file}", bundle), Route("/plotly.js", plotly)]
