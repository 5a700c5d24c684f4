"""DICOM, the format of medical images: the first frame, as its window shows it.

Nothing about the patient is read: only the elements that say what the pixels mean, looked for within bounds. What is
particular to DICOM is done by pydicom.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, MutableSequence
from functools import partial
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile

from headway.errors import PictureError
from headway.images import headers
from headway.images.choosing import choose_bands
from headway.images.deferred import DeferredImage
from headway.images.levels import Levels, floats_to_bytes

if TYPE_CHECKING:
    from pydicom import Dataset

# Of what comes before the pixels; those with a description of every frame take a few.
_HEADER_BYTES = 4 << 20
# Of sequences in it, each of which pydicom takes 15 microseconds and a kilobyte for, twice; in either order of bytes.
_ITEMS = 50_000
_ITEM_STARTS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
# Of a frame's values: 25 megapixels of 16 bits, or 16 of RGB.
_FRAME_BYTES = 50_000_000
# Run lengths are undone in Python, and may become 64 times as much.
_RUN_LENGTH_BYTES = 8_000_000
_FRAGMENTS = 100_000

_BLOCK = 1 << 18

_RUN_LENGTHS = "1.2.840.10008.1.2.5"
_DEFLATED = "1.2.840.10008.1.2.1.99"
# Of syntaxes that are not compressed.
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
_JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
# What Pillow decompresses, and so may be larger than it says.
_IMAGE_FILES: dict[str, type[JpegImageFile] | type[Jpeg2KImageFile]] = {
    "1.2.840.10008.1.2.4.50": JpegImageFile,
    _JPEG_EXTENDED: JpegImageFile,
    "1.2.840.10008.1.2.4.90": Jpeg2KImageFile,
    "1.2.840.10008.1.2.4.91": Jpeg2KImageFile,
}
_COLOURS = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3,
            "YBR_RCT": 3, "YBR_ICT": 3, "YBR_PARTIAL_420": 3}  # fmt: skip
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
# Size and kind of the pixels, window, rescaling, palette, tables, and what is said of them frame by frame.
_WANTED = [0x280002, 0x280004, 0x280006, 0x280008, 0x280010, 0x280011, 0x280100, 0x280101, 0x280102, 0x280103,
           0x281050, 0x281051, 0x281052, 0x281053, 0x281056, 0x281101, 0x281102, 0x281103, 0x281201, 0x281202,
           0x281203, 0x281221, 0x281222, 0x281223, 0x283000, 0x283010, 0x52009229, 0x52009230]  # fmt: skip


def open_dicom(stream: IO[bytes]) -> Image.Image:
    """Open a DICOM file up to its pixels, and decode none yet."""
    syntax, header, start = _header(stream)
    meaning = str(header.get("PhotometricInterpretation", ""))
    samples = int(header.get("SamplesPerPixel", 1))
    if _COLOURS.get(meaning) != samples:
        raise PictureError(f"a DICOM image of {samples} samples of {_plain(meaning)}, which is not read here")
    size = int(header.get("Columns", 0)), int(header.get("Rows", 0))
    bits = int(header.get("BitsAllocated", 8))
    frame = size[0] * size[1] * samples * bits // 8
    if frame > _FRAME_BYTES:
        raise PictureError(f"a DICOM image of {frame // 1_000_000} MB; at most {_FRAME_BYTES // 1_000_000} are read")
    if syntax in _NATIVE:
        # Of colours that are stored for two pixels at once there is less.
        left = stream.seek(0, io.SEEK_END) - start
        if left < (frame * 2 // 3 if meaning == "YBR_FULL_422" else frame):
            raise PictureError("truncated DICOM file")
    else:
        _check_compressed(stream, start, syntax, header, size, frame)
    mode = (
        "RGB"
        if samples == 3
        else "P"
        if meaning == "PALETTE COLOR"
        else "L"
        if bits <= 8
        else "I;16"
        if bits == 16
        else "I"
    )
    header = _of_first_frame(header)
    _check_numbers(header)
    is_deep = mode != "RGB" and mode != "P" and not _says_range(header)
    return DeferredImage(size, mode, {}, partial(_decode, stream, header), is_deep=is_deep)


def _header(stream: IO[bytes]) -> tuple[str, Dataset, int]:
    """Read what is needed before the pixels; return the transfer syntax, this, and where the pixels' element begins."""
    try:
        from pydicom import filereader
        from pydicom.uid import UID
    except ImportError as error:
        raise PictureError("DICOM cannot be read here: pip install 'headway[dicom]'") from error
    stream.seek(0)
    content = stream.read(_HEADER_BYTES)
    if any(content.count(item) > _ITEMS for item in _ITEM_STARTS):
        raise PictureError(f"a DICOM file with more than {_ITEMS:,} items of sequences before its pixels")
    start = io.BytesIO(content)
    filereader.read_preamble(start, force=False)
    meta = filereader.read_dataset(start, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    syntax = UID(str(meta.get("TransferSyntaxUID", "")).strip())
    if syntax == _DEFLATED or not syntax.is_transfer_syntax or syntax.is_private:
        raise PictureError(f"a DICOM file of transfer syntax {_plain(syntax)}, which is not read here")
    found: list[int] = []

    def at_pixels(tag: int, vr: str | None, length: int) -> bool:
        if tag in _PIXELS:
            found.append(tag)
        return bool(found)

    header = filereader.read_dataset(
        start, syntax.is_implicit_VR, syntax.is_little_endian, stop_when=at_pixels, specific_tags=_WANTED
    )
    if not found:
        if start.tell() >= _HEADER_BYTES:
            raise PictureError(f"a DICOM file with more than {_HEADER_BYTES >> 20} MiB before its pixels")
        raise PictureError("a DICOM file without an image")
    return str(syntax), header, start.tell()


def _plain(text: str) -> str:
    """Return what may be shown of a text: codes and names of the standard, and no more of it than is needed."""
    return "".join(each for each in str(text) if each.isascii() and (each.isalnum() or each in "._ "))[:40] or "no name"


def _check_compressed(
    stream: IO[bytes], start: int, syntax: str, header: Dataset, size: tuple[int, int], frame: int
) -> None:
    """Refuse a frame that cannot be decompressed here, or is more than its header says."""
    from pydicom.encaps import get_frame
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    name = UID(syntax).name
    try:
        decoder = get_decoder(UID(syntax))
    except NotImplementedError as error:
        raise PictureError(f"a DICOM image compressed as {_plain(name)}, which is not read here") from error
    reads_alone = syntax in _IMAGE_FILES and set(decoder.available_plugins) == {"pillow"}
    if not decoder.is_available or (reads_alone and syntax == _JPEG_EXTENDED and int(header.get("BitsStored", 8)) > 8):
        needed = [
            re.sub(r"[<>=][^ ,]*", "", each.partition(" - requires ")[2]) for each in decoder.missing_dependencies
        ]
        raise PictureError(
            f"a DICOM image compressed as {_plain(name)}, which needs {', or '.join(filter(None, needed))}"
        )
    # The element's head is 12 bytes: these syntaxes all say what kind of values they have.
    _check_fragments(stream, start + 12)
    stream.seek(start + 12)
    content = get_frame(stream, 0, number_of_frames=int(header.get("NumberOfFrames") or 1))
    if syntax == _RUN_LENGTHS and max(frame, len(content)) > _RUN_LENGTH_BYTES:
        megabytes = max(frame, len(content)) // 1_000_000
        raise PictureError(
            f"a DICOM image of {megabytes} MB in run lengths; at most {_RUN_LENGTH_BYTES // 1_000_000} are read"
        )
    if reads_alone:
        coded = io.BytesIO(content)
        with _IMAGE_FILES[syntax](coded) as image:
            if image.size != size:
                raise PictureError("broken DICOM file (an image of another size than its header says)")
            if isinstance(image, JpegImageFile):
                headers.check_jpeg(coded, image)


def _check_fragments(stream: IO[bytes], start: int) -> None:
    stream.seek(start)
    for _ in range(_FRAGMENTS):
        head = stream.read(8)
        if len(head) < 8 or head[:4] != b"\xfe\xff\x00\xe0":
            return
        stream.seek(int.from_bytes(head[4:], "little"), io.SEEK_CUR)
    raise PictureError(f"a DICOM image in more than {_FRAGMENTS:,} pieces")


def _decode(stream: IO[bytes], header: Dataset, bands: tuple[int, ...], scale: Levels) -> Image.Image:
    from pydicom.pixels import apply_color_lut, pixel_array

    stream.seek(0)
    values = pixel_array(stream, index=0)
    meaning = str(header.PhotometricInterpretation)
    if meaning == "PALETTE COLOR":
        values = apply_color_lut(values, header)
        levels = (values >> 8).astype(np.uint8) if values.dtype.itemsize > 1 else values
    elif values.ndim == 3:
        levels = (values >> max(0, int(header.BitsStored) - 8)).astype(np.uint8)
    else:
        levels = _levels(values, header, scale)
        levels = 255 - levels if meaning == "MONOCHROME1" else levels
    return choose_bands(Image.fromarray(levels), bands)


def _of_first_frame(header: Dataset) -> Dataset:
    """Bring up what is said of the first frame, or of all of them, in groups of their own."""
    groups = [*header.get("SharedFunctionalGroupsSequence", [])[:1]]
    groups += [*header.get("PerFrameFunctionalGroupsSequence", [])[:1]]
    for group in groups:
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            for item in group.get(name, [])[:1]:
                header.update(item)
    return header


def _check_numbers(header: Dataset) -> None:
    """Refuse a window or rescaling that is not a number, which pydicom lets pass."""
    for name in ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"):
        value = header.get(name)
        first = value[0] if isinstance(value, MutableSequence) else value
        if first is not None and not math.isfinite(first):
            raise PictureError("a DICOM image whose window or rescaling is not a number")


def _has_window(header: Dataset) -> bool:
    return header.get("WindowCenter") is not None and header.get("WindowWidth") is not None


def _is_byte(header: Dataset) -> bool:
    """Say whether the values are unsigned ones of up to 8 bits."""
    rescaled = header.get("ModalityLUTSequence") or "RescaleSlope" in header
    return int(header.get("BitsStored", 64)) <= 8 and not rescaled and not header.get("PixelRepresentation", 0)


def _says_range(header: Dataset) -> bool:
    """Say whether the file tells which values are black and white."""
    return _has_window(header) or bool(header.get("VOILUTSequence")) or _is_byte(header)


def _levels(values: NDArray[Any], header: Dataset, scale: Levels) -> NDArray[np.uint8]:
    """Bring grey values to 8 bits: by the window, by the table, or by the data set's range where there is neither."""
    from pydicom.pixels import apply_modality_lut

    if not _says_range(header):
        values = apply_modality_lut(values, header)
        if scale.is_plain:
            return floats_to_bytes(values)
        # Wider, because those of 16 bits would have a range of their own.
        return scale.of(values if values.dtype.kind == "f" else values.astype(np.int64))
    if _has_window(header):
        show = _window(header)
    elif header.get("VOILUTSequence"):
        show = _table(header)
    else:
        show = partial(np.multiply, 255 / ((1 << int(header.BitsStored)) - 1))
    levels = np.empty(values.shape, np.uint8)
    # As floats of 64 bits all of them would take much.
    step = max(1, _BLOCK // max(1, values.shape[1]))
    for at in range(0, len(values), step):
        shown = show(apply_modality_lut(values[at : at + step], header))
        levels[at : at + step] = (shown + 0.5).clip(0, 255)
    return levels


def _window(header: Dataset) -> Callable[[NDArray[Any]], NDArray[Any]]:
    from pydicom import Dataset
    from pydicom.pixels import apply_windowing

    window = Dataset()
    # What this is applied to has 8 bits, so these are what it becomes.
    window.BitsStored, window.PixelRepresentation, window.PhotometricInterpretation = 8, 0, "MONOCHROME2"
    for name in ("WindowCenter", "WindowWidth", "VOILUTFunction"):
        if name in header:
            window[name] = header[name]
    return lambda values: np.asarray(apply_windowing(values, window))


def _table(header: Dataset) -> Callable[[NDArray[Any]], NDArray[Any]]:
    from pydicom.pixels import apply_voi

    most = (1 << int(header.VOILUTSequence[0].LUTDescriptor[2])) - 1
    return lambda values: np.asarray(apply_voi(values, header) * (255 / most))
