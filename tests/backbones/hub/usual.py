"""The repository that most tests of the hub take, and whoever is told of it."""

from __future__ import annotations

import json
from collections.abc import Callable

from headway.types import Silent
from tests.backbones.exported import network
from tests.backbones.hub.configurations import DINOV2
from tests.backbones.hub.serving import Answer, Hub
from tests.backbones.transformers import SIZE

NAME = "hf:somebody/network"
OURS = {**DINOV2, "crop_size": {"height": SIZE, "width": SIZE}, "size": {"shortest_edge": 27}}
MODEL = network(sides=("height", "width")).SerializeToString()
FILES = {
    "README.md": b"# A network",
    "config.json": b'{"model_type": "dinov2"}',
    "preprocessor_config.json": json.dumps(OURS).encode(),
    "onnx/model.onnx": MODEL,
    "onnx/model_fp16.onnx": MODEL,
    "onnx/model_quantized.onnx": MODEL,
}


class Told(Silent):
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[tuple[str, int | None]] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append((stage, total))

    def note(self, message: str) -> None:
        self.notes.append(message)


def files_of(hub: Hub) -> dict[str, bytes]:
    return hub.repositories["somebody/network"]


def given(code: int, content: bytes = b"", **headers: str) -> Callable[[dict[str, str]], Answer]:
    return lambda _: (code, {name.replace("_", "-"): value for name, value in headers.items()}, content)
