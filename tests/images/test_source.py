"""Files that are no pictures, or not whole, or too large: one reason each, and nothing but `PictureError`."""

from __future__ import annotations

import contextlib
import io
import os
import re
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.errors import PictureError
from headway.images import SUFFIXES, decode, headers, load, source
from tests.images.making import png


def encoded(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    ramp = np.arange(24 * 20 * 3, dtype=np.uint8).reshape(20, 24, 3)
    stream = io.BytesIO()
    Image.fromarray(ramp).convert(mode).save(stream, kind, **options)
    return stream.getvalue()


def exif() -> bytes:
    block = Image.Exif()
    block[0x0112] = 6
    block[0x010F] = "A camera"
    return block.tobytes()


DOCS = Path(__file__).parents[2] / "docs" / "pictures.md"
SAMPLES = {
    "JPEG": encoded("JPEG", exif=exif()),
    "JPEG progressive": encoded("JPEG", progressive=True),
    "JPEG CMYK": encoded("JPEG", "CMYK"),
    "PNG": encoded("PNG", exif=exif()),
    "PNG palette": encoded("PNG", "P", transparency=3),
    "PNG animated": encoded("PNG", save_all=True, append_images=[Image.new("RGB", (24, 20))]),
    "WebP": encoded("WEBP", exif=exif()),
    "GIF": encoded("GIF", "P", save_all=True, append_images=[Image.new("P", (24, 20), 3)]),
    "BMP": encoded("BMP"),
    "TIFF": encoded("TIFF", exif=exif()),
    "TIFF LZW": encoded("TIFF", compression="tiff_lzw"),
    "AVIF": encoded("AVIF", exif=exif()),
}


def reason(picture: Any) -> str:
    with pytest.raises(PictureError) as caught:
        load(picture, 16, "squash")
    text = str(caught.value)
    assert "\n" not in text and 0 < len(text) < 130 and text.isprintable()
    return text


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"%PDF-1.7 ...", "not a picture (starts like a PDF)"),
        (b"Dear diary,\n", "not a picture (starts like text)"),
        (b"<!DOCTYPE HTML><html>", "not a picture (starts like a web page)"),
        (b"  <svg xmlns=", "not a picture (starts like an SVG drawing)"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "not a picture (starts like a sound or a film)"),
        (b"ID3\x04", "not a picture (starts like an MP3)"),
        (b"PK\x03\x04", "not a picture (starts like a ZIP archive)"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "not a picture (starts like a film)"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "not a picture (starts like PostScript)"),
        (b"8BPS\0\1", "not a picture (starts like a Photoshop file)"),
        (bytes(100), "not a picture (starts like nothing but zeros)"),
        (b"\x01\x02\x03", "not a picture (starts like no format that is known here)"),
    ],
)
def test_what_is_no_picture(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    assert reason(path) == reason(content) == said


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    assert reason(tmp_path / "absent.png") == "cannot be opened: no such file or directory"
    assert reason(tmp_path) == "a folder, not a file"
    assert reason("nul\0byte.png").startswith("cannot be opened")
    os.mkfifo(tmp_path / "pipe.png")
    assert reason(tmp_path / "pipe.png") == "not a file"


def test_decompression_bombs() -> None:
    assert reason(png_header(20_000, 12_400) + b"\0\0\0\0IDAT") == "248 megapixels; at most 200 are read"
    assert reason(png_header(2**31 - 1, 2**31 - 1) + b"\0\0\0\0IDAT").endswith("megapixels; at most 200 are read")
    assert reason(png_header(20_000, 9_000) + b"\0\0\0\0IDAT") == "truncated PNG file"
    jpeg = bytearray(SAMPLES["JPEG"])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"
    assert reason(bytes(jpeg)) == "4291 megapixels; at most 200 are read"
    bmp = bytearray(SAMPLES["BMP"])
    bmp[18:26] = struct.pack("<ii", 30_000, 30_000)
    assert reason(bytes(bmp)) == "900 megapixels; at most 200 are read"


def test_200_megapixels_are_the_bound() -> None:
    source.check_pixels(20_000, 10_000)
    with pytest.raises(PictureError, match="^201 megapixels"):
        source.check_pixels(20_000, 10_001)
    with pytest.raises(PictureError, match="empty picture"):
        source.check_pixels(0, 5)


def test_a_side_is_bounded() -> None:
    source.check_pixels(65_535, 1)
    assert reason(png_header(199_000_000, 1) + b"\0\0\0\0IDAT") == "199,000,000 pixels wide; at most 65,535 are read"
    assert reason(png_header(1, 65_536) + b"\0\0\0\0IDAT") == "65,536 pixels high; at most 65,535 are read"
    assert reason(np.zeros((1, 70_000), np.uint8)) == "70,000 pixels wide; at most 65,535 are read"


def test_a_second_header_does_not_get_past_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
    two = png_header(199_000_000, 1) + png_header(24, 20)[8:] + SAMPLES["PNG"][33:]
    assert reason(two) == "broken PNG file (two headers)"


def test_what_is_decoded_whole_has_limits_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    documented = re.findall(r"^\| ([^|`]+?) \| (\d+) megapixels \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {kind: int(limit) for kind, limit in documented} == source.WHOLE_MEGAPIXELS
    monkeypatch.setattr(source, "WHOLE_MEGAPIXELS", dict.fromkeys(source.WHOLE_MEGAPIXELS, 0))
    for kind in ("BMP", "GIF", "TIFF", "AVIF", "WebP"):
        assert reason(SAMPLES[kind]) == f"1 megapixels; of {kind} at most 0 are read"
    stream = io.BytesIO()
    Image.new("F", (9, 9)).save(stream, "TIFF")
    assert reason(stream.getvalue()).endswith("of 32-bit TIFF at most 0 are read")
    header = bytearray(SAMPLES["PNG"])
    header[28] = 1
    header[29:33] = struct.pack(">I", zlib.crc32(header[12:29]))
    assert reason(bytes(header)).endswith("of interlaced PNG at most 0 are read")
    deep = png(np.zeros((3, 3, 3), int), 16, 2, key=bytes(6))
    assert reason(deep).endswith("of 16-bit PNG with a transparent colour at most 0 are read")
    for kind in ("JPEG", "PNG"):
        load(SAMPLES[kind], 16, "squash")


def test_large_chunks_are_refused_unread(tmp_path: Path) -> None:
    for name, start, said in (
        ("png", png_header(30, 20) + struct.pack(">I", 900 << 20) + b"iCCP", "a PNG with 900 MiB besides its pixels"),
        (
            "webp",
            b"RIFF" + struct.pack("<I", 900 << 20) + b"WEBPVP8 " + struct.pack("<I", 900 << 20),
            "a WebP file of 950",
        ),
        ("jpg", SAMPLES["JPEG"], "a JPEG file of 950 MiB; at most 256 are read"),
    ):
        path = tmp_path / name
        path.write_bytes(start)
        os.truncate(path, 950 << 20)
        assert reason(path).startswith(said)


def test_notes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_NOTES_BYTES", 50)
    assert "at most 0 are read" in reason(SAMPLES["PNG"])
    assert "before its pixels" in reason(SAMPLES["JPEG"])
    monkeypatch.setattr(headers, "_NOTES_BYTES", len(SAMPLES["JPEG progressive"]) - 1)
    load(SAMPLES["JPEG progressive"], 16, "squash")
    # The later frames of an animation are not kept.
    load(encoded("PNG"), 16, "squash")
    monkeypatch.setattr(headers, "_NOTES_BYTES", 1500)
    load(SAMPLES["PNG animated"], 16, "squash")


def test_chunks_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    content = SAMPLES["PNG"]
    note = struct.pack(">I", 3) + b"tEXta\0b" + struct.pack(">I", zlib.crc32(b"tEXta\0b"))
    load(content[:33] + note * 900 + content[33:], 16, "crop")
    assert reason(content[:33] + note * 1_000 + content[33:]) == "a PNG in more than 1,000 chunks"
    empty = bytes(4) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert reason(content[:33] + empty * 300_000 + content[33:]) == "a PNG in more than 300,000 chunks"


def sized(jpeg: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    frame = max(jpeg.rfind(b"\xff\xc0\0\x11"), jpeg.rfind(b"\xff\xc2\0\x11"))
    return jpeg[: frame + 5] + struct.pack(">HH", height, width) + jpeg[frame + 9 :]


def test_a_jpeg_too_small_for_its_pixels() -> None:
    assert reason(sized(encoded("JPEG"), 14_000, 14_200)) == "truncated JPEG file"
    assert reason(sized(encoded("JPEG", progressive=True), 8_000, 8_000)) == "truncated JPEG file"
    # Arithmetic codes may take less than a bit.
    assert headers._frame(b"\xff\xd8\xff\xe0\0\4aa\xff\xff\xc9\0\x11") == 0xC9
    assert headers._frame(b"\xff\xd8junk") is None


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_flat_jpeg_is_large_enough(mode: str) -> None:
    for size, qualities in (((1600, 1200), (1, 30, 75, 95)), ((1001, 7), (1, 75)), ((1, 1), (1, 95))):
        image = Image.new(mode, size, 77)
        for quality in qualities:
            for options in ({}, {"optimize": True}, {"progressive": True}, {"restart_marker_rows": 1}):
                for subsampling in (0, 1, 2):
                    stream = io.BytesIO()
                    image.save(stream, "JPEG", quality=quality, subsampling=subsampling, **options)
                    with source.open_image(stream.getvalue()):
                        pass


def test_a_giant_flat_jpeg_is_read() -> None:
    for options in ({"optimize": True}, {"progressive": True}):
        stream = io.BytesIO()
        Image.new("RGB", (4000, 3000), (200, 100, 20)).save(stream, "JPEG", quality=20, **options)
        assert np.abs(load(stream.getvalue(), 16, "crop").astype(int) - (200, 100, 20)).max() < 8


def test_progressive_giants_are_bounded_by_their_coefficients() -> None:
    for subsampling, said in (
        (0, "a progressive JPEG that takes 1192 MB to decode; at most 620 are given"),
        (2, "truncated"),
    ):
        content = encoded("JPEG", progressive=True, subsampling=subsampling)
        assert reason(sized(content, 14_000, 14_200)).startswith(said)
    # A scan for each component needs the same memory, progressive or not.
    content = bytearray(sized(encoded("JPEG", subsampling=0), 14_000, 14_200))
    content[content.rindex(b"\xff\xda") + 4] = 1
    assert reason(bytes(content)).startswith("a progressive JPEG that takes")


def test_scans_are_bounded() -> None:
    content = SAMPLES["JPEG progressive"]
    last = content.rindex(b"\xff\xda")
    assert reason(content[:-2] + content[last:-2] * 100 + b"\xff\xd9") == "a JPEG in more than 100 scans"
    load(content[:-2] + content[last:-2] * 50 + b"\xff\xd9", 16, "crop")


def test_one_large_file_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def held() -> bool:
        """Try from another thread, because the lock lets its own in again."""
        got: list[bool] = []

        def attempt() -> None:
            if source.giant_lock.acquire(blocking=False):
                source.giant_lock.release()
                got.append(True)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        return not got

    for content in SAMPLES.values():
        with source.open_image(content):
            assert not held()
    monkeypatch.setattr(source, "_WHOLE_FILE_BYTES", 0)
    for name, content in SAMPLES.items():
        with source.open_image(content):
            assert held() == (not name.startswith("PNG") and name not in ("JPEG", "JPEG CMYK")), name
        assert not held()


def test_nothing_is_logged_to_standard_error() -> None:
    tags = ((256, 4, 20), (257, 4, 20), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 65_535))
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    content = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + directory + bytes(700)
    code = f"from headway.images import load\ntry:\n load({content!r}, 9, 'crop')\nexcept Exception as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "a TIFF of 65,535 samples a pixel; at most 1,000 are read\n" and done.stderr == ""


def test_arrays_are_bounded_before_they_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(np.broadcast_to(np.uint8(3), (100_000, 100_000, 3))) == "10000 megapixels; at most 200 are read"
    assert reason(Image.new("1", (66_000, 1))) == "66,000 pixels wide; at most 65,535 are read"

    def exhausted(array: object, levels: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decode, "to_image", exhausted)
    assert reason(np.zeros((4, 4))) == "not enough memory to decode this array"


def test_file_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.touch()
    os.truncate(path, 3 << 30)
    assert reason(path) == "a file of 3.0 GiB; at most 1 is read"


def test_large_files_are_read_through_their_handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_WHOLE_FILE_BYTES", 0)
    for name, content in SAMPLES.items():
        path = tmp_path / "picture"
        path.write_bytes(content)
        assert np.array_equal(load(path, 16, "crop"), load(content, 16, "crop")), name


@pytest.mark.parametrize("name", SAMPLES)
def test_a_truncated_file_is_never_half_a_picture(name: str) -> None:
    whole = SAMPLES[name]
    wanted = load(whole, 16, "crop")
    refused = 0
    for end in range(len(whole)):
        try:
            pixels = load(whole[:end], 16, "crop")
        except PictureError:
            refused += 1
        else:
            # Orientation and profile may follow the pixels in some formats; the pixels themselves must all be there.
            assert np.array_equal(pixels, wanted), f"{name} cut at {end} of {len(whole)}"
    assert refused > 20


def test_a_truncated_file_is_called_that() -> None:
    for name in ("JPEG", "PNG", "BMP"):
        assert reason(SAMPLES[name][: len(SAMPLES[name]) * 2 // 3]) == f"truncated {name} file"


@pytest.mark.parametrize("strips", [False, True])
@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_hostile_bytes_raise_nothing_else(strips: bool, data: st.DataObject) -> None:
    names = [name for name in SAMPLES if name.startswith("PNG")] if strips else list(SAMPLES)
    mutated = bytearray(SAMPLES[data.draw(st.sampled_from(names))])
    for _ in range(data.draw(st.integers(1, 6))):
        # Headers are where parsers are led astray.
        at = data.draw(st.integers(0, min(len(mutated), 300) - 1) | st.integers(0, len(mutated) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 4, bytes(4)]))
        if data.draw(st.booleans()):
            mutated[at : at + len(patch)] = patch
        else:
            mutated[at:at] = patch
    with pytest.MonkeyPatch.context() as monkeypatch, warnings.catch_warnings():
        warnings.simplefilter("error")
        if strips:
            monkeypatch.setattr(decode, "STRIPS_PIXELS", 0)
        # Bombs that decode would only make this slow.
        monkeypatch.setattr(source, "MAX_MEGAPIXELS", 1)
        try:
            assert load(bytes(mutated), 16, "crop").shape == (16, 16, 3)
        except PictureError as error:
            assert str(error).isprintable() and "Warning" not in repr(error.__cause__)


@given(st.binary(max_size=200), st.sampled_from([*SAMPLES.values()]))
@settings(max_examples=200, deadline=None)
def test_noise_behind_a_right_beginning(noise: bytes, sample: bytes) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(source, "MAX_MEGAPIXELS", 1)
        with contextlib.suppress(PictureError):
            load(sample[:32] + noise, 16, "crop")


def test_malformed_headers_warn_nobody() -> None:
    tiff = bytearray(SAMPLES["TIFF"])
    tags = tiff.index(b"A camera")
    del tiff[tags:]
    directory = int.from_bytes(SAMPLES["TIFF"][4:8], "little")
    many = bytearray(SAMPLES["TIFF"])
    # The first tag of the directory claims to have more values than the file has bytes.
    many[directory + 6 : directory + 10] = struct.pack("<I", 1 << 20)
    apng = SAMPLES["PNG animated"].replace(b"acTL\0\0\0\2", b"acTL\0\0\0\0")
    checksum = apng.index(b"acTL") + 12
    apng = apng[:checksum] + struct.pack(">I", zlib.crc32(apng[checksum - 12 : checksum])) + apng[checksum + 4 :]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for content in (bytes(tiff), bytes(many), apng):
            with warnings.catch_warnings(record=True) as by_pillow:
                warnings.simplefilter("always")
                try:
                    Image.open(io.BytesIO(content)).load()
                except Exception as error:
                    by_pillow.append(error)  # type: ignore[arg-type]
            assert by_pillow, "Pillow would not even warn"
            with contextlib.suppress(PictureError):
                load(content, 16, "crop")
    assert not caught


def test_no_global_state_of_pillow_is_changed() -> None:
    from PIL import ImageFile

    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, dict(Image.OPEN), list(warnings.filters)
    for content in SAMPLES.values():
        load(content, 16, "crop")
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, dict(Image.OPEN), list(warnings.filters))


def test_suffixes_are_lower_case_endings() -> None:
    assert {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"} < SUFFIXES
    assert {".avif", ".heic", ".heif"} < SUFFIXES and all(suffix == suffix.lower() for suffix in SUFFIXES)


def test_heic() -> None:
    content = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
    assert source.kind_of(content) == "HEIC"
    try:
        import pillow_heif
    except ImportError:
        assert reason(content) == "HEIC cannot be read here: pip install 'headway[heic]'"
        return
    assert reason(content).startswith("broken HEIC file")
    image = pillow_heif.from_pillow(Image.new("RGB", (64, 48), (200, 100, 20)))
    stream = io.BytesIO()
    image.save(stream, quality=95)
    pixels = load(stream.getvalue(), 16, "crop").astype(int)
    assert np.abs(pixels - (200, 100, 20)).max() < 6


class TestStreams:
    def test_files_are_read_from_where_they_are_and_left_open(self, tmp_path: Path) -> None:
        image = Image.new("RGB", (20, 20), (200, 10, 10))
        image.save(tmp_path / "a.png")
        wanted = load(tmp_path / "a.png", 16, "squash")
        memory = io.BytesIO(b"before" + (tmp_path / "a.png").read_bytes())
        memory.seek(6)
        with open(tmp_path / "a.png", "rb") as file:
            for stream in (file, memory):
                assert np.array_equal(load(stream, 16, "squash"), wanted)
                assert not stream.closed and stream.read() == b""

    def test_others_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("text")
        with open(tmp_path / "a.txt") as file, pytest.raises(PictureError, match="open it with mode 'rb'"):
            load(file, 16, "squash")  # type: ignore[arg-type]
        with pytest.raises(PictureError, match="cannot be read: .*closed file"):
            load(file, 16, "squash")  # type: ignore[arg-type]
        with pytest.raises(PictureError, match="a picture must be a path, bytes, a binary file, .* not int"):
            load(7, 16, "squash")  # type: ignore[arg-type]


def test_pieces_that_a_jpeg_is_fed_in_change_no_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 700, 3)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "JPEG", quality=95)
    at_once = load(stream.getvalue(), 64, "squash")
    monkeypatch.setattr(headers, "_FED_BYTES", 1 << 16)
    assert stream.tell() > 3 << 16
    np.testing.assert_array_equal(load(stream.getvalue(), 64, "squash"), at_once)
