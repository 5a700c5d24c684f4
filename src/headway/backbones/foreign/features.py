"""Where the features of a network are: maps of its stages, tokens of its patches, the embedding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.backbones.nodes import needed

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

MOST_STAGES = 5
BLOCKS_OF_TOKENS = 3  # of a transformer, whose blocks are all of one size, before the last
MOST_PREFIX = 16  # tokens before those of patches: the class, distillation, registers
_LINEAR = ("Conv", "Gemm", "MatMul")
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Tokens:
    """The tokens of a transformer, (N, prefix + side², width): those of patches, row by row, behind a few others.

    Parameters
    ----------
    last : str
        The tensor behind the last block.
    blocks : tuple of str
        Tensors behind blocks before it, the first one first.
    prefix : int
        Tokens before those of patches, of which the first is that of the class.
    side : int
        Patches in a row of the picture.
    width : int
        Numbers of a token.
    """

    last: str
    blocks: tuple[str, ...]
    prefix: int
    side: int
    width: int


@dataclass(frozen=True)
class Features:
    """What is read from a network.

    Parameters
    ----------
    stages : tuple of str
        The last map (N, C, h, h) of each size, the largest first; of a transformer, those before its tokens.
    tokens : Tokens or None
        Where it is a transformer.
    embedding : str or None
        A tensor (N, d); None where it is the class token or, without one, the mean of the last map.
    """

    stages: tuple[str, ...]
    tokens: Tokens | None
    embedding: str | None


def find_features(graph: GraphProto, shapes: Shapes) -> Features:
    """Return where the features of a network in plain parts are; ``shapes`` are those for one picture."""
    nodes, reached = needed(graph.node, [value.name for value in graph.output])
    learned = _learned(nodes)
    attention = {shapes.get(node.input[0]) for node in nodes if node.op_type == "Softmax"}
    maps = {
        shapes[name][2]: name
        for name in learned
        if name in reached and _is_map(shapes.get(name, ())) and shapes[name] not in attention
    }
    outputs = [value.name for value in graph.output]
    tokens = _find_tokens(nodes, learned, shapes, outputs, attention)
    result = next((name for name in outputs if len(shapes.get(name, ())) == 2 and name in learned), None)
    made_by = {name: node for node in nodes for name in node.output}
    embedding, classifies = before_classifier(result, made_by, shapes) if result else (None, False)
    if tokens is not None:
        stages = tuple(maps[side] for side in sorted(maps, reverse=True) if side > tokens.side)
        if tokens.prefix and not classifies:
            embedding = None  # a pooler behind the class token is often not trained
        return Features(stages[-MOST_STAGES:], tokens, embedding)
    stages = tuple(maps[side] for side in sorted(maps, reverse=True))
    if stages and (embedding is None or (classifies and shapes[embedding][1] != shapes[stages[-1]][1])):
        embedding = None
    return Features(stages, None, embedding)


def _learned(nodes: Sequence[NodeProto]) -> dict[str, None]:
    """Return the tensors behind a layer with weights, so no longer the picture itself, in order."""
    found: dict[str, None] = {}
    for node in nodes:
        if node.op_type in _LINEAR or any(name in found for name in node.input):
            found.update(dict.fromkeys(node.output))
    return found


def _is_map(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[0] == 1 and shape[2] == shape[3] > 1


def _find_tokens(
    nodes: Sequence[NodeProto],
    learned: Mapping[str, None],
    shapes: Shapes,
    outputs: Sequence[str],
    attention: set[tuple[int, ...] | None],
) -> Tokens | None:
    """Return the last tensor (1, tokens, width) whose tokens attend to each other; None where there is none."""
    counts = {shape[-1] for shape in attention if shape and len(shape) >= 3 and shape[-1] == shape[-2]}
    rows = [name for name in learned if _is_row(shapes.get(name, ()), counts)]
    given = [name for name in rows if name in outputs]
    if not rows:
        return None
    last = "last_hidden_state" if "last_hidden_state" in given else (given or rows)[-1]
    _, count, width = shapes[last]
    side = math.isqrt(count)
    order = list(learned)
    behind = order.index(last)
    if (
        side < 2
        or count - side**2 > MOST_PREFIX
        or any(node.op_type == "Conv" and order.index(node.output[0]) > behind for node in nodes)
    ):
        return None  # a network that goes on with maps
    sums = [
        node.output[0]
        for node in nodes
        if node.op_type == "Add"
        and shapes.get(node.output[0]) == shapes[last]
        and all(name in learned and shapes.get(name) == shapes[last] for name in node.input)
    ]
    return Tokens(last, _some_of(sums[1::2]), count - side**2, side, width)


def _is_row(shape: tuple[int, ...], counts: set[int]) -> bool:
    return len(shape) == 3 and shape[0] == 1 and shape[1] in counts and shape[1] > 3


def _some_of(blocks: Sequence[str]) -> tuple[str, ...]:
    """Return a few of a row of equal blocks, evenly, without the last one."""
    step = len(blocks) / (BLOCKS_OF_TOKENS + 1)
    places = {round(step * number) - 1 for number in range(1, BLOCKS_OF_TOKENS + 1)}
    return tuple(blocks[place] for place in sorted(places) if 0 <= place < len(blocks) - 1)


def before_classifier(result: str, made_by: Mapping[str, NodeProto], shapes: Shapes) -> tuple[str, bool]:
    """Return the input of the last linear layer, if the result comes from one, and whether it does."""
    node = made_by.get(result)
    while node is not None and node.op_type in ("Softmax", "LogSoftmax", "Identity", "Cast", "Sigmoid", "Add"):
        inputs = [name for name in node.input if name in made_by]
        node = made_by.get(inputs[0]) if len(inputs) == 1 else None
    if node is None or node.op_type not in _LINEAR[1:] or len(shapes.get(node.input[0], ())) != 2:
        return result, False
    return node.input[0], True
