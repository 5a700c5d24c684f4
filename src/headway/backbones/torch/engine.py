"""The engine that runs a backbone with PyTorch on an NVIDIA GPU.

Pictures are gathered to batches, which go through pinned memory to the GPU on a stream of their own while the batch
before is computed, in half precision and channels last. On a GPU a picture's features may differ in their last digits
with its neighbours in the batch; so what is kept of them is kept apart from what a CPU computes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from headway.backbones.torch.graph import Graph, load
from headway.errors import RunError, UserError
from headway.types import Silent

if TYPE_CHECKING:
    from headway.types import FloatArray, Precision, Progress, UInt8Array

Tag = TypeVar("Tag")

BATCH = 64
_IN_FLIGHT = 2  # one batch being computed, one being gathered and copied


class TorchEngine:
    """A network, ready to turn pictures into vectors on a GPU; see `headway.backbones.Engine` for the rest.

    Parameters
    ----------
    model : bytes
        An ONNX file with one input ``images``, uint8 (N, H, W, 3).
    outputs : sequence of str
        Names of the outputs to compute, each once.
    precision : {"fp32", "bf16"}
        What to compute in.
    device : str
        As PyTorch names it; ``"cpu"`` serves tests.
    progress : Progress, optional
        Told when the batch had to be halved for want of memory.

    Raises
    ------
    UserError
        When there is no such device, or the network holds an operator that is not known here.

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
        """Compute the vectors of pictures, uint8 (n, H, W, 3), and wait for them: float32 (n, width)."""
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of tagged batches, in order, while the caller prepares the next ones."""
        gathered: list[tuple[Tag, UInt8Array]] = []
        count = 0
        flying: deque[tuple[list[tuple[Tag, UInt8Array]], Any]] = deque()
        for tag, batch in batches:
            gathered.append((tag, batch))
            count += len(batch)
            if count >= self._batch:
                flying.append((gathered, self._launch(gathered)))
                gathered, count = [], 0
                if len(flying) == _IN_FLIGHT:
                    yield from _landed(*flying.popleft())
        flying.append((gathered, self._launch(gathered)))
        while flying:
            yield from _landed(*flying.popleft())

    def _launch(self, gathered: list[tuple[Tag, UInt8Array]]) -> Any:
        """Start to compute the pictures of some batches; the result is on its way to the CPU."""
        height, width = self.input_size
        pictures = np.concatenate([batch for _, batch in gathered] or [np.empty((0, height, width, 3), np.uint8)])
        return self._on_its_way(self._vectors(self._sent(torch.from_numpy(pictures))))

    def _sent(self, pictures: Any) -> Any:
        if self._copies is None:
            return pictures
        with torch.cuda.stream(self._copies):
            images = pictures.pin_memory().to(self._device, non_blocking=True)
        current = torch.cuda.current_stream()
        current.wait_stream(self._copies)
        images.record_stream(current)
        return images

    def _on_its_way(self, rows: Any) -> tuple[Any, Any]:
        """Return rows on the CPU, and what to wait for before they may be read."""
        if not self._on_gpu:
            return rows, None
        here = torch.empty(rows.shape, dtype=rows.dtype, pin_memory=True)
        here.copy_(rows, non_blocking=True)
        done = torch.cuda.Event()
        done.record()
        return here, done

    def _vectors(self, images: Any) -> Any:
        """Compute vectors (n, width), with smaller batches where memory does not do."""
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


def _landed(gathered: list[tuple[Tag, UInt8Array]], result: tuple[Any, Any]) -> Iterator[tuple[Tag, FloatArray]]:
    """Wait for a result, and deal it out to the batches that it came from."""
    here, done = result
    if done is not None:
        done.synchronize()
    rows: FloatArray = here.numpy()
    start = 0
    for tag, batch in gathered:
        yield tag, rows[start : start + len(batch)]
        start += len(batch)
