"""Files as people and attackers bring them, made here: the Encode page must make a picture or a sentence of each."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

GREY = Image.fromarray(np.pad(np.full((24, 16), 255, np.uint8), 12))  # a bar, light on dark, off the middle
COLOUR = Image.merge("RGB", [GREY, GREY.rotate(90), GREY.rotate(180)])
DEEP = Image.fromarray((np.asarray(GREY).astype(np.uint16)) * 257)


def file(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    """GREY as a camera held so would have written it: upright once the orientation is followed."""
    turns = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    turn, tag = turns[orientation], Image.Exif()
    tag[0x0112] = orientation
    return file(GREY if turn is None else GREY.transpose(turn), exif=tag)


def bomb(width: int, height: int) -> bytes:
    """A PNG of 100 bytes that promises width x height."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def interlaced() -> bytes:
    """A grey 8 x 8 PNG in Adam7's seven passes, all 200, which Pillow reads and does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    passes = ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))  # width, lines
    lines = b"".join((b"\0" + b"\xc8" * width) * count for width, count in passes)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def much_text() -> bytes:
    """A picture with half a megabyte of remarks."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 500_000)
    return file(GREY, pnginfo=info)


def moving(kind: str, **options: Any) -> bytes:
    frames = [GREY.convert("RGB"), Image.new("RGB", GREY.size, "red")]
    return file(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def clear(mode: str) -> bytes:
    """White ink on nothing, which shows on black alone."""
    whole = Image.new("RGBA", GREY.size, (255, 255, 255, 0))
    whole.paste((255, 255, 255, 255), (12, 12, 28, 36))
    return file(whole.quantize(8) if mode == "P" else whole.convert(mode))


def not_a_number() -> bytes:
    values = np.asarray(GREY, np.float32) / 255
    values[0, :3] = np.nan, np.inf, -np.inf
    return file(Image.fromarray(values), "TIFF")


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


LIKE_GREY = {  # name -> bytes: each is GREY once it is read
    "16-bit grey.png": file(DEEP),
    "interlaced and 1 tone.png": interlaced(),
    "cmyk.jpg": file(GREY.convert("RGB").convert("CMYK"), "JPEG", quality=95),
    "palette with transparency.png": clear("P"),
    "alpha.png": clear("RGBA"),
    "grey and alpha.png": clear("LA"),
    "opaque grey and alpha.png": file(GREY.convert("LA")),
    "animated.gif": moving("GIF"),
    "animated.webp": moving("WEBP", lossless=True),
    "pages.tiff": moving("TIFF"),
    "one bit.png": file(GREY.convert("1")),
    "float with NaN.tiff": not_a_number(),
    "progressive.jpg": file(GREY, "JPEG", progressive=True, quality=95),
    "much text.png": much_text(),
    "a jpeg.png": file(GREY, "JPEG", quality=95),
    "a png without a suffix": file(GREY),
} | {f"held {k}.png": exif(k) for k in range(1, 9)}
ODD = {  # a picture, whatever it shows
    "a pixel.png": file(Image.new("L", (1, 1), 7)),
    "wide.png": file(Image.new("L", (20_000, 3), 200)),
    "tall.png": file(Image.new("RGB", (2, 9_000), "red")),
    "colours.bmp": file(COLOUR, "BMP"),
}
REFUSED = {  # name -> bytes, words of the sentence
    "cut.png": (file(COLOUR)[:-40], "breaks off"),
    "cut.jpg": (file(COLOUR, "JPEG")[:-200], "breaks off"),
    "nothing.png": (b"", "0 bytes"),
    "text.png": (b"I am no picture.\n" * 9, "text and not a picture"),
    "bomb.png": (bomb(100_000, 100_000), "million pixels"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG files cannot"),
    "svg.png": (b"<?xml version='1.0'?><svg/>", "SVG files cannot"),
    "page.png": (b"<!doctype html><script>alert(1)</script>", "text and not a picture"),
    "pdf.png": (b"%PDF-1.7\n" + bytes(99), "PDF and not a picture"),
    "zip.png": (zipped(a=b"x"), "zip and not a picture"),
    "phone.heic": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC files cannot"),
    "noise.png": (np.random.default_rng(0).bytes(900), "no picture in this file"),
}
