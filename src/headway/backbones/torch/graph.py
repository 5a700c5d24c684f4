"""Part of an ONNX graph as a PyTorch module whose initializers are parameters, and the way back into the file.

So every ONNX file can be trained without the code that built it, and from any tensor on: OpenVINO computes the part
before that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

from headway.backbones.nodes import needed
from headway.backbones.torch.operators import OPERATORS
from headway.errors import ModelError, RunError, UserError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto
    from torch import Tensor

    from headway.types import FloatArray

# Operators with weights. Constants before the first of these preprocess the image.
_WEIGHTED = ("Conv", "Gemm", "MatMul")
# Positions of weights among an operator's inputs. BatchNormalization's statistics, (3, 4), are not learned.
_LEARNED = {
    "Add": (0, 1),
    "BatchNormalization": (1, 2),
    "Concat": tuple(range(64)),  # class tokens
    "Conv": (1, 2),
    "Expand": (0,),
    "Gather": (0,),
    "Gemm": (1, 2),
    "GroupNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2),
    "MatMul": (0, 1),
    "Mul": (0, 1),
    "PRelu": (1,),
    "Sub": (0, 1),
}
# Operators that pass weights on unchanged.
_PASSING = ("Cast", "Expand", "Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze")


class Step(NamedTuple):
    """One node, ready to be computed."""

    operator: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    last_used: tuple[str, ...]  # tensors that no later node reads


class Graph(nn.Module):  # type: ignore[misc]
    """The part of an ONNX graph from the tensor ``start`` to the tensors ``outputs``, in PyTorch.

    ``initializers`` has the name of each parameter, and of the initializer that it comes from. Raises UserError for an
    operator that `OPERATORS` lacks, and ModelError where the outputs cannot be computed from ``start`` alone.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> graph = Graph(tiny_backbone_onnx(), "images", ["head.mean"])
    >>> (mean,) = graph(torch.zeros((3, 32, 32, 3), dtype=torch.uint8))
    >>> tuple(mean.shape), sorted(graph.initializers.values())[0]
    ((3, 32), 'backbone/block1/conv.bias')
    """

    def __init__(self, model: bytes | ModelProto, start: str, outputs: Sequence[str]) -> None:
        super().__init__()
        proto = load(model)
        self.outputs = tuple(outputs)
        self.start = start
        nodes, constants = between(proto, start, outputs)
        self.steps = _steps(nodes, start, outputs)
        learned = set(_learned(nodes, start, constants))
        bounds = _only_bounds(nodes)
        self.initializers: dict[str, str] = {}
        self._places: dict[str, str] = {}  # tensor of the graph -> attribute of this module
        for number, (name, array) in enumerate(constants.items()):
            tensor = torch.from_numpy(array.copy())
            place = f"c{number}"
            if name in learned:
                self.register_parameter(place, nn.Parameter(tensor))
                self.initializers[place] = name
            elif tensor.is_floating_point() and tensor.ndim and name not in bounds:
                self.register_buffer(place, tensor)
            else:
                setattr(self, place, tensor)  # stays on the CPU: sizes, axes, bounds, scalars
            self._places[name] = place

    def forward(self, tensor: Tensor, keep: Callable[[str, Tensor], None] | None = None) -> tuple[Tensor, ...]:
        """Compute the outputs, in order; ``keep`` is called with the name and value of every tensor on the way."""
        values: dict[str, Any] = {name: getattr(self, place) for name, place in self._places.items()}
        values[self.start] = tensor
        for step in self.steps:
            inputs = [values[name] if name else None for name in step.inputs]
            result = step.function(inputs, step.attributes)
            results = result if isinstance(result, tuple) else (result,)
            for name, value in zip(step.outputs, results, strict=False):
                values[name] = value
                if keep is not None:
                    keep(name, value)
            for name in step.last_used:
                del values[name]
        return tuple(values[name] for name in self.outputs)

    def weights(self) -> dict[str, FloatArray]:
        """Return the parameters by the names of their initializers, float32."""
        own = dict(self.named_parameters(recurse=False))
        return {name: own[place].detach().float().cpu().numpy() for place, name in self.initializers.items()}

    def depths(self) -> dict[str, float]:
        """Return the depth of each parameter, by its own name: from 0, the first to be used, to 1, the last."""
        carried = {name: {place} for place, name in self.initializers.items()}
        levels: dict[str, int] = {}
        level = -1
        for step in self.steps:
            carries = set().union(*(carried.get(name, set()) for name in step.inputs))
            if step.operator in _PASSING:
                carried |= dict.fromkeys(step.outputs, carries)
                continue
            fresh = carries - levels.keys()
            level += bool(fresh and step.operator in _WEIGHTED) or (bool(fresh) and level < 0)
            levels |= dict.fromkeys(fresh, level)
        return {name: levels[name] / max(level, 1) if level > 0 else 1.0 for name in self.initializers}


def load(model: bytes | ModelProto) -> ModelProto:
    """Parse an ONNX file; raise ModelError where it is not one, or has its weights in other files."""
    import onnx

    if not isinstance(model, bytes):
        return model
    try:
        proto = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf's errors differ from version to version
        raise ModelError(f"the network must be an ONNX file: {type(error).__name__}") from error
    if any(tensor.external_data for tensor in proto.graph.initializer):
        raise ModelError("the network must hold its weights itself, not in other files: onnx.save(model, path)")
    return proto


def between(proto: ModelProto, start: str, outputs: Sequence[str]) -> tuple[list[NodeProto], dict[str, Any]]:
    """Return the nodes that compute ``outputs`` from ``start``, in order, and their constants, floats as float32.

    Raises ModelError when another tensor is needed, or the graph lacks an output.
    """
    from onnx import numpy_helper

    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    for node in proto.graph.node:
        if node.op_type == "Constant":
            tensors[node.output[0]] = _constant(node)
    candidates = [node for node in proto.graph.node if node.op_type != "Constant" and start not in node.output]
    nodes, wanted = needed(candidates, outputs)
    computed = {name for node in nodes for name in node.output} | {start, ""}
    if missing := sorted(wanted - computed - tensors.keys()):
        raise ModelError(f"{', '.join(outputs)} cannot be computed from {start!r}: {missing[0]!r} is needed, too")
    constants = {name: numpy_helper.to_array(tensor) for name, tensor in tensors.items() if name in wanted - computed}
    return nodes, {
        name: array.astype(np.float32) if array.dtype.kind == "f" or array.dtype.name == "bfloat16" else array
        for name, array in constants.items()
    }


def _constant(node: NodeProto) -> Any:
    """Return the tensor of a Constant node."""
    from onnx import helper, numpy_helper

    value = helper.get_attribute_value(node.attribute[0])
    kind = node.attribute[0].name
    if kind == "value":
        return value
    if kind not in ("value_float", "value_floats", "value_int", "value_ints"):
        raise UserError(f"the network holds a Constant with {kind}, which cannot be trained here")
    return numpy_helper.from_array(np.array(value, np.float32 if "float" in kind else np.int64))


def _steps(nodes: Sequence[NodeProto], start: str, outputs: Sequence[str]) -> tuple[Step, ...]:
    from onnx import helper

    if strange := sorted({node.op_type for node in nodes if node.domain not in ("", "ai.onnx")
                          or node.op_type not in OPERATORS}):  # fmt: skip
        raise UserError(
            f"the network must be made of operators that can be trained here, and it holds {', '.join(strange)}: "
            "take another backbone, or its frozen features (--finetune none)"
        )
    last: dict[str, int] = {}
    for place, node in enumerate(nodes):
        last |= dict.fromkeys([*node.input, *node.output], place)
    computed = {name for node in nodes for name in node.output} | {start}
    dead: list[list[str]] = [[] for _ in nodes]
    for name, place in last.items():
        if name in computed and name not in outputs:
            dead[place].append(name)
    steps = []
    for node, names in zip(nodes, dead, strict=True):
        attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        attributes = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
        inputs, made = tuple(node.input), tuple(node.output)
        used = tuple(name for name in names if name in inputs or name in made)
        steps.append(Step(node.op_type, OPERATORS[node.op_type], inputs, made, attributes, used))
    return tuple(steps)


def _only_bounds(nodes: Sequence[NodeProto]) -> set[str]:
    """Return the tensors that are read as Python numbers alone, so that a GPU need not be waited for."""
    bounds, operands = set(), set()
    for node in nodes:
        if node.op_type in ("Clip", "Pad"):
            bounds.update(node.input[1:])
            operands.add(node.input[0])
        else:
            operands.update(node.input)
    return bounds - operands


def _learned(nodes: Sequence[NodeProto], start: str, constants: Mapping[str, Any]) -> list[str]:
    """Return the constants that training may change: weights, biases, scales; not those of the preprocessing."""
    candidates = {name for name, array in constants.items() if array.dtype == np.float32 and array.size > 1}
    origin = {name: name for name in candidates}  # also of tensors that only pass them on
    # Whether a tensor comes after a weighted operator; at a cut inside the network everything does.
    after = {start: start != "images"}
    learned: list[str] = []
    for node in nodes:
        inputs = [name for name in node.input if name]
        if node.op_type in _PASSING and inputs[0] in origin:
            origin[node.output[0]] = origin[inputs[0]]
            continue
        is_weighted = node.op_type in _WEIGHTED
        late = is_weighted or any(after.get(name, False) for name in inputs)
        after |= dict.fromkeys(node.output, late)
        if late:
            places = _LEARNED.get(node.op_type, ())
            learned += [origin[name] for place, name in enumerate(node.input) if place in places and name in origin]
    return list(dict.fromkeys(learned))


def untied(model: bytes, outputs: Sequence[str]) -> bytes:
    """Give every node weights of its own; bytes of a model in which none are shared stay as they are.

    Exporters store equal weights once, such as biases of zeros: trained in one place, they would change in all.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> untied(tiny_backbone_onnx(), ["head.mean"]) == tiny_backbone_onnx()
    True
    """
    proto = load(model)
    nodes, constants = between(proto, "images", outputs)
    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    learned = tensors.keys() & set(_learned(nodes, "images", constants))
    copies = 0
    readers: set[str] = set()
    for node in proto.graph.node:
        for place, name in enumerate(node.input):
            if name not in learned:
                continue
            if name in readers:
                copies += 1
                copy = proto.graph.initializer.add()
                copy.CopyFrom(tensors[name])
                copy.name = node.input[place] = f"{name}/copy{copies}"
            readers.add(name)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data if copies else model


def write_back(model: bytes, weights: Mapping[str, FloatArray]) -> bytes:
    """Replace initializers (or Constant nodes) of an ONNX file by trained weights, each in its former type.

    Raises RunError when a weight is not finite, or too large for that type.

    Examples
    --------
    >>> from headway.testing import tiny_backbone_onnx
    >>> network = tiny_backbone_onnx()
    >>> write_back(network, Graph(network, "images", ["head.mean"]).weights()) == network
    True
    """
    from onnx import numpy_helper

    proto = load(model)
    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    for node in proto.graph.node:
        if node.op_type == "Constant" and node.output[0] in weights:
            tensors[node.output[0]] = node.attribute[0].t
    for name, values in weights.items():
        tensor = tensors[name]
        with np.errstate(over="ignore"):
            stored = np.ascontiguousarray(values, numpy_helper.to_array(tensor).dtype)
        if not np.isfinite(stored.astype(np.float32)).all():
            raise RunError(f"the trained weights {name} are too large or no numbers: try a lower learning rate")
        tensor.CopyFrom(numpy_helper.from_array(stored, tensor.name))
    data: bytes = proto.SerializeToString(deterministic=True)
    return data
