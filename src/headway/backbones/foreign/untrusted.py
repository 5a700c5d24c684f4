"""Checks of an ONNX file that is not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import ModelError
from headway.places import regular_status

if TYPE_CHECKING:
    from onnx import ModelProto

MOST_BYTES = 1 << 30
MOST_NODES = 10_000


def content_of(path: Path) -> bytes:
    """Read a file of at most 1 GiB."""
    try:
        size = regular_status(path).st_size
        if size > MOST_BYTES:
            raise ModelError(f"a backbone's file has at most 1 GiB, {path} has {size / 2**30:.1f}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"the backbone cannot be read: {path}: {getattr(error, 'strerror', error)}") from error


def parse(content: bytes, path: Path) -> ModelProto:
    """Parse a file."""
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ModelError(f"{path} is not an ONNX file, or is truncated") from error
    if not model.graph.node:
        raise ModelError(f"{path} is not an ONNX file: it holds no network")
    return model


def check_graph(model: ModelProto) -> None:
    """Refuse graphs with what no network needs."""
    graph = model.graph
    if model.functions or any(node.domain not in ("", "ai.onnx") for node in graph.node):
        raise ModelError("it has custom operators, which are not run")
    if len(graph.node) > MOST_NODES:
        raise ModelError(f"it has {len(graph.node):,} operators, more than {MOST_NODES:,}")
    for tensor in (*graph.initializer, *(a.t for node in graph.node for a in node.attribute)):
        if tensor.data_location != tensor.DEFAULT or tensor.external_data:
            raise ModelError("its weights are in files beside it, which are not read: save it as one file")
    if graph.sparse_initializer or any(a.HasField("g") or a.graphs for node in graph.node for a in node.attribute):
        raise ModelError("it has branches, loops or sparse tensors, which a backbone may not have")
