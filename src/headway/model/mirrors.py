"""Test-time augmentation in the graph: a network that averages its outputs over mirrored views of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from headway.errors import UnknownNameError, UserError
from headway.model.graph import IMAGES, make_model, opset_of, subgraph
from headway.model.parts import Part

if TYPE_CHECKING:
    from onnx import NodeProto

View = Literal["identity", "hflip", "vflip", "hvflip"]

# The axes of a batch of pictures (N, H, W, 3) that are reversed.
_AXES: dict[str, tuple[int, ...]] = {"identity": (), "hflip": (2,), "vflip": (1,), "hvflip": (2, 1)}


def views(network: bytes, names: Sequence[View], outputs: Sequence[str]) -> bytes:
    """Average a network's outputs over mirrored views of each picture: test-time augmentation.

    Parameters
    ----------
    network : bytes
        An ONNX file with the input ``images``, uint8 (N, H, W, 3).
    names : sequence of {"identity", "hflip", "vflip", "hvflip"}
        The views, each at most once: as it is, left and right exchanged, top and bottom, both.
    outputs : sequence of str
        Which of its outputs to keep, float32 (N, d) each.

    Returns
    -------
    bytes
        An ONNX file of the same input and outputs.

    Raises
    ------
    UnknownNameError
        When there is no such view or output.
    UserError
        When there is none, or one twice.

    Examples
    --------
    >>> from headway.backbones import Engine
    >>> from headway.testing import tiny_backbone_onnx
    >>> picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    >>> both = Engine(views(tiny_backbone_onnx(), ["identity", "hflip"], ["head.mean"]), ["head.mean"])
    >>> bool(np.allclose(both.run(picture), both.run(picture[:, :, ::-1]), atol=1e-5))
    True
    """
    import onnx
    from onnx import TensorProto, helper

    for name in names:
        if name not in _AXES:
            raise UnknownNameError("view", name, get_args(View))
    if not names or len(set(names)) != len(names):
        raise UserError(f"views must name at least one, each once, they are {', '.join(names) or 'none'}")
    source = onnx.load_model_from_string(network)
    declared = {output.name: output for output in source.graph.output}
    for output in outputs:
        if output not in declared:
            raise UnknownNameError("output of this network", output, declared)
    _, height, width, _ = (side.dim_value for side in source.graph.input[0].type.tensor_type.shape.dim)
    network_nodes, constants = subgraph(source.graph, outputs)
    for node in network_nodes:
        _rename(node, {IMAGES: "views/images", **{output: f"views/{output}" for output in outputs}})
    before, after = Part("views/"), Part("views/")
    _mirror(before, names, height, width)
    share = after.constant("share", np.array(1 / len(names), np.float32))
    first = after.constant("first", np.zeros(1, np.int64))
    outputs_info = []
    for output in outputs:
        d = declared[output].type.tensor_type.shape.dim[1].dim_value
        shape = after.constant(f"{output}.shape", np.array([len(names), -1, d], np.int64))
        by_view = after.node("Reshape", [f"views/{output}", shape], f"views/{output}.apart")
        total = after.node("ReduceSum", [by_view, first], f"views/{output}.sum", keepdims=0)
        after.node("Mul", [total, share], output, name=f"views/{output}.mean")  # the network has a node of its own name
        outputs_info.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", d]))
    model = make_model(
        [*before.nodes, *network_nodes, *after.nodes],
        list(source.graph.input),
        outputs_info,
        [*before.constants, *constants, *after.constants],
        opset_of(source),
    )
    return bytes(model.SerializeToString(deterministic=True))


def _mirror(part: Part, names: Sequence[View], height: int, width: int) -> None:
    """Add the nodes that stack the views into one batch: all images in the first view, then all in the second."""
    sides = {1: height, 2: width}
    axes = sorted({axis for name in names for axis in _AXES[name]})
    backwards = {axis: part.constant(f"backwards{axis}", np.arange(sides[axis], dtype=np.int64)[::-1]) for axis in axes}
    mirrored = []
    for name in names:
        current = IMAGES
        for axis in _AXES[name]:
            current = part.node("Gather", [current, backwards[axis]], f"views/{name}.{axis}", axis=axis)
        mirrored.append(current)
    part.node("Concat", mirrored, "views/images", axis=0)


def _rename(node: NodeProto, names: dict[str, str]) -> None:
    for tensors in (node.input, node.output):
        tensors[:] = [names.get(name, name) for name in tensors]
