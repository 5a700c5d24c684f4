"""Tensors read from PyTorch's files of 2020 without PyTorch, and files that mean harm."""

from __future__ import annotations

import importlib.util
import io
import os
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.backbones.convert.lite.statedict import MAGIC, read_state_dict

pytestmark = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs headway[torch]")


def saved(state: Any) -> bytes:
    import torch

    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


def small() -> bytes:
    import torch

    return saved({"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.ones(4)})


def test_reads_what_pytorch_wrote() -> None:
    import torch

    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    state = network.state_dict()
    state["turned"] = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    state["part"] = torch.arange(10.0)[3:5]
    found = read_state_dict(saved(state))
    assert list(found) == list(state)
    for name, tensor in state.items():
        assert found[name].shape == tuple(tensor.shape) and found[name].flags.c_contiguous
        np.testing.assert_array_equal(found[name], tensor.numpy())


class Call:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


def wound() -> tuple[Any, ...]:
    value: tuple[Any, ...] = ()
    for _ in range(300):
        value = (value,)
    return value


@pytest.mark.parametrize(
    "state",
    [
        {"x": Call(os.system, "false")},
        {"x": Call(eval, "1")},
        {"x": 1.5},
        {"x": "text"},
        {3: "a number for a name"},
        {wound(): "a key whose hash is long to find"},
        [1, 2],
        None,
        Call(dict, [(wound(), 1)]),
    ],
    ids=lambda state: "state",  # their own would not be the same in two processes
)
def test_refuses_all_that_is_not_tensors_by_name(state: Any) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        read_state_dict(saved(state))


def test_refuses_tensors_that_share_numbers_or_lie_about_them() -> None:
    import torch

    shared = torch.arange(4.0)
    with pytest.raises(ValueError, match="one storage for each tensor"):
        read_state_dict(saved({"a": shared, "b": shared[1:]}))
    with pytest.raises(ValueError, match="not a part of its storage"):
        read_state_dict(saved({"a": torch.ones(1).expand(1000)}))
    for content in (small()[:-1], small()[:-40]):
        with pytest.raises(ValueError, match=r"buffer|as long as"):
            read_state_dict(content)


def test_refuses_a_file_of_today_and_other_files() -> None:
    for content in (b"", b"PK\x03\x04 a zip archive", pickle.dumps(MAGIC), pickle.dumps(1) * 5):
        with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
            read_state_dict(content)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_change_gives_tensors_or_an_exception(changes: list[tuple[int, int]]) -> None:
    content = bytearray(small())
    for place, value in changes:
        content[place % len(content)] = value
    try:
        found = read_state_dict(bytes(content))
    except Exception:
        return
    assert all(isinstance(tensor, np.ndarray) for tensor in found.values())
    assert sum(tensor.nbytes for tensor in found.values()) <= len(content)
