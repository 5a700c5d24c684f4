"""What to make of a result: how good it is, whether to trust that, what goes wrong most, and what to do next.

One sentence each, with numbers, for whoever reads a report without having seen Headway before. A sentence says only
what the facts bear out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headway.facts.fit import FitReport
from headway.rendering import data
from headway.rendering.scores import caveats
from headway.rendering.words import percent, plural, some

if TYPE_CHECKING:
    from headway.facts.documents import EvaluationReport
    from headway.facts.scores import ClassScores, CrossValidation, PartScores, Scores

_UNSURE = 0.1  # width of an interval from which on its ends are said again
_ILL_CALIBRATED = 0.1  # expected calibration error from which on probabilities are doubted
_WEAK = 0.1  # macro F1 less that of a class, from which on more pictures of it are advised

_HELD_BACK = "were held back for it, none of which is in training"
_UNSEEN = "it was measured on pictures that the classifier had not learned from"


def verdict(report: FitReport) -> tuple[str, str, str]:
    """Say how good a classifier is, whether to trust that, and what goes wrong most."""
    test = report.test
    if test is not None:
        return (
            _how_good(test, "test picture"),
            _trust(
                [*_overlaps(report), *_doubts(test, test.majority_accuracy)],
                [f"{plural(test.n, 'picture')} {_HELD_BACK}", _calibration(test)],
            ),
            _wrong(report.classes, test),
        )
    wrong = "No test pictures were held back, so what goes wrong most was not tested."
    watched = report.cross_validation or (report.training and report.training.validation)
    if not watched:
        return "How good it is was not measured.", "There is no figure to trust, as no pictures were held back.", wrong
    doubts = _overlaps(report)
    if report.cross_validation is None:
        doubts.append("the epoch was chosen by these very pictures, so it is a little too good")
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
        f"{found} {are} right: {percent(scores.accuracy)} (95 % interval {_interval(scores.low, scores.high)}), where "
        f"always naming the largest class gets {percent(scores.majority_accuracy)}."
    )


def _watched(report: FitReport, scores: CrossValidation | PartScores) -> str:
    """Say how good a classifier is that was not tested, by its cross-validation or its validation part."""
    figure = f"{percent(scores.accuracy)} (95 % interval {_interval(scores.low, scores.high)})"
    how = f"{plural(scores.n, 'picture')} of the validation part"
    if report.cross_validation is not None and (folds := report.cross_validation.folds) > 1:
        how = f"{plural(scores.n, 'picture')}, each held out once in a cross-validation of {folds}"
    return f"{figure} are right of {how}; the largest class is {percent(_largest(report))} of all."


def _largest(report: FitReport) -> float:
    return report.data.counts.get(report.data.majority, 0) / max(report.data.n, 1)


def _interval(low: float, high: float) -> str:
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def _trust(doubts: Sequence[str], reasons: Sequence[str]) -> str:
    if doubts:
        return f"Trust this figure with care: {'; '.join(doubts)}."
    return f"This figure can be trusted: {', and '.join(reasons)}."


def _overlaps(report: FitReport) -> list[str]:
    return [data.overlap(overlap) for overlap in report.data.overlaps]


def _doubts(scores: Scores | CrossValidation | PartScores, largest: float) -> Iterator[str]:
    """Yield what makes the accuracy, or the probabilities, doubtful; ``largest`` is what the largest class gets."""
    if scores.low <= largest:
        yield "it is not surely better than always naming the largest class"
    if scores.high - scores.low > _UNSURE:
        yield (
            f"with {plural(scores.n, 'picture')} alone, the true one may be as low as {percent(scores.low)} or as high "
            f"as {percent(scores.high)}"
        )
    if scores.ece > _ILL_CALIBRATED:
        yield _calibration(scores)


def _calibration(scores: Scores | CrossValidation | PartScores) -> str:
    return f"probabilities are off by {100 * scores.ece:.1f} points on average"


def _wrong(classes: Sequence[str], scores: Scores) -> str:
    """Say which classes are confused most, and which fares worst."""
    if scores.right == scores.n:
        return f"Nothing goes wrong on these {plural(scores.n, 'picture')}."
    return f"{_confused(classes, scores)}{_weakest_sentence(scores)}."


def _confused(classes: Sequence[str], scores: Scores) -> str:
    wrong = [cell for cell in scores.confusion if cell.true != cell.predicted]
    most = max(wrong, key=lambda cell: cell.count, default=None)
    mistakes = plural(scores.n - scores.right, "mistake")
    if most is None or (most.count == 1 and len(wrong) > 1):
        return f"No two classes stand out among the {mistakes}"
    true, predicted = some([classes[most.true]]), some([classes[most.predicted]])
    return f"Of the {mistakes}, {most.count:,} {'is' if most.count == 1 else 'are'} {true} taken for {predicted}"


def _weakest_sentence(scores: Scores) -> str:
    weakest = weakest_class(scores)
    if weakest is None:
        return ""
    found = f"{weakest.recall * weakest.support:,.0f}"
    named = (
        f"{percent(weakest.precision)} of what is called so is right"
        if weakest.precision
        else "none is called so rightly"
    )
    return (
        f"; the weakest class is {some([weakest.name])}: {found} of its {plural(weakest.support, 'picture')} "
        f"{'is' if weakest.support == 1 else 'are'} found, and {named}"
    )


def weakest_class(scores: Scores) -> ClassScores | None:
    """Return the class of the lowest F1, the larger of equal ones; None where no class was scored."""
    return min(scores.per_class, key=lambda one: (one.f1, -one.support), default=None)


def advice(report: FitReport | EvaluationReport) -> tuple[str, ...]:
    """Return what to do next, the most useful first; each a sentence or two, with what to type."""
    return tuple(_fit_advice(report) if isinstance(report, FitReport) else _next(report.scores))


def _fit_advice(report: FitReport) -> Iterator[str]:
    facts, test = report.data, report.test
    if any(overlap.part == "test" for overlap in facts.overlaps):
        yield "Take the test pictures that are not new to the model out of the test or out of training, and fit again."
    if facts.contradicting:
        yield (
            f"Correct the labels of the {plural(facts.contradicting, 'file')} found under several labels: one is wrong."
        )
    if test is None:
        yield (
            "Hold pictures back, to see what goes wrong class by class: headway fit PICTURES/ --test-fraction 0.2, or "
            "headway evaluate MODEL MORE-PICTURES/."
        )
        return
    yield from _next(test, report)


def _next(scores: Scores, fit: FitReport | None = None) -> Iterator[str]:
    """Yield what to do about scores; what is only known of a fit, where it is one."""
    wrong = scores.n - scores.right
    if wrong:
        yield ("Look at the mistakes that the model is surest of: where the label is wrong, correct it and fit again.")
        yield from _weak(scores, fit)
        if fit is not None and fit.data.imbalance is not None and fit.data.imbalance.balance == "none":
            yield "Let every class count the same in training: headway fit PICTURES/ --balance weights."
    if scores.high - scores.low > _UNSURE:
        yield (
            f"Test on more pictures, as {scores.n:,} leave an interval of {_interval(scores.low, scores.high)}: "
            "headway evaluate MODEL MORE-PICTURES/."
        )
    elif not wrong:
        yield "Test it on pictures of another day, place or camera: headway evaluate MODEL OTHER-PICTURES/."
    if wrong:
        yield "See whether another way to transfer does better on the same pictures: headway compare PICTURES/."


def _weak(scores: Scores, fit: FitReport | None) -> Iterator[str]:
    weakest = weakest_class(scores)
    if weakest is None or weakest.f1 > scores.macro_f1 - _WEAK:
        return
    has = "" if fit is None else f", of which there are {fit.data.counts.get(weakest.name, 0):,}"
    yield f"Add pictures of {some([weakest.name])}, the weakest class{has}."
