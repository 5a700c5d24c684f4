"""What of a picture is transparent, where Pillow says it not at all, or not as exactly as the file does."""

from __future__ import annotations

from typing import IO, cast

from PIL import Image, ImageChops, ImageFile
from PIL.PngImagePlugin import PngImageFile

from headway.images import sixteen
from headway.images.levels import PLAIN, Levels

# By how much a grey level of few bits is multiplied when it comes to 8.
_LEVELS = {"L;2": (0b11, 85), "L;4": (0b1111, 17), "L": (0xFF, 1)}
# The low bytes of 16 bits, where Pillow takes the high ones.
_HIGH, _LOW = "RGB;16B", "RGB;16L"
# Pillow overlooks the alpha mask in a BMP's header where the other masks are left out, and for pixels of 16 bits.
_BMP_WITH_ALPHA = {("BGRX", 0xFF000000): "BGRA", ("BGR;15", 0x8000): "BGRA;15"}
# An animation's first frame comes after a few chunks at most.
_WEBP_CHUNKS = 16


def correct(stream: IO[bytes], image: ImageFile.ImageFile, kind: str) -> None:
    """Put right what an image that is not decoded yet says of its transparency; the stream is left anywhere."""
    packing = _packing(image)
    if kind == "PNG" and packing in _LEVELS and "transparency" in image.info:
        mask, factor = _LEVELS[packing]
        image.info["transparency"] = (image.info["transparency"] & mask) * factor
    if kind == "BMP" and (alpha := _BMP_WITH_ALPHA.get((packing, _bmp_mask(stream)))):
        first = image.tile[0]
        image.tile = [first._replace(args=(alpha, *cast(tuple[object, ...], first.args)[1:]))]
        image._mode = "RGBA"


def has_deep_key(image: Image.Image) -> bool:
    """Say whether a PNG that is not decoded yet has a transparent colour of 16 bits, of which each counts."""
    return "transparency" in image.info and _packing(image) in (_HIGH, "I;16B")


def decode(stream: IO[bytes], image: Image.Image, kind: str, levels: Levels = PLAIN) -> Image.Image:
    """Decode an image, with its transparency; of a PNG of 16 bits both bytes, where the levels need them."""
    key, packing = image.info.get("transparency"), _packing(image)
    both = kind == "PNG" and not levels.is_plain and sixteen.has_more(packing)
    if both:
        sixteen.check(image)
    image.load()
    if kind == "PNG":
        # What follows the pixels is out of place, and shown by no browser.
        image.info.pop("transparency", None)
        if key is not None:
            image.info["transparency"] = key
        if both:
            return sixteen.add_low_bytes(stream, image, packing, key, levels)
        return _keyed(stream, image, key) if packing == _HIGH and key is not None else image
    frame = _first_frame(stream, image, kind)
    if frame is None or frame == (0, 0, *image.size):
        return image
    return _white_around(image, frame)


def _bmp_mask(stream: IO[bytes]) -> int:
    """Return the alpha mask in the header of a BMP; 0 where it has none that counts."""
    stream.seek(14)
    header = stream.read(56)
    if len(header) < 56:
        return 0
    size, compression, mask = (int.from_bytes(header[at : at + 4], "little") for at in (0, 16, 52))
    # The shortest header with a mask has one only where its pixels are said to be masked.
    return mask if size >= 108 or (size == 56 and compression == 3) else 0


def _packing(image: Image.Image) -> str:
    """Return how pixels that are not decoded yet are packed in the file, in Pillow's words."""
    tiles = getattr(image, "tile", None)
    args = tiles[0].args if tiles else None
    return str(args[0] if isinstance(args, tuple) and args else args)


def _keyed(stream: IO[bytes], image: Image.Image, key: tuple[int, ...]) -> Image.Image:
    """Give a decoded PNG of 16 bits an alpha channel: 0 where all bits of a pixel are those of the key."""
    stream.seek(0)
    with PngImageFile(stream) as low:
        low.tile = [low.tile[0]._replace(args=_LOW)]
        low.load()
        parts = [(image, [part >> 8 for part in key]), (low, [part & 0xFF for part in key])]
        alpha = Image.new("L", image.size)
        for bytes_of_key, levels in parts:
            for channel, level in enumerate(levels):
                differs = bytes_of_key.getchannel(channel).point([255 * (value != level) for value in range(256)])
                alpha = ImageChops.lighter(alpha, differs)
    image.putalpha(alpha)
    return image


def _first_frame(stream: IO[bytes], image: Image.Image, kind: str) -> tuple[int, int, int, int] | None:
    """Find the part of an animation that its first frame covers, where what is around it has no alpha."""
    if kind == "GIF" and "transparency" not in image.info:
        return getattr(image, "dispose_extent", None)
    if kind == "WebP" and image.mode == "RGB" and getattr(image, "is_animated", False):
        stream.seek(12)
        for _ in range(_WEBP_CHUNKS):
            head = stream.read(8)
            size = int.from_bytes(head[4:], "little")
            if head[:4] == b"ANMF":
                fields = stream.read(12)
                left, top, width, height = (int.from_bytes(fields[at : at + 3], "little") for at in (0, 3, 6, 9))
                return 2 * left, 2 * top, 2 * left + width + 1, 2 * top + height + 1
            stream.seek(size + size % 2, 1)
    return None


def _white_around(image: Image.Image, frame: tuple[int, int, int, int]) -> Image.Image:
    ground = image.convert("RGB") if image.mode == "P" else image
    (width, height), (left, top, right, bottom) = image.size, frame
    for around in ((0, 0, width, top), (0, bottom, width, height), (0, top, left, bottom), (right, top, width, bottom)):
        ground.paste("white", around)
    return ground
