"""A network whose exporter computes shapes, with all of them constants, so that it can be part of a model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.rules import RULES as MODEL_RULES
from headway.backbones.bounds.walk import HALF, UINT8, Tensor, attributes_of, walk
from headway.backbones.convert.rewriting import BATCHES, Graph
from headway.backbones.convert.rules import RULES
from headway.backbones.foreign.folding import FOLDED, OPERATORS, fold
from headway.backbones.foreign.resizing import resize
from headway.backbones.foreign.untrusted import opset_of
from headway.errors import ModelError, UserError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def settle(model: ModelProto) -> ModelProto:
    """Return a backbone with the shapes of its nodes as constants, in which -1 stands for the number of pictures.

    One that a model may hold as it is stays so; so does one whose shapes cannot be constants, which serves to compute
    features all the same. Raises ModelError for a network that takes one picture at a time only.
    """
    size = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    opset = opset_of(model)

    def walked(pictures: int, *more: Any) -> dict[str, Tensor]:
        return walk(model.graph, Tensor((pictures, size, size, 3), UINT8), *more)

    try:
        first, second = (walked(pictures, OPERATORS, partial(fold, opset)) for pictures in BATCHES)
    except ModelError as error:
        raise ModelError(
            f"it takes one picture at a time, and must take any number: export it with a dynamic batch axis ({error})"
        ) from error
    try:
        walked(1, MODEL_RULES)
        return model
    except ModelError:
        pass
    try:
        return _Settling(model, first, second, size).run()
    except (UserError, KeyError, ValueError):
        return model


class _Settling:
    """Rewrites a graph by what is known of its tensors for two numbers of pictures."""

    def __init__(self, model: ModelProto, first: dict[str, Tensor], second: dict[str, Tensor], size: int) -> None:
        from onnx import numpy_helper

        self._model = model
        self._first, self._second = first, second
        self._graph = Graph(
            constants={tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer},
            dims={name: _sides(tensor, second[name]) for name, tensor in first.items()},
            size=size,
        )

    def run(self) -> ModelProto:
        for node in self._model.graph.node:
            if not self._known(node) and not self._computed(node):
                RULES.get(node.op_type, Graph.keep)(self._graph, node)
        return self._graph.build(self._model)

    def _known(self, node: NodeProto) -> bool:
        """Take over what the bounds have computed; say whether they have."""
        numbers = [(self._first[name].numbers, self._second[name].numbers) for name in node.output]
        pairs = [(a, b) for a, b in numbers if a is not None and b is not None]
        if len(pairs) < len(numbers):
            return False
        if any(a.dtype.kind == "f" and a.shape != b.shape for a, b in pairs):
            return False  # a class token, once for every picture
        for name, (a, b) in zip(node.output, pairs, strict=True):
            if np.array_equal(a, b):
                self._graph.constants[name] = np.asarray(a)
            else:
                self._graph.shapes[name] = (np.asarray(a), np.asarray(b))
        return True

    def _computed(self, node: NodeProto) -> bool:
        """Compute what is made of constants alone and takes no time; say whether it is."""
        graph = self._graph
        if not all(name in graph.constants for name in node.input if name):
            return False
        output = node.output[0]
        if node.op_type == "Resize":
            scales = graph.constants.get(node.input[2]) if len(node.input) > 2 else None
            values, shape = graph.constants[node.input[0]], self._first[output].shape
            graph.constants[output] = resize(values, shape, scales, attributes_of(node))
            return True
        if node.op_type == "Cast" and self._first[node.input[0]].dtype == HALF:
            # The file keeps the half; the wide one is there for what else is computed of it.
            graph.keep(node)
            graph.constants[output] = graph.constants[node.input[0]].astype(np.float32)
            return True
        return node.op_type in FOLDED and graph.fold(node)


def _sides(first: Tensor, second: Tensor) -> tuple[str, ...]:
    """Return the sides of a tensor, as numbers or multiples of N."""
    small, large = BATCHES
    sides = []
    for a, b in zip(first.shape, second.shape, strict=True):
        if a == b:
            sides.append(str(a))
        else:
            sides.append(f"{a // small}*N" if a * large == b * small else "?")
    return tuple(sides)
