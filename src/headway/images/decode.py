"""From a picture of any kind to a square of pixels."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from headway.errors import PictureError
from headway.images import strips
from headway.images.arrays import to_image
from headway.images.bands import finished
from headway.images.finish import letterboxed, orientation, to_rgb, upright
from headway.images.fitting import Placement, place, resize
from headway.images.source import check_pixels, giant_lock, opened, translated

if TYPE_CHECKING:
    from headway.types import Picture, ResizePolicy, UInt8Array

POLICY = "pictures-1"
"""Version of the decoding policy, part of every feature's key: to be changed whenever any pixel may change."""

# PNGs from here on are decoded in strips.
STRIPS_PIXELS = 4_000_000
# Of pictures that are larger than this once decoded, one at a time is in memory.
_GIANT_PIXELS = 16_000_000
# libjpeg's own scaling is a good filter, so little more than the final size is enough: 12 megapixels decode at 1/8.
_JPEG_GAP = 1.5


def load(picture: Picture, size: int, fit: ResizePolicy) -> UInt8Array:
    """Read a picture into a square, by the policy of docs/pictures.md.

    Safe to be called from several threads at once.

    Parameters
    ----------
    picture : str, PathLike, bytes, PIL.Image.Image or ndarray
        A file's path, a file's bytes, an image, or an array (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4) of
        uint8, uint16, bool or float (0…1; any other range is stretched).
    size : int
        Side of the square, in pixels.
    fit : {"crop", "squash", "letterbox"}
        How a picture that is not square is brought into the square (see `headway.images.fitting.place`).

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
    if isinstance(picture, str | os.PathLike | bytes):
        small, notes = _from_file(picture, size, fit)
    else:
        small, notes = _from_memory(picture, size, fit)
    pixels = upright(to_rgb(small, notes.profile), orientation(notes.exif))
    return np.ascontiguousarray(letterboxed(pixels, size))


class _Notes(NamedTuple):
    """What a file says about its pixels."""

    profile: bytes | None
    exif: bytes | None


def _notes(image: Image.Image) -> _Notes:
    profile, exif = image.info.get("icc_profile"), image.info.get("exif")
    return _Notes(profile if isinstance(profile, bytes) else None, exif if isinstance(exif, bytes) else None)


def _from_file(picture: str | os.PathLike[str] | bytes, size: int, fit: ResizePolicy) -> tuple[Image.Image, _Notes]:
    with opened(picture) as (stream, image, kind):
        placement = place(*image.size, size, fit)
        if kind == "PNG" and image.width * image.height > STRIPS_PIXELS and not image.info.get("interlace"):
            decoded, placement = strips.read(stream, image, placement)
            return resize(decoded, placement), _notes(image)
        if kind == "JPEG":
            placement = _draft(cast(JpegImageFile, image), placement)
        with _one_giant_at_a_time(image):
            image.load()
            # An animation's first frame may say more than its header did, and a PNG's notes may follow its pixels.
            return finished(image, placement), _notes(image)


def _from_memory(picture: Image.Image | NDArray[Any], size: int, fit: ResizePolicy) -> tuple[Image.Image, _Notes]:
    if isinstance(picture, np.ndarray):
        with translated("array"):
            image = to_image(picture)
    elif isinstance(picture, Image.Image):
        image = picture
    else:
        raise PictureError(f"a picture is a path, bytes, a PIL image or an array, not {type(picture).__name__}")
    check_pixels(*image.size)
    with translated("PIL image"), _one_giant_at_a_time(image):
        image.load()
        return finished(image, place(*image.size, size, fit)), _notes(image)


def _draft(image: JpegImageFile, placement: Placement) -> Placement:
    """Let libjpeg decode at 1/2, 1/4 or 1/8 where that leaves enough pixels."""
    width, height = image.size
    wanted = min(placement.factors(_JPEG_GAP))
    scale = next(scale for scale in (8, 4, 2, 1) if scale <= wanted)
    if scale > 1:
        image.draft(None, (width // scale, height // scale))
    return placement.scaled(scale, scale)


def _one_giant_at_a_time(image: Image.Image) -> contextlib.AbstractContextManager[object]:
    return giant_lock if image.width * image.height > _GIANT_PIXELS else contextlib.nullcontext()
