"""The engine that runs a backbone with PyTorch on an NVIDIA GPU.

Images are gathered into batches, which go to the GPU as they are, bytes, while the batches before are computed: in half
precision, channels last, full batches by a CUDA graph. On a GPU the last digits of an image's features may depend on
its batch; so they are stored apart from those that a CPU computes. ADR 47 has what was weighed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np
import torch

from headway import fork
from headway.backbones.arguments import check_batch, check_outputs
from headway.backbones.torch.graph import Graph, load
from headway.backbones.torch.halving import halve_weights
from headway.backbones.torch.memory import batch_size, is_out_of_memory
from headway.backbones.torch.repeating import Repeated
from headway.errors import RunError
from headway.types import Silent

if TYPE_CHECKING:
    from torch import Tensor

    from headway.backbones.torch.lanes import Fetched, Lane
    from headway.types import FloatArray, Precision, Progress, UInt8Array

Tag = TypeVar("Tag")

IN_FLIGHT = 3
"""Batches: one being computed, one behind it, so that the GPU never waits, and one being gathered."""
_MOST_TAGS = (
    4  # times the images of a batch: so many may come without images, known or not readable, before a batch ends
)


class _Flight(NamedTuple, Generic[Tag]):
    """Batches that are being computed together."""

    sizes: list[tuple[Tag, int]]  # tags, with the number of images of each
    fetched: Fetched


class TorchEngine:
    """A network, ready to turn images into vectors on a device; `headway.backbones.Engine` documents the members.

    ``progress`` is told when the batch is halved for want of memory, and when the network cannot be captured. May be
    used by several threads at once. Raises UserError for an operator that `headway.backbones.torch` lacks.

    Examples
    --------
    >>> from headway.backbones.torch.lanes import Cpu
    >>> from headway.testing import tiny_backbone_onnx
    >>> engine = TorchEngine(tiny_backbone_onnx(), ["head.mean"], "fp32", Cpu())
    >>> engine.run(np.zeros((3, 32, 32, 3), np.uint8)).shape
    (3, 32)
    """

    def __init__(
        self, model: bytes, outputs: Sequence[str], precision: Precision, lane: Lane, progress: Progress | None = None
    ) -> None:
        check_outputs(outputs)
        proto = load(model)
        height, width = (int(side.dim_value) for side in proto.graph.input[0].type.tensor_type.shape.dim[1:3])
        self.input_size = (height, width)
        self.outputs = tuple(outputs)
        self.precision = precision
        self._lane = lane
        self._progress = progress or Silent()
        self._lock = fork.Lock()  # one batch at a time may be put where the captured network reads it
        self._network = Graph(proto, "images", self.outputs).eval().requires_grad_(False)
        if precision == "bf16":
            halve_weights(self._network)
        self._repeated = Repeated(lane, self._compute, self._progress.note)
        with _told_in_one_line():
            self._network.to(lane.device, memory_format=torch.channels_last)
            parts, taken = lane.weigh(self._parts_of_one)
        self.widths = {name: part.shape[1] for name, part in zip(self.outputs, parts, strict=True)}
        self.width = sum(self.widths.values())
        self._batch = batch_size(height * width * 3, taken, lane.free())

    def run(self, batch: UInt8Array) -> FloatArray:
        """Compute the vectors, float32 (n, width), of images, uint8 (n, H, W, 3)."""
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of tagged batches, as `headway.backbones.Engine.map` does."""
        gathered: list[tuple[Tag, UInt8Array]] = []
        count = 0
        flying: deque[_Flight[Tag]] = deque()
        for tag, batch in batches:
            check_batch(batch, self.input_size)
            gathered.append((tag, batch))
            count += len(batch)
            if count >= self._batch or len(gathered) >= _MOST_TAGS * self._batch:
                flying.append(self._launch(gathered))
                gathered, count = [], 0
                if len(flying) == IN_FLIGHT:
                    yield from _collect(flying.popleft())
        if gathered:
            flying.append(self._launch(gathered))
        while flying:
            yield from _collect(flying.popleft())

    def _launch(self, gathered: list[tuple[Tag, UInt8Array]]) -> _Flight[Tag]:
        """Start to compute the images of some batches, and to copy the result to the CPU."""
        staged = self._lane.staging((sum(len(batch) for _, batch in gathered), *self.input_size, 3))
        np.concatenate([batch for _, batch in gathered], out=staged.numpy())
        with _told_in_one_line(), self._lock, torch.inference_mode():
            return _Flight([(tag, len(batch)) for tag, batch in gathered], self._vectors(staged))

    def _vectors(self, staged: Tensor) -> Fetched:
        """Start to compute vectors (n, width), with smaller batches where memory does not suffice."""
        done: list[Tensor] = []
        start = 0
        while start < len(staged):
            piece = staged[start : start + self._batch]
            if (rows := self._rows(piece)) is None:
                self._halve()
                continue
            done.append(rows)
            start += len(piece)
        with self._lane.working():
            return self._lane.fetch(torch.cat(done) if done else torch.zeros((0, self.width)))

    def _rows(self, piece: Tensor) -> Tensor | None:
        """Start to compute a batch; return None where memory does not suffice.

        What is returned tells so, rather than an error, which would hold on to the memory of what was begun.
        """
        try:
            images = self._lane.send(piece)
            with self._lane.working():
                return self._repeated(images) if len(images) == self._batch else self._compute(images)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None

    def _halve(self) -> None:
        if self._batch == 1:
            raise RunError("the GPU has no memory for a single picture: take --device cpu")
        self._batch //= 2
        self._progress.note(f"the GPU is out of memory: going on with batches of {self._batch}")
        self._repeated.forget()
        self._lane.relieve()

    def _compute(self, images: Tensor) -> Tensor:
        """Compute vectors (n, width) of images on the device."""
        return torch.cat(self._parts(images), dim=1)

    def _parts(self, images: Tensor) -> list[Tensor]:
        half = self.precision == "bf16"
        with torch.autocast(self._lane.device.type, torch.bfloat16, enabled=half):
            return [part.float().reshape(len(images), -1) for part in self._network(images)]

    def _parts_of_one(self) -> list[Tensor]:
        with torch.inference_mode(), self._lane.working():
            return self._parts(torch.zeros((1, *self.input_size, 3), dtype=torch.uint8, device=self._lane.device))


def _collect(flight: _Flight[Tag]) -> Iterator[tuple[Tag, FloatArray]]:
    """Wait for a result, and split it into the batches that it came from."""
    with _told_in_one_line():
        flight.fetched.wait()
    rows: FloatArray = flight.fetched.rows.numpy()
    start = 0
    for tag, size in flight.sizes:
        yield tag, rows[start : start + size]
        start += size


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Let what PyTorch raises of a device become an error of Headway's; it is raised late, wherever one waits."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise RunError(f"the GPU cannot compute the network ({reason}): take --device cpu") from error
