"""An ONNX file's bytes, looked through before protocol buffers make objects of them.

An empty node takes two bytes in a file and a hundred in memory. Text that is not UTF-8 comes as bytes, or ends in an
error where it is read first, which depends on the version of protobuf. So parts are counted and text is decoded here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto

MAX_PARTS = 1_000_000  # fields, and numbers of lists, of all messages; a ViT-L has 30,000
MAX_DEPTH = 16  # of messages in messages; a network's constants and axes are at the fifth
_VARINT, _EIGHT_BYTES, _CHUNK, _FOUR_BYTES = 0, 1, 2, 5  # the wire types of protocol buffers


class NotOnnxError(ModelError):
    """What is not an ONNX file at all, or only the beginning of one."""


def parse(content: bytes) -> ModelProto:
    """Parse an ONNX file that is not trusted.

    Raises
    ------
    NotOnnxError
        When it is something else, or truncated.
    ModelError
        When it has too many parts, parts that this version of ONNX does not know, or text that is not UTF-8.
    """
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        _Parts().count(memoryview(content), model.DESCRIPTOR, 0)
        model.ParseFromString(content)
    except (DecodeError, IndexError):
        raise NotOnnxError("it is not an ONNX file, or is truncated") from None
    return model


class _Parts:
    """Counts the parts of a message."""

    def __init__(self) -> None:
        self._left = MAX_PARTS

    def count(self, content: memoryview, kind: Any, depth: int) -> None:
        """Raise IndexError where the content ends too early, or is no protocol buffer."""
        fields = _fields(kind)
        place = 0
        while place < len(content):
            self._take(1)
            key, place = _varint(content, place)
            number, wire = key >> 3, key & 7
            if wire == _VARINT:
                _, place = _varint(content, place)
            elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
                place += 8 if wire == _EIGHT_BYTES else 4
            elif wire == _CHUNK:
                length, start = _varint(content, place)
                place = start + length
                if number in fields and place <= len(content):
                    self._chunk(content[start:place], kind, fields[number], depth)
            else:
                raise IndexError
            if place > len(content) or (number not in fields and not depth):
                raise IndexError
            if number not in fields:
                raise ModelError(f"its {kind.name} holds field {number}, which the installed onnx does not know")

    def _chunk(self, content: memoryview, kind: Any, field: Any, depth: int) -> None:
        if field.type == field.TYPE_MESSAGE:
            if depth == MAX_DEPTH:
                raise ModelError(f"its parts are within each other more than {MAX_DEPTH} deep")
            self.count(content, field.message_type, depth + 1)
        elif field.type == field.TYPE_STRING:
            try:
                str(content, "utf-8")
            except UnicodeDecodeError:
                raise ModelError(f"the {field.name} of a {kind.name} in it is not UTF-8") from None
        elif field.type not in (field.TYPE_BYTES, field.TYPE_FLOAT, field.TYPE_DOUBLE):
            self._take(len(content))  # whole numbers of a byte or more, which take 4 or 8 in memory

    def _take(self, parts: int) -> None:
        self._left -= parts
        if self._left < 0:
            raise ModelError(f"it has more than {MAX_PARTS:,} parts, which no network has")


@cache
def _fields(kind: Any) -> dict[int, Any]:
    return {field.number: field for field in kind.fields}


def _varint(content: memoryview, place: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
    raise IndexError
