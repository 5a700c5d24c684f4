"""What to make of a result: how good it is, whether to trust that, and what goes wrong most.

One sentence each, with numbers, for whoever reads a report without having seen Headway before. A sentence says only
what the facts bear out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from headway.facts.fit import FitReport
from headway.rendering import data
from headway.rendering.scores import caveats
from headway.rendering.words import percent, percent_range, plural, some

if TYPE_CHECKING:
    from headway.facts.documents import EvaluationReport
    from headway.facts.scores import ClassScores, CrossValidation, PartScores, Scores

UNSURE = 0.1  # width of an interval from which on its ends are said again
_ALIKE = 2  # classes with the lowest F1 of which one is still named
_ILL_CALIBRATED = 0.1  # expected calibration error from which on probabilities are doubted

_HELD_BACK = "were held back for it, none of which is in training"
_UNSEEN = "it was measured on pictures that the classifier had not learned from"


def verdict(report: FitReport) -> tuple[str, str, str]:
    """Say how good a classifier is, whether to trust that, and what goes wrong most."""
    test = report.test
    if test is not None:
        return (
            _how_good(test, "test picture"),
            _trust(
                [*_overlaps(report), *_near_copies(test), *_doubts(test, test.majority_accuracy)],
                [f"{plural(test.n, 'picture')} {_HELD_BACK}", _calibration(test)],
            ),
            _wrong(report.classes, test),
        )
    wrong = "What goes wrong most was not scored, as no test pictures were held back."
    watched = report.cross_validation or (report.training and report.training.validation)
    if not watched:
        return "How good it is was not measured.", "There is no figure to trust, as no pictures were held back.", wrong
    doubts = _overlaps(report)
    if report.cross_validation is None or (report.cross_validation.folds == 1 and report.training is not None):
        doubts.append("the epoch was chosen by these very pictures, so it is a little too good")
    if report.cross_validation is not None:
        doubts += _near_copies(report.cross_validation)
    doubts += _doubts(watched, _largest(report))
    return _watched(report, watched), _trust(doubts, [_UNSEEN]), wrong


def evaluation_verdict(report: EvaluationReport) -> tuple[str, str, str]:
    """Say how good a model is on labelled pictures, whether to trust that, and what goes wrong most."""
    scores = report.scores
    doubts = [*caveats(report), *filter(None, [_left_out(report)])]
    return (
        _how_good(scores, "picture"),
        _trust(
            [*doubts, *_doubts(scores, scores.majority_accuracy)],
            ["the model learned from none of these pictures", _calibration(scores)],
        ),
        _wrong(report.classes, scores),
    )


def _left_out(report: EvaluationReport) -> str:
    pictures = plural(sum(report.unknown.values()), "picture")
    return f"{pictures} of classes unknown to the model were left out" if report.unknown else ""


def _how_good(scores: Scores, noun: str) -> str:
    pictures = plural(scores.n, noun)
    found = f"{scores.right:,} of {pictures}"
    if scores.right in (0, scores.n):
        found = f"{'All' if scores.right else 'None of the'} {pictures}"
    are = "is" if scores.right == 1 or scores.n == 1 else "are"
    return (
        f"{found} {are} right: {percent(scores.accuracy)} (95 % interval {percent_range(scores.low, scores.high)}); "
        f"always naming the largest class would get {percent(scores.majority_accuracy)}."
    )


def _watched(report: FitReport, scores: CrossValidation | PartScores) -> str:
    """Say how good a classifier is that was not tested, by its cross-validation or its validation part."""
    figure = f"{percent(scores.accuracy)} (95 % interval {percent_range(scores.low, scores.high)})"
    right = f"the {plural(scores.n, 'validation picture')} are right"
    if report.cross_validation is not None and (folds := report.cross_validation.folds) > 1:
        right = f"{plural(scores.n, 'picture')} are right, each held out once in a {folds}-fold cross-validation"
    return f"{figure} of {right}; the largest class is {percent(_largest(report))} of all."


def _largest(report: FitReport) -> float:
    return report.data.counts.get(report.data.majority, 0) / max(report.data.n, 1)


def _trust(doubts: Sequence[str], reasons: Sequence[str]) -> str:
    if doubts:
        return f"Trust this figure with care: {'; '.join(doubts)}."
    return f"This figure can be trusted: {', and '.join(reasons)}."


def _overlaps(report: FitReport) -> list[str]:
    return [data.overlap(overlap) for overlap in report.data.overlaps]


def _near_copies(scores: Scores | CrossValidation) -> Iterator[str]:
    """Yield that some pictures, though in no file the same, are near copies of what was learned from."""
    if scores.near_training:
        are = "is a near copy" if scores.near_training == 1 else "are near copies"
        others = "there are no others"
        if scores.unseen is not None:
            others = f"of the others {percent(scores.unseen.accuracy)} are right"
        yield f"{plural(scores.near_training, 'picture')} {are} of training pictures, and {others}"


def _doubts(scores: Scores | CrossValidation | PartScores, largest: float) -> Iterator[str]:
    """Yield what makes the accuracy, or the probabilities, doubtful; ``largest`` is what the largest class gets."""
    if scores.high < largest:
        yield "always naming the largest class would do better"
    elif scores.low <= largest:
        yield "it may be no better than always naming the largest class"
    if scores.high - scores.low > UNSURE:
        yield (
            f"with only {plural(scores.n, 'picture')}, the true one may be as low as {percent(scores.low)} or as high "
            f"as {percent(scores.high)}"
        )
    if scores.ece > _ILL_CALIBRATED:
        yield _calibration(scores)


def _calibration(scores: Scores | CrossValidation | PartScores) -> str:
    return f"the probabilities are off by {100 * scores.ece:.1f} percentage points on average"


def _wrong(classes: Sequence[str], scores: Scores) -> str:
    """Say which classes are confused most, and which fares worst."""
    if scores.right == scores.n:
        return f"Nothing goes wrong on these {plural(scores.n, 'picture')}."
    cells = {(cell.true, cell.predicted): cell.count for cell in scores.confusion}
    mistakes = plural(scores.n - scores.right, "mistake")
    return f"{_confused(classes, cells, mistakes)}{_weakest_sentence(scores)}."


def wrong_when_held_out(classes: Sequence[str], cells: Mapping[tuple[int, int], int]) -> str:
    """Say which classes were confused most, of a classifier that was not tested, while pictures were held out."""
    wrong = sum(count for (true, predicted), count in cells.items() if true != predicted)
    if not wrong:
        return "Nothing went wrong on the pictures that were held out."
    mistakes = f"{plural(wrong, 'mistake')} on pictures that were held out"
    return f"{_confused(classes, cells, mistakes)}."


def _confused(classes: Sequence[str], cells: Mapping[tuple[int, int], int], mistakes: str) -> str:
    wrong = {cell: count for cell, count in cells.items() if cell[0] != cell[1]}
    most = max(wrong, key=lambda cell: wrong[cell], default=None)
    if most is None or (wrong[most] == 1 and len(wrong) > 1):
        return f"No two classes stand out among the {mistakes}"
    true, predicted = (some([classes[place]]) for place in most)
    return f"Of the {mistakes}, {wrong[most]:,} {'is' if wrong[most] == 1 else 'are'} {true} taken for {predicted}"


def _weakest_sentence(scores: Scores) -> str:
    weakest = weakest_class(scores)
    if weakest is None:
        return ""
    found = round(weakest.recall * weakest.support)
    recognised = f"{found:,} of its {plural(weakest.support, 'picture')} {'is' if found == 1 else 'are'} recognised"
    right = percent(weakest.precision) if weakest.precision else "none"
    return f"; the weakest class is {some([weakest.name])}: {recognised}, and {right} of what is taken for it is right"


def weakest_class(scores: Scores) -> ClassScores | None:
    """Return the class of the lowest F1, the larger of two; None where more fare as badly, or none was scored."""
    weakest = min(scores.per_class, key=lambda one: (one.f1, -one.support), default=None)
    if weakest is None or sum(one.f1 == weakest.f1 for one in scores.per_class) > _ALIKE:
        return None
    return weakest
