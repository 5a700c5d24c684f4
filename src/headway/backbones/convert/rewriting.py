"""A graph in the course of being rewritten, from its input to its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headway.backbones.nodes import make_model, needed
from headway.errors import UserError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Array = npt.NDArray[Any]

SHORT = 16  # an integer tensor of more numbers is not a shape
BATCHES = (2, 3)  # batch sizes for which shapes are inferred: what differs between them is the batch size
# Values of attributes that hold without them, or mean nothing to OpenVINO.
_DEFAULTS: dict[str, Any] = {
    "allowzero": None,
    "alpha": {"Gemm": 1.0},
    "auto_pad": b"NOTSET",
    "beta": {"Gemm": 1.0},
    "ceil_mode": 0,
    "mode": b"constant",
    "noop_with_empty_axes": 0,
    "stash_type": 1,
    "storage_order": 0,
    "transA": 0,
    "approximate": b"none",
}


@dataclass
class Graph:
    """A graph that is rewritten from its input to its outputs."""

    constants: dict[str, Array]
    dims: dict[str, tuple[str, ...]]  # as annotated: numbers, or expressions of N
    size: int
    nodes: list[NodeProto] = field(default_factory=list)
    shapes: dict[str, tuple[Array, ...]] = field(default_factory=dict)  # small integer tensors, one for each of BATCHES
    names: dict[str, str] = field(default_factory=dict)  # of tensors that are another one by now

    @classmethod
    def read(cls, graph: GraphProto) -> Graph:
        """Copy weights and shapes; nodes are added later."""
        from onnx import numpy_helper

        values = [*graph.input, *graph.value_info, *graph.output]
        return cls(
            constants={tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer},
            dims={
                value.name: tuple(dim.dim_param or str(dim.dim_value) for dim in value.type.tensor_type.shape.dim)
                for value in values
            },
            size=graph.input[0].type.tensor_type.shape.dim[1].dim_value,
        )

    def keep(self, node: NodeProto) -> None:
        """Copy a node without the attributes that have their default values."""
        from onnx import helper

        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        attributes = {name: value for name, value in attributes.items() if not _is_default(node.op_type, name, value)}
        self.add(node.op_type, list(node.input), node.output[0], **attributes)

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        from onnx import helper

        inputs = [self.names.get(name, name) for name in inputs]
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Array) -> str:
        """Add a constant; return its name."""
        self.constants[name] = value
        return name

    def shape(self, name: str) -> tuple[tuple[int, ...], ...] | None:
        """Return the shape of a tensor for each of BATCHES, where it is known."""
        if name in self.constants:
            return (self.constants[name].shape,) * len(BATCHES)
        if name not in self.dims:
            return None
        found = [tuple(_value(side, batch) for side in self.dims[name]) for batch in BATCHES]
        return None if any(None in shape for shape in found) else tuple(found)  # type: ignore[arg-type]

    def integers(self, name: str) -> tuple[Array, ...] | None:
        """Return a small integer tensor for each of BATCHES, where it is known."""
        if name in self.shapes:
            return self.shapes[name]
        value = self.constants.get(name)
        return None if value is None or value.size > SHORT or value.dtype.kind != "i" else (value,) * len(BATCHES)

    def fold(self, node: NodeProto) -> bool:
        """Compute what a node gives, if that is constant, a shape or a part of one; return whether it is."""
        from onnx.reference import ReferenceEvaluator

        if node.op_type == "Shape":
            known = self.shape(node.input[0])
            if known is None:
                return False
            start = next((a.i for a in node.attribute if a.name == "start"), 0)
            end = next((a.i for a in node.attribute if a.name == "end"), None)
            self.shapes[node.output[0]] = tuple(np.array(shape[start:end], np.int64) for shape in known)
            return True
        names = [name for name in node.input if name]
        if all(name in self.constants for name in names):
            results = ReferenceEvaluator(node).run(None, {name: self.constants[name] for name in names})
            self.constants.update(zip(node.output, map(np.asarray, results), strict=True))
            return True
        operands = [self.integers(name) for name in names]
        if any(each is None for each in operands):
            return False
        evaluator = ReferenceEvaluator(node)
        self.shapes[node.output[0]] = tuple(
            np.asarray(evaluator.run(None, dict(zip(names, values, strict=True)))[0])
            for values in zip(*operands, strict=True)
        )
        return True

    def build(self, model: ModelProto) -> ModelProto:
        """Return the graph as a model, without what no output depends on."""
        from onnx import helper, numpy_helper

        outputs = [value.name for value in model.graph.output]
        for name in outputs:
            if name in self.names:
                self.nodes.append(helper.make_node("Identity", [self.names[name]], [name], name=name))
        nodes, _ = needed(self.nodes, outputs)
        produced = {node.output[0] for node in nodes}
        rename = _own_names(nodes, outputs)
        uses: Counter[str] = Counter()
        tensors = []
        for node in nodes:
            for place, name in enumerate(node.input):
                if name in produced or name in ("images", ""):
                    node.input[place] = rename.get(name, name)
                    continue
                uses[name] += 1
                value = self._value(name, node.op_type)
                # The exporter merges tensors that happen to be equal, for instance the first weights of all
                # normalisations; they must not be tied when the network is trained.
                again = uses[name] > 1 and value.dtype.kind == "f" and value.ndim == 1 and value.size > 1
                own = f"backbone/{name.removeprefix('backbone/').removeprefix('network.')}" + (
                    f".{uses[name]}" if again else ""
                )
                node.input[place] = own
                if again or uses[name] == 1:
                    tensors.append(numpy_helper.from_array(np.asarray(value, order="C"), own))
            node.output[0] = node.name = rename[node.output[0]]
        shapes = {value.name: _sides(value) for value in model.graph.output}
        opset = model.opset_import[0].version
        return make_model(nodes, tensors, name="backbone", size=self.size, outputs=shapes, opset=opset)

    def _value(self, name: str, operator: str) -> Array:
        if name in self.constants:
            return self.constants[name]
        if name in self.shapes and all(np.array_equal(value, self.shapes[name][0]) for value in self.shapes[name]):
            return self.shapes[name][0]
        raise UserError(f"this network cannot be converted: its {operator} depends on the number of pictures")


def _sides(value: Any) -> list[int]:
    return [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]


def _value(side: str, batch: int) -> int | None:
    """Evaluate an annotated side such as ``"64*N"``."""
    total = 1
    for factor in side.split("*"):
        factor = factor.strip()
        if factor == "N":
            total *= batch
        elif factor.isdecimal() and int(factor):
            total *= int(factor)
        else:
            return None  # 0 stands for an unknown side
    return total


def _is_default(operator: str, name: str, value: Any) -> bool:
    if name not in _DEFAULTS:
        return False
    default = _DEFAULTS[name]
    if default is None:
        return True
    return bool(default.get(operator, object()) == value) if isinstance(default, dict) else bool(default == value)


def _own_names(nodes: Sequence[NodeProto], outputs: Sequence[str]) -> dict[str, str]:
    """Name tensors by the position and operator of their node, which no version of an exporter changes."""
    return {
        node.output[0]: node.output[0] if node.output[0] in outputs else f"backbone/{number}.{node.op_type}"
        for number, node in enumerate(nodes)
    }
