"""The engine that runs a backbone, or a whole model, on the CPU with OpenVINO.

Every image is inferred alone, each core working on its own image. Measured on two cores, that is as fast as batches of
up to 8 and faster than 16 (docs/adr/0003), starts quickest and takes the least memory. So the features of an image
depend on that image only, bit for bit, not on its batch or the number of threads.

In bfloat16 they may depend on the set of outputs: OpenVINO fuses, and so rounds, differently around an output. bfloat16
features must be stored under the whole tuple ``Engine.outputs``.
"""

from __future__ import annotations

import math
import queue
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

from headway import fork
from headway.backbones.arguments import check_batch, check_outputs, check_threads
from headway.cores import cpu_count
from headway.errors import ModelError, RunError, UnknownNameError
from headway.types import Precision

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

Tag = TypeVar("Tag")

# One image being computed, and some waiting, so that no core idles between two, or while the caller is busy elsewhere.
IN_FLIGHT_PER_THREAD = 4


_cores = fork.PerProcess[Any]()


def _core() -> Any:
    return _cores.get(_open_core)


def _open_core() -> Any:
    with _no_telemetry():
        import openvino

    return fork.keep_in_children(openvino.Core())


@fork.before_fork
def _forget_idle_threads() -> None:
    """Have OpenVINO end the threads of engines that are gone: a child would take them for running ones, and wait."""
    if _cores.is_made:
        import openvino

        openvino.Core().get_property("CPU", "INFERENCE_PRECISION_HINT")  # loads the plugin; then it is unloaded


@contextmanager
def _no_telemetry() -> Iterator[None]:
    """Keep the import of OpenVINO from reporting to Google Analytics, as it does where its telemetry is installed."""
    name = "openvino_telemetry"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # makes its import fail, and OpenVINO go on without
    try:
        yield
    finally:
        del sys.modules[name]


def best_precision() -> Precision:
    """Return the fastest precision that this CPU computes in natively and whose features are as good.

    Examples
    --------
    >>> best_precision() in ("bf16", "fp32")
    True
    """
    # The capability alone is not enough: AVX-512 machines list BF16 although they only emulate it, slowly. The plugin's
    # own default is bfloat16 just where it is native.
    default = str(_core().get_property("CPU", "INFERENCE_PRECISION_HINT"))
    return "bf16" if "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") and "bf" in default else "fp32"


class _Slot(NamedTuple):
    """A request, and OpenVINO's own memory of its image and outputs, which is asked for once: that takes a while."""

    request: Any
    image: UInt8Array
    outputs: Sequence[FloatArray]


class Engine:
    """A network, ready to turn images into vectors. May be used by several threads at once.

    Parameters
    ----------
    model : Path or bytes
        An ONNX file or its content, with one input: uint8 (N, H, W, 3).
    outputs : sequence of str
        Names of the outputs to compute, each once; nothing else of the network is computed. In bf16 the same output has
        slightly other values beside other outputs; in fp32 it has the same.
    precision : {"fp32", "bf16"}
        Arithmetic inside the network; see :func:`best_precision`.
    threads : int, optional
        How many cores to use; by default all that the process may use. Changes the speed, never a result.

    Attributes
    ----------
    outputs : tuple of str
        As given.
    widths : dict of str to int
        Length of each output, flattened, in the order given.
    width : int
        Their sum: the length of an image's vector.
    input_size : tuple of int
        Height and width of an image.
    precision : str
        As given.
    threads : int
        Cores in use.

    Raises
    ------
    ModelError
        When the file cannot be read as a network of this kind.
    UnknownNameError
        When the network has no such output.

    Examples
    --------
    >>> import numpy as np
    >>> from headway.testing import tiny_backbone_onnx
    >>> engine = Engine(tiny_backbone_onnx(), ["block1.mean", "head.mean"])
    >>> engine.run(np.zeros((3, 32, 32, 3), np.uint8)).shape
    (3, 48)
    """

    def __init__(
        self,
        model: Path | bytes,
        outputs: Sequence[str],
        precision: Precision = "fp32",
        threads: int | None = None,
    ) -> None:
        if precision not in get_args(Precision):
            raise UnknownNameError("precision", precision, get_args(Precision))
        check_threads(threads)
        self.outputs = tuple(outputs)
        self.precision = precision
        self.threads = threads or cpu_count()
        self._origin = fork.Origin()
        with fork.no_fork():
            graph = _subgraph(_read(model), self.outputs)
            self._compiled = _compile(graph, precision, self.threads)
            fork.keep_in_children(self)
        height, width = (int(side) for side in graph.input(0).shape[1:3])
        self.input_size = (height, width)
        self.widths = {name: math.prod(map(int, graph.output(i).shape)) for i, name in enumerate(self.outputs)}
        self.width = sum(self.widths.values())
        self._idle: queue.SimpleQueue[_Slot] = queue.SimpleQueue()
        for _ in range(self.threads * IN_FLIGHT_PER_THREAD):
            self._idle.put(self._slot())

    def __repr__(self) -> str:
        return f"Engine({', '.join(self.outputs)}; {self.precision}, {self.threads} threads)"

    def run(self, batch: UInt8Array) -> FloatArray:
        """Compute the vectors, float32 (n, width), of images, uint8 (n, H, W, 3)."""
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of tagged batches while the caller prepares the next ones.

        The next batch is requested as soon as a core is about to run out of work, so at most a few images per core are
        in memory, however long the stream. Batches are uint8 (n, H, W, 3), vectors float32 (n, width). A tag may be
        anything; it comes back with the result, in the order given.
        """
        import numpy as np

        # (slot or None, its row, and, after a batch's last image, the result to yield)
        pending: deque[tuple[_Slot | None, FloatArray | None, tuple[Tag, FloatArray] | None]] = deque()
        most = self.threads * IN_FLIGHT_PER_THREAD
        self._origin.require("an engine")
        try:
            for tag, batch in batches:
                check_batch(batch, self.input_size)
                rows: FloatArray = np.empty((len(batch), self.width), np.float32)
                done = (tag, rows)
                if not len(batch):
                    pending.append((None, None, done))
                for index, image in enumerate(batch):
                    while len(pending) >= most:
                        yield from self._collect(pending)
                    slot = self._take_slot()
                    slot.image[:] = image
                    slot.request.start_async()
                    pending.append((slot, rows[index], done if index == len(batch) - 1 else None))
                # An endless run of empty batches must not pile up.
                while pending and (pending[0][0] is None or len(pending) > most):
                    yield from self._collect(pending)
            while pending:
                yield from self._collect(pending)
        finally:
            if not self._origin.is_here:  # forked since: those that compute these stayed in the parent
                fork.abandon(pending)
                pending = deque()
            for begun, _, _ in pending:
                if begun is not None:
                    begun.request.wait()
                    self._idle.put(begun)

    def _slot(self) -> _Slot:
        request = self._compiled.create_infer_request()
        outputs = [request.get_output_tensor(index).data.reshape(-1) for index in range(len(self.outputs))]
        return _Slot(request, request.get_input_tensor().data[0], outputs)

    def _take_slot(self) -> _Slot:
        try:
            return self._idle.get_nowait()
        except queue.Empty:  # other threads, or a suspended map, have them all: waiting could be for ever
            return self._slot()

    def _collect(
        self, pending: deque[tuple[_Slot | None, FloatArray | None, tuple[Tag, FloatArray] | None]]
    ) -> Iterator[tuple[Tag, FloatArray]]:
        """Wait for the oldest image, and yield its batch if that is now complete."""
        import numpy as np

        slot, row, done = pending[0]
        if slot is not None and row is not None:
            try:
                slot.request.wait()
            except RuntimeError as error:
                raise RunError(f"OpenVINO could not compute a picture: {_first_line(error)}") from error
            np.concatenate(slot.outputs, out=row)
            self._idle.put(slot)
        pending.popleft()
        if done is not None:
            yield done


def _first_line(error: BaseException) -> str:
    """Return the informative line of OpenVINO's message: those before it lead to it, or name source files."""
    lines = [line.strip(" -") for line in str(error).splitlines() if line.strip()]
    if "std::bad_alloc" in lines:
        return "there is not enough memory for it"
    leading = ("Exception from", "Check ", "Model wasn't fully converted", "Shape inference input shapes")
    informative = [line for line in lines if not line.startswith(leading) and not line.endswith(":")]
    return (informative or lines or ["no reason given"])[0]


def _read(model: Path | bytes) -> Any:
    what = "it" if isinstance(model, bytes) else str(model)
    try:
        return _core().read_model(model if isinstance(model, bytes) else model.read_bytes())
    except OSError as error:
        raise ModelError(f"the network must be a readable file: {what}: {error.strerror}") from error
    except RuntimeError as error:
        message = f"the network must be an ONNX file that OpenVINO reads, {what} is not: {_first_line(error)}"
        raise ModelError(message) from error


def _compile(graph: Any, precision: Precision, threads: int) -> Any:
    options = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,  # one thread to a stream: a core to an image
        "ENABLE_CPU_PINNING": False,  # threads that decode share these cores
    }
    try:
        return _core().compile_model(graph, "CPU", options)
    except RuntimeError as error:
        raise ModelError(f"OpenVINO cannot run the network: {_first_line(error)}") from error


def _find(model: Any, name: str) -> Any:
    """Return what computes a tensor of a network, be it an output of it or inside."""
    try:
        return model.add_outputs(name)[0]
    except RuntimeError as error:
        declared = [name for output in model.outputs for name in output.names]
        raise UnknownNameError("output of this network", name, declared) from error


def _subgraph(model: Any, outputs: Sequence[str]) -> Any:
    """Return the part of a network that computes ``outputs`` from one image."""
    _core()  # imports OpenVINO without its telemetry
    import openvino

    check_outputs(outputs)
    ends = [_find(model, name) for name in outputs]
    shape = model.inputs[0].partial_shape if len(model.inputs) == 1 else None
    if shape is None or len(shape) != 4 or any(side.is_dynamic for side in list(shape)[1:]) or shape[3] != 3:
        raise ModelError("the network must have one input of shape (N, H, W, 3), with H and W fixed")
    subgraph = openvino.Model(ends, model.get_parameters(), "headway")
    try:
        # Not by its method `reshape`, which looks for batch sizes that are written into other nodes as well, and takes
        # five times as long.
        subgraph.get_parameters()[0].set_partial_shape(openvino.PartialShape([1, *list(shape)[1:]]))
        subgraph.validate_nodes_and_infer_types()
    except RuntimeError as error:
        raise ModelError(f"the network must take one picture: {_first_line(error)}") from error
    for name, output in zip(outputs, subgraph.outputs, strict=True):
        if output.partial_shape.is_dynamic:
            raise ModelError(f"the output {name} must be as long for every picture, and its length is not known")
    return subgraph
