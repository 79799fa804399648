"""What the benchmarks share: where things lie, and what the studio tells about itself."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDIO_READY = "() => window.__studio?.ready"  # a decoded picture is on the canvas
RATE = 60  # moves a second of a hand
