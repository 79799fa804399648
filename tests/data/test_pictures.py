"""Pictures: whatever is brought, a person gets a picture or a sentence; every hostile file is made here."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae.data.pictures import FILL, PictureError, Preparation, prepare, read_picture
from vae.data.zips import MOST_BYTES
from vae.records import Bytes

RNG = np.random.default_rng(0)
COLOURS = Image.fromarray(RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8))
DEEP = np.linspace(0, 65535, 900).astype(np.uint16).reshape(30, 30)


def file(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *extra: bytes) -> bytes:
    """A grey PNG that promises width x height and holds a kilobyte."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + data + chunk(b"IEND", b"")


def pixels(raw: bytes) -> Bytes:
    return np.asarray(read_picture(raw))


def steps(raw: bytes) -> tuple[str, ...]:
    found: tuple[str, ...] = read_picture(raw).info["steps"]
    return found


def about(a: Any, b: Any, within: int = 0) -> bool:
    return bool(np.abs(np.asarray(a, int) - np.asarray(b, int)).max() <= within)


# --- what is refused --------------------------------------------------------------------------------------------------

PNG, JPEG = file(COLOURS), file(COLOURS, "JPEG")
REFUSED = {
    "empty": (b"", "0 bytes"),
    "text": ("Grüße, 你好: no picture\n".encode() * 20, "text and not a picture"),
    "web page": (b"<!doctype html><title>404</title>", "text and not a picture"),
    "cut png": (PNG[: len(PNG) // 2], "breaks off"),
    "cut jpeg": (JPEG[: len(JPEG) // 2], "breaks off"),
    "cut bmp": (file(COLOURS, "BMP")[:400], "breaks off"),
    "cut tiff": (file(COLOURS, "TIFF")[:-400], "breaks off"),
    "cut in the header": (PNG[:20], "no picture in this file"),
    "promises more than it holds": (png(8000, 8000), "breaks off"),
    "bomb": (png(100_000, 100_000), "million pixels"),
    "small bomb": (png(9_000, 9_000), "9,000 x 9,000: more than 64 million pixels"),
    "text bomb": (png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))), "no picture in this file"),
    "no pixels": (png(0, 10), "no picture in this file"),
    "huge": (PNG[:100] + bytes(MOST_BYTES), "larger than 64 MiB"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC files cannot be read here: save the picture as PNG"),
    "avif": (b"\0\0\0\x18ftypavif" + bytes(99), "AVIF files cannot"),
    "svg": (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG files cannot"),
    "pdf": (b"%PDF-1.7\n" + bytes(99), "PDF and not a picture"),
    "zip": (b"PK\3\4" + bytes(99), "zip and not a picture"),
    "film": (b"\0\0\0\x18ftypisom" + bytes(99), "no picture in this file"),
    "zeros": (bytes(1000), "no picture in this file"),
    "noise": (RNG.bytes(1000), "no picture in this file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_gets_its_sentence(name: str) -> None:
    raw, words = REFUSED[name]
    with pytest.raises(PictureError, match=words) as said:
        read_picture(raw)
    assert str(said.value)[0].isupper()
    assert str(said.value).endswith(".")


@given(kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]), data=st.data())
def test_no_damage_gets_through(kind: str, data: st.DataObject) -> None:
    raw = bytearray(file(COLOURS, kind))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = read_picture(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    except PictureError:
        return
    assert picture.mode in ("L", "RGB")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"a\.png cannot be read"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(PictureError, match="cannot be read"):
        read_picture(tmp_path)


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_exact_formats_are_exact_from_bytes_and_paths(kind: str, tmp_path: Path) -> None:
    raw = file(COLOURS, kind)
    (tmp_path / "a").write_bytes(raw)
    for each in (raw, tmp_path / "a", str(tmp_path / "a")):
        picture = read_picture(each)
        assert picture.mode == "RGB"
        assert about(picture, COLOURS)
        assert picture.info == {"steps": ()}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_range(kind: str) -> None:
    raw = file(Image.fromarray(DEEP), kind)
    assert about(pixels(raw), DEEP / 257, 1)
    assert steps(raw) == ("brought to 8 bits",)
    assert about(pixels(file(Image.fromarray(DEEP // 100), kind)), DEEP / 25700, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[0.0, 0.5, 1.0]], [[0, 128, 255]]),
        ([[0.0, 127.5, 255.0]], [[0, 128, 255]]),
        ([[-1.0, 0.0, 1.0]], [[0, 128, 255]]),
        ([[np.nan, np.inf, 1.0]], [[0, 0, 255]]),
        ([[0.0, 1e6]], [[0, 255]]),
        ([[0.0, 0.0]], [[0, 0]]),
    ],
)
def test_floats_are_brought_into_the_least_range_that_holds_them(
    values: list[list[float]], expected: list[list[int]]
) -> None:
    assert about(pixels(file(Image.fromarray(np.array(values, np.float32)), "TIFF")), expected)


def test_other_colour_spaces_become_rgb() -> None:
    smooth = Image.linear_gradient("L").resize((60, 40)).convert("RGB")
    for kind, mode in (("JPEG", "CMYK"), ("TIFF", "CMYK"), ("TIFF", "YCbCr")):
        raw = file(smooth.convert(mode), kind)
        assert read_picture(raw).mode == "RGB"
        assert about(pixels(raw), smooth, 6)
    paletted = COLOURS.convert("P")
    assert about(pixels(file(paletted)), paletted.convert("RGB"))
    bits = COLOURS.convert("1")
    assert read_picture(file(bits)).mode == "L"
    assert about(pixels(file(bits)), bits.convert("L"))


def test_transparent_parts_lie_on_white() -> None:
    clear = Image.new("RGBA", (4, 1), (255, 0, 0, 0))
    clear.putpixel((0, 0), (10, 20, 30, 255))
    clear.putpixel((1, 0), (0, 0, 0, 51))
    assert about(pixels(file(clear)), [[[10, 20, 30], [204] * 3, [255] * 3, [255] * 3]])
    assert steps(file(clear)) == ("transparent parts on white",)
    grey = Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8), "LA")
    assert about(pixels(file(grey)), [[7, 255]])
    paletted = COLOURS.convert("P")
    first = paletted.getpixel((0, 0))
    for transparency in (first, bytes(0 if i == first else 255 for i in range(256))):
        raw = file(paletted, transparency=transparency)
        expected = np.where((np.asarray(paletted) == first)[..., None], 255, np.asarray(paletted.convert("RGB")))
        assert about(pixels(raw), expected)
    keyed = file(COLOURS, transparency=COLOURS.getpixel((5, 5)))
    assert about(pixels(keyed)[5, 5], [255] * 3)
    assert about(pixels(keyed)[0, 0], np.asarray(COLOURS)[0, 0])


def test_white_ink_on_nothing_is_seen() -> None:
    strokes = Image.new("RGBA", (30, 30), (255, 255, 255, 0))
    strokes.paste((255, 255, 255, 255), (10, 10, 20, 20))
    picture = np.asarray(read_picture(file(strokes)))
    assert picture[15, 15].min() == 255
    assert picture[0, 0].max() == 0


def test_nothing_at_all_is_a_white_sheet() -> None:
    assert pixels(file(Image.new("RGBA", (3, 2), (0, 0, 0, 0)))).min() == 255


def test_an_opaque_alpha_is_no_step() -> None:
    assert steps(file(COLOURS.convert("RGBA"))) == ()
    assert about(pixels(file(COLOURS.convert("RGBA"))), COLOURS)


@pytest.mark.parametrize(
    ("orientation", "turn"), [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_270)], ids=["180", "90"]
)
def test_a_photograph_stands_upright(orientation: int, turn: Image.Transpose) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert about(pixels(file(COLOURS, exif=exif)), COLOURS.transpose(turn))


def test_damaged_exif_spoils_no_picture() -> None:
    assert about(pixels(file(COLOURS, exif=b"Exif\0\0nonsense and nothing else")), COLOURS)


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})])
def test_of_what_moves_the_first_frame_is_taken(kind: str, options: dict[str, Any]) -> None:
    first = COLOURS.quantize(32).convert("RGB")
    raw = file(first, kind, save_all=True, append_images=[Image.new("RGB", first.size, "red")], **options)
    assert about(pixels(raw), first)
    assert steps(raw) == ("the first of several frames",)


def test_the_smallest_and_the_widest_are_pictures_too() -> None:
    assert pixels(file(Image.new("L", (1, 1), 7))).tolist() == [[7]]
    wide = read_picture(file(Image.new("RGB", (20_000, 3), "red")))
    assert wide.size == (20_000, 3)
    made = prepare(wide, (3, 8, 8)).pixels
    assert about(made[0], 255)
    assert about(made[1:], 0)


# --- what a model sees ------------------------------------------------------------------------------------------------

HOWS = st.builds(Preparation, *([st.sampled_from([None, True, False])] * 5))


@given(
    picture=st.sampled_from(
        [COLOURS, Image.new("L", (1, 1), 9), Image.new("RGB", (9, 300), "white"), COLOURS.convert("L").resize((28, 28))]
    ),
    shape=st.sampled_from([(1, 28, 28), (3, 28, 28), (1, 27, 31), (3, 8, 5), (1, 1, 1)]),
    how=HOWS,
    background=st.sampled_from([None, "dark", "light"]),
    fill=st.sampled_from([0.2, FILL, 1.0]),
)
def test_every_picture_comes_out_in_the_models_shape(
    picture: Image.Image, shape: tuple[int, int, int], how: Preparation, background: Any, fill: float
) -> None:
    made = prepare(picture, shape, how, background=background, fill=fill)
    assert made.pixels.shape == shape
    assert made.pixels.dtype == np.uint8
    assert made.pixels.flags.c_contiguous
    assert len(set(made.steps)) == len(made.steps)
    if shape[0] == 3 and how.grey:
        assert (made.pixels == made.pixels[:1]).all()


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28)])
def test_a_picture_of_the_models_own_kind_is_left_alone(shape: tuple[int, int, int]) -> None:
    own = np.zeros(shape, np.uint8)
    own[:, 3:9, 5:9] = 200
    made = prepare(Image.fromarray(own[0] if shape[0] == 1 else np.moveaxis(own, 0, -1)), shape)
    np.testing.assert_array_equal(made.pixels, own)
    assert made.steps == ()


def drawing(paper: int = 255, ink: int = 0, size: tuple[int, int] = (300, 400)) -> Image.Image:
    """A thick L of 150 x 100 px near a corner."""
    picture = np.full(size, paper, np.uint8)
    picture[40:190, 30:60] = ink
    picture[160:190, 30:130] = ink
    return Image.fromarray(picture)


def test_a_drawing_is_placed_as_mnist_does() -> None:
    made = prepare(drawing(), (1, 28, 28))
    assert made.steps == (
        "inverted: dark on light", "cropped to the drawing", "centred by its mass", "resized 400 x 300 to 28 x 28"
    )  # fmt: skip
    ink = made.pixels[0].astype(float)
    rows, columns = np.flatnonzero(ink.max(1) > 60), np.flatnonzero(ink.max(0) > 60)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 in (13, 14)
    assert ink[0].max() == 0
    for mass in (ink.sum(0), ink.sum(1)):
        assert 14 <= mass @ (np.arange(28) + 0.5) / mass.sum() < 15


@pytest.mark.parametrize(("paper", "ink"), [(0, 255), (255, 0), (40, 200), (210, 60), (200, 150)])
def test_paper_and_ink_do_not_matter(paper: int, ink: int) -> None:
    expected = prepare(drawing(), (1, 28, 28)).pixels
    made = prepare(drawing(paper, ink), (1, 28, 28))
    assert about(made.pixels, expected, 12)
    assert ("inverted: dark on light" in made.steps) == (paper > ink)
    assert ("contrast stretched" in made.steps) == (paper not in (0, 255))


def test_a_thin_line_stays_visible() -> None:
    thin = np.full((900, 900), 255, np.uint8)
    thin[100:800, 448:451] = 0
    assert prepare(Image.fromarray(thin), (1, 28, 28)).pixels.max() == 255


def test_a_light_model_gets_a_light_background() -> None:
    for paper, ink in ((0, 255), (255, 0)):
        made = prepare(drawing(paper, ink), (1, 28, 28), background="light")
        assert made.pixels[0, 0, 0] == 255
        assert made.pixels.min() < 30


def test_the_switches_switch() -> None:
    dark = drawing(0, 255)
    none = Preparation(crop=False, invert=False)
    plain = prepare(dark, (1, 28, 28), none)
    assert plain.steps == ("cut to its middle", "resized 400 x 300 to 28 x 28")
    turned = prepare(dark, (1, 28, 28), Preparation(crop=False, invert=True))
    assert about(turned.pixels, 255 - plain.pixels.astype(int))
    assert turned.steps[0] == "inverted: light on dark"
    cropped = prepare(dark, (1, 28, 28), Preparation(centre=False))
    rows = np.flatnonzero(cropped.pixels[0].max(1) > 60)
    assert rows[0] == 27 - rows[-1] == 4
    centred = prepare(dark, (1, 28, 28), Preparation(crop=False, centre=True)).pixels[0].astype(float)
    mass = centred.sum(0)
    assert abs(mass @ (np.arange(28) + 0.5) / mass.sum() - 14.5) <= 0.5
    full = prepare(dark, (1, 28, 28), fill=1.0)
    assert np.ptp(np.flatnonzero(full.pixels[0].max(1) > 60)) + 1 == 28


def test_a_colour_model_sees_the_middle_in_colour() -> None:
    made = prepare(COLOURS, (3, 40, 40))
    assert made.steps == ("cut to its middle", "resized 60 x 40 to 40 x 40")
    np.testing.assert_array_equal(made.pixels, np.moveaxis(np.asarray(COLOURS)[:, 10:50], -1, 0))
    cropped = prepare(Image.merge("RGB", [drawing(255, 0)] * 3), (3, 32, 32), Preparation(crop=True))
    assert "cropped to the drawing" in cropped.steps
    assert (cropped.pixels[:, 0, :] < 60).any()


def test_what_was_done_on_reading_is_told_too() -> None:
    clear = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (10, 10, 30, 20))
    made = prepare(read_picture(file(clear)), (1, 28, 28))
    assert made.steps[:2] == ("transparent parts on white", "made grey")


def test_a_photograph_for_a_grey_model_is_only_made_grey_and_small() -> None:
    assert prepare(COLOURS, (1, 20, 30)).steps == ("made grey", "resized 60 x 40 to 30 x 20")


@pytest.mark.parametrize("shape", [(2, 8, 8), (4, 8, 8), (1, 0, 8)])
def test_a_shape_that_is_no_pictures_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"1 or 3, height, width"):
        prepare(COLOURS, shape)


@pytest.mark.parametrize("enlarged", [4, 10])
def test_mnist_itself_comes_back_from_a_scan(data_dir: Path, enlarged: int) -> None:
    from vae.data.named import idx

    digits = idx(data_dir / "MNIST" / "raw" / "t10k-images-idx3-ubyte")[:200]
    off = []
    for digit in digits:
        big = np.pad(np.kron(digit, np.ones((enlarged, enlarged), np.uint8)), ((30, 90), (70, 10)))
        made = prepare(Image.fromarray(255 - big), (1, 28, 28))
        off.append(np.abs(made.pixels[0].astype(float) - digit).mean())
    assert np.mean(off) < 3  # of 255; a shift by one pixel alone is about 12
