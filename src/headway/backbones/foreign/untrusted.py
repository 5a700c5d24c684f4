"""An ONNX file that is not trusted: read, and its shapes known, within the bounds of a model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from headway.backbones.bounds.rules import FLOAT
from headway.backbones.bounds.walk import Tensor, walk
from headway.backbones.foreign.folding import OPERATORS, fold
from headway.errors import ModelError
from headway.places import regular_status

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.backbones.bounds.values import Shape

MOST_BYTES = 1 << 30
OLDEST_OPSET = 13


def content_of(path: Path) -> bytes:
    """Read a file of at most 1 GiB."""
    try:
        size = regular_status(path).st_size
        if size > MOST_BYTES:
            raise ModelError(f"a backbone's file has at most 1 GiB, {path} has {size / 2**30:.1f}")
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except (OSError, ValueError) as error:
        raise ModelError(f"the backbone cannot be read: {path}: {getattr(error, 'strerror', error)}") from error


def opset_of(model: ModelProto) -> int:
    """Return the version of a network's operators; `ModelError` where their meaning was another one then."""
    opset = next((int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if opset < OLDEST_OPSET:
        raise ModelError(
            f"it is written in opset {opset}, and {OLDEST_OPSET} or later is needed: onnx.version_converter converts it"
        )
    return opset


def shapes_of(model: ModelProto, sides: Shape, kind: int) -> dict[str, Shape]:
    """Return the shapes, for one picture, of the float32 tensors that depend on it.

    Parameters
    ----------
    model : onnx.ModelProto
        With one input, in plain parts.
    sides : tuple of int
        The shape of the input for one picture.
    kind : int
        Its type, of onnx.TensorProto.DataType.

    Raises
    ------
    ModelError
        When it exceeds the bounds, or a shape cannot be known.
    """
    tensors = walk(model.graph, Tensor(sides, kind), OPERATORS, partial(fold, opset_of(model)))
    return {name: tensor.shape for name, tensor in tensors.items() if tensor.dtype == FLOAT and not tensor.is_constant}
