"""The decoding policy, row by row of docs/pictures.md."""

from __future__ import annotations

import io
import re
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from headway.errors import PictureError, UnknownNameError
from headway.images import FITS, POLICY, load
from tests.images.making import bmp, chunk, png

SIZE = 32
DOCS = Path(__file__).parents[2] / "docs" / "pictures.md"
POLICY_ROWS: dict[str, Callable[[], None]] = {}


def row(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def keep(check: Callable[[], None]) -> Callable[[], None]:
        POLICY_ROWS[name] = check
        return check

    return keep


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def photo(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (max(height // 8, 2), max(width // 8, 2), 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def expected(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.HAMMING))


def squashed(picture: Any) -> np.ndarray:
    pixels = load(picture, SIZE, "squash")
    assert pixels.shape == (SIZE, SIZE, 3) and pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    assert pixels.flags.writeable
    return pixels


def near(one: np.ndarray, other: np.ndarray, tolerance: int = 1) -> None:
    assert int(np.abs(one.astype(int) - other.astype(int)).max()) <= tolerance


def flat(picture: Any, colour: tuple[int, int, int] | int, tolerance: int = 0) -> None:
    near(squashed(picture), np.broadcast_to(np.array(colour), (SIZE, SIZE, 3)), tolerance)


def on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def png16(pixels: np.ndarray, key: bytes | None = None) -> bytes:
    """Return a 16-bit PNG of (H, W, channels)."""
    return png(pixels, 16, {1: 0, 2: 4, 3: 2, 4: 6}[pixels.shape[2]], key=key)


@row("RGB")
def rgb() -> None:
    image = photo()
    for kind in ("PNG", "BMP", "TIFF"):
        assert np.array_equal(squashed(encoded(image, kind)), expected(image)), kind
    webp = squashed(encoded(image, "WEBP", lossless=True))
    assert np.array_equal(webp, expected(image))
    near(squashed(encoded(image, "AVIF", quality=95, subsampling="4:4:4")), expected(image), 12)
    near(squashed(encoded(image, "JPEG", quality=98, subsampling=0)), expected(image), 4)
    assert np.array_equal(squashed(image), expected(image))
    assert np.array_equal(squashed(np.asarray(image)), expected(image))
    # Blue and green must not be taken for each other by any reader.
    for kind in ("PNG", "BMP", "TIFF", "JPEG", "WEBP", "AVIF", "GIF"):
        flat(encoded(Image.new("RGB", (8, 8), (200, 100, 20)), kind), (200, 100, 20), 4)


@row("grey")
def grey() -> None:
    image = photo().convert("L")
    for picture in (
        encoded(image, "PNG"),
        encoded(image, "TIFF"),
        image,
        np.asarray(image),
        np.asarray(image)[..., None],
    ):
        assert np.array_equal(squashed(picture), expected(image))


@row("1-bit")
def one_bit() -> None:
    image = photo().convert("1")
    for picture in (encoded(image, "PNG"), encoded(image, "TIFF"), encoded(image, "BMP"), image, np.asarray(image)):
        assert np.array_equal(squashed(picture), expected(image.convert("L")))
    assert 0 < squashed(image).mean() < 255


@row("palette")
def palette() -> None:
    image = photo().quantize(17)
    for picture in (encoded(image, "PNG"), encoded(image, "GIF"), encoded(image, "BMP"), image):
        near(squashed(picture), expected(image), 0)


def alpha_ramp(width: int = 60, height: int = 40) -> Image.Image:
    return Image.fromarray(np.linspace(0, 255, width * height).reshape(height, width).astype(np.uint8))


@row("RGB with alpha")
def rgb_alpha() -> None:
    image = photo()
    image.putalpha(alpha_ramp())
    pictures = (encoded(image, "PNG"), encoded(image, "TIFF"), encoded(image, "WEBP", lossless=True, exact=True))
    for picture in (*pictures, image, image.convert("RGBa"), np.asarray(image)):
        near(squashed(picture), expected(on_white(image)), 3)
    # The colour hidden under full transparency never shows.
    flat(encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG"), 255)
    half = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    half.paste((0, 0, 0, 255), (0, 0, 33, 64))
    pixels = squashed(encoded(half, "PNG"))
    assert np.array_equal(pixels[..., 0], pixels[..., 1])


@row("grey with alpha")
def grey_alpha() -> None:
    image = photo().convert("L")
    image.putalpha(alpha_ramp())
    assert image.mode == "LA"
    for picture in (encoded(image, "PNG"), image, np.asarray(image)):
        near(squashed(picture), expected(on_white(image)), 2)
    palette_alpha = Image.new("PA", (20, 20))
    palette_alpha.putpalette([10, 200, 30])
    palette_alpha.putalpha(128)
    flat(palette_alpha, (132, 227, 142), 2)


@row("palette with transparency")
def palette_transparency() -> None:
    image = photo().quantize(16)
    for key in (3, bytes(range(0, 256, 16))):
        picture = encoded(image, "PNG", transparency=key)
        near(squashed(picture), expected(on_white(Image.open(io.BytesIO(picture)))), 3)
        near(squashed(Image.open(io.BytesIO(picture))), squashed(picture), 0)
    flat(encoded(Image.new("P", (9, 9), 0), "GIF", transparency=0), 255)


@row("RGB with a transparent colour")
def rgb_key() -> None:
    image = Image.new("RGB", (64, 64), (10, 20, 30))
    image.paste((200, 0, 0), (0, 0, 64, 32))
    picture = encoded(image, "PNG", transparency=(10, 20, 30))
    pixels = squashed(picture)
    assert pixels[-1, 0].tolist() == [255, 255, 255] and pixels[0, 0].tolist() == [200, 0, 0]
    deep = np.full((40, 40, 3), (10 << 8, 20 << 8, 30 << 8))
    flat(png16(deep, struct.pack(">3H", 10 << 8, 20 << 8, 30 << 8)), 255)
    flat(png16(deep + 1, struct.pack(">3H", 10 << 8, 20 << 8, 30 << 8)), (10, 20, 30))


@row("grey with a transparent level")
def grey_key() -> None:
    flat(encoded(Image.new("L", (40, 40), 7), "PNG", transparency=7), 255)
    flat(encoded(Image.new("L", (40, 40), 8), "PNG", transparency=7), 8)
    flat(encoded(Image.new("1", (40, 40), 0), "PNG", transparency=0), 255)
    for depth in (1, 2, 4):
        flat(png(np.full((40, 40), 1), depth, 0, key=b"\0\1"), 255)
        flat(png(np.full((40, 40), 0), depth, 0, key=b"\0\1"), 0)
    flat(png16(np.full((40, 40, 1), 0x1234), struct.pack(">H", 0x1234)), 255)
    flat(png16(np.full((40, 40, 1), 0x1235), struct.pack(">H", 0x1234)), 0x12)


@row("premultiplied alpha")
def premultiplied() -> None:
    image = photo()
    image.putalpha(alpha_ramp())
    straight = expected(on_white(image))
    near(squashed(image.convert("RGBa")), straight, 3)
    near(squashed(image.convert("LA").convert("La")), expected(on_white(image.convert("LA"))), 3)
    flat_colour = Image.new("RGBA", (40, 40), (200, 100, 20, 128))
    for premultiplied in (False, True):
        content = encoded(flat_colour, "AVIF", quality=100, subsampling="4:4:4", alpha_premultiplied=premultiplied)
        flat(content, (227, 177, 137), 3)


@row("all transparent")
def all_transparent() -> None:
    image = photo()
    image.putalpha(0)
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("AVIF", {}), ("TIFF", {})):
        flat(encoded(image, kind, **options), 255)
    flat(image, 255)


@row("BMP with an alpha mask")
def bmp_alpha() -> None:
    half = np.tile(np.array([20, 100, 200, 128], np.uint8), (40, 40, 1))
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    for size, compression, colour in ((40, 0, (200, 100, 20)), (108, 0, (227, 177, 137)), (56, 3, (227, 177, 137))):
        flat(bmp(half, size, bits=32, compression=compression, masks=masks if size > 40 else ()), colour, 1)


@row("16-bit grey")
def deep_grey() -> None:
    values = np.linspace(0, 65535, 60 * 40).reshape(40, 60).astype(np.uint16)
    wanted = expected(Image.fromarray((values >> 8).astype(np.uint8)))
    image = Image.fromarray(values)
    assert image.mode == "I;16"
    swapped = values.astype(">u2")
    for picture in (encoded(image, "PNG"), encoded(image, "TIFF"), image, values, values[..., None], swapped):
        assert np.array_equal(squashed(picture), wanted)
    for value, level in ((0, 0), (255, 0), (256, 1), (65279, 254), (65535, 255)):
        flat(encoded(Image.fromarray(np.full((9, 9), value, np.uint16)), "PNG"), level)


@row("16-bit RGB")
def deep_rgb() -> None:
    values = (np.asarray(photo()).astype(np.uint16) << 8) + 77
    for picture in (png16(values), values):
        assert np.array_equal(squashed(picture), expected(photo()))
    alpha = np.concatenate([values, np.full((40, 60, 1), 65535, np.uint16)], axis=2)
    for picture in (png16(alpha), alpha):
        near(squashed(picture), expected(photo()), 1)


@row("32-bit integers")
def integers() -> None:
    ramp = np.linspace(0, 65535, 60 * 40).reshape(40, 60).astype(np.int32)
    wanted = expected(Image.fromarray((ramp >> 8).astype(np.uint8)))
    image = Image.fromarray(ramp)
    assert image.mode == "I"
    for picture in (image, encoded(image, "TIFF")):
        assert np.array_equal(squashed(picture), wanted)
    near(squashed(Image.fromarray(ramp * 7 - 1000)), wanted, 1)


@row("float 0…1")
def floats() -> None:
    ramp = np.linspace(0, 1, 60 * 40, dtype=np.float32).reshape(40, 60)
    wanted = expected(Image.fromarray((ramp * 255 + 0.5).astype(np.uint8)))
    image = Image.fromarray(ramp)
    assert image.mode == "F"
    for picture in (image, encoded(image, "TIFF"), ramp, ramp.astype(np.float64), np.stack([ramp] * 3, axis=2)):
        assert np.array_equal(squashed(picture), wanted)
    near(squashed(ramp.astype(np.float16)), wanted, 1)
    flat(np.full((9, 9), 0.25), 64)


@row("float image beyond 0…1")
def wide_floats() -> None:
    ramp = np.linspace(0, 1, 60 * 40, dtype=np.float32).reshape(40, 60)
    wanted = squashed(ramp)
    for picture in (Image.fromarray(ramp * 700 - 300), encoded(Image.fromarray(ramp * 255), "TIFF")):
        near(squashed(picture), wanted, 1)
    odd = np.full((8, 8), 5.0, np.float32)
    odd[0] = np.nan
    odd[1], odd[2], odd[3] = np.inf, -np.inf, 3.0
    image = load(Image.fromarray(odd), 8, "squash")[:, 0, 0]
    assert image.tolist() == [0, 255, 0, 0, 255, 255, 255, 255]
    flat(Image.fromarray(np.full((8, 8), 1e38, np.float32)), 0)
    far = (np.linspace(-1, 1, 8) * 3.4e38).astype(np.float32)[None].repeat(8, axis=0)
    assert load(Image.fromarray(far), 8, "squash")[0, :, 0].tolist() == [0, 36, 73, 109, 146, 182, 219, 255]


@row("float array beyond 0…1")
def wide_float_arrays() -> None:
    with pytest.raises(PictureError, match=r"from 0 to 1, and it has NaN: np\.nan_to_num"):
        load(np.full((8, 8), np.nan), 8, "squash")
    for values in (np.full((8, 8), 255.0), np.full((8, 8), -0.01), np.full((8, 8, 4), np.inf, np.float32)):
        with pytest.raises(PictureError, match=r"must have values from 0 to 1, .*astype\("):
            load(values, 8, "squash")


@row("CMYK")
def cmyk() -> None:
    image = photo().convert("CMYK")
    for picture in (encoded(image, "TIFF"), image):
        near(squashed(picture), expected(image), 3)
    near(squashed(encoded(image, "JPEG", quality=98, subsampling=0)), expected(image), 8)
    flat(encoded(Image.new("CMYK", (30, 30), (255, 0, 0, 0)), "JPEG"), (0, 255, 255), 3)


@row("YCCK")
def ycck() -> None:
    # An Adobe JPEG says by one byte of its APP14 marker that its four channels are YCCK. Its inks are inverted and then
    # taken for the complement of RGB: white paper is Y 0, K 255; red, that is no cyan ink, is cyan in YCbCr.
    for stored, colour in (((0, 128, 128, 255), (255, 255, 255)), ((179, 171, 0, 255), (255, 0, 0))):
        # Pillow writes its CMYK inverted, as Adobe does.
        ink = tuple(255 - value for value in stored)
        picture = encoded(Image.new("CMYK", (32, 32), ink), "JPEG", quality=100, subsampling=0)
        marker = picture.index(b"Adobe")
        flat(picture[: marker + 11] + b"\x02" + picture[marker + 12 :], colour, 4)


@row("YCbCr")
def ycbcr() -> None:
    image = photo().convert("YCbCr")
    near(squashed(image), expected(image), 1)
    near(squashed(photo().convert("HSV")), expected(photo()), 12)


@row("LAB")
def lab() -> None:
    image = Image.new("LAB", (30, 30), (255, 128, 128))
    for picture in (image, encoded(image, "TIFF")):
        flat(picture, (255, 255, 255), 3)
    flat(Image.new("LAB", (30, 30), (0, 128, 128)), 0, 3)


def swapping_profile() -> bytes:
    """Return sRGB's profile with its red and green exchanged, so that whether it was applied cannot be missed."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ", 128), data.index(b"gXYZ", 128)
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@row("ICC profile")
def icc() -> None:
    swapped = Image.new("RGB", (40, 40), (230, 20, 40))
    profile = swapping_profile()
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF"):
        flat(encoded(swapped, kind, icc_profile=profile, quality=95), (20, 230, 40), 8)
    swapped.info["icc_profile"] = profile
    flat(swapped, (20, 230, 40), 2)
    clear = Image.new("RGBA", (40, 40), (230, 20, 40, 128))
    flat(encoded(clear, "PNG", icc_profile=profile), (137, 242, 147), 3)
    flat(encoded(Image.new("LA", (40, 40), (10, 0)), "PNG", icc_profile=profile), 255)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = photo()
    assert np.array_equal(squashed(encoded(image, "PNG", icc_profile=srgb)), expected(image))
    for broken in (b"nonsense", profile[:200], profile[:60] + bytes(80) + profile[140:]):
        flat(encoded(Image.new("RGB", (40, 40), (230, 20, 40)), "PNG", icc_profile=broken), (230, 20, 40))
    # A profile for RGB says nothing about ink or grey.
    flat(encoded(Image.new("L", (40, 40), 99), "PNG", icc_profile=profile), 99)


@row("EXIF orientation")
def exif() -> None:
    image = photo(48, 32)
    turns: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda upright: upright,
        2: lambda upright: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda upright: upright.transpose(Image.Transpose.ROTATE_180),
        4: lambda upright: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda upright: upright.transpose(Image.Transpose.TRANSPOSE),
        6: lambda upright: upright.transpose(Image.Transpose.ROTATE_90),
        7: lambda upright: upright.transpose(Image.Transpose.TRANSVERSE),
        8: lambda upright: upright.transpose(Image.Transpose.ROTATE_270),
    }
    for orientation, turn in turns.items():
        block = Image.Exif()
        block[0x0112] = orientation
        stored = turn(image)
        for fit in FITS:
            wanted = load(image, SIZE, fit)
            for kind, tolerance in (("PNG", 2), ("TIFF", 2), ("JPEG", 6), ("WEBP", 2), ("AVIF", 16)):
                options: dict[str, dict[str, Any]] = {
                    "JPEG": {"quality": 98, "subsampling": 0},
                    "WEBP": {"lossless": True},
                    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
                }
                near(
                    load(encoded(stored, kind, exif=block.tobytes(), **options.get(kind, {})), SIZE, fit),
                    wanted,
                    tolerance,
                )
        in_memory = stored.copy()
        in_memory.info["exif"] = block.tobytes()
        near(squashed(in_memory), squashed(image), 2)


def turned_block() -> bytes:
    block = Image.Exif()
    block[0x0112] = 6
    return block.tobytes()


@row("EXIF with a doubled header")
def doubled_header() -> None:
    image = photo(48, 32)
    stored = image.transpose(Image.Transpose.ROTATE_90)
    picture = encoded(stored, "JPEG", quality=98, subsampling=0, exif=b"Exif\0\0" + turned_block())
    near(squashed(picture), squashed(image), 6)


@row("EXIF as text in a PNG")
def exif_text() -> None:
    image = photo(48, 32)
    pixels = np.asarray(image.transpose(Image.Transpose.ROTATE_90))
    text = f"\nexif\n{len(turned_block()):8d}\n{turned_block().hex()}\n".encode()
    note = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    for picture in (png(pixels, 8, 2, before=note), png(pixels, 8, 2, after=note)):
        near(squashed(picture), squashed(image), 2)


@row("orientation in XMP")
def xmp() -> None:
    image = photo(48, 32)
    stored = image.transpose(Image.Transpose.ROTATE_90)
    packet = b'<rdf:Description tiff:Orientation="6"/>'
    note = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)
    near(squashed(png(np.asarray(stored), 8, 2, before=note)), squashed(image), 2)
    near(squashed(encoded(stored, "WEBP", lossless=True, xmp=packet)), squashed(image), 2)
    near(squashed(encoded(stored, "JPEG", quality=98, subsampling=0, xmp=packet)), squashed(image), 6)


@row("animation")
def animation() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ((200, 0, 0), (0, 200, 0), (0, 0, 200))]
    for kind in ("GIF", "WEBP", "PNG", "TIFF", "AVIF", "MPO"):
        picture = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        flat(picture, (200, 0, 0), 4)
    flat(encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True), (200, 0, 0))


@row("small first frame")
def small_first_frame() -> None:
    # A canvas of 32 × 32 around a frame of 16 × 32; the whole matrix is in tests/images/test_transparency.py.
    picture = bytearray(encoded(Image.new("RGB", (16, 32), (200, 0, 0)), "GIF"))
    picture[6:10] = struct.pack("<HH", 32, 32)
    pixels = squashed(bytes(picture))
    assert (pixels[:, :16] == (200, 0, 0)).all() and (pixels[:, 16:] == 255).all()


@row("large JPEG")
def large_jpeg() -> None:
    image = photo(1600, 1200)
    picture = encoded(image, "JPEG", quality=92)
    for fit in FITS:
        near(load(picture, SIZE, fit), load(Image.open(io.BytesIO(picture)), SIZE, fit), 5)
    # Of 1600 × 1200, 1/8 leaves 200 × 150: enough for 100, and too little for 101.
    decoded: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        from headway.images import bands

        def spy(scaled: Image.Image, levels: object) -> Image.Image:
            decoded.append(scaled.size)
            return scaled

        patch.setattr(bands, "to_working_mode", spy)
        for size in (100, 101, 1100):
            load(picture, size, "squash")
    assert decoded == [(200, 150), (400, 300), (1600, 1200)]


@row("giant PNG")
def giant_png() -> None:
    from headway.images import decode, strips

    image = photo(400, 300)
    picture = encoded(image, "PNG")
    whole = {fit: load(picture, SIZE, fit) for fit in FITS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "STRIPS_PIXELS", 0)
        patch.setattr(strips, "STRIP_BYTES", 5000)
        for fit in FITS:
            near(load(picture, SIZE, fit), whole[fit], 3)


@pytest.mark.parametrize("name", POLICY_ROWS)
def test_policy(name: str) -> None:
    POLICY_ROWS[name]()


def test_every_row_of_the_policy_is_tested() -> None:
    documented = re.findall(r"^\| `([^`]+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == list(POLICY_ROWS)


def test_crop_keeps_the_centre() -> None:
    image = Image.new("RGB", (90, 30), "red")
    image.paste((0, 0, 255), (30, 0, 60, 30))
    pixels = load(image, 30, "crop")
    assert (pixels == (0, 0, 255)).all()


def test_letterbox_pads_with_white() -> None:
    pixels = load(Image.new("RGB", (60, 30), "red"), 30, "letterbox")
    assert (pixels[8:22] == (255, 0, 0)).all()
    assert (pixels[:7] == 255).all() and (pixels[23:] == 255).all()


def test_extreme_shapes() -> None:
    for shape in ((1, 1), (1, 3000), (3000, 1)):
        for fit in FITS:
            assert load(np.zeros(shape, np.uint8), 16, fit).shape == (16, 16, 3)


def test_unknown_fit() -> None:
    with pytest.raises(UnknownNameError, match="did you mean squash"):
        load(np.zeros((4, 4), np.uint8), 8, "sqash")  # type: ignore[arg-type]


@pytest.mark.parametrize("picture", [Path, str, Path.read_bytes])
def test_paths_and_bytes_are_the_same(picture: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "ü n\n.JPG"
    path.write_bytes(encoded(photo(), "PNG"))
    assert np.array_equal(squashed(picture(path)), squashed(photo()))


def test_an_image_in_memory_is_left_as_it_was() -> None:
    image = photo()
    image.putalpha(alpha_ramp())
    before = image.tobytes()
    squashed(image)
    assert image.tobytes() == before and image.mode == "RGBA"


def test_something_else_is_refused() -> None:
    with pytest.raises(PictureError, match="not int"):
        load(7, 8, "squash")  # type: ignore[arg-type]


def test_threads_get_what_one_thread_gets() -> None:
    profile = swapping_profile()
    pictures = [
        encoded(photo(seed=seed), kind, icc_profile=profile) for seed in range(6) for kind in ("PNG", "TIFF", "JPEG")
    ]
    alone = [squashed(picture) for picture in pictures]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(5):
            wrong.extend(index for index, picture in enumerate(pictures) if (squashed(picture) != alone[index]).any())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_policy_has_a_version() -> None:
    assert re.fullmatch(r"[a-z]+-\d+", POLICY)
