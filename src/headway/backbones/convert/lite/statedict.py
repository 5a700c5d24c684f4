"""Tensors from a file that PyTorch saved, read without PyTorch and without running anything of it.

The wheels hold the layout that PyTorch wrote before version 1.6: five pickles one after the other (a magic number, a
version, facts about the machine, the tensors by name, the keys of their storages), then the storages, each a count and
its numbers. A pickle is a program. These are not run: their instructions are followed one by one, of which 30 kinds are
known, and all that an instruction can call is a dictionary and a tensor.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MAGIC = 0x1950A86A20F9469CFC6C
_MARK = object()  # where the items of a tuple, a list or a dictionary begin on the stack
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_COUNTS = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "APPEND": 1, "SETITEM": 2}
_MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class _Storage:
    """Numbers that stand behind the pickles, under a key."""

    key: str
    dtype: np.dtype[Any]
    length: int


@dataclass(frozen=True)
class _Tensor:
    """A part of a storage, as an array; where it begins and its strides are counted in numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, numbers: Array) -> Array:
        strides = [stride * numbers.itemsize for stride in self.strides]
        part = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides, writeable=False)
        return np.ascontiguousarray(part).reshape(self.shape)  # which gives a number an axis


def _dictionary() -> dict[str, Any]:
    return {}


def _storage(key: Any, dtype: Any, length: Any) -> _Storage:
    if not (isinstance(key, str) and isinstance(dtype, np.dtype) and isinstance(length, int)):
        raise TypeError("a storage is described otherwise than PyTorch does")
    return _Storage(key, dtype, length)


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> _Tensor:
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError("a tensor has too many dimensions")
    last = offset + sum((count - 1) * stride for count, stride in zip(shape, strides, strict=True))
    is_part = min((offset, *strides)) >= 0 and min((1, *shape)) >= 1 and last < storage.length
    if not is_part or math.prod(shape) > storage.length:
        raise ValueError("a tensor is not a part of its storage")
    return _Tensor(storage, offset, shape, strides)


_KNOWN: dict[Any, Callable[..., Any] | np.dtype[Any]] = {
    "collections OrderedDict": _dictionary,
    "torch._utils _rebuild_tensor_v2": _tensor,
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}


def read_state_dict(content: bytes) -> dict[str, Array]:
    """Return the tensors of a file by name, in its order.

    A file that is damaged, or holds anything but tensors by name, raises one of half a dozen kinds of exception.
    """
    file = io.BytesIO(content)
    magic, _, _, tensors, keys = (_follow(file) for _ in range(5))
    if magic != MAGIC or not all(isinstance(each, _Tensor) for each in tensors.values()):
        raise ValueError("it holds something other than tensors by name")
    storages = {each.storage.key: each.storage for each in tensors.values()}
    if keys != sorted(storages) or len(storages) < len(tensors):  # shared ones could stand for much more than is there
        raise ValueError("it does not hold one storage for each tensor")
    numbers = {}
    for key in keys:
        storage = storages[key]
        if int.from_bytes(file.read(8), "little") != storage.length:
            raise ValueError("a storage is not as long as it should be")
        numbers[key] = np.frombuffer(content, storage.dtype, storage.length, file.tell())
        file.seek(numbers[key].nbytes, io.SEEK_CUR)
    return {name: tensor.of(numbers[tensor.storage.key]) for name, tensor in tensors.items()}


def _follow(file: io.BytesIO) -> Any:
    """Return the value that a pickle describes, and leave the file behind it."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for instruction, argument, _ in pickletools.genops(file):
        match instruction.name:
            case "PROTO":
                pass
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE" | "EMPTY_TUPLE":
                stack.append(_CONSTANTS[instruction.name])
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "MARK":
                stack.append(_MARK)
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                items = _take(stack, instruction.name)
                stack.append(tuple(items))
            case "APPEND" | "APPENDS":
                items = _take(stack, instruction.name)
                stack[-1].extend(items)
            case "SETITEM" | "SETITEMS":
                items = _take(stack, instruction.name)
                if not all(isinstance(key, str) for key in items[::2]):
                    raise TypeError("a key is no text")
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                stack.append(_KNOWN[argument])
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(function(*arguments))
            case "BINPERSID":
                _, dtype, key, _, length, _ = stack.pop()
                stack.append(_storage(key, dtype, length))
            case "BUILD":
                stack.pop()  # the versions of PyTorch's modules, an attribute of the dictionary
            case "STOP":
                return stack.pop()
            case other:
                raise ValueError(f"it has the instruction {other}")
    raise ValueError("it ends too early")


def _take(stack: list[Any], instruction: str) -> list[Any]:
    """Take as many items from the stack as an instruction wants, or those above the last mark, with the mark."""
    if (count := _COUNTS.get(instruction)) is not None:
        return [stack.pop() for _ in range(count)][::-1]
    items = []
    while (item := stack.pop()) is not _MARK:
        items.append(item)
    return items[::-1]
