"""Lanes: the way of images to a device, and of their vectors back, while others are on it.

An engine knows a device by its lane alone, and asks the same of every one of them: memory to send from, a copy on its
way, a place in the queue of work, a result that can be waited for. So what the engine does in which order is tested on
the CPU, and what is particular to CUDA stands here, in a few lines each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import torch

from headway.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

    Compute = Callable[[Tensor], Tensor]

T = TypeVar("T")


class Fetched(NamedTuple):
    """Vectors on their way to the CPU.

    Attributes
    ----------
    rows : Tensor
        float32 (n, width), on the CPU; not to be read before ``wait`` has returned.
    wait : callable
        Returns when they are there.
    """

    rows: Tensor
    wait: Callable[[], None]


class Lane(Protocol):
    """What an engine asks of a device: work is done in the order that it was asked for, perhaps after the call."""

    device: torch.device

    def staging(self, shape: Sequence[int]) -> Tensor:
        """Return memory of the CPU, uint8, from which images are sent; it is not used again while they are."""

    def send(self, images: Tensor) -> Tensor:
        """Start to copy images to the device; what is asked for next waits for them."""

    def working(self) -> Any:
        """Return a context in which what is computed takes its place in the queue, in exact float32 unless told."""

    def fetch(self, rows: Tensor) -> Fetched:
        """Start to copy vectors to the CPU."""

    def capture(self, compute: Compute, images: Tensor) -> Compute | None:
        """Return what computes the same for other images of this shape in one call; None where there is no such way."""

    def weigh(self, work: Callable[[], T]) -> tuple[T, int]:
        """Do some work; return its result, and the bytes of the device's memory that it took on top."""

    def free(self) -> int | None:
        """Return how many bytes of the device's memory nobody uses; None where that need not be asked."""

    def relieve(self) -> None:
        """Wait for all work, and give back memory that is kept for later."""


class Cpu:
    """No device at all: everything is done when it is asked for.

    Examples
    --------
    >>> lane = Cpu()
    >>> fetched = lane.fetch(lane.send(lane.staging((2, 3)).fill_(1)).float() + 1)
    >>> fetched.wait(), fetched.rows.tolist()
    (None, [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]])
    """

    device = torch.device("cpu")

    def staging(self, shape: Sequence[int]) -> Tensor:
        """Return ordinary memory."""
        return torch.empty(tuple(shape), dtype=torch.uint8)

    def send(self, images: Tensor) -> Tensor:
        """Return the images: they are there."""
        return images

    @contextmanager
    def working(self) -> Iterator[None]:
        """Do nothing."""
        yield

    def fetch(self, rows: Tensor) -> Fetched:
        """Return the vectors: they are there."""
        return Fetched(rows, lambda: None)

    def capture(self, compute: Compute, images: Tensor) -> Compute | None:
        """Return None."""
        return None

    def weigh(self, work: Callable[[], T]) -> tuple[T, int]:
        """Do the work, and count nothing."""
        return work(), 0

    def free(self) -> int | None:
        """Return None: enough."""
        return None

    def relieve(self) -> None:
        """Do nothing."""


class Cuda:
    """An NVIDIA GPU: the one that PyTorch calls current, which is the first that ``CUDA_VISIBLE_DEVICES`` leaves.

    Images go there from pinned memory on a stream of their own, beside what is computed on another. Raises UserError
    where PyTorch sees no GPU.
    """

    def __init__(self) -> None:
        if not torch.cuda.is_available():
            raise UserError("--device cuda needs an NVIDIA GPU that PyTorch sees, and there is none: take --device cpu")
        self.device = torch.device("cuda", torch.cuda.current_device())
        self._copies = torch.cuda.Stream(self.device)
        self._work = torch.cuda.Stream(self.device)

    def staging(self, shape: Sequence[int]) -> Tensor:
        """Return pinned memory; PyTorch hands it out again only when no copy from it is under way."""
        return torch.empty(tuple(shape), dtype=torch.uint8, pin_memory=True)

    def send(self, images: Tensor) -> Tensor:
        """Copy on the stream of copies, for which the other one waits."""
        with torch.cuda.stream(self._copies):
            sent = images.to(self.device, non_blocking=True)
        self._work.wait_stream(self._copies)
        sent.record_stream(self._work)
        return sent

    @contextmanager
    def working(self) -> Iterator[None]:
        """Queue on the stream of work."""
        # Without the flag convolutions in float32 are computed in TF32, with the digits of a bfloat16 and a half.
        with torch.cuda.stream(self._work), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield

    def fetch(self, rows: Tensor) -> Fetched:
        """Copy into pinned memory on the stream of work."""
        copy = torch.empty(rows.shape, dtype=rows.dtype, pin_memory=True)
        done = torch.cuda.Event(blocking=True)  # one that is waited for without a core, which decodes meanwhile
        with torch.cuda.stream(self._work):
            copy.copy_(rows, non_blocking=True)
            done.record(self._work)
        return Fetched(copy, done.synchronize)

    def capture(self, compute: Compute, images: Tensor) -> Compute | None:
        """Return the replay of a CUDA graph."""
        graph = torch.cuda.CUDAGraph()
        with self.working():
            still = images.clone()
            with torch.cuda.graph(graph, stream=self._work, capture_error_mode="thread_local"):
                rows = compute(still)

        def replay(images: Tensor) -> Tensor:
            still.copy_(images)
            graph.replay()
            return rows.clone()  # the next replay writes over them

        return replay

    def weigh(self, work: Callable[[], T]) -> tuple[T, int]:
        """Do the work, and read how far PyTorch's allocations rose."""
        torch.cuda.synchronize(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)
        before = torch.cuda.memory_allocated(self.device)
        result = work()
        torch.cuda.synchronize(self.device)
        return result, torch.cuda.max_memory_allocated(self.device) - before

    def free(self) -> int | None:
        """Return what the driver says, all programs counted."""
        return int(torch.cuda.mem_get_info(self.device)[0])

    def relieve(self) -> None:
        """Wait for the GPU, and return memory that PyTorch keeps to the driver."""
        torch.cuda.synchronize(self.device)
        torch.cuda.empty_cache()
