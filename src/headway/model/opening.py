"""A model from its file, of which nothing is believed that was not checked."""

from __future__ import annotations

import os

from headway.errors import DataError, ModelError
from headway.model import descriptors, file, heads
from headway.model.core import Model
from headway.model.graph import FEATURES
from headway.model.targets import named
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
        When there is no such file, or it is damaged, no Headway model, from a newer Headway, or asks for what Headway's
        models never need: external data, custom operators, more memory or time than a network takes.

    Examples
    --------
    >>> load("no-such.onnx")
    Traceback (most recent call last):
    headway.errors.ModelError: no-such.onnx: there is no such file; `headway fit DATA -o no-such.onnx` makes one
    """
    source = named(path, ModelError)
    content = file.read(source)
    proto, metadata = file.decode(content, str(source))
    try:
        head, columns, temperature = heads.read(proto.graph, metadata["head"]["kind"])
        vocabularies = descriptors.unpack(metadata["vocabularies"]) if "vocabularies" in metadata else ()
        transform = Transform(vocabularies, columns)
        model = Model(proto, metadata, head, temperature, name=str(source), transform=transform)
        _check(model)
    except (ModelError, DataError) as error:
        raise ModelError(f"{source}: {error}") from None
    model.__dict__["content"] = content
    return model


def _check(model: Model) -> None:
    """Refuse a model whose metadata and graph, each sound by itself, disagree."""
    if len(model.classes) != model.head.n_classes:
        raise ModelError("its class names do not match the outputs of its head")
    given = model.proto.graph.input[0]
    if model.is_handmade != (given.name == FEATURES) or model.is_handmade != ("vocabularies" in model.metadata):
        raise ModelError("its metadata and its graph do not agree whether its features are hand-made")
    first = model.proto.graph.node[0]
    if model.is_handmade and (first.name != "embedding" or list(first.input) != [FEATURES]):
        raise ModelError("its graph holds more than a head for hand-made features")
    if not model.is_handmade and given.type.tensor_type.shape.dim[1].dim_value != model.size:
        raise ModelError(f"its input is not uint8 (N, {model.size}, {model.size}, 3)")
