"""What a report's page says around its tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.data import Data
    from headway.facts.fit import FitReport
    from headway.facts.scores import CrossValidation, PartScores, Scores

CLASSIFIER = "Image classifier"
EVALUATION = "Evaluation of a model"
COMPARISON = "Comparison of ways to transfer"
FEATURES = "Analysis of features"
PICTURES = "PICTURES/"  # in place of the folder, in what is to be typed
BEST_FEATURES = "They say most about the class and repeat no other, the best first."
RELIABILITY = (
    "Of predictions with a probability of 0.8, 80 % should be right: the nearer to the diagonal, the more they can be "
    "believed. Without calibration, and with the calibration that is in the model."
)
COVERAGE = (
    "If only the surest predictions are taken and the rest is left to people, more of what is taken is right: from "
    "all pictures, at the right, to the surest ones alone."
)
CURVES = "Loss and accuracy by epoch, on the training and on the validation pictures; the mark is what was kept."
CLASS_DISTRIBUTION = "Pictures of each class, by part."
RANKING = "Accuracy on the test pictures with its 95 % interval, the best first."
LEARNING_CURVE = "Accuracy by the number of training pictures: where it still rises, more pictures help."
MATRIX = (
    "Rows are what pictures show, columns what the model says; the diagonal is right. A number leads to its pictures."
)
MATRIX_WITHOUT_PICTURES = "Rows are what pictures show, columns what the model says; the diagonal is right."
PAIRS = "The pairs of classes that are confused most"
MISTAKES = (
    "The wrong predictions that the model was surest of. Often the label is wrong, or the picture shows both classes."
)
ALL_RIGHT = "Nothing: every picture was predicted rightly."
NO_TEST = "No pictures were held back for a test, so this is of pictures that were held out in the cross-validation."
NO_SCORES = "No prediction was made of pictures that the model had not learned from, so there is nothing to show."
SET_ASIDE = "Set aside, or doubtful"
NO_NAMES = "The mistakes are not listed here, since their names are left out."
PER_CLASS = (
    "Precision: how much of what is called so is so. Recall: how much of the class is found. F1: both in one number. "
    "A heading sorts the table."
)
SCORES = (
    "Log-loss and ECE are of the probabilities, and smaller is better; macro F1 lets every class count the same. "
    "Intervals hold the true value in 95 of 100 such tests."
)
DEFAULT_RECIPE = "# every setting at its default"
NO_MAP = "There are too few pictures for a map."
BY_FEATURES = "Near each other is what looks alike to the network; distances between groups mean little."
NO_CURVES = "No network was trained: the pretrained one stayed as it is, and a classifier was fitted on its features."
CANDIDATES = "Each was cross-validated on the training pictures; the one with the smallest log-loss was chosen."


def privacy(has_pictures: bool, has_names: bool) -> str:
    """Say what of the data is in the file.

    Examples
    --------
    >>> privacy(False, False)
    'This file holds no pictures and no names of files: numbers and names of classes only.'
    """
    if has_pictures:
        return (
            "This file holds small copies of pictures and their names. To share numbers only, make it with "
            "--no-pictures."
        )
    if has_names:
        return "This file holds names of pictures, and no pictures. To share numbers only, make it with --no-pictures."
    return "This file holds no pictures and no names of files: numbers and names of classes only."


def percent(part: float) -> str:
    """Return a part as it is shown large.

    Examples
    --------
    >>> percent(0.875), percent(1.0), percent(0.9996)
    ('87.5 %', '100 %', '99.9 %')
    """
    if part in (0.0, 1.0):
        return f"{100 * part:.0f} %"
    return f"{min(max(100 * part, 0.1), 99.9):.1f} %"


def interval(low: float, high: float) -> str:
    """Return the ends of an interval of parts.

    Examples
    --------
    >>> interval(0.75, 0.94)
    '75.0 to 94.0 %'
    """
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def measured(of: Scores | CrossValidation | PartScores, noun: str = "test picture") -> str:
    """Say what an accuracy was measured on."""
    from headway.facts.scores import CrossValidation, Scores

    if isinstance(of, Scores):
        return f"of {plural(of.n, noun)} are right"
    if isinstance(of, CrossValidation) and of.folds > 1:
        return f"are right in the cross-validation of {plural(of.n, 'picture')}"
    return f"of {plural(of.n, 'validation picture')} are right"


def cell(true: str, predicted: str, count: int) -> str:
    """Say what is in a cell of the confusion matrix.

    Examples
    --------
    >>> cell("cat", "dog", 3), cell("cat", "cat", 1)
    ('cat taken for dog: 3 pictures', 'cat, rightly: 1 picture')
    """
    what = f"{true}, rightly" if true == predicted else f"{true} taken for {predicted}"
    return f"{what}: {plural(count, 'picture')}"


def mistake(true: str, predicted: str, probability: float) -> str:
    """Say what a picture was taken for.

    Examples
    --------
    >>> mistake("cat", "dog", 0.987)
    'cat, taken for dog with 0.99'
    """
    return f"{true}, taken for {predicted} with {probability:.2f}"


def more(shown: int, count: int) -> str:
    """Say how many pictures are not shown; nothing where all are."""
    return f"and {count - shown:,} more" if count > shown else ""


def map_label(n: int, total: int, classes: int, wrong: int) -> str:
    """Say in a sentence what the map shows.

    Examples
    --------
    >>> map_label(40, 90, 2, 1)
    'A map of 40 of the 90 pictures, drawn at random, in 2 classes; 1, with a ring, is predicted wrongly.'
    """
    pictures = plural(n, "picture") if n == total else f"{n:,} of the {plural(total, 'picture')}, drawn at random,"
    if not wrong:
        return f"A map of {pictures} in {plural(classes, 'class', 'classes')}."
    rings = f"{wrong:,}, with a ring, {'is' if wrong == 1 else 'are'} predicted wrongly"
    return f"A map of {pictures} in {plural(classes, 'class', 'classes')}; {rings}."


def set_aside(data: Data) -> Iterator[tuple[str, str]]:
    """Yield what was not learned from, or is doubtful, with how much there is of it."""
    yield "Could not be read", f"{data.unreadable:,}"
    yield "Files of other kinds", f"{sum(data.skipped.values()):,}"
    yield "Under several labels", f"{data.contradicting:,}"
    yield "Of one colour only", f"{data.one_colour.count if data.one_colour else 0:,}"


def repeat(report: FitReport) -> Iterator[tuple[str, str]]:
    """Yield what a fit is repeated with, by name."""
    yield "Headway", report.headway
    yield "Backbone", f"{report.backbone.name} ({report.features.precision})"
    yield "SHA-256 of the backbone", report.backbone.sha256
    yield "Licence of its weights", report.backbone.licence or "not known"
    yield "SHA-256 of the pictures and labels", report.data.fingerprint
    yield "Seed", str(report.recipe.get("seed", ""))
    size = report.input.size
    yield "Input", f"{size} × {size} pixels, {report.input.resize}, decoding policy {report.input.decoding}"


def unreadable(shown: int, count: int) -> str:
    """Say which pictures could not be read, above a table of the first of them.

    Examples
    --------
    >>> unreadable(50, 70), unreadable(0, 1)
    ('Pictures that could not be read, the first 50 of 70', '1 picture could not be read.')
    """
    if not shown:
        return f"{plural(count, 'picture')} could not be read."
    return "Pictures that could not be read" + ("" if shown == count else f", the first {shown:,} of {count:,}")


def fit_again(has_recipe: bool) -> str:
    """Return what to type to fit again."""
    return f"headway fit {PICTURES}{' --recipe recipe.toml' if has_recipe else ''}"


def best(n: int, recipe: str) -> str:
    """Say what the accuracy of the best recipe was measured on."""
    return f"of {plural(n, 'test picture')} are right with the best recipe, {recipe}"


def analysed(n: int, classes: int) -> str:
    """Say what an analysis looked at."""
    return f"{plural(n, 'picture')} in {plural(classes, 'class', 'classes')} were analysed."


def matrix_of(recipe: str) -> str:
    """Say whose confusion matrix it is."""
    return f"Confusion matrix of {recipe}"
