"""Sections that several reports have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from headway.rendering import forecast
from headway.rendering import report as wording
from headway.rendering.blocks import Line
from headway.rendering.words import percent, percent_range, plural
from headway.reporting import drawings
from headway.reporting.mapping import picture_map
from headway.reporting.matrix import confusion
from headway.reporting.parts import (
    ClassSamples,
    Figures,
    Gallery,
    Page,
    Part,
    Samples,
    Section,
    Sentences,
    Sortable,
)
from headway.reporting.pictures import MOST_MISTAKES, page_data

if TYPE_CHECKING:
    from headway.facts.forecast import LearningCurve
    from headway.facts.scores import ClassScores, CrossValidation, PartScores, Scores
    from headway.reporting.naming import Names
    from headway.reporting.pictures import Pictures
    from headway.types import Quarantined


_MOST_UNREADABLE = 50
_MOST_SCORED = 500  # classes


def page(
    title: str,
    kind: str,
    headway: str,
    sections: tuple[Section, ...],
    pictures: Pictures | None,
    *,
    classes: tuple[str, ...] = (),
    counts: Mapping[tuple[int, int], int] | None = None,
) -> Page:
    """Return a page, with the data of its pictures, or of ``classes`` and ``counts`` of cells where there are none."""
    if pictures is None:
        data = page_data(classes, counts or {})
        return Page(title, kind, headway, wording.privacy(False, False), sections, data)
    privacy = wording.privacy(bool(pictures.thumbnails), pictures.has_names)
    return Page(title, kind, headway, privacy, sections, pictures.data(), tuple(pictures.thumbnails.values()))


def verdict(
    sentences: Sequence[str],
    scores: Scores | CrossValidation | PartScores | None,
    majority: float,
    noun: str = "test picture",
) -> Section:
    """Return what a reader wants to know first: the figure, and three sentences.

    ``majority`` is the accuracy of always naming the largest class; ``noun`` is what was scored.
    """
    parts: list[Part] = []
    if scores is not None:
        parts.append(_figures(scores, majority, noun))
    parts.append(Sentences(tuple(sentences)))
    return Section("verdict", "Verdict", tuple(parts))


def _figures(scores: Scores | CrossValidation | PartScores, majority: float, noun: str) -> Figures:
    return Figures(
        value=percent(scores.accuracy),
        what=wording.measured(scores, noun),
        interval=percent_range(scores.low, scores.high),
        low=scores.low,
        high=scores.high,
        at=scores.accuracy,
        baseline=majority,
    )


def wrong(classes: tuple[str, ...], counts: dict[tuple[int, int], int], pictures: Pictures | None) -> Section:
    """Return the confusion matrix."""
    parts = confusion(classes, counts, pictures) if counts else iter([Line(wording.NO_SCORES)])
    return Section("matrix-of-classes", "Confusion matrix", tuple(parts))


def cells(scores: Scores | None, pictures: Pictures | None) -> dict[tuple[int, int], int]:
    """Return the cells of the confusion matrix: of the scores, or of what was held out."""
    if scores is not None:
        return {(cell.true, cell.predicted): cell.count for cell in scores.confusion}
    return {} if pictures is None else pictures.counts


def mistakes(scores: Scores | None, pictures: Pictures | None) -> Section:
    """Return the wrong predictions that the model was surest of."""
    return Section("mistakes", "Most confident mistakes", tuple(_mistakes(scores, pictures)))


def _mistakes(scores: Scores | None, pictures: Pictures | None) -> Iterator[Part]:
    if pictures is not None and pictures.scored and (pictures.has_names or pictures.thumbnails):
        if not pictures.mistakes:
            yield Line(wording.ALL_RIGHT)
            return
        yield Line(wording.MISTAKES)
        classes, listed = pictures.classes, pictures.mistakes[:MOST_MISTAKES]
        yield Gallery(
            tuple(
                pictures.shown(
                    position,
                    wording.mistake(
                        classes[pictures.true[position]],
                        classes[pictures.predicted[position]],
                        float(pictures.probability[position]),
                    ),
                )
                for position in listed
            ),
            wording.more(len(listed), len(pictures.mistakes)),
        )
    elif scores is not None:
        if not scores.mistakes:
            yield Line(wording.ALL_RIGHT if scores.right == scores.n else wording.NO_NAMES)
            return
        yield Line(wording.MISTAKES)
        yield Sortable(
            wording.PREDICTIONS,
            ("true", "predicted", "probability"),
            tuple((one.true_class, one.predicted_class, f"{one.probability:.2f}") for one in scores.mistakes),
            left=2,
        )
    else:
        yield Line(wording.NO_SCORES)


def per_class(scores: Scores, fitted: dict[str, int]) -> Section:
    """Return how each class fares, of very many the worst.

    ``fitted`` are the pictures of each class that were learned from, where known.
    """
    shown: Sequence[ClassScores] = scores.per_class
    if len(shown) > _MOST_SCORED:
        shown = sorted(shown, key=lambda one: one.f1)[:_MOST_SCORED]
    columns = ["class", *(["pictures"] if fitted else []), "tested", "precision", "recall", "F1"]
    rows = [
        (
            one.name,
            *([f"{fitted.get(one.name, 0):,}"] if fitted else []),
            f"{one.support:,}",
            *(f"{value:.3f}" for value in (one.precision, one.recall, one.f1)),
        )
        for one in shown
    ]
    caption = wording.scored(len(shown), len(scores.per_class))
    return Section(
        "classes", "Class by class", (Line(wording.PER_CLASS), Sortable(caption, tuple(columns), tuple(rows)))
    )


def trust(scores: Scores) -> Iterator[Section]:
    """Yield whether probabilities can be believed, and what is gained by leaving unsure ones to people."""
    if parts := tuple(drawings.trust(scores)):
        yield Section("trust", "Can the probabilities be believed?", parts)


def more_pictures(curve: LearningCurve | None) -> Iterator[Section]:
    """Yield what more pictures would bring; nothing where that was not looked into."""
    if curve is not None:
        lines = (Line(f"{sentence[0].upper()}{sentence[1:]}.") for sentence in forecast.sentences(curve))
        yield Section("more-pictures", "What more pictures would bring", (*lines, *drawings.forecast(curve)))


def samples(pictures: Pictures, counts: dict[str, int]) -> Iterator[Part]:
    """Yield a few pictures of each class; nothing where there are no thumbnails, or no classes."""
    if not (pictures.thumbnails and pictures.classes):
        return
    yield ClassSamples(
        tuple(
            Samples(
                label,
                name,
                plural(counts.get(name, 0), "picture"),
                tuple(pictures.shown(position) for position in positions if position in pictures.thumbnails),
            )
            for label, (name, positions) in enumerate(zip(pictures.classes, pictures.samples, strict=True))
        )
    )


def the_map(pictures: Pictures) -> Section:
    """Return the map of the pictures."""
    return Section("map-of-pictures", "Map of the pictures", tuple(picture_map(pictures)))


def unreadable(images: Sequence[Quarantined], name: Names, pictures: Pictures | None) -> Iterator[Part]:
    """Yield the pictures that could not be read, the first with their reasons."""
    if not images:
        return
    shown = images[:_MOST_UNREADABLE] if pictures is not None and pictures.has_names else ()
    rows = tuple((name(image.path), image.reason) for image in shown)
    if not rows:
        yield Line(wording.unreadable(0, len(images)))
        return
    yield Sortable(wording.unreadable(len(rows), len(images)), ("picture", "why"), rows, left=2)
