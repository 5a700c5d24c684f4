"""A model from its file, of which nothing is used before it is checked."""

from __future__ import annotations

import os
from pathlib import Path

from headway.errors import DataError, ModelError
from headway.images import SUFFIXES
from headway.model import descriptors, file, heads, learned, trust
from headway.model.core import Model
from headway.model.graph import FEATURES
from headway.model.outputs import EMBEDDING
from headway.model.targets import model_path
from headway.preparation import Transform


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that Headway saved.

    Parameters
    ----------
    path : path
        The ``.onnx`` file, of at most 2 GiB.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        When there is no such file, or it is damaged, not a Headway model, from a newer Headway, or asks for what
        Headway's models never need: external data, custom operators, more memory or time than a network takes.

    Examples
    --------
    >>> load("no-such.onnx")
    Traceback (most recent call last):
    headway.errors.ModelError: no-such.onnx: there is no such file; `headway fit DATA -o no-such.onnx` makes one
    """
    source = model_path(path, ModelError)
    _check_kind(source)
    content = file.read(source)
    proto, metadata = file.decode(content, str(source))
    try:
        report = trust.check_report(metadata)
        head, columns, calibration = heads.read(proto.graph, report.head.kind)
        vocabularies = descriptors.unpack(metadata["vocabularies"]) if "vocabularies" in metadata else ()
        images = {name: learned.check(name, metadata.get(name)) for name in ("learned_from", "tested_on")}
        transform = Transform(vocabularies, columns)
        model = Model(proto, report, head, calibration, **images, transform=transform, name=str(source))
        _check(model, has_vocabularies="vocabularies" in metadata)
    except (ModelError, DataError) as error:
        raise ModelError(f"{source}: {error}") from None
    model.__dict__["_content"] = content
    return model


def _check_kind(path: Path) -> None:
    """Refuse what stands in the place of the model when arguments are swapped."""
    if path.is_dir():
        raise ModelError(
            f"{path} is a folder, not a model: `headway fit {path} -o model.onnx` makes one of its pictures"
        )
    if path.suffix.lower() in SUFFIXES:
        raise ModelError(f"{path} is a picture, not a model: give the .onnx file that `headway fit` wrote")


def _check(model: Model, *, has_vocabularies: bool) -> None:
    """Refuse a model whose metadata and graph, each sound by itself, disagree."""
    if len(model.classes) != model.head.n_classes:
        raise ModelError("its class names do not match the outputs of its head")
    declared = model.proto.graph.input[0]
    if model.is_handmade != (declared.name == FEATURES) or model.is_handmade != has_vocabularies:
        raise ModelError("its metadata and its graph do not agree whether its features are hand-made")
    first = model.proto.graph.node[0]
    if model.is_handmade and (first.name != EMBEDDING or list(first.input) != [FEATURES]):
        raise ModelError("its graph holds more than a head for hand-made features")
    joined = next(node for node in model.proto.graph.node if node.name == EMBEDDING)
    if not model.is_handmade and list(joined.input) != list(model.features):
        raise ModelError("its metadata headway.features.outputs are not those that its head reads")
    if not model.is_handmade and declared.type.tensor_type.shape.dim[1].dim_value != model.size:
        raise ModelError(f"its input is not uint8 (N, {model.size}, {model.size}, 3)")
