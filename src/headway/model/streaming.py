"""Pictures through a model, one after the other, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from headway import fork
from headway.errors import PictureError
from headway.images.source import picture_name
from headway.model.inputs import as_pictures
from headway.pipeline import stream
from headway.types import Quarantined

if TYPE_CHECKING:
    from headway.backbones import FeatureEngine
    from headway.types import FloatArray, Picture, Reading, ResizePolicy

Classify = Callable[["FloatArray"], "FloatArray"]


def probabilities(
    pictures: Iterable[Picture] | Picture,
    open_engine: Callable[[], FeatureEngine],
    classify: Classify,
    *,
    size: int,
    resize: ResizePolicy,
    reading: Reading,
) -> Iterator[tuple[str, FloatArray | Quarantined]]:
    """Return the names of pictures, and what ``classify`` makes of their features (D,), or why they cannot be read.

    Raises
    ------
    DataError
        At once, when ``pictures`` are no pictures.
    """
    given = as_pictures(pictures)
    names: deque[str] = deque()
    failure: list[Exception] = []

    def named() -> Iterator[Picture]:
        try:
            for number, picture in enumerate(given):
                names.append(picture_name(picture, number))
                yield picture
        except Exception as error:  # noqa: BLE001 - raised below, once those that were read ahead are done
            failure.append(error)

    def classified() -> Iterator[tuple[str, FloatArray | Quarantined]]:
        origin = fork.Origin()
        for _, outcome in stream(named(), open_engine, size=size, resize=resize, reading=reading):
            name = names.popleft()
            if isinstance(outcome, PictureError):
                yield name, Quarantined(name, str(outcome))
            else:
                yield name, classify(outcome)
            origin.require("this stream of predictions")
        if failure:
            raise failure[0]

    return classified()
