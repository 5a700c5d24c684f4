"""A computation that is repeated on batches of one shape: captured once, and from then on a single call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.torch.memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from headway.backbones.torch.lanes import Compute, Lane


class Repeated:
    """Computes images as ``compute`` does; from the second batch on by what the lane captures, where it can.

    The first batch is computed as usual: libraries that set themselves up at their first call cannot be captured then.
    Where capturing fails, ``note`` is told once, and everything is computed as usual from then on.
    """

    def __init__(self, lane: Lane, compute: Compute, note: Callable[[str], None]) -> None:
        self._lane, self._compute, self._note = lane, compute, note
        self._replay: Compute | None = None
        self._is_warm = False
        self._may_capture = True

    def __call__(self, images: Tensor) -> Tensor:
        """Compute a batch; all of them must have one shape until `forget` is called."""
        if self._is_warm and self._may_capture and self._replay is None:
            self._capture(images)
        self._is_warm = True
        return (self._replay or self._compute)(images)

    def forget(self) -> None:
        """Let go of what was captured, and of its memory: batches of another shape come."""
        self._replay, self._is_warm = None, False

    def _capture(self, images: Tensor) -> None:
        try:
            self._replay = self._lane.capture(self._compute, images)
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            reason = str(error).partition("\n")[0]
            self._note(f"the network is computed operation by operation, as CUDA cannot capture it: {reason}")
        self._may_capture = self._replay is not None
