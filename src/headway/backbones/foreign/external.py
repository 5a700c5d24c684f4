"""Weights in files beside an ONNX file, brought into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto


def bring_in(model: ModelProto, beside: Mapping[str, Path]) -> None:
    """Fill the tensors of a graph whose content is in one of some files, by their names; no other file is read."""
    contents = {name: path.read_bytes() for name, path in beside.items()}
    for tensor in model.graph.initializer:
        if tensor.data_location == tensor.EXTERNAL:
            _fill(tensor, contents)


def _fill(tensor: TensorProto, contents: Mapping[str, bytes]) -> None:
    said = {entry.key: entry.value for entry in tensor.external_data}
    content = contents.get(said.get("location", ""))
    if content is None:
        raise ModelError(
            f"its weights are in {said.get('location', '')[:100]!a}, and the files beside it are "
            f"{', '.join(contents) or 'none'}"
        )
    try:
        start = int(said.get("offset", "0"))
        length = int(said.get("length", len(content) - start))
    except ValueError:
        start = length = -1
    if start < 0 or length < 0 or start + length > len(content):
        raise ModelError(f"the content of its tensor {tensor.name[:100]!a} ends after the file beside it")
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")
    tensor.raw_data = content[start : start + length]
