"""How to use a model: what to type in a shell, in Python, and in Python without Headway."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headway.types import AS_USUAL, Reading

if TYPE_CHECKING:
    from headway.facts.fit import FitReport, Input

_SQUARE = {
    "squash": "picture.resize(({size}, {size}), Image.Resampling.BILINEAR)",
    "crop": "ImageOps.fit(picture, ({size}, {size}), Image.Resampling.BILINEAR)",
    "letterbox": 'ImageOps.pad(picture, ({size}, {size}), Image.Resampling.BILINEAR, "white")',
}


@dataclass(frozen=True)
class Snippet:
    """Something to type.

    Parameters
    ----------
    title : str
        Where: ``"Command line"``, for instance.
    language : {"sh", "python"}
        Of the text.
    text : str
        One or several lines, without a newline at the end.
    """

    title: str
    language: Literal["sh", "python"]
    text: str


def usage(model: str, report: FitReport) -> tuple[Snippet, ...]:
    """Return how to use a model whose file has this name; a name that cannot be printed is stood in for."""
    return tuple(_snippets(model if model.isprintable() else "model.onnx", report))


def _snippets(model: str, report: FitReport) -> Iterator[Snippet]:
    yield Snippet("Command line", "sh", f"headway predict {shlex.quote(model)} new/*.jpg")
    yield Snippet("Python", "python", _python(model))
    if report.backbone.kind == "network":  # hand-made features are computed by Headway alone
        yield Snippet("ONNX Runtime, without Headway", "python", _onnx_runtime(model, report.input))


def _python(model: str) -> str:
    return f"""\
import headway

model = headway.load({model!r})
for prediction in model.predict(["new/1.jpg", "new/2.jpg"]):
    print(prediction.name, prediction.label, prediction.probability)"""


def _onnx_runtime(model: str, given: Input) -> str:
    imports, picture = "from PIL import Image, ImageOps", _SQUARE[given.resize].format(size=given.size)
    steps = f"""\
picture = ImageOps.exif_transpose(Image.open("new/1.jpg")).convert("RGBA")  # upright
ground = Image.new("RGBA", picture.size, "white")
picture = Image.alpha_composite(ground, picture).convert("RGB")  # transparency on white
picture = {picture}"""
    reading = Reading(given.bands, given.value_range)
    if given.is_as_keras:
        imports = "from PIL import Image"
        steps = f"""\
# As Keras' load_img does.
picture = Image.open("new/1.jpg").convert("RGB").resize(({given.size}, {given.size}), Image.Resampling.NEAREST)"""
    elif reading != AS_USUAL:
        imports = "from headway import images\nfrom headway.types import Reading"
        steps = f"""\
# Pictures of many bands, or of more than 8 bits, are decoded by Headway: pixels uint8 ({given.size}, {given.size}, 3).
picture = images.load("new/1.jpg", {given.size}, {given.resize!r}, {reading!r})"""
    return f"""\
import json

import numpy as np
import onnxruntime
{imports}

session = onnxruntime.InferenceSession({model!r}, providers=["CPUExecutionProvider"])
classes = json.loads(session.get_modelmeta().custom_metadata_map["headway.classes"])
{steps}
[probabilities] = session.run(["probabilities"], {{"images": np.asarray(picture)[np.newaxis]}})
print(classes[probabilities[0].argmax()], probabilities[0].max())"""
