"""Questions that are answered at once: what the model takes a picture for, and what to label next."""

from __future__ import annotations

import time
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset import Dataset
from headway.errors import DataError, PictureError
from headway.facts.studio import Neighbour, Tried, Wanted
from headway.model.prediction import to_prediction
from headway.model.steps import decode
from headway.session import Session
from headway.studio.work.collection import path_of
from headway.suggesting import suggest_within
from headway.types import Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.model import Model
    from headway.studio.work.collection import Pictures
    from headway.studio.work.preparing import Prepared

_TOP = 5  # classes that are named


def try_picture(model: Model, content: bytes, name: str, n: int, prepared: Prepared, labelled: Container[str]) -> Tried:
    """Say what a model takes a picture for; its features are computed once, for both answers."""
    begun = time.perf_counter()
    try:
        square = decode(model, content)
    except PictureError as error:
        raise PictureError(f"{name}: {error}") from error
    features = model.engine.run(square[np.newaxis])[0]
    probabilities = model.calibration.probabilities(model.logits(features[np.newaxis]))[0]
    predicted = to_prediction(name, probabilities, model.classes, _TOP)
    nearest: tuple[Neighbour, ...] = ()
    if (columns := _compared(model, prepared.backbone)) is not None:
        nearest = prepared.neighbours.nearest(features[columns], n, labelled)
    seconds = round(time.perf_counter() - begun, 3)
    return Tried(predicted.label, predicted.probability, predicted.top, nearest, seconds)


def _compared(model: Model, backbone: BackboneInfo | None) -> slice | None:
    """Return which of the model's features pictures are compared by; None where they are of another network."""
    if backbone is None or model.report.backbone.sha256 != backbone.sha256:
        return None
    (last,) = backbone.feature_sets["last"]
    if last not in model.features:
        return None
    start = sum(backbone.dims[name] for name in model.features[: model.features.index(last)])
    return slice(start, start + backbone.dims[last])


def suggest(
    project: Pictures,
    pool: Sequence[str],
    n: int,
    model: Model | None,
    backbone: BackboneInfo | None,
    *,
    cache: Path | None,
) -> tuple[Wanted, ...]:
    """Return which pictures of a pool are worth labelling next; none where the model knows all of them.

    A model of another backbone than that whose features are known is not asked: it would have to look at all pictures.
    """
    if not pool:
        return ()
    if model is not None and (backbone is None or model.report.backbone.sha256 != backbone.sha256):
        model = None
    pictures = [path_of(project, file) for file in pool]
    dataset = Dataset(pictures, np.full(len(pool), -1, np.int64), ())
    with Session.open(cache, offline=True, max_bad=1.0, progress=_Quiet()) as session:
        try:
            found = suggest_within(session, dataset, n, model=model).report.suggestions
        except DataError:
            return ()
    file_of = dict(zip(pictures, pool, strict=True))
    return tuple(Wanted(file_of[one.path], one.predicted_class) for one in found)


class _Quiet(Silent):
    def warn(self, message: str) -> None:
        """Ignore it: the page has the same from the checks."""
