"""A model from the results of a fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import Calibration
from headway.errors import ModelError
from headway.heads import DenseHead
from headway.model import descriptors, file, graph, learned, trust
from headway.model.core import Model

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.facts.fit import FitReport
    from headway.heads import Head
    from headway.preparation import Transform


def check_backbone(backbone: BackboneInfo, network: bytes, features: Sequence[str]) -> None:
    """Make sure, before hours of work, that a model with this network's outputs ``features`` can be read again.

    Raises
    ------
    ModelError
        When it holds operators, or takes more time or memory, than a model file may.
    """
    width = sum(backbone.dims[name] for name in features)
    head = DenseHead("majority", (np.zeros((width, 2), np.float32),), (np.zeros(2, np.float32),))
    try:
        trust.check_graph(graph.compose(network, features, head, Calibration.identity()))
    except ModelError as error:
        raise ModelError(f"{backbone.name} cannot be part of a model, take another backbone: {error}") from error


def build(
    backbone: BackboneInfo,
    network: bytes | None,
    features: Sequence[str],
    head: Head,
    calibration: Calibration,
    *,
    transform: Transform,
    report: FitReport,
    learned_from: Iterable[bytes],
    tested_on: Iterable[bytes] = (),
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
    calibration : Calibration
        What makes probabilities of its logits.
    transform : Transform
        From these outputs to what the head reads.
    report : FitReport
        How the fit went.
    learned_from, tested_on : iterable of bytes
        SHA-256 of the images that the model learned from, and of those that it was tested on.

    Raises
    ------
    ModelError
        When the file would be larger than those that can be read.
    """
    vocabularies = transform.vocabularies
    width = sum(backbone.dims[name] for name in features) + sum(len(one.words) - one.count for one in vocabularies)
    proto = graph.compose(network, features, head, calibration, columns=transform.columns, width=width)
    if network is None:
        proto.doc_string = descriptors.NOTE
    if proto.ByteSize() > file.MAX_BYTES - file.MAX_METADATA_BYTES:
        raise ModelError(
            f"the model would take {proto.ByteSize() / 1e9:.1f} GB, and a file of at most 2 GB can be read: "
            "choose a smaller backbone, --features last or --head logistic"
        )
    images = learned.pack(learned_from), learned.pack(tested_on)
    return Model(proto, report, head, calibration, *images, transform)
