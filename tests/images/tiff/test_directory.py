"""A directory of tags is read within bounds, whatever it claims."""

from __future__ import annotations

import io
import struct

import pytest

from headway.errors import PictureError
from headway.images.tiff.directory import Directory


def directory(*entries: tuple[int, int, int, bytes], big: bool = False, order: str = "<", tail: bytes = b"") -> bytes:
    """Write a file whose first page has these tags: number, type, count and the field for the value."""
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(f"{order}HHHQ", 43, 8, 0, 16) if big else mark + struct.pack(f"{order}HI", 42, 8)
    size = 8 if big else 4
    body = b"".join(
        struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, kind, count) + value.ljust(size, b"\0")
        for tag, kind, count, value in entries
    )
    return head + struct.pack(f"{order}{'Q' if big else 'H'}", len(entries)) + body + bytes(size) + tail


def parsed(content: bytes) -> Directory:
    return Directory(io.BytesIO(content))


def reason(content: bytes, tag: int = 0) -> str:
    with pytest.raises(PictureError) as caught:
        parsed(content).array(tag)
    return str(caught.value)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_values_inside_and_outside(big: bool, order: str) -> None:
    inside = struct.pack(f"{order}HH", 8, 9)
    entries = [(256, 3, 1, inside[:2]), (258, 3, 2, inside), (273, 4, 3, b"")]
    start = len(directory(*entries, big=big, order=order))
    entries[2] = (273, 4, 3, struct.pack(f"{order}{'Q' if big else 'I'}", start))
    found = parsed(directory(*entries, big=big, order=order, tail=struct.pack(f"{order}III", 1, 2, 70_000)))
    assert found.number(256, 0) == 8 and found.number(257, 77) == 77
    assert found.array(258).tolist() == [8, 9] and found.array(273).tolist() == [1, 2, 70_000]
    assert 256 in found and 257 not in found and found.array(257).tolist() == []
    assert found.notes_bytes == 2 + 4 + 12


def test_what_is_refused() -> None:
    assert reason(b"II*\0") == reason(b"II*\0\xff\0\0\0") == "truncated TIFF file"
    assert reason(directory((256, 3, 1, b"\1"))[:-8], 256) == "truncated TIFF file"
    assert reason(b"II*\0\x08\0\0\0\xff\xff" + bytes(900_000)) == "a TIFF with 65,535 tags; at most 1,000 are read"
    head = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 60)
    assert reason(head + bytes(99)).endswith(" tags; at most 1,000 are read")
    twice = directory((256, 3, 1, b"\1"), (256, 3, 1, b"\2"))
    assert reason(twice) == "broken TIFF file (tag 256 twice)"
    assert reason(directory((256, 2, 1, b"\1")), 256) == "broken TIFF file (tag 256 must be whole numbers)"
    assert reason(directory((273, 4, 1 << 30, b"")), 273) == "a TIFF with 4096 MiB in tag 273; at most 16 are read"
    assert reason(directory((273, 4, 9, b"\xff\xff\xff\xff")), 273) == "truncated TIFF file"
    assert reason(directory((273, 3, 9, b"\xff\xff")), 273) == "truncated TIFF file"


def test_a_loop_of_pages_is_never_entered() -> None:
    content = bytearray(directory((256, 3, 1, b"\1")))
    content[-4:] = struct.pack("<I", 8)
    assert parsed(bytes(content)).number(256, 0) == 1
