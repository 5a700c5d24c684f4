"""Where to cut a network: it is frozen before the cut, and trained after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from headway.backbones.torch.graph import Graph, between, load
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto

IMAGES, EMBEDDING = "images", "head.mean"
# Shares of the parameters that are to be trained: where no block marks the cut, and where all maps are of one size.
_MIN_SHARE, _MAX_SHARE = 0.05, 0.65
_SAME_SIZE_SHARE = 0.15


class Cut(NamedTuple):
    """A tensor through which every path from the images to the embedding leads."""

    tensor: str
    shape: tuple[int, ...]  # without the first axis

    @property
    def size(self) -> int:
        """How many numbers it has of an image."""
        return math.prod(self.shape)


def last_block(network: bytes) -> Cut:
    """Find the tensor after which the last stage of a network begins.

    A stage is what works at one resolution: the cut is the output of the last block whose map is larger than the
    network's last one. For EfficientNet-Lite0 that is block 4, 112 x 14 x 14, before blocks 5 and 6 and the last
    convolution. Where all maps are of one size, as in vision transformers, at least 15 % of the parameters come after
    it: two blocks of twelve. A network without outputs ``blockI.mean`` is cut where maps are smallest.
    """
    proto = load(network)
    bottlenecks = _bottlenecks(proto)
    shapes = _shapes(proto, bottlenecks)
    blocks = [name for name in _block_maps(proto, bottlenecks) if name in shapes]
    cuts = [Cut(name, shapes[name]) for name in blocks or bottlenecks if name in shapes and _trains(proto, name)]
    if not cuts:
        raise ModelError(
            "this network cannot be cut: no trainable layer comes after any of its blocks; take --finetune all"
        )
    if not blocks:
        return _cheapest(proto, cuts)
    last = shapes.get(_map_of(proto, EMBEDDING, bottlenecks), ())
    final = math.prod(last[1:]) if len(last) == 3 else 0
    larger = [cut for cut in cuts if len(cut.shape) == 3 and math.prod(cut.shape[1:]) > final > 0]
    if larger:
        return larger[-1]
    shares = _shares(proto, cuts)
    return next((cut for cut in reversed(cuts) if shares[cut] >= _SAME_SIZE_SHARE), cuts[0])


def fixed_outputs(network: bytes, cut: Cut, outputs: Sequence[str]) -> tuple[str, ...]:
    """Return the outputs that need what lies before the cut: training leaves them as they are.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> fixed_outputs(tiny_backbone_onnx(), Cut("backbone/head/relu", (32, 8, 8)), ["block1.mean", "head.mean"])
    ('block1.mean',)
    """
    proto = load(network)
    return tuple(name for name in outputs if not _follows(proto, cut.tensor, name))


def _follows(proto: ModelProto, start: str, output: str) -> bool:
    """Say whether an output can be computed from a tensor alone."""
    try:
        between(proto, start, [output])
    except ModelError:
        return False
    return True


def _block_maps(proto: ModelProto, bottlenecks: list[str]) -> list[str]:
    """Return the maps that the outputs ``blockI.mean`` are means of, in order."""
    outputs = [output.name for output in proto.graph.output]
    means = [name for name in outputs if name.startswith("block") and name.endswith(".mean")]
    means.sort(key=lambda name: int("".join(filter(str.isdigit, name)) or 0))
    return list(dict.fromkeys(_map_of(proto, mean, bottlenecks) for mean in means))


def _map_of(proto: ModelProto, mean: str, bottlenecks: list[str]) -> str:
    """Return the bottleneck that a mean is taken of."""
    makers = {name: node for node in proto.graph.node for name in node.output}
    name: str = makers[mean].input[0]
    while name in makers and name not in bottlenecks:
        name = makers[name].input[0]
    return name


def _bottlenecks(proto: ModelProto) -> list[str]:
    """Return the tensors through which every path from the images to the embedding leads, in order."""
    nodes, constants = between(proto, IMAGES, [EMBEDDING])
    last_reader: dict[str, int] = {}
    for position, node in enumerate(nodes):
        last_reader |= dict.fromkeys((name for name in node.input if name and name not in constants), position)
    bottlenecks: list[str] = []
    still_read: set[str] = {IMAGES}
    fixed = set(constants)  # what is computed from constants alone is one, too
    for position, node in enumerate(nodes):
        if all(name in fixed for name in node.input if name):
            fixed.update(node.output)
            continue
        still_read.update(name for name in node.output if name in last_reader)
        still_read = {name for name in still_read if last_reader[name] > position}
        if len(still_read) == 1 and node.output[0] in still_read:
            bottlenecks.append(node.output[0])
    return bottlenecks


def _shapes(proto: ModelProto, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of some tensors for one image, without the first axis."""
    selected, shapes = set(names), {}
    sides = [dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim][1:]

    def keep(name: str, value: torch.Tensor) -> None:
        if name in selected and value.ndim > 1 and value.shape[0] == 1 and value.is_floating_point():
            shapes[name] = tuple(value.shape[1:])

    with torch.no_grad():
        Graph(proto, IMAGES, [EMBEDDING])(torch.zeros((1, *sides), dtype=torch.uint8), keep)
    return shapes


def _count(proto: ModelProto, start: str) -> int:
    return sum(parameter.numel() for parameter in Graph(proto, start, [EMBEDDING]).parameters())


def _trains(proto: ModelProto, start: str) -> bool:
    """Say whether there is something to learn after a tensor."""
    return start != EMBEDDING and any(node.op_type in ("Conv", "Gemm", "MatMul")
                                      for node in between(proto, start, [EMBEDDING])[0])  # fmt: skip


def _shares(proto: ModelProto, cuts: list[Cut]) -> dict[Cut, float]:
    """Return the share of all parameters that comes after each cut."""
    total = _count(proto, IMAGES)
    return {cut: _count(proto, cut.tensor) / max(total, 1) for cut in cuts}


def _cheapest(proto: ModelProto, cuts: list[Cut]) -> Cut:
    shares = _shares(proto, cuts)
    candidates = [cut for cut in cuts if _MIN_SHARE <= shares[cut] <= _MAX_SHARE] or cuts
    return min(reversed(candidates), key=lambda cut: math.prod(cut.shape))
