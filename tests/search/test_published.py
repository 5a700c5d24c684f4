"""Grid searches as they were published, against loops over scikit-learn's own fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from headway.preparation import Preparation
from headway.search import SearchResult, refit, search

GRID = (0.1, 1.0, 10.0)
SOLVERS = ("newton-cg", "lbfgs")


def features(n_classes: int, n: int = 400, columns: int = 60) -> tuple[Any, Any]:
    random = np.random.default_rng(1)
    labels = random.permutation(np.arange(n) % n_classes)
    centres = 0.5 * random.standard_normal((n_classes, columns))
    return (5 * np.maximum(random.standard_normal((n, columns)) + centres[labels], 0)).astype(np.float32), labels


def published(values: Any, labels: Any, train: Any, validation: Any) -> dict[tuple[float, str], Any]:
    """Return which validation rows each fit gets right, in the order of the loops."""
    found = {}
    for C in GRID:
        for solver in SOLVERS:
            model = LogisticRegression(C=C, solver=solver, class_weight="balanced", max_iter=200)
            model.fit(values[train], labels[train])
            found[C, solver] = model.predict(values[validation]) == labels[validation]
    return found


def ours(values: Any, labels: Any, folds: Any, n_classes: int, solver: Any = SOLVERS) -> SearchResult:
    return search(
        {"flat": values},
        labels,
        folds,
        n_classes=n_classes,
        head="logistic",
        preparations={"flat": Preparation(balance="weights")},
        C=GRID[::-1],
        raw_units=["flat"],
        iterations=200,
        solver=solver,
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_choice_is_that_of_the_published_loops(n_classes: int) -> None:
    values, labels = features(n_classes)
    train, validation = np.arange(300), np.arange(300, 400)
    theirs = published(values, labels, train, validation)
    result = ours(values, labels, [(train, validation)], n_classes)
    accuracies = {(one.C, name): one.accuracy for one in result.candidates for name in one.solver}
    assert list(accuracies) == list(theirs)
    for tried, right in theirs.items():
        assert accuracies[tried] == pytest.approx(right.mean(), abs=0.021), tried
    best = max(accuracies.values())
    first = next(one for one in result.candidates if one.accuracy == best)
    assert (result.choice.C, result.choice.solver) == (first.C, first.solver)
    assert result.accuracy == best
    assert f", {first.solver[0]}" in str(result.choice)


def test_solvers_that_predict_the_same_stand_in_one_row() -> None:
    values, labels = features(3)
    values /= 5  # where lbfgs gets to the optimum, too
    folds = [(np.arange(300), np.arange(300, 400))]
    both = ours(values, labels, folds, 3)
    assert ("newton-cg", "lbfgs") in {one.solver for one in both.candidates}
    alone = ours(values, labels, folds, 3, solver=["lbfgs"])
    assert [one.solver for one in alone.candidates] == [("lbfgs",)] * 3


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_was_chosen_is_fitted_again_as_scikit_learn_fits_it(solver: str) -> None:
    values, labels = features(2)
    choice = ours(values, labels, [(np.arange(300), np.arange(300, 400))], 2, solver=[solver]).choice
    head, transform = refit(
        choice,
        values,
        labels,
        n_classes=2,
        preparation=Preparation(balance="weights"),
        raw_units=True,
        iterations=200,
    )
    model = LogisticRegression(C=choice.C, solver=solver, class_weight="balanced", max_iter=200).fit(values, labels)
    agree = head.logits(transform.apply(values)).argmax(axis=1) == model.predict(values)
    assert agree.mean() > 0.99


def test_folds_that_are_prepared_one_by_one() -> None:
    values, labels = features(3)
    rows = np.arange(400)
    folds = [(rows[rows % 4 != fold], rows[rows % 4 == fold]) for fold in range(4)]
    result = search(
        {"last": values},
        labels,
        folds,
        n_classes=3,
        head="logistic",
        preparations={"last": Preparation(select="anova", select_count=30)},
        raw_units=["last"],
        solver=SOLVERS,
    )
    assert {one.C for one in result.candidates} == {1.0}, "scikit-learn's, where none is given"
    assert result.score.accuracy == pytest.approx(result.accuracy, abs=0.05)
