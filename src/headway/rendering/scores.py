"""Scores as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from headway.bars import printable
from headway.rendering import reading
from headway.rendering.blocks import Block, Caution, Line, Table, table
from headway.rendering.data import class_names, other_range
from headway.rendering.words import columns, plural, shortened, some, some_counted

if TYPE_CHECKING:
    from headway.facts.documents import EvaluationReport, PairReport
    from headway.facts.scores import ClassScores, ConfusionCell, CrossValidation, Mistake, PartScores, Scores
    from headway.types import Quarantined

MOST_CLASSES = 20
MOST_EXAMPLES = 3
_CORNER = "true \\ predicted"
_LONGEST = 32  # columns of a terminal for the name of a class beside a matrix
_NONE = "·"


def scores(
    cross_validation: CrossValidation | None,
    validation: PartScores | None,
    test: Scores | None,
    noun: str = "test picture",
) -> Iterator[Block]:
    """Yield the scores side by side, those that there are; ``noun`` is what the test is made of."""
    rows = []
    watched = cross_validation or validation
    if watched is not None:
        folds = 1 if cross_validation is None else cross_validation.folds
        name = "cross-validation" if folds > 1 else "validation split"
        rows.append([name, *_common(watched), f"{watched.log_loss:.3f}", f"{watched.ece:.3f}"])
        if cross_validation is not None:
            rows += _variants(cross_validation)
    if test is not None:
        numbers = [f"{score:.3f}" for score in (test.log_loss, test.ece, test.macro_f1)]
        rows.append(["test", *_common(test), *numbers])
        rows += _variants(test)
        rows.append(["largest class", f"{test.n:,}", f"{test.majority_accuracy:.3f}"])
    yield table(["", "pictures", "accuracy", "95 % interval", "log-loss", "ECE", "macro F1"], rows)
    if cross_validation is not None and cross_validation.by_fold:
        yield Line(f"Accuracy by fold: {', '.join(f'{fold.accuracy:.3f}' for fold in cross_validation.by_fold)}")
    if test is not None:
        yield Line(f"Right: {test.right:,} of {plural(test.n, noun)}")


def _variants(numbers: CrossValidation | Scores) -> list[list[str]]:
    """Return the scores of fewer or more of the pictures: without those that are known, and with copies counted."""
    rows, unseen, repeats = [], numbers.unseen, numbers.repeats
    if unseen is not None:
        scores = [f"{unseen.log_loss:.3f}", f"{unseen.ece:.3f}", f"{unseen.macro_f1:.3f}"]
        rows.append(["  without copies of training pictures", *_common(unseen), *scores])
    elif numbers.near_training:
        rows.append(["  without copies of training pictures", "0"])
    if repeats is not None:
        n = numbers.n + repeats.count if repeats.as_one else numbers.n - repeats.count
        name = "  with every file counted" if repeats.as_one else "  with identical ones as one"
        rows.append([name, f"{n:,}", f"{repeats.accuracy:.3f}"])
    return rows


def _common(numbers: CrossValidation | PartScores | Scores) -> list[str]:
    return [f"{numbers.n:,}", f"{numbers.accuracy:.3f}", interval(numbers.low, numbers.high)]


def interval(low: float, high: float) -> str:
    """Return an interval from 0 to 1 as text.

    Examples
    --------
    >>> interval(0.75, 0.94)
    '0.750-0.940'
    """
    return f"{low:.3f}-{high:.3f}"


def per_class(classes: Sequence[str], scored: Sequence[ClassScores]) -> Iterator[Block]:
    """Yield precision and recall of each class that has pictures, and which have none; of many classes, the worst."""
    shown = scored
    if len(scored) > MOST_CLASSES:
        shown = sorted(scored, key=lambda one: one.f1)[:MOST_CLASSES]
        alike = sum(one.f1 <= shown[-1].f1 for one in scored)
        some_of = f"{MOST_CLASSES} of the {alike:,} classes with the lowest F1, of {len(scored):,}:"
        yield Line(f"The {MOST_CLASSES} worst of {len(scored):,} classes:" if alike == MOST_CLASSES else some_of)
    yield table(
        ["class", "pictures", "precision", "recall", "F1"],
        [[one.name, f"{one.support:,}", f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}"] for one in shown],
    )
    present = {one.name for one in scored}
    if lacking := [name for name in classes if name not in present]:
        yield Line(f"No pictures to score of {len(lacking):,} of the {len(classes):,} classes: {some(lacking)}")


def confusion(classes: Sequence[str], cells: Sequence[ConfusionCell], width: int | None = None) -> Iterator[Block]:
    """Yield the confusion matrix of the classes that occur, or where they are many the pairs that are confused most.

    A class without pictures has no row, and a column only if it was predicted. Where the matrix has to fit a terminal
    of so many columns, names of classes give way to numbers, and the matrix to the pairs.
    """
    occurring = sorted({place for cell in cells for place in (cell.true, cell.predicted)})
    if len(occurring) <= MOST_CLASSES:
        named = _matrix([classes[place] for place in occurring], occurring, cells)
        matrix = named if width is None or _width(named) <= width else _numbered(named, width)
        if matrix is not None:
            yield matrix
            return
    wrong = sorted((cell for cell in cells if cell.true != cell.predicted), key=lambda cell: -cell.count)
    yield Line()
    if not wrong:
        yield Line(f"No two of the {len(classes):,} classes are confused")
        return
    yield Line(f"The pairs of {len(classes):,} classes that are confused most:")
    yield table(
        ["true", "predicted", "pictures"],
        [[classes[cell.true], classes[cell.predicted], f"{cell.count:,}"] for cell in wrong[:MOST_CLASSES]],
        left=2,
    )


def _matrix(names: Sequence[str], occurring: Sequence[int], cells: Sequence[ConfusionCell]) -> Table:
    counts = {(cell.true, cell.predicted): f"{cell.count:,}" for cell in cells}
    true = {cell.true for cell in cells}
    rows = (
        (name, *(counts.get((row, column), _NONE) for column in occurring))
        for name, row in zip(names, occurring, strict=True)
        if row in true
    )
    return Table((_CORNER, *names), tuple(rows))


def _numbered(matrix: Table, width: int) -> Table | None:
    """Return a matrix whose columns are numbers, which the rows explain; None where not even that is narrow enough."""
    names = matrix.columns[1:]
    rows = {row[0]: row[1:] for row in matrix.rows}
    numbers = [str(number) for number in range(1, len(names) + 1)]
    cells = [rows.get(name, ("",) * len(names)) for name in names]
    compact = Table((_CORNER, *numbers), tuple(zip(numbers, *zip(*cells, strict=True), strict=True)), gap=1)
    left = width - _width(compact) + len(_CORNER)
    if left < len(_CORNER):
        return None
    titles = [
        shortened(f"{number:>2} {name}", min(left, _LONGEST)) for number, name in zip(numbers, names, strict=True)
    ]
    return replace(compact, rows=tuple((title, *row) for title, row in zip(titles, cells, strict=True)))


def _width(grid: Table) -> int:
    """Return how many columns of a terminal a table takes."""
    each = [max(map(columns, map(printable, cells))) for cells in zip(grid.columns, *grid.rows, strict=True)]
    return sum(each) + grid.gap * (len(each) - 1)


def mistakes(wrong: Sequence[Mistake]) -> Iterator[Block]:
    """Yield the wrong predictions that the model was surest of."""
    if not wrong:
        return
    yield Line("Wrong with most confidence (is the label right?):")
    for mistake in wrong[:MOST_EXAMPLES]:
        yield Line(f"  {mistake.path}: {mistake.predicted_class}, {mistake.probability:.2f}")
    yield Line()


def quarantined(images: Sequence[Quarantined], most: int = MOST_EXAMPLES) -> Iterator[Block]:
    """Yield the pictures that could not be read, the first few with their reasons."""
    if images:
        more = " (--json lists all of them)" if len(images) > most else ""
        yield Line(f"Could not be read: {len(images):,}{more}")
        for image in images[:most]:
            yield Line(f"  {image.path}: {image.reason}")


def seen_in_training(report: EvaluationReport) -> str | None:
    """Say that a model is scored on pictures that it learned from; None where it is not."""
    seen = report.scores.seen_in_training
    if not seen:
        return None
    return f"{report.model} learned from {seen:,} of these {report.scores.n:,} pictures: the scores are too good"


def caveats(report: EvaluationReport) -> Iterator[str]:
    """Yield what makes the scores doubtful: pictures that the model knows, or that it reads too dark or too bright."""
    if (seen := seen_in_training(report)) is not None:
        yield seen
    if report.suggested_range is not None:
        yield other_range(report.suggested_range, report.value_range, report.model)


def evaluation(report: EvaluationReport, width: int | None = None) -> Iterator[Block]:
    """Yield how a model does on labelled pictures, for a terminal of so many columns, or for any page."""
    yield from reading.source(report.source)
    yield from reading.value_range(report.value_range)
    yield from map(Caution, caveats(report))
    yield from matched(report)
    yield from scores(None, None, report.scores, "picture")
    yield from per_class(report.classes, report.scores.per_class)
    yield from confusion(report.classes, report.scores.confusion, width)
    yield Line()
    yield from mistakes(report.scores.mistakes)
    yield from quarantined(report.quarantined)


def matched(report: EvaluationReport) -> Iterator[Block]:
    """Yield how the classes of the data were matched with those of the model."""
    yield from _named(report)
    yield from _unknown(report.unknown, report.model)


def _named(report: EvaluationReport) -> Iterator[Block]:
    if report.class_names:
        yield Line(f"Classes named as when {report.model} was fitted: {class_names(report.class_names)}")


def _unknown(counts: Mapping[str, int], model: str) -> Iterator[Block]:
    if counts:
        classes = some_counted(counts)
        what = f"{plural(sum(counts.values()), 'picture')} of {plural(len(counts), 'class', 'classes')}"
        yield Line(f"Left out: {what} unknown to {model}: {classes}")


def pair(report: PairReport) -> Iterator[Block]:
    """Yield how two models do on the same pictures, and whether one is better."""
    yield from reading.source(report.models[0].source)
    for one in report.models:
        yield from map(Caution, caveats(one))
    for one in report.models:
        yield from _named(one)
    first, second = report.models
    yield from _unknown(first.unknown, f"{first.model} or {second.model}")
    yield table(
        ["model", "pictures", "accuracy", "95 % interval", "log-loss", "ECE", "macro F1"],
        [
            [one.model, *_common(one.scores), *(f"{score:.3f}" for score in _losses(one.scores))]
            for one in report.models
        ],
    )
    yield Line()
    yield Line(paired(report))
    yield from quarantined(report.models[0].quarantined)


def _losses(test: Scores) -> tuple[float, float, float]:
    return test.log_loss, test.ece, test.macro_f1


def paired(report: PairReport) -> str:
    """Say whether one of two models is better."""
    test = report.paired
    if not test.only_first + test.only_second:
        return "Both models are right and wrong on the same pictures"
    counts = f"{test.only_first:,} pictures are right with the first alone, {test.only_second:,} with the second alone"
    p = f"p = {test.p:.3f}" if test.p >= 0.001 else "p < 0.001"
    better = report.models[0 if test.only_first > test.only_second else 1].model
    verdict = f"{better} is better" if test.p < 0.05 else "the difference may be chance"
    if any(one.scores.seen_in_training for one in report.models):
        verdict = "not a fair comparison, since the models learned from some of these pictures"
    return f"{counts}: {verdict} (McNemar's mid-p test, {p})"
