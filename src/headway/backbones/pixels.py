"""The picture itself, scaled down, as features: what a network or a descriptor has to be better than.

It is a network without weights, so that a model of pixels is an ordinary ONNX file like any other.
"""

from __future__ import annotations

import hashlib

from headway.backbones.info import BackboneInfo

NAME = "pixels"
INPUT_SIZE = 32
_REVISION = 1  # to be raised by whoever changes the numbers


def info(image_size: int = 0) -> BackboneInfo:
    """Return the backbone metadata; ``image_size`` is the side of the pictures in pixels, 0 for the usual 32.

    Examples
    --------
    >>> info().dims, info(224).dims
    ({'pixels': 3072}, {'pixels': 150528})
    """
    size = image_size or INPUT_SIZE
    return BackboneInfo(
        name=NAME,
        title="the picture itself, scaled down",
        dims={NAME: 3 * size**2},
        map_shape=(0, 0, 0),
        input_size=size,
        parameters=0,
        licence="",
        imagenet_top1=None,
        source="computed",
        sha256=hashlib.sha256(f"{NAME} {_REVISION} {size}".encode()).hexdigest(),
        depths=(NAME,),
    )


def onnx_file(size: int) -> bytes:
    """Build the ONNX file: from ``images`` to ``pixels``, row by row, red, green and blue in turn, from 0 to 255.

    They are whole numbers, which bfloat16 has exactly; heads bring features to one scale themselves.

    Examples
    --------
    >>> from headway.backbones import Engine
    >>> import numpy as np
    >>> Engine(onnx_file(1), ["pixels"]).run(np.array([[[[255, 0, 7]]]], np.uint8)).tolist()
    [[255.0, 0.0, 7.0]]
    """
    from onnx import TensorProto

    from headway.backbones.nodes import Nodes, make_model, to_bytes

    graph = Nodes()
    graph.add("Flatten", [graph.add("Cast", ["images"], "backbone/float", to=TensorProto.FLOAT)], NAME, axis=1)
    outputs = {NAME: (3 * size**2,)}
    return to_bytes(make_model(graph.nodes, [], name=NAME, size=size, outputs=outputs, opset=graph.opset))
