"""Any file becomes a picture, or a sentence that says why not; a picture becomes what a model learned from.

Files are hostile until they are read: the first bytes give the format, the header the size, and one function decodes
the rest. A model is the shape of its pictures here. Knows nothing of models or torch.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vae.data import centring
from vae.data.zips import MOST_BYTES
from vae.records import Bytes, Floats

MOST_PIXELS = 64_000_000
ENOUGH = 1024 * 1024  # pixels in which a drawing is looked for: a larger picture is reduced to as many first
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
MOVING = ("GIF", "PNG", "WEBP", "TIFF")  # not JPEG, whose second frame is a phone's preview
READABLE = "PNG, JPEG, WebP, BMP, GIF and TIFF"
CUT = "cut to its middle"  # a step
STEPS = "steps"  # the key in `Image.info` under which `read_picture` says what it did
FILL = 20 / 28  # MNIST: the digit's longer side in the picture's (LeCun et al., 1998)
_BRANDS = dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"), "HEIC") | {b"avif": "AVIF"}

Background = Literal["dark", "light"]


class PictureError(ValueError):
    """The file is no picture that can be used; the message is a sentence for people."""


@dataclass(frozen=True)
class Preparation:
    """What is done to a picture before a model sees it; None: what suits the model and the picture.

    A guess is made only where the model is grey and the picture's border is plain, as around a drawing.
    """

    grey: bool | None = None  # automatic: where the model is grey, and there it is always done
    crop: bool | None = None  # to what is drawn. Automatic: a guess, if the picture is not of the model's size
    invert: bool | None = None  # automatic: a guess, if the border is light and the model's background dark, or v.v.
    centre: bool | None = None  # the centre of mass in the middle. Automatic: where it is cropped
    contrast: bool | None = None  # of a grey drawing, to the full range. Automatic: where a guess crops it


class Prepared(NamedTuple):
    """A picture as the model sees it, (C, H, W), and in short phrases what was done to it."""

    pixels: Bytes
    steps: tuple[str, ...]


# --- from bytes to a picture ------------------------------------------------------------------------------------------


def read_picture(source: bytes | Path | str) -> Image.Image:
    """A file or its bytes -> a picture of mode L or RGB: upright, the first frame, transparent parts on white.

    `info["steps"]` says in phrases what was done. PictureError: a sentence why there is no picture in it.
    """
    raw = source if isinstance(source, bytes) else _content(Path(source))
    if not raw:
        raise PictureError("The file is empty (0 bytes): save or send it again.")
    if len(raw) > MOST_BYTES:
        raise PictureError(f"The file is larger than {MOST_BYTES // 2**20} MiB: save the picture smaller.")
    picture = _opened(raw)
    try:
        moving = picture.format in MOVING and getattr(picture, "is_animated", False)
        steps = ["the first of several frames"] if moving else []
        picture.load()
        plain, more = _plain(_upright(picture), _white_is_zero(picture))
    except Exception as error:  # a decoder that meets a hostile file raises anything
        if isinstance(error, EOFError) or "truncat" in str(error).lower():
            raise PictureError("The picture breaks off in the middle: save or send the whole file again.") from None
        raise PictureError("The picture is damaged and cannot be decoded: save it again, as PNG or JPEG.") from None
    plain.info = {STEPS: (*steps, *more)}
    return plain


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(f"{path.name} cannot be read: {error.strerror or 'it is not there'}.") from None


def _opened(raw: bytes) -> Image.Image:
    """The header alone; PictureError where it promises nothing good."""
    most = f"{MOST_PIXELS // 1_000_000} million pixels"
    try:
        picture = Image.open(io.BytesIO(raw), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"The picture has more than {most}: make it smaller.") from None
    except Exception:  # as above
        raise PictureError(_sniffed(raw)) from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureError(f"The picture is {width:,} x {height:,}: more than {most}. Make it smaller.")
    if width < 1 or height < 1:
        raise PictureError(f"The picture is {width} x {height}: there is no pixel in it.")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """As the camera was held, by EXIF."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF is no reason to refuse a good picture
        return picture


def _white_is_zero(picture: Image.Image) -> bool:
    """Whether a TIFF of more than 8 bits is its own negative, as X-rays and scans are: Pillow turns round 8 bits alone.

    TIFF 6.0, PhotometricInterpretation (262) = 0.
    """
    tags = getattr(picture, "tag_v2", {})
    return tags.get(262) == 0 and (picture.mode.startswith("I") or picture.mode == "F")


def _plain(picture: Image.Image, negative: bool) -> tuple[Image.Image, list[str]]:
    """The picture in mode L or RGB, and the steps to it."""
    mode = picture.mode
    if mode.startswith("I") or mode == "F":
        values = _eight_bits(np.asarray(picture), mode)
        return Image.fromarray(255 - values if negative else values), ["brought to 8 bits"]
    target = "L" if mode in ("1", "L", "LA", "La") else "RGB"
    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        if whole.getchannel("A").getextrema() != (255, 255):
            flat, ground = _on_ground(whole)
            return flat.convert(target), [f"transparent parts on {ground}"]
        return whole.convert(target), []
    return (picture if mode == target else picture.convert(target)), []


def _on_ground(picture: Image.Image) -> tuple[Image.Image, str]:
    """An RGBA picture on white; on black, if it can be seen there and not on white."""
    white, black = (
        Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture).convert("RGB")
        for ground in ("white", "black")
    )
    hidden = int(np.asarray(white).min()) > 255 - centring.FAINT
    seen = int(np.asarray(black).max()) >= centring.FAINT
    return (black, "black") if hidden and seen else (white, "white")


def _eight_bits(values: NDArray[Any], mode: str) -> Bytes:
    """16 bits by their range; 32 bits and floats, whose range nobody tells, by the least usual one that holds them."""
    x = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(x.min())), float(x.max())
    top = 65535.0 if mode.startswith("I;16") else next((r for r in (1.0, 255.0, 65535.0) if high <= r), high)
    return np.asarray(np.rint((x - low) * (255 / (top - low))).clip(0, 255), np.uint8)


def _sniffed(raw: bytes) -> str:
    """A sentence for bytes that no decoder here wants."""
    head = raw[:2048].lstrip().lower()
    kind = _BRANDS.get(raw[8:12].lower(), "") if raw[4:8] == b"ftyp" else ""
    if kind or b"<svg" in head:
        return f"{kind or 'SVG'} files cannot be read here: save the picture as PNG or JPEG."
    if raw.startswith(b"%PDF"):
        return "This is a PDF and not a picture: save the page as PNG or JPEG."
    if raw.startswith(b"PK\3\4"):
        return "This is a zip and not a picture: unpack it, and bring one of its pictures."
    if all(byte >= 32 or byte in b"\t\n\r\f" for byte in raw[:512]):
        return f"This is text and not a picture, whatever its name says: {READABLE} can be read."
    return f"There is no picture in this file that can be read: {READABLE} can, if they are whole."


# --- from a picture to what a model saw -------------------------------------------------------------------------------


def prepare(
    picture: Image.Image,
    shape: tuple[int, int, int],
    how: Preparation | None = None,
    *,
    background: Background | None = None,
    fill: float | None = FILL,
) -> Prepared:
    """A picture -> bytes of `shape` (C, H, W), and what was done to it.

    Grey models see drawings as MNIST made them (LeCun et al., 1998): the bounding box of what is drawn, its longer side
    `fill` of the picture's, its centre of mass in the middle. Anything else is cut to the model's proportions around
    its middle. A picture that is already of the model's size and kind is left alone.

    Args:
        how: what to do; None: everything automatic. background: of the model's data; None: dark, as in every grey data
            set that comes along. fill: of the model's data; MNIST's 20/28, 1 where drawings reach the edges; None:
            the model learned from pictures as they are in their files, so that nothing is guessed.
    Errors: ValueError if C is not 1 or 3.
    """
    c, h, w = shape
    if c not in (1, 3) or h < 1 or w < 1:
        raise ValueError(f"shape (={shape}) must be (1 or 3, height, width): pictures are grey or in colour.")
    how, steps = how or Preparation(), [*picture.info.get(STEPS, ())]
    grey = c == 1 or bool(how.grey)
    if grey and picture.mode != "L":
        steps.append("made grey")
    pixels = _pixels(picture, grey)
    ground, spread, plain = centring.paper(pixels)
    guess, light = c == 1 and plain and fill is not None, bool(ground.mean() > 127)
    inverted = _or(how.invert, guess and light != (background == "light"))
    if inverted:
        pixels, ground = 255 - pixels, 255 - ground
        steps.append(f"inverted: {'dark on light' if light else 'light on dark'}")
    crop = _or(how.crop, guess and picture.size != (w, h))
    arrangement = crop, _or(how.centre, crop), _or(how.contrast, crop and guess)
    if any(arrangement):
        pixels, more = _arranged(pixels, ground, spread, (h, w), fill if c == 1 and fill else 1.0, *arrangement)
    else:
        pixels, more = _middle(picture, (h, w), grey, inverted)
    steps += more
    if picture.size != (w, h):
        steps.append(f"resized {picture.width} x {picture.height} to {w} x {h}")
    whole = np.broadcast_to(np.rint(pixels), shape)
    return Prepared(np.ascontiguousarray(whole, np.uint8), tuple(steps))


def fit(picture: Image.Image, size: tuple[int, int]) -> Bytes:
    """A picture of mode L or RGB in another size (H, W): the middle of those proportions, by Lanczos -> (C, H, W).

    The one crop of the project: what a model learns from a file is what it sees of it later, to the byte.
    """
    top, bottom, left, right = centring.middle((picture.height, picture.width), size)
    part = picture.crop((left, top, right, bottom)).resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.moveaxis(np.atleast_3d(np.asarray(part)), -1, 0))


def _middle(picture: Image.Image, size: tuple[int, int], grey: bool, inverted: bool) -> tuple[Floats, list[str]]:
    """`fit` of a picture that is not searched for a drawing, and what was cut."""
    pixels = fit(picture.convert("L" if grey else "RGB"), size).astype(np.float32)
    whole = picture.height, picture.width
    cut = centring.middle(whole, size) != (0, whole[0], 0, whole[1])
    return 255 - pixels if inverted else pixels, [CUT] if cut else []


def _arranged(
    pixels: Floats, ground: Floats, spread: float, size: tuple[int, int], fill: float,
    crop: bool, centre: bool, contrast: bool,
) -> tuple[Floats, list[str]]:  # fmt: skip
    """The drawing in its place in the model's picture, or the middle of a picture without one; and what was done."""
    box = centring.bounds(pixels, ground, spread) if crop or centre or contrast else None
    if crop and box:
        part, steps = centring.fitted(pixels, box, size, fill), ["cropped to the drawing"]
    else:
        top, bottom, left, right = centring.middle((pixels.shape[1], pixels.shape[2]), size)
        part = centring.resized(pixels[:, top:bottom, left:right], size)
        steps = [CUT] if part.shape != pixels.shape and (bottom - top, right - left) != pixels.shape[1:] else []
    full = centring.stretched(part, ground, spread) if contrast and box and len(part) == 1 else None
    if full:
        part, ground = full
        steps.append("contrast stretched")
    if centre and box:
        steps.append("centred by its mass")
    return centring.placed(part, ground, size, centre and box is not None, keep=crop), steps


def _pixels(picture: Image.Image, grey: bool) -> Floats:
    """(C, H, W), 0..255; a very large picture smaller, since what is done next needs no more than `ENOUGH`."""
    scale = (ENOUGH / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    values = np.asarray(picture.convert("L" if grey else "RGB"), np.float32)
    return np.moveaxis(np.atleast_3d(values), -1, 0)


def _or(setting: bool | None, guess: bool) -> bool:
    return guess if setting is None else setting
