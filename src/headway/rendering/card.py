"""A model's card, as the Hugging Face Hub wants it: front matter in YAML, then Markdown.

The sections are those of the Hub's template. What only people can know, such as where the pictures come from, is left
for them to fill in, and is said to be missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headway.bars import printable
from headway.rendering import fit as rendering
from headway.rendering.advice import advice
from headway.rendering.blocks import Block, Code, Heading, Line
from headway.rendering.markdown import escaped, markdown
from headway.rendering.usage import usage
from headway.rendering.verdict import verdict
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.documents import ModelReport
    from headway.facts.fit import FitReport

_TASK = "image-classification"
_MISSING = "More information needed"
# Identifiers of the Hub are those of SPDX in small letters, but it knows some of them only.
_LICENCES = ("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0",
             "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "gpl-3.0", "agpl-3.0", "lgpl-3.0", "mpl-2.0", "openrail")  # fmt: skip


def card(info: ModelReport) -> str:
    """Return the card of a model, to be saved as ``README.md`` beside its file."""
    file = os.path.basename(info.model)  # where it lies is nobody's business
    front = "\n".join(_yaml(_front(printable(file), info.report)))
    return f"---\n{front}\n---\n\n# Model card for {escaped(file)}\n\n{markdown(_sections(file, info))}"


def _front(name: str, report: FitReport) -> dict[str, Any]:
    licence = printable(report.backbone.licence).lower()
    known = {"license": licence} if licence in _LICENCES else {"license": "other", "license_name": licence}
    front: dict[str, Any] = {"library_name": "headway", "pipeline_tag": _TASK, **(known if licence else {})}
    front["tags"] = [_TASK, "headway", "onnx", "transfer-learning", printable(report.backbone.name)]
    if metrics := _metrics(report):
        split = "cross-validation" if report.test is None else "test"
        data = {"type": "own", "name": f"{plural(report.data.n, 'picture')} of the author", "split": split}
        task = {"type": _TASK, "name": "Image classification"}
        front["metrics"] = [metric["type"] for metric in metrics]
        front["model-index"] = [{"name": name, "results": [{"task": task, "dataset": data, "metrics": metrics}]}]
    return front


def _metrics(report: FitReport) -> list[dict[str, Any]]:
    if report.test is not None:
        return [
            {"type": "accuracy", "name": "Accuracy", "value": round(report.test.accuracy, 4)},
            {"type": "f1", "name": "Macro F1", "value": round(report.test.macro_f1, 4)},
        ]
    if report.cross_validation is not None:
        return [{"type": "accuracy", "name": "Accuracy", "value": round(report.cross_validation.accuracy, 4)}]
    return []


def _yaml(value: Any) -> Iterator[str]:
    """Yield the lines of a mapping or list in YAML, of which strings and numbers in JSON are a part."""
    entries = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in entries:
        start = "-" if key is None else f"{key}:"
        if not isinstance(item, dict | list):
            yield f"{start} {json.dumps(item, ensure_ascii=False)}"
            continue
        first, *others = _yaml(item)
        if key is None:  # the entry begins on the line of its dash
            yield f"- {first}"
        else:
            yield start
            yield f"  {first}"
        yield from (f"  {line}" for line in others)


def _sections(name: str, info: ModelReport) -> Iterator[Block]:
    report = info.report
    good, trust, wrong = verdict(report)
    yield Line(f"Names the class of a picture, of {plural(len(report.classes), 'class', 'classes')}. {good}")
    yield Heading("Model details")
    yield Line(f"Developed by: {_MISSING}")
    yield Line(f"Model type: {report.head.kind} on features of {report.backbone.name}, in one ONNX file")
    yield Line(f"Licence of the pretrained weights: {report.backbone.licence or _MISSING}")
    yield Line(f"Licence of the model: {_MISSING}")
    yield Line(f"Made by: Headway {report.headway}")
    yield Heading("Uses")
    yield Line("Pictures like those that it learned from, each of one of the classes below.")
    yield Line(
        "Out of scope: pictures of anything else. It names one of its classes whatever it is shown, and its "
        "probabilities hold for pictures like those of the test only."
    )
    yield Heading("Bias, risks and limitations")
    yield from map(Line, (trust, wrong))
    if lines := [Line(str(one)) for one in advice(report)]:
        yield Heading("Recommendations")
        yield from lines
    yield Heading("How to get started with the model")
    for snippet in usage(name, report):
        yield Line(f"{snippet.title}:")
        yield Code(snippet.text, snippet.language)
    yield Heading("Training data")
    yield Line(f"Where the pictures come from, and who labelled them: {_MISSING}")
    yield from rendering.training_data(report)
    yield Heading("Training procedure")
    yield rendering.recipe(report)
    yield Heading("Evaluation")
    yield from rendering.evaluated(report)
    yield Heading("Technical specifications")
    yield from rendering.specifications(replace(info, model=name))
