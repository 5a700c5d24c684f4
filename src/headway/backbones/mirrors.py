"""Test-time augmentation in the graph: a network that averages its outputs over mirrored views of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from headway.backbones.nodes import IMAGES, Nodes, make_model, needed, opset_of, sides_of
from headway.errors import UnknownNameError, UserError

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
        An ONNX file with the input ``images``, uint8 (N, size, size, 3).
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

    for name in names:
        if name not in _AXES:
            raise UnknownNameError("view", name, get_args(View))
    if not names or len(set(names)) != len(names):
        raise UserError(f"views must name at least one, each once, they are {', '.join(names) or 'none'}")
    source = onnx.load_model_from_string(network)
    opset = opset_of(source)
    declared = {output.name: sides_of(output) for output in source.graph.output}
    for output in outputs:
        if output not in declared:
            raise UnknownNameError("output of this network", output, declared)
    size = sides_of(source.graph.input[0])[0]
    network_nodes, tensors = needed(source.graph.node, outputs)
    for node in network_nodes:
        _rename(node, {IMAGES: "views/images", **{output: f"views/{output}" for output in outputs}})
    before, after = Nodes(opset), Nodes(opset)
    _mirror(before, names, size)
    share = after.constant("views/share", np.array(1 / len(names), np.float32))
    first = after.constant("views/first", np.zeros(1, np.int64))
    for output in outputs:
        (d,) = declared[output]
        shape = after.constant(f"views/{output}.shape", np.array([len(names), -1, d], np.int64))
        by_view = after.add("Reshape", [f"views/{output}", shape], f"views/{output}.apart")
        total = after.add("ReduceSum", [by_view, first], f"views/{output}.sum", keepdims=0)
        after.add("Mul", [total, share], output, name=f"views/{output}.mean")  # the network has a node of its own name
    model = make_model(
        [*before.nodes, *network_nodes, *after.nodes],
        [
            *before.constants,
            *(tensor for tensor in source.graph.initializer if tensor.name in tensors),
            *after.constants,
        ],
        name="headway",
        size=size,
        outputs={output: declared[output] for output in outputs},
        opset=opset,
    )
    return bytes(model.SerializeToString(deterministic=True))


def _mirror(nodes: Nodes, names: Sequence[View], size: int) -> None:
    """Add the nodes that stack the views into one batch: all images in the first view, then all in the second."""
    axes = sorted({axis for name in names for axis in _AXES[name]})
    order = np.arange(size, dtype=np.int64)[::-1]
    backwards = {axis: nodes.constant(f"views/backwards{axis}", order) for axis in axes}
    mirrored = []
    for name in names:
        current = IMAGES
        for axis in _AXES[name]:
            current = nodes.add("Gather", [current, backwards[axis]], f"views/{name}.{axis}", axis=axis)
        mirrored.append(current)
    nodes.add("Concat", mirrored, "views/images", axis=0)


def _rename(node: NodeProto, names: dict[str, str]) -> None:
    for tensors in (node.input, node.output):
        tensors[:] = [names.get(name, name) for name in tensors]
