"""Checks that every engine makes of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headway.errors import UserError

if TYPE_CHECKING:
    from headway.types import UInt8Array


def check_batch(batch: UInt8Array, input_size: tuple[int, int]) -> None:
    """Refuse images that are not uint8 (n, height, width, 3)."""
    if batch.dtype != "uint8" or batch.ndim != 4 or batch.shape[1:] != (*input_size, 3):
        raise UserError(
            f"pictures must be uint8 of shape (n, {input_size[0]}, {input_size[1]}, 3), "
            f"they are {batch.dtype} of shape {batch.shape}"
        )


def check_outputs(outputs: Sequence[str]) -> None:
    """Refuse no outputs, and an output that is named twice."""
    if not outputs or len(set(outputs)) != len(outputs):
        raise UserError(f"outputs must name at least one, each once, they are {', '.join(outputs) or 'none'}")


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads below 1."""
    if threads is not None and threads < 1:
        raise UserError(f"threads must be at least 1, it is {threads}")
