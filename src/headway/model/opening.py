"""A model from its file, of which nothing is used before it is checked."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway import fork
from headway.errors import ModelError
from headway.images import SUFFIXES
from headway.model import file
from headway.model.engines import arithmetic, open_engine
from headway.model.graph import FEATURES
from headway.model.outputs import EMBEDDING, output_width
from headway.model.targets import model_path

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.backbones import FeatureEngine
    from headway.model.core import Model


def load(path: str | os.PathLike[str], *, ahead: bool = False) -> Model:
    """Read a model that Headway saved.

    Parameters
    ----------
    path : path
        The ``.onnx`` file, of at most 2 GiB.
    ahead : bool
        Whether to begin at once, in a thread, to make what computes features: for whoever predicts next, which is a
        tenth of a second sooner then.

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
    engine = _open_ahead(str(source), content, proto, metadata) if ahead else None
    from headway.model.assembling import assemble  # imports much, meanwhile

    model = assemble(proto, metadata, str(source))
    model.__dict__["_content"] = content
    if engine is not None:
        model.__dict__["_engine"] = engine
    return model


def _check_kind(path: Path) -> None:
    """Refuse what stands in the place of the model when arguments are swapped."""
    if path.is_dir():
        raise ModelError(
            f"{path} is a folder, not a model: `headway fit {path} -o model.onnx` makes one of its pictures"
        )
    if path.suffix.lower() in SUFFIXES:
        raise ModelError(f"{path} is a picture, not a model: give the .onnx file that `headway fit` wrote")


def _open_ahead(
    name: str, content: bytes, proto: ModelProto, metadata: Mapping[str, Any]
) -> fork.PerProcess[FeatureEngine] | None:
    """Begin to make the engine of a graph that is checked; None where it cannot be made of the graph alone.

    What goes wrong meanwhile is raised where the engine is first used: it is made again there.
    """
    embedding = next((node for node in proto.graph.node if node.name == EMBEDDING), None)
    features = metadata.get("features")
    if proto.graph.input[0].name == FEATURES or embedding is None or not isinstance(features, Mapping):
        return None
    engine: fork.PerProcess[FeatureEngine] = fork.PerProcess()
    outputs, width = list(embedding.input), output_width(proto, EMBEDDING)
    precision = arithmetic(str(features.get("precision")))  # imports OpenVINO, which must not wait for other imports

    def make() -> None:
        with suppress(Exception):
            engine.get(lambda: open_engine(name, content, outputs, precision, width))

    threading.Thread(target=make, name="headway-engine").start()
    return engine
