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
AUDIT = "Audit of pictures"
ACCURACY_BY_DEPTH = "Accuracy by depth"
COMPARISON = "Comparison of ways to transfer"
FEATURES = "Analysis of features"
PICTURES = "PICTURES/"  # in place of the folder, in what is to be typed
BEST_FEATURES = "They say most about the class and repeat no other, the best first."
RELIABILITY = (
    "Of predictions with a probability of 80 %, 80 % should be right: the nearer the points are to the diagonal, the "
    "more the probabilities can be believed. Left: without calibration. Right: with the calibration of the model."
)
COVERAGE = (
    "How much is right if only the surest predictions are taken and the rest is left to people: all pictures at the "
    "right, only the surest ones at the left."
)
CURVES = "Loss and accuracy by epoch, on the training and on the validation pictures; the mark is what was kept."
CLASS_DISTRIBUTION = "Pictures of each class in each part of the split."
RANKING = "Accuracy on the test pictures with its 95 % interval, the best first."
DEPTHS = (
    "Early layers respond to texture and colour, late ones to objects: a head on each, cross-validated, with its 95 % "
    "interval."
)
LEARNING_CURVE = "Accuracy by the number of training pictures: where it still rises, more pictures help."
FORECAST = (
    "Accuracy by the number of pictures learned from: measured, with the standard deviation over folds, and forecast "
    "for more pictures of the same kind."
)
MATRIX_WITHOUT_PICTURES = "Each row is a true class, each column what the model said; the diagonal is right."
MATRIX = f"{MATRIX_WITHOUT_PICTURES} A number opens its pictures."
PAIRS = "Pairs of classes that are confused most"
MISTAKES = (
    "The wrong predictions that the model was surest of, with the probability that it gave. Often the label is wrong, "
    "or the picture shows both classes."
)
PREDICTIONS = "Wrong predictions"
ALL_RIGHT = "There are none: every picture was predicted correctly."
NO_TEST = "No pictures were held back for a test, so this is of pictures while they were held out of training."
NO_SCORES = "No prediction was made of pictures that the model had not learned from, so there is nothing to show."
SET_ASIDE = "Set aside, or doubtful"
NOTHING_SET_ASIDE = "Nothing: every file is a picture that could be read, and none looks doubtful."
NO_NAMES = "The mistakes are not listed here, since their names are left out."
PER_CLASS = (
    "Precision: how many of the pictures that are taken for the class belong to it. Recall: how many pictures of the "
    "class are recognised. F1: both in one number. A heading sorts the table."
)
SCORES = (
    "Log-loss and ECE (expected calibration error) rate the probabilities: the smaller, the better. Macro F1 lets "
    "every class count the same. In 95 of 100 such tests, the interval holds the true value."
)
CORRECTED = "Scores of pictures that the head was chosen on are corrected for that choice."
DEFAULT_RECIPE = "# every setting at its default"
BUDGET_REPEATED = (
    "The recipe says what was chosen within the budget, and gives this model without one. A cross-validated score is "
    "then no longer corrected for that choice."
)
NO_MAP = "There are too few pictures for a map."
COLOURS_REPEAT = "There are more classes than colours: choose classes below to tell them apart."
BY_FEATURES = "Pictures that look alike by their features lie near each other; distances between groups mean little."
NO_LABEL = "no label"
NO_CURVES = "No network was trained: the pretrained one stayed as it is, and a classifier was fitted on its features."
CANDIDATES = (
    "A head is the classifier that reads the features; a larger C lets it fit the training pictures more closely. Each "
    "was cross-validated on the training pictures; the simplest within one standard error of the smallest log-loss was "
    "chosen."
)
GRID = (
    "A larger C lets the head fit the training pictures more closely. As published, each C was tried with solvers of "
    "scikit-learn, those that predict the same in one row; the first with most validation pictures right was chosen."
)


def privacy(has_pictures: bool, has_names: bool) -> str:
    """Say what of the data is in the file.

    Examples
    --------
    >>> privacy(False, False)
    'This file holds numbers and names of classes, but neither pictures nor the names of their files.'
    """
    if has_pictures:
        return (
            "This file holds small copies of pictures and their names. To share numbers only, make it with "
            "--no-pictures."
        )
    if has_names:
        return "This file holds names of pictures, and no pictures. To share numbers only, make it with --no-pictures."
    return "This file holds numbers and names of classes, but neither pictures nor the names of their files."


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
    ('cat taken for dog: 3 pictures', 'cat, correctly: 1 picture')
    """
    what = f"{true}, correctly" if true == predicted else f"{true} taken for {predicted}"
    return f"{what}: {plural(count, 'picture')}"


def mistake(true: str, predicted: str, probability: float) -> str:
    """Say what a picture was taken for.

    Examples
    --------
    >>> mistake("cat", "dog", 0.987)
    'cat, taken for dog with 0.99'
    """
    return f"{true}, taken for {predicted} with {probability:.2f}"


def probability(value: float) -> str:
    """Say how sure a prediction was.

    Examples
    --------
    >>> probability(0.987)
    'probability 0.99'
    """
    return f"probability {value:.2f}"


def more(shown: int, count: int) -> str:
    """Say how many pictures are not shown; nothing where all are."""
    return f"and {count - shown:,} more" if count > shown else ""


def map_label(n: int, total: int, classes: int, wrong: int, held_out: int = 0) -> str:
    """Say in a sentence what the map shows; ``held_out`` of the ``wrong`` ones are no test pictures.

    There are 0 classes where there are no labels.

    Examples
    --------
    >>> map_label(40, 90, 2, 1)
    'A map of 40 of the 90 pictures, drawn at random, in 2 classes; 1, with a ring, is predicted wrongly.'
    >>> map_label(90, 90, 2, 7, 5)
    'A map of 90 pictures in 2 classes; 7, with a ring, are predicted wrongly, 5 of them while held out of training.'
    """
    pictures = plural(n, "picture") if n == total else f"{n:,} of the {plural(total, 'picture')}, drawn at random,"
    if not wrong:
        return f"A map of {pictures}{_in_classes(classes)}."
    rings = f"{wrong:,}, with a ring, {'is' if wrong == 1 else 'are'} predicted wrongly"
    if held_out:
        rings += f", {held_out:,} of them while held out of training"
    return f"A map of {pictures}{_in_classes(classes)}; {rings}."


def set_aside(data: Data) -> Iterator[tuple[str, str]]:
    """Yield what was not learned from, or is doubtful, with how much there is of it."""
    counts = {
        "Could not be read": data.unreadable,
        "Files of other kinds": sum(data.skipped.values()),
        "Under several labels": data.contradicting,
        "Of one colour only": data.one_colour.count if data.one_colour else 0,
    }
    yield from ((what, f"{count:,}") for what, count in counts.items() if count)


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


def scored(shown: int, count: int) -> str:
    """Say of which classes the scores are.

    Examples
    --------
    >>> scored(2, 2), scored(500, 20_000)
    ('Scores of each class', 'Scores of the 500 worst of 20,000 classes')
    """
    return "Scores of each class" if shown == count else f"Scores of the {shown:,} worst of {count:,} classes"


def fit_again(has_recipe: bool) -> str:
    """Return what to type to fit again."""
    return f"headway fit {PICTURES}{' --recipe recipe.toml' if has_recipe else ''}"


def best(n: int, recipe: str) -> str:
    """Say what the accuracy of the best recipe was measured on."""
    return f"of {plural(n, 'test picture')} are right with the best recipe, {recipe}"


def analysed(n: int, classes: int) -> str:
    """Say what an analysis looked at; 0 classes where there are no labels."""
    return f"{plural(n, 'picture')}{_in_classes(classes)} were analysed."


def _in_classes(classes: int) -> str:
    return f" in {plural(classes, 'class', 'classes')}" if classes else ""


def matrix_of(recipe: str) -> str:
    """Say whose confusion matrix it is."""
    return f"Confusion matrix of {recipe}"
