"""One process, or several that train one network together through Hugging Face accelerate."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray


class Alone:
    """The usual case: one process."""

    rank, size = 0, 1

    def wrap(self, network: Any) -> Any:
        """Return the network to call in training."""
        return network

    def share(self, rows: IntArray) -> IntArray:
        """Return this process's part of a batch."""
        return rows

    def share_of_cores(self, cores: int) -> int:
        """Return how many of this machine's cores are this process's."""
        return cores

    def mean(self, value: Any) -> float:
        """Average a number over processes."""
        return float(value)

    def agreed(self, array: FloatArray) -> FloatArray:
        """Return the first process's array, so that all decide alike."""
        return array

    def wait(self) -> None:
        """Go on when all processes are here."""


class Several(Alone):
    """Processes that ``accelerate launch``, ``torchrun`` or accelerate's ``notebook_launcher`` started.

    Each computes its part of every batch; gradients are averaged, so the steps are those of one process.
    """

    def __init__(self, device: str) -> None:
        accelerate = import_optional("accelerate", "torch")
        self._accelerator = accelerate.Accelerator(cpu=device == "cpu", mixed_precision="no")
        self.rank, self.size = self._accelerator.process_index, self._accelerator.num_processes

    def wrap(self, network: Any) -> Any:
        """Return the network to call in training: it averages gradients over processes."""
        return self._accelerator.prepare_model(network)

    def share(self, rows: IntArray) -> IntArray:
        """Return this process's part of a batch: all parts are as long, so some rows may be in two."""
        each = -(-len(rows) // self.size)
        start = min(self.rank * each, len(rows) - each)
        return rows[start : start + each]

    def share_of_cores(self, cores: int) -> int:
        """Return how many of this machine's cores are this process's: threads that wait for each other cost most."""
        return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", self.size)))

    def mean(self, value: Any) -> float:
        """Average a number over processes."""
        import torch

        tensor = torch.as_tensor(float(value), device=self._accelerator.device)
        return float(self._accelerator.reduce(tensor, "mean"))

    def agreed(self, array: FloatArray) -> FloatArray:
        """Return the first process's array, so that all decide alike."""
        from accelerate.utils import broadcast_object_list

        (first,) = broadcast_object_list([array])
        agreed: FloatArray = first
        return agreed

    def wait(self) -> None:
        """Go on when all processes are here."""
        self._accelerator.wait_for_everyone()


def team(device: str) -> Alone:
    """Return the processes that are configured: one, unless a launcher says otherwise.

    Examples
    --------
    >>> team("cpu").size
    1
    """
    return Several(device) if int(os.environ.get("WORLD_SIZE", "1") or 1) > 1 else Alone()
