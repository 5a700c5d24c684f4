"""How many images a batch has, and which errors mean that memory ran out."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from headway.backbones.torch.memory import MOST, batch_size, is_out_of_memory

SIZES = st.integers(1, 1 << 30)


@given(SIZES, SIZES, st.one_of(st.none(), st.integers(0, 1 << 38)))
def test_a_batch_is_a_power_of_two_that_fits_with_room_to_spare(image: int, taken: int, free: int | None) -> None:
    size = batch_size(image, taken, free)
    assert 1 <= size <= MOST
    assert size & (size - 1) == 0
    if size > 1:
        assert size * image <= 64 << 20
        assert free is None or 2 * size * taken <= free


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (MemoryError(), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), True),
        (RuntimeError("CUDA error: misaligned address"), False),
    ],
)
def test_errors_of_memory_are_known(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
