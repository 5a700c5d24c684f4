"""The maps and the embedding of any PyTorch network, found by tracing a forward pass."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from headway.optional import import_optional

Tensor = Any  # torch's classes have no types here
Call = tuple[str, int]  # a module's name, and how many calls of it there were before
Parts = Callable[[Tensor], tuple[list[Tensor], Tensor | None, Tensor | None]]


@dataclass
class _Trace:
    """Inputs and outputs of the modules of a network."""

    shapes: dict[Call, tuple[int, ...]] = field(default_factory=dict)  # of outputs, in the order of the calls
    outputs: dict[Call, Tensor] = field(default_factory=dict)  # of the wanted calls
    linear: tuple[Tensor, Tensor] | None = None  # input and output of the last linear layer


@contextmanager
def _tracing(module: Any, wanted: Sequence[Call] = (), input_shape: Any = None) -> Iterator[_Trace]:
    """Trace a network; what has the shape of its input is not one of its maps."""
    torch = import_optional("torch", "torch")
    trace = _Trace()
    calls: defaultdict[str, int] = defaultdict(int)

    def hook(name: str) -> Callable[[Any, Any, Any], None]:
        def record(submodule: Any, inputs: Any, output: Any) -> None:
            if not isinstance(output, torch.Tensor) or isinstance(submodule, torch.nn.AdaptiveAvgPool2d):
                return
            call = name, calls[name]
            calls[name] += 1
            if output.shape != input_shape:
                trace.shapes[call] = tuple(output.shape)
            if call in wanted:
                trace.outputs[call] = output
            if isinstance(submodule, torch.nn.Linear):
                trace.linear = inputs[0], output

        return record

    hooks = [part.register_forward_hook(hook(name)) for name, part in module.named_modules() if name]
    try:
        yield trace
    finally:
        for each in hooks:
            each.remove()


def trace_parts(module: Any, probe: Tensor) -> Parts:
    """Find how to read the stages, the last map and the embedding of a network in evaluation mode.

    A stage is the output of the last and outermost module with a map of one size; of a transformer, that of each of its
    equal blocks. The embedding is the network's result, or, where that is the output of a linear layer, the input of
    this layer.

    The result takes a batch of images, and returns the stages, list of (N, C, h, w), the last map (N, C, h, w) or None,
    and the embedding (N, d) or None. An embedding of None also stands for the mean of the last map.
    """
    torch = import_optional("torch", "torch")
    with _tracing(module, input_shape=probe.shape) as trace:
        result = module(probe)
    tokens = _blocks_of_tokens(module, trace.shapes)
    calls = tokens or _maps(trace.shapes)
    gives_vectors = isinstance(result, torch.Tensor) and result.ndim == 2
    classifies = (
        gives_vectors
        and trace.linear is not None
        and trace.linear[1].shape == result.shape
        and bool((trace.linear[1] == result).all())
    )
    channels = as_map_shape(trace.shapes[calls[-1]]) if calls and not tokens else 0
    # Behind a classifier of several layers, features are no longer the map's.
    pools = not gives_vectors or (classifies and channels and trace.linear[0].shape[1] != channels)  # type: ignore[index]

    def parts(x: Tensor) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
        with _tracing(module, calls) as trace:
            result = module(x)
        maps = [as_map(trace.outputs[call]) for call in calls]
        embedding = None
        if not pools:
            embedding = trace.linear[0] if classifies and trace.linear is not None else result
        return [each for each in maps if each is not None], maps[-1] if maps else None, embedding

    return parts


def _maps(shapes: Mapping[Call, tuple[int, ...]]) -> list[Call]:
    """Return, for each size of maps, the last call of the outermost modules with such an output."""
    chosen: dict[int, Call] = {}
    for call, shape in shapes.items():
        side = _side(shape)
        if side and (side not in chosen or _depth(call) <= _depth(chosen[side])):
            chosen[side] = call
    return [chosen[side] for side in sorted(chosen, reverse=True)]


def _blocks_of_tokens(module: Any, shapes: Mapping[Call, tuple[int, ...]]) -> list[Call]:
    """Return the calls of a transformer's blocks and of what follows them; none for another network."""
    torch = import_optional("torch", "torch")
    rows = [
        [(f"{name}.{child}", 0) for child, _ in part.named_children()]
        for name, part in module.named_modules()
        if isinstance(part, torch.nn.Sequential | torch.nn.ModuleList)
    ]
    rows = [row for row in rows if len({shapes.get(call) for call in row}) == 1 and len(shapes.get(row[0], ())) == 3]
    if not rows:
        return []
    blocks = max(rows, key=len)
    after = [call for call, shape in shapes.items() if shape == shapes[blocks[0]]]
    last = min(reversed(after), key=_depth)
    return [*blocks, last]


def _depth(call: Call) -> int:
    return call[0].count(".")


def _side(shape: tuple[int, ...]) -> int:
    """Return the height of a square map, 0 for anything else."""
    if len(shape) != 4:
        return 0
    _, a, b, c = shape
    return b if b == c > 1 else a if a == b > 1 else 0


def as_map_shape(shape: tuple[int, ...]) -> int:
    """Return the number of channels of a square map."""
    return shape[1] if shape[2] == shape[3] else shape[3]


def as_map(x: Tensor, *, channels_last: bool | None = None, prefix: int | None = None) -> Tensor | None:
    """Return a layer's output as a map (N, C, h, w), or None where it is not one.

    It may be a map, channels last or not (by default that is guessed from its sides), or tokens (N, prefix + side², C),
    of which the first ``prefix`` stand for no position (by default those left over from the largest square).
    """
    if x.ndim == 4:
        if channels_last is None:
            channels_last = x.shape[2] != x.shape[3]
        return x.permute(0, 3, 1, 2) if channels_last else x
    if x.ndim != 3:
        return None
    count = x.shape[1]
    side = math.isqrt(count - (prefix or 0))
    first = count - side * side
    if side < 2 or (prefix is not None and first != prefix):
        return None
    return x[:, first:].transpose(1, 2).unflatten(2, (side, side))
