"""Files whose digest is right, whatever is in them: what someone can send who has read how it is made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from headway.errors import ModelError
from headway.model import Model, load


def forged(fitted: Model, change: Callable[[onnx.ModelProto], object]) -> bytes:
    """Return the file of a model whose content was changed."""
    model = onnx.load_model_from_string(fitted.content)
    change(model)
    kept = [entry for entry in model.metadata_props if entry.key != "headway.sha256"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    return sealed(model.SerializeToString(deterministic=True))


def sealed(body: bytes) -> bytes:
    """Return a file with its digest."""
    seal = onnx.ModelProto()
    seal.metadata_props.add(key="headway.sha256", value=hashlib.sha256(body).hexdigest())
    return bytes(body + seal.SerializeToString())


def entry(key: str, value: str) -> Callable[[onnx.ModelProto], object]:
    """Change a whole entry of the metadata."""

    def change(model: onnx.ModelProto) -> None:
        next(found for found in model.metadata_props if found.key == f"headway.{key}").value = value

    return change


def inside(key: str, **values: Any) -> Callable[[onnx.ModelProto], object]:
    """Change some of what an entry holds."""

    def change(model: onnx.ModelProto) -> None:
        found = next(found for found in model.metadata_props if found.key == f"headway.{key}")
        found.value = json.dumps({**json.loads(found.value), **values})

    return change


def refused(fitted: Model, tmp_path: Path, change: Callable[[onnx.ModelProto], object], says: str) -> None:
    """Make sure that the file of a changed model is refused in one line that names it."""
    path = tmp_path / "hostile.onnx"
    path.write_bytes(forged(fitted, change))
    with pytest.raises(ModelError, match=says) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.isprintable()
