"""A convolutional network for pictures of another size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.nodes import IMAGES, same_padding, sides_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onnx import NodeProto


def resize(network: bytes, size: int) -> bytes:
    """Return an EfficientNet-Lite for another size of its pictures, in pixels.

    The weights stay. What depends on the size is how far TensorFlow's padding "same", which these networks were trained
    with, goes beyond a map of odd sides: each convolution gets the one for the map that it now sees.

    Examples
    --------
    >>> from headway.backbones import Engine, find, read
    >>> Engine(resize(read(find("efficientnet_lite0")), 64), ["head.mean"]).input_size
    (64, 64)
    """
    import onnx

    model = onnx.load_model_from_string(network)
    sides = {IMAGES: size}
    for node in model.graph.node:
        before = [sides[tensor] for tensor in node.input if tensor in sides]
        if before:
            side = _pad(node, before[0]) if node.op_type == "Conv" else before[0]
            sides |= dict.fromkeys(node.output, side)
    for value in (*model.graph.input, *model.graph.output):
        shape = value.type.tensor_type.shape.dim
        for place in _places(len(sides_of(value)) + 1, is_input=value.name == IMAGES):
            shape[place].dim_value = sides[value.name]
    return bytes(model.SerializeToString(deterministic=True))


def _places(rank: int, *, is_input: bool) -> Iterable[int]:
    """Return which axes are height and width: of pictures (N, H, W, 3), or of a map (N, C, H, W)."""
    if rank < 4:
        return ()
    return (1, 2) if is_input else (2, 3)


def _pad(node: NodeProto, side: int) -> int:
    """Pad a convolution of a map with such a side as "same" does; return the side of its result."""
    attributes = {attribute.name: attribute for attribute in node.attribute}
    pads, after = same_padding(attributes["kernel_shape"].ints[0], attributes["strides"].ints[0], side)
    if "pads" in attributes:  # a kernel of one pixel has none
        attributes["pads"].ints[:] = pads
    return after
