"""What the browser computes with as the library does: the settings of map requests, the constants of a placement.

Knows nothing of networks or pages.
"""

from __future__ import annotations

from vae.maps.neighbours import ACTIVE, K
from vae.maps.requests import KINDS, MapRequest

MAP_REQUESTS: dict[str, type[MapRequest]] = KINDS  # by the name that travels as "kind"
PLACEMENT: dict[str, float] = {"K": K, "ACTIVE": ACTIVE}
