"""Which way up a picture is: the orientation in its EXIF block or its XMP, and the turn that undoes it."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headway.types import UInt8Array

_TAG = 0x0112
# Whole numbers of 16 and 32 bits, as they are numbered in a directory.
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i"}
# Some writers put the block's header twice.
_HEADERS = re.compile(rb"^(Exif\0\0){1,2}")
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
    found = _in_exif(_exif(info))
    if found is None:
        found = _in_xmp(info.get("XML:com.adobe.xmp") or info.get("xmp"))
    return found if 1 <= found <= 8 else 1


def _exif(info: Mapping[Any, Any]) -> bytes:
    exif, text = info.get("exif"), info.get("Raw profile type exif")
    if exif is None and isinstance(text, str):
        # A line for the name and one for the length, then digits.
        try:
            exif = bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return b""
    return exif if isinstance(exif, bytes) else b""


def _in_exif(exif: bytes) -> int | None:
    """Return the orientation in a block's first directory as it stands there."""
    block = _HEADERS.sub(b"", exif)
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order = "<" if block[:1] == b"I" else ">"

    def number(start: int, kind: str) -> int:
        return int(struct.unpack_from(order + kind, block, start)[0])

    try:
        directory = number(4, "I")
        for entry in range(directory + 2, directory + 2 + 12 * number(directory, "H"), 12):
            tag, kind, count = struct.unpack_from(f"{order}HHI", block, entry)
            if tag == _TAG and kind in _NUMBERS and count == 1:
                return number(entry + 8, _NUMBERS[kind])
    except struct.error:
        # The block ends before its directory does.
        pass
    return None


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
