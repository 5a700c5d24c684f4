"""A model from what a fit has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway._version import __version__
from headway.errors import ModelError
from headway.heads import DenseHead
from headway.images import POLICY
from headway.model import descriptors, file, graph, trust
from headway.model.core import Model

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.heads import Head
    from headway.preparation import Transform
    from headway.types import Precision, ResizePolicy


def check_backbone(backbone: BackboneInfo, network: bytes, features: Sequence[str]) -> None:
    """Make sure, before hours of work, that a model with this network can be read again.

    Parameters
    ----------
    backbone : BackboneInfo
        What is known of it.
    network : bytes
        Its ONNX file.
    features : sequence of str
        Its outputs that a head may read.

    Raises
    ------
    ModelError
        When it holds operators, or takes more time or memory, than Headway lets a model's file have.
    """
    width = sum(backbone.dims[name] for name in features)
    head = DenseHead("majority", (np.zeros((width, 2), np.float32),), (np.zeros(2, np.float32),))
    try:
        trust.check_graph(graph.compose(network, features, head, 1.0))
    except ModelError as error:
        raise ModelError(f"{backbone.name} cannot be part of a model, take another backbone: {error}") from error


def build(
    backbone: BackboneInfo,
    network: bytes | None,
    features: Sequence[str],
    head: Head,
    temperature: float,
    *,
    transform: Transform,
    classes: Sequence[str],
    resize: ResizePolicy,
    precision: Precision,
    about: Mapping[str, Any],
    report: Mapping[str, Any],
) -> Model:
    """Compose a model.

    Parameters
    ----------
    backbone : BackboneInfo
        What the features come from.
    network : bytes or None
        Its ONNX file; None for hand-made descriptors.
    features : sequence of str
        Its outputs that the head reads.
    head : Head
        The classifier on them.
    temperature : float
        What logits are divided by, above 0.
    transform : Transform
        From these outputs to what the head reads.
    classes : sequence of str
        Names, in the order of the head's outputs.
    resize, precision : str
        How the features were computed.
    about : mapping
        Further metadata: ``head`` (its kind and settings), ``recipe``, ``data``, ``scores``.
    report : mapping
        How the fit went.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        When the file would be larger than those that can be read.
    """
    words = transform.vocabularies
    width = sum(backbone.dims[name] for name in features) + sum(len(one.words) - one.count for one in words)
    proto = graph.compose(network, features, head, temperature, columns=transform.columns, width=width)
    metadata = {
        "classes": list(classes),
        "input": {"size": backbone.input_size, "resize": resize, "decoding": POLICY},
        "backbone": {
            "name": backbone.name,
            "kind": backbone.kind,
            "sha256": backbone.sha256,
            "features": list(features),
            "precision": precision,
        },
        **about,
        "versions": {"headway": __version__},
    }
    if network is None:
        proto.doc_string = descriptors.NOTE
        metadata["vocabularies"] = descriptors.pack(words)
    if proto.ByteSize() > file.MAX_BYTES - file.MAX_METADATA_BYTES:
        raise ModelError(
            f"the model would take {proto.ByteSize() / 1e9:.1f} GB, and a file of at most 2 GB can be read: "
            "choose a smaller backbone, --features last or --head logistic"
        )
    return Model(proto, metadata, head, temperature, report, transform=transform)
