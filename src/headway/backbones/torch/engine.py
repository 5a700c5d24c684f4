"""The engine that runs a backbone with PyTorch on an NVIDIA GPU.

Images are gathered into batches, which go through pinned memory to the GPU on a stream of their own while the batch
before is computed, in half precision and channels last. On a GPU the last digits of an image's features may depend on
its batch; so they are stored apart from those that a CPU computes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from headway.backbones.arguments import check_batch, check_outputs
from headway.backbones.torch.graph import Graph, load
from headway.errors import RunError, UserError
from headway.types import Silent

if TYPE_CHECKING:
    from headway.types import FloatArray, Precision, Progress, UInt8Array

Tag = TypeVar("Tag")

BATCH = 64
_IN_FLIGHT = 2  # one batch being computed, one being gathered and copied


class TorchEngine:
    """A network, ready to turn images into vectors on a GPU; `headway.backbones.Engine` documents the members.

    ``device`` is PyTorch's name of it (``"cpu"`` serves tests); ``progress`` is told when the batch is halved for want
    of memory. Raises UserError when there is no such device, or for an operator that `headway.backbones.torch` lacks.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> engine = TorchEngine(tiny_backbone_onnx(), ["head.mean"], "fp32", device="cpu")
    >>> engine.run(np.zeros((3, 32, 32, 3), np.uint8)).shape
    (3, 32)
    """

    def __init__(
        self,
        model: bytes,
        outputs: Sequence[str],
        precision: Precision,
        *,
        device: str = "cuda",
        progress: Progress | None = None,
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise UserError("--device cuda needs an NVIDIA GPU that PyTorch sees, and there is none: take --device cpu")
        check_outputs(outputs)
        proto = load(model)
        height, width = (int(side.dim_value) for side in proto.graph.input[0].type.tensor_type.shape.dim[1:3])
        self.input_size = (height, width)
        self.outputs = tuple(outputs)
        self.precision = precision
        self._device = torch.device(device)
        self._on_gpu = self._device.type == "cuda"
        self._copies = torch.cuda.Stream() if self._on_gpu else None
        self._network = Graph(proto, "images", self.outputs).eval().requires_grad_(False)
        self._network.to(self._device, memory_format=torch.channels_last)
        self._progress = progress or Silent()
        self._batch = BATCH
        empty = torch.zeros((1, height, width, 3), dtype=torch.uint8, device=self._device)
        self.widths = {name: part.shape[1] for name, part in zip(self.outputs, self._parts(empty), strict=True)}
        self.width = sum(self.widths.values())

    def run(self, batch: UInt8Array) -> FloatArray:
        """Compute the vectors, float32 (n, width), of images, uint8 (n, H, W, 3)."""
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of tagged batches, as `headway.backbones.Engine.map` does."""
        gathered: list[tuple[Tag, UInt8Array]] = []
        count = 0
        flying: deque[tuple[list[tuple[Tag, UInt8Array]], Any]] = deque()
        for tag, batch in batches:
            check_batch(batch, self.input_size)
            gathered.append((tag, batch))
            count += len(batch)
            if max(count, len(gathered)) >= self._batch:
                flying.append((gathered, self._launch(gathered)))
                gathered, count = [], 0
                if len(flying) == _IN_FLIGHT:
                    yield from _collect(*flying.popleft())
        flying.append((gathered, self._launch(gathered)))
        while flying:
            yield from _collect(*flying.popleft())

    def _launch(self, gathered: list[tuple[Tag, UInt8Array]]) -> Any:
        """Start to compute the images of some batches, and to copy the result to the CPU."""
        height, width = self.input_size
        images = np.concatenate([batch for _, batch in gathered] or [np.empty((0, height, width, 3), np.uint8)])
        return self._to_cpu(self._vectors(self._to_device(torch.from_numpy(images))))

    def _to_device(self, images: Any) -> Any:
        if self._copies is None:
            return images
        with torch.cuda.stream(self._copies):
            images = images.pin_memory().to(self._device, non_blocking=True)
        current = torch.cuda.current_stream()
        current.wait_stream(self._copies)
        images.record_stream(current)
        return images

    def _to_cpu(self, rows: Any) -> tuple[Any, Any]:
        """Start to copy rows to the CPU; return the copy, and the event to wait for before it is read."""
        if not self._on_gpu:
            return rows, None
        copy = torch.empty(rows.shape, dtype=rows.dtype, pin_memory=True)
        copy.copy_(rows, non_blocking=True)
        done = torch.cuda.Event()
        done.record()
        return copy, done

    def _vectors(self, images: Any) -> Any:
        """Compute vectors (n, width), with smaller batches where memory does not suffice."""
        done = []
        start = 0
        while start < len(images):
            try:
                done.append(torch.cat(self._parts(images[start : start + self._batch]), dim=1))
            except torch.OutOfMemoryError as error:
                if self._batch == 1:
                    raise RunError("the GPU has no memory for a single picture: take --device cpu") from error
                self._batch //= 2
                self._progress.note(f"the GPU is out of memory: going on with batches of {self._batch}")
                torch.cuda.empty_cache()
                continue
            start += self._batch
        return torch.cat(done) if done else torch.zeros((0, self.width))

    def _parts(self, images: Any) -> list[Any]:
        half = self.precision == "bf16"
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            return [part.float().reshape(len(images), -1) for part in self._network(images)]


def _collect(gathered: list[tuple[Tag, UInt8Array]], result: tuple[Any, Any]) -> Iterator[tuple[Tag, FloatArray]]:
    """Wait for a result, and split it into the batches that it came from."""
    copy, done = result
    if done is not None:
        done.synchronize()
    rows: FloatArray = copy.numpy()
    start = 0
    for tag, batch in gathered:
        yield tag, rows[start : start + len(batch)]
        start += len(batch)
