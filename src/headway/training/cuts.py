"""Where to cut a network: before the cut it is frozen, after it, it is trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch

from headway.backbones.torch.graph import Graph, between, load
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto

IMAGES, EMBEDDING = "images", "head.mean"
# Parts of all parameters that are to be trained: after a cut that no block marks, and where all maps are of one size.
_LEAST_SHARE, _MOST_SHARE = 0.05, 0.65
_SAME_SIZE_SHARE = 0.15


class Cut(NamedTuple):
    """A tensor through which everything passes on its way to the embedding.

    Attributes
    ----------
    tensor : str
        Its name.
    shape : tuple of int
        Of its value for one picture, without the first axis.
    """

    tensor: str
    shape: tuple[int, ...]


def last_block(network: bytes) -> Cut:
    """Find the tensor after which the last stage of a network begins.

    A stage is what works at one resolution: the cut is the output of the last block whose map is larger than the
    network's last one. For EfficientNet-Lite0 that is block 4, 112 x 14 x 14, and blocks 5 and 6 and the last
    convolution come after it. Where all maps are of one size, as in vision transformers, at least 15 % of the
    parameters do: two blocks of twelve. A network whose outputs name no blocks is cut where the least has to be kept.

    Parameters
    ----------
    network : bytes
        An ONNX file with the input ``images`` and the output ``head.mean``, and best with ``blockI.mean``.

    Returns
    -------
    Cut

    Raises
    ------
    ModelError
        When there is no such tensor.
    UserError
        When the network holds an operator that cannot be trained.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> last_block(tiny_backbone_onnx())
    Cut(tensor='backbone/block1/relu', shape=(16, 16, 16))
    """
    proto = load(network)
    passages = _passages(proto)
    shapes = _shapes(proto, passages)
    blocks = [name for name in _behind_blocks(proto, passages) if name in shapes]
    cuts = [Cut(name, shapes[name]) for name in blocks or passages if _trains(proto, name)]
    if not cuts:
        raise ModelError("this network cannot be cut: nothing that is learned lies between its blocks; --finetune all")
    if not blocks:
        return _cheapest(proto, cuts)
    last = shapes.get(_behind(proto, EMBEDDING, passages), ())
    final = math.prod(last[1:]) if len(last) == 3 else 0
    larger = [cut for cut in cuts if len(cut.shape) == 3 and math.prod(cut.shape[1:]) > final > 0]
    if larger:
        return larger[-1]
    shares = _shares(proto, cuts)
    return next((cut for cut in reversed(cuts) if shares[cut] >= _SAME_SIZE_SHARE), cuts[0])


def _behind_blocks(proto: ModelProto, passages: list[str]) -> list[str]:
    """Return the maps whose means are the outputs ``blockI.mean``, in order."""
    outputs = [output.name for output in proto.graph.output]
    means = [name for name in outputs if name.startswith("block") and name.endswith(".mean")]
    means.sort(key=lambda name: int("".join(filter(str.isdigit, name)) or 0))
    return list(dict.fromkeys(_behind(proto, mean, passages) for mean in means))


def _behind(proto: ModelProto, mean: str, passages: list[str]) -> str:
    """Return the map that a mean is taken of."""
    makers = {name: node for node in proto.graph.node for name in node.output}
    name: str = makers[mean].input[0]
    while name in makers and name not in passages:
        name = makers[name].input[0]
    return name


def _passages(proto: ModelProto) -> list[str]:
    """Return the tensors through which every way from the pictures to the embedding leads, in order."""
    nodes, constants = between(proto, IMAGES, [EMBEDDING])
    readers: dict[str, int] = {}
    for place, node in enumerate(nodes):
        readers |= dict.fromkeys((name for name in node.input if name and name not in constants), place)
    found: list[str] = []
    still_read: set[str] = {IMAGES}
    fixed = set(constants)  # what comes of constants alone is one, too
    for place, node in enumerate(nodes):
        if all(name in fixed for name in node.input if name):
            fixed.update(node.output)
            continue
        still_read.update(name for name in node.output if name in readers)
        still_read = {name for name in still_read if readers[name] > place}
        if len(still_read) == 1 and node.output[0] in still_read:
            found.append(node.output[0])
    return found


def _shapes(proto: ModelProto, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of some tensors for one picture, without the first axis."""
    wanted, shapes = set(names), {}
    sides = [dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim][1:]

    def keep(name: str, value: torch.Tensor) -> None:
        if name in wanted and value.ndim > 1 and value.shape[0] == 1 and value.is_floating_point():
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
    """Say which part of all parameters comes after each cut."""
    whole = _count(proto, IMAGES)
    return {cut: _count(proto, cut.tensor) / max(whole, 1) for cut in cuts}


def _cheapest(proto: ModelProto, cuts: list[Cut]) -> Cut:
    shares = _shares(proto, cuts)
    fitting = [cut for cut in cuts if _LEAST_SHARE <= shares[cut] <= _MOST_SHARE] or cuts
    return min(reversed(fitting), key=lambda cut: math.prod(cut.shape))
