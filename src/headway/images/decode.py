"""From a picture of any kind to a square of pixels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from headway.images import nearest, strips, transparency
from headway.images.arrays import to_image
from headway.images.bands import scale
from headway.images.choosing import choose_bands, choose_channels
from headway.images.deferred import DeferredImage
from headway.images.finish import pad_to_square, to_rgb
from headway.images.fitting import Placement, place, resize
from headway.images.levels import Levels
from headway.images.measure import Header, measure
from headway.images.source import (
    check_pixels,
    not_a_picture,
    one_giant_at_a_time,
    open_image,
    read_once,
    translate_errors,
)
from headway.images.upright import orientation, turn_upright
from headway.types import AS_USUAL, Reading

if TYPE_CHECKING:
    from headway.facts.images import ImageFacts
    from headway.types import Bands, Picture, ResizePolicy, UInt8Array

POLICY = "pictures-2"
"""Version of the decoding policy, part of every feature's key: to be changed whenever any pixel may change."""
POLICIES = {"headway": POLICY, "keras": nearest.POLICY}
"""Names of the policies, by the recipe's ``decoding``."""

# PNGs from here on are decoded in strips.
STRIPS_PIXELS = 4_000_000
# libjpeg's own scaling is a good filter, so little more than the final size is enough: 12 megapixels decode at 1/8.
_JPEG_GAP = 1.5


def load(picture: Picture, size: int, fit: ResizePolicy, reading: Reading = AS_USUAL) -> UInt8Array:
    """Read a picture into a square, by the policy of docs/pictures.md.

    Safe to be called from several threads at once.

    Parameters
    ----------
    picture : str, PathLike, bytes, bytearray, memoryview, binary file, PIL.Image.Image or ndarray
        A file's path, its bytes, an open binary file (read from its current position, and left open), an image, or an
        array (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4) of uint8, uint16, bool, or float from 0 to 1.
    size : int
        Side of the square, in pixels.
    fit : {"crop", "squash", "letterbox"}
        How a picture that is not square is brought into the square (see `headway.images.fitting.place`).
    reading : Reading
        Which bands are read, and what is black and white of more than 8 bits; by default what the file says. One that
        decodes as Keras does squashes, whatever the fit.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        sRGB, 0…255, a fresh and contiguous array.

    Raises
    ------
    PictureError
        When it cannot be read; the message is a reason in one line, without the file's name.
    UnknownNameError
        When there is no such fit.

    Examples
    --------
    >>> import numpy as np
    >>> from headway.images import load
    >>> square = load(np.full((30, 60), 0.5), size=32, fit="squash")
    >>> square.shape, square.dtype.name, int(square[0, 0, 0])
    ((32, 32, 3), 'uint8', 128)
    """
    return _square(picture, size, fit, reading)[0]


def load_with_facts(
    picture: Picture, size: int, fit: ResizePolicy, reading: Reading = AS_USUAL
) -> tuple[UInt8Array, ImageFacts]:
    """Do what `load` does, and measure the picture on the way."""
    square, pixels, header = _square(picture, size, fit, reading)
    return square, measure(pixels, header)


def decode(picture: Picture, size: int, fit: ResizePolicy, bands: Bands, levels: Levels) -> tuple[UInt8Array, Header]:
    """Return upright pixels, not larger than the square on any side."""
    picture = read_once(picture)
    if isinstance(picture, str | os.PathLike | bytes):
        scaled = _from_file(picture, size, fit, bands, levels)
    else:
        scaled = _from_memory(picture, size, fit, bands, levels)
    profile = None if bands else scaled.profile  # it says what all bands are together
    pixels = np.ascontiguousarray(turn_upright(to_rgb(scaled.image, profile), scaled.turned))
    header = scaled.header
    return pixels, header._replace(width=header.height, height=header.width) if scaled.turned >= 5 else header


def _square(picture: Picture, size: int, fit: ResizePolicy, reading: Reading) -> tuple[UInt8Array, UInt8Array, Header]:
    """Return the square, the pixels in it that are the picture's, and its header."""
    if reading.decoding == "keras":
        square, header = nearest.decode(picture, size)
        return square, square, header
    pixels, header = decode(picture, size, fit, reading.bands, Levels(reading.value_range))
    return np.ascontiguousarray(pad_to_square(pixels, size)), pixels, header


class _Scaled(NamedTuple):
    """A decoded and scaled image, and what its file says of its pixels."""

    image: Image.Image
    header: Header
    profile: bytes | None
    turned: int


def _scaled(image: Image.Image, header: Header, info: dict[str | tuple[int, int], Any]) -> _Scaled:
    profile = info.get("icc_profile")
    return _Scaled(image, header, profile if isinstance(profile, bytes) else None, orientation(info))


def _from_file(
    picture: str | os.PathLike[str] | bytes, size: int, fit: ResizePolicy, bands: Bands, levels: Levels
) -> _Scaled:
    with open_image(picture) as (stream, image, kind):
        header = Header(*image.size, image.mode, kind)
        placement = place(*image.size, size, fit)
        if kind == "PNG" and image.width * image.height > STRIPS_PIXELS and strips.can_read(image):
            decoded, placement = strips.read(stream, image, placement, levels)
            return _scaled(choose_bands(resize(decoded, placement), bands), header, image.info)
        if kind == "JPEG":
            placement = _draft(cast(JpegImageFile, image), placement)
        with one_giant_at_a_time(image):
            if isinstance(image, DeferredImage):
                image.load_bands(bands, levels)
                return _scaled(scale(image, placement), header, image.info)
            announced = image.size
            decoded = transparency.decode(stream, image, kind, levels)
            if kind == "TIFF":
                # Pillow has turned it already, and has done so by what stands in XMP alone only now.
                image.info.pop("xmp", None)
                if decoded.size != announced:
                    header = header._replace(width=decoded.width, height=decoded.height)
                    placement = place(*decoded.size, size, fit)
            # An animation's first frame may say more than its header did, and a PNG's notes may follow its pixels.
            return _scaled(choose_bands(scale(decoded, placement, levels), bands), header, image.info)


def _from_memory(picture: object, size: int, fit: ResizePolicy, bands: Bands, levels: Levels) -> _Scaled:
    if isinstance(picture, np.ndarray):
        with translate_errors("array"):
            image, bands = to_image(choose_channels(picture, bands), levels), ()
    elif isinstance(picture, Image.Image):
        image = picture
    else:
        raise not_a_picture(picture)
    check_pixels(*image.size)
    with translate_errors("PIL image"), one_giant_at_a_time(image):
        header = Header(*image.size, image.mode, None)
        image.load()
        scaled = scale(image, place(*image.size, size, fit), levels)
        return _scaled(choose_bands(scaled, bands), header, image.info)


def _draft(image: JpegImageFile, placement: Placement) -> Placement:
    """Let libjpeg decode at 1/2, 1/4 or 1/8 where that leaves enough pixels."""
    width, height = image.size
    wanted = min(placement.factors(_JPEG_GAP))
    scale = next(scale for scale in (8, 4, 2, 1) if scale <= wanted)
    if scale > 1:
        image.draft(None, (width // scale, height // scale))
    return placement.scaled(scale, scale)
