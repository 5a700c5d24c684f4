"""DICOM: what the window shows of the first frame, or the reason why not; nothing of the patient."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway.errors import PictureError
from headway.images import SUFFIXES, load, load_with_facts, source

pydicom = pytest.importorskip("pydicom")

from pydicom.dataset import Dataset, FileMetaDataset  # noqa: E402
from pydicom.encaps import encapsulate  # noqa: E402
from pydicom.sequence import Sequence  # noqa: E402

PATIENT = "Doe^Jane^Secret"
RAMP = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (48, 1))
EXPLICIT = "1.2.840.10008.1.2.1"


def dicom(
    pixels: np.ndarray | bytes, *, syntax: str = EXPLICIT, size: tuple[int, int] = (48, 48), **elements: Any
) -> bytes:
    """Write a file with pydicom; elements of None are left out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.PatientName, dataset.PatientID = PATIENT, PATIENT
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.Columns, dataset.Rows = size
    colours = isinstance(pixels, np.ndarray) and pixels.ndim == 3
    depth = pixels.dtype.itemsize * 8 if isinstance(pixels, np.ndarray) else 8
    defaults: dict[str, Any] = {
        "SamplesPerPixel": 3 if colours else 1,
        "PhotometricInterpretation": "RGB" if colours else "MONOCHROME2",
        "BitsAllocated": depth,
        "BitsStored": depth,
        "PixelRepresentation": 1 if isinstance(pixels, np.ndarray) and pixels.dtype.kind == "i" else 0,
        **({"PlanarConfiguration": 0} if colours else {}),
    }
    for name, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(dataset, name, value)
    dataset.HighBit = dataset.get("BitsStored", 8) - 1
    order = ">" if syntax == "1.2.840.10008.1.2.2" else "<"
    content = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes() if isinstance(pixels, np.ndarray) else pixels
    dataset.PixelData = content
    dataset["PixelData"].VR = "OW" if depth > 8 else "OB"
    if syntax.startswith("1.2.840.10008.1.2.4") or syntax == "1.2.840.10008.1.2.5":
        dataset["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def grey(content: Any) -> np.ndarray:
    pixels = load(content, 48, "squash")
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0].astype(int)


def reason(content: Any) -> str:
    with pytest.raises(PictureError) as caught:
        load(content, 16, "squash")
    text = str(caught.value)
    assert "Doe" not in text and "\n" not in text and text.isprintable()
    return text


def windowed(values: np.ndarray, center: float, width: float) -> np.ndarray:
    """The formula of the standard, PS3.3 C.11.2.1.2.1."""
    return ((((values - (center - 0.5)) / (width - 1) + 0.5) * 255).clip(0, 255) + 0.5).astype(int)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", EXPLICIT, "1.2.840.10008.1.2.2"])
def test_window_and_rescaling(syntax: str) -> None:
    values = RAMP.astype("i2") * 16 - 1000
    content = dicom(
        values, syntax=syntax, RescaleSlope="2", RescaleIntercept="-24", WindowCenter="40", WindowWidth="400"
    )
    assert np.abs(grey(content) - windowed(values * 2.0 - 24, 40, 400)).max() <= 1
    several = dicom(values, syntax=syntax, WindowCenter=["40", "900"], WindowWidth=["400", "50"])
    assert np.abs(grey(several) - windowed(values * 1.0, 40, 400)).max() <= 1


def test_other_functions_of_a_window() -> None:
    values = RAMP.astype("u2") * 8
    exact = dicom(values, WindowCenter="900", WindowWidth="600", VOILUTFunction="LINEAR_EXACT")
    wanted = (((values - 900.0) / 600 + 0.5).clip(0, 1) * 255 + 0.5).astype(int)
    assert np.abs(grey(exact) - wanted).max() <= 1
    sigmoid = dicom(values, WindowCenter="900", WindowWidth="600", VOILUTFunction="SIGMOID")
    assert np.abs(grey(sigmoid) - 255 / (1 + np.exp(-4 * (values - 900.0) / 600))).max() <= 1
    assert reason(dicom(values, WindowCenter="900", WindowWidth="0")) == "broken DICOM file"


def test_black_and_white_exchanged() -> None:
    assert (grey(dicom(RAMP)) == RAMP).all()
    assert (grey(dicom(RAMP, PhotometricInterpretation="MONOCHROME1")) == 255 - RAMP).all()
    window = {"WindowCenter": "100", "WindowWidth": "100"}
    plain, exchanged = (
        grey(dicom(RAMP, PhotometricInterpretation=name, **window)) for name in ("MONOCHROME2", "MONOCHROME1")
    )
    assert (plain + exchanged == 255).all()


def test_without_a_window() -> None:
    """8 bits are levels, other depths have the range of the picture."""
    twelve = RAMP.astype("u2") * 4 + 100
    assert np.abs(grey(dicom(twelve, BitsStored=12)) - RAMP).max() <= 1
    signed = RAMP.astype("i2") * 4 - 700
    assert np.abs(grey(dicom(signed)) - RAMP).max() <= 1
    assert (grey(dicom(RAMP >> 4, BitsStored=4)) == (RAMP >> 4) * 17).all()
    bits = np.packbits((RAMP > 127).ravel(), bitorder="little").tobytes()
    assert (grey(dicom(bits, BitsAllocated=1, BitsStored=1)) == np.where(RAMP > 127, 255, 0)).all()


def test_tables() -> None:
    item = Dataset()
    item.LUTDescriptor = [256, 0, 16]
    item.LUTData = [65535 - level * 257 for level in range(256)]
    item["LUTData"].VR = "US"
    assert np.abs(grey(dicom(RAMP, VOILUTSequence=Sequence([item]))) - (255 - RAMP.astype(int))).max() <= 1
    modality = Dataset()
    modality.LUTDescriptor = [256, 0, 16]
    modality.LUTData = [level * 16 for level in range(256)]
    modality["LUTData"].VR = "US"
    modality.ModalityLUTType = "US"
    content = dicom(RAMP, ModalityLUTSequence=Sequence([modality]), WindowCenter="2000", WindowWidth="1000")
    assert np.abs(grey(content) - windowed(RAMP * 16.0, 2000, 1000)).max() <= 1


def test_colours() -> None:
    colours = np.dstack([RAMP, RAMP.T, 255 - RAMP])
    assert (load(dicom(colours), 48, "squash") == colours).all()
    planes = dicom(
        colours.transpose(2, 0, 1), PlanarConfiguration=1, SamplesPerPixel=3, PhotometricInterpretation="RGB"
    )
    assert (load(planes, 48, "squash") == colours).all()
    deep = dicom(colours.astype("u2") * 16, BitsStored=12)
    assert (load(deep, 48, "squash") == colours).all()
    other = np.asarray(Image.fromarray(colours).convert("YCbCr"))
    luma = dicom(other, PhotometricInterpretation="YBR_FULL")
    assert np.abs(load(luma, 48, "squash").astype(int) - colours).max() <= 3


def test_a_palette() -> None:
    tables = {}
    for name, levels in (("Red", np.arange(256)), ("Green", 255 - np.arange(256)), ("Blue", np.arange(256) // 2)):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tables[f"{name}PaletteColorLookupTableData"] = (levels * 257).astype("<u2").tobytes()
    content = dicom(RAMP, PhotometricInterpretation="PALETTE COLOR", **tables)
    assert (load(content, 48, "squash") == np.dstack([RAMP, 255 - RAMP, RAMP // 2])).all()


def test_the_first_frame() -> None:
    frames = np.stack([RAMP, 255 - RAMP, RAMP // 3])
    content = dicom(frames.reshape(-1, 48), NumberOfFrames=3)
    assert (grey(content) == RAMP).all()


def test_windows_of_single_frames() -> None:
    values = RAMP.astype("i2") * 16 - 1000
    shared, first, second = Dataset(), Dataset(), Dataset()
    rescaling, window, other = Dataset(), Dataset(), Dataset()
    rescaling.RescaleSlope, rescaling.RescaleIntercept, rescaling.RescaleType = "2", "-24", "HU"
    window.WindowCenter, window.WindowWidth = "40", "400"
    other.WindowCenter, other.WindowWidth = "900", "50"
    shared.PixelValueTransformationSequence = Sequence([rescaling])
    first.FrameVOILUTSequence, second.FrameVOILUTSequence = Sequence([window]), Sequence([other])
    content = dicom(
        np.stack([values, values]).reshape(-1, 48),
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence([first, second]),
    )
    assert np.abs(grey(content) - windowed(values * 2.0 - 24, 40, 400)).max() <= 1


def jpeg(image: np.ndarray, kind: str = "JPEG", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


BASELINE, JPEG_2000, RUN_LENGTHS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"


def test_compressed() -> None:
    coded = dicom(encapsulate([jpeg(RAMP, quality=98)]), syntax=BASELINE)
    assert np.abs(grey(coded) - RAMP).max() <= 6
    frames = dicom(encapsulate([jpeg(RAMP, quality=98), jpeg(255 - RAMP)]), syntax=BASELINE, NumberOfFrames=2)
    assert np.abs(grey(frames) - RAMP).max() <= 6
    colours = np.dstack([RAMP, RAMP.T, 255 - RAMP])
    luma = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}
    coded = dicom(encapsulate([jpeg(colours, quality=98, subsampling=0)]), syntax=BASELINE, **luma)
    assert np.abs(load(coded, 48, "squash").astype(int) - colours).mean() < 3
    lossless = dicom(encapsulate([jpeg(RAMP, "JPEG2000", no_jp2=True)]), syntax=JPEG_2000)
    assert (grey(lossless) == RAMP).all()


def test_run_lengths() -> None:
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP.astype("u2") * 16, BitsStored=12)))
    dataset.compress(RUN_LENGTHS)
    stream = io.BytesIO()
    dataset.save_as(stream)
    assert np.abs(grey(stream.getvalue()) - RAMP).max() <= 1


def test_what_is_needed_is_said() -> None:
    missing = reason(dicom(encapsulate([b"\0" * 20]), syntax="1.2.840.10008.1.2.4.70"))
    assert missing == (
        "a DICOM image compressed as JPEG Lossless NonHierarchical FirstOrder, which needs gdcm, or pylibjpeg and pylibjpeg-libjpeg"
    )
    twelve = dicom(encapsulate([jpeg(RAMP)]), syntax="1.2.840.10008.1.2.4.51", BitsAllocated=16, BitsStored=12)
    assert reason(twelve).startswith("a DICOM image compressed as JPEG Extended Process 2 and 4, which needs gdcm, or")
    film = dicom(encapsulate([b"\0" * 20]), syntax="1.2.840.10008.1.2.4.102")
    assert reason(film) == "a DICOM image compressed as MPEG4 AVCH.264 High Profile  Level 4.1, which is not read here"


def test_what_is_set_aside() -> None:
    empty = io.BytesIO()
    report = pydicom.dcmread(io.BytesIO(dicom(RAMP)))
    del report.PixelData
    report.save_as(empty)
    assert reason(empty.getvalue()) == "a DICOM file without an image"
    ink = dicom(RAMP, PhotometricInterpretation="CMYK")
    assert reason(ink) == "a DICOM image of 1 samples of CMYK, which is not read here"
    assert reason(dicom(RAMP, size=(60_000, 60_000))) == "a DICOM image of 3600 MB; at most 50 are read"
    assert reason(dicom(bytes(30_000_000), size=(6_000, 5_000))) == "30 megapixels; of DICOM at most 25 are read"
    assert reason(dicom(RAMP, size=(6_000, 5_000))) == "truncated DICOM file"
    assert reason(dicom(RAMP, size=(0, 48))) == "an empty picture of 0 × 48 pixels"
    assert reason(dicom(RAMP)[:-400]) == "truncated DICOM file"
    for name in ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"):
        for word in ("nan", "inf"):
            with pytest.warns(UserWarning, match="Invalid value for VR DS"):
                wrong = dicom(
                    RAMP, **{"RescaleSlope": 1, "RescaleIntercept": 0, "WindowCenter": 9, "WindowWidth": 9, name: word}
                )
            assert reason(wrong) == "a DICOM image whose window or rescaling is not a number"
    deflated = dicom(RAMP).replace(EXPLICIT.encode() + b"\0", b"1.2.840.10008.1.2.1.99"[:20])
    assert "which is not read here" in reason(deflated) or "without an image" in reason(deflated)


def test_much_before_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.images.dicom._HEADER_BYTES", 700)
    assert reason(dicom(RAMP, ImageComments="x" * 900)) == "a DICOM file with more than 0 MiB before its pixels"
    assert (grey(dicom(RAMP)) == RAMP).all()


@pytest.mark.parametrize("order", "<>")
def test_many_items_before_the_pixels(order: str) -> None:
    """Four megabytes of empty ones take pydicom fifteen seconds and 700 MB."""
    content = dicom(RAMP, syntax={"<": EXPLICIT, ">": "1.2.840.10008.1.2.2"}[order])
    at = content.index(struct.pack(f"{order}HH", 0x28, 2))
    for count in (50, 500_000):
        items = struct.pack(f"{order}HHI", 0xFFFE, 0xE000, 0) * count
        sequence = struct.pack(f"{order}HH2sHI", 0x0028, 0x0001, b"SQ", 0, len(items)) + items
        crowded = content[:at] + sequence + content[at:]
        if count < 100:
            assert (grey(crowded) == RAMP).all()
        else:
            many = "a DICOM file with more than 50,000 items of sequences before its pixels"
            assert reason(crowded) == many


def test_compressed_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    giant = dicom(encapsulate([jpeg(np.zeros((500, 500), np.uint8))]), syntax=BASELINE)
    assert reason(giant) == "broken DICOM file (an image of another size than its header says)"
    scans = jpeg(np.dstack([RAMP] * 3), progressive=True)
    last = scans.rindex(b"\xff\xda")
    many = scans[:-2] + scans[last:-2] * 100 + b"\xff\xd9"
    assert reason(dicom(encapsulate([many]), syntax=BASELINE)) == "a JPEG in more than 100 scans"
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP)))
    dataset.compress(RUN_LENGTHS)
    stream = io.BytesIO()
    dataset.save_as(stream)
    monkeypatch.setattr("headway.images.dicom._RUN_LENGTH_BYTES", 1000)
    assert reason(stream.getvalue()) == "a DICOM image of 0 MB in run lengths; at most 0 are read"
    pieces = dicom(encapsulate([jpeg(RAMP)], fragments_per_frame=5), syntax=BASELINE)
    monkeypatch.setattr("headway.images.dicom._FRAGMENTS", 4)
    assert reason(pieces) == "a DICOM image in more than 4 pieces"


def test_it_is_known_by_its_content_and_by_its_ending(tmp_path: Path) -> None:
    content = dicom(RAMP, WindowCenter="128", WindowWidth="256")
    (tmp_path / "IM000001").write_bytes(content)
    _, facts = load_with_facts(str(tmp_path / "IM000001"), 48, "squash")
    assert (facts.format, facts.mode, facts.width, facts.height) == ("DICOM", "L", 48, 48)
    assert {".dcm", ".dicom"} < SUFFIXES
    # Some begin like a TIFF, so that viewers of these show something.
    assert source.kind_of(b"II*\0".ljust(128, b"\0") + b"DICM") == "DICOM"
    assert (grey(b"II*\0" + content[4:]) == grey(content)).all()


def test_nothing_of_the_patient_is_kept_or_said(
    caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    content = dicom(RAMP, WindowCenter="128", WindowWidth="256")
    _, facts = load_with_facts(content, 48, "squash")
    assert "Doe" not in repr(facts)
    for at in range(300, len(content) - RAMP.size, 7):
        broken = content[:at] + PATIENT.encode() + content[at:]
        try:
            load(broken, 16, "squash")
        except PictureError as error:
            assert "Doe" not in str(error) and "Jane" not in str(error), at
    assert not recwarn.list and "Doe" not in caplog.text


def test_pydicom_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert reason(dicom(RAMP)) == "DICOM cannot be read here: pip install 'headway[dicom]'"


def test_files_of_others_are_read_or_set_aside() -> None:
    """Every file that pydicom brings for its own tests."""
    images = 0
    for path in (Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm"):
        try:
            images += load(path, 16, "squash").shape == (16, 16, 3)
        except PictureError as error:
            assert re.match("a DICOM|broken DICOM|truncated DICOM|not a picture", str(error)), path
    assert images > 30


MEASURE = """
import re, sys
from headway.images import load
load(sys.argv[1], 224, "squash")
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_bounded(tmp_path: Path) -> None:
    pixels = np.zeros((5000, 5000), "i2")
    content = dicom(
        pixels, size=(5000, 5000), RescaleSlope="2", RescaleIntercept="1", WindowCenter="4", WindowWidth="9"
    )
    (tmp_path / "giant.dcm").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "giant.dcm")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 500


def test_a_deep_nest_of_sequences() -> None:
    nest = b"".join(
        struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
        for _ in range(20_000)
    )
    content = dicom(RAMP)
    at = content.index(struct.pack("<HH", 0x28, 2))
    assert reason(content[:at] + nest + content[at:]) == "broken DICOM file"
