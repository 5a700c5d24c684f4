"""Which way up a picture is: the orientation in its EXIF block or its XMP, and the turn that undoes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headway.images.exif import entries, exif_block, whole_number

if TYPE_CHECKING:
    from headway.types import UInt8Array

_TAG = 0x0112
_IN_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def orientation(info: Mapping[Any, Any]) -> int:
    """Find the orientation, from 1 to 8, in the ``info`` of a PIL image; 1, upright, where there is none.

    It is looked for where Pillow's ``ImageOps.exif_transpose`` does: in the EXIF block, in that which some programs
    write as text into a PNG, then in XMP. A broken block says nothing.

    Examples
    --------
    >>> from PIL import Image
    >>> exif = Image.Exif()
    >>> exif[0x0112] = 6
    >>> orientation({"exif": exif.tobytes()})
    6
    """
    found = _in_exif(exif_block(info))
    if found is None:
        found = _in_xmp(info.get("XML:com.adobe.xmp") or info.get("xmp"))
    return found if 1 <= found <= 8 else 1


def _in_exif(block: bytes) -> int | None:
    """Return the orientation in a block's first directory as it stands there."""
    numbers = (whole_number(block, entry) for entry in entries(block) if entry.tag == _TAG)
    return next((number for number in numbers if number is not None), None)


def _in_xmp(xmp: object) -> int:
    packet = xmp.encode() if isinstance(xmp, str) else xmp
    found = _IN_XMP.search(packet) if isinstance(packet, bytes) else None
    return int(found[1]) if found else 1


def turn_upright(pixels: UInt8Array, turned: int) -> UInt8Array:
    """Undo an EXIF orientation, from 1 to 8; 5 to 8 exchange height and width of the pixels (H, W, 3)."""
    if turned >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if turned in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turned in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
