"""What each depth of a network is worth: a head on every one, on the same folds.

Early layers respond to texture and colour, late ones to the objects that the network was trained on: from general to
specific. Which of them serves a data set is measured here, without its test images, so that a choice by it does not
flatter the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.comparison.ranking import LEVEL
from headway.dataset import check_trainable
from headway.embedding import open_features
from headway.errors import UserError, blaming
from headway.facts.depths import Depth, DepthsReport
from headway.fitting.case import measure_case
from headway.fitting.division import divide
from headway.recipe import Recipe
from headway.search import search
from headway.session import Session
from headway.types import Silent

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.fitting.division import Division
    from headway.search import SearchResult
    from headway.types import FloatArray, IntArray, Progress

    BoolArray: TypeAlias = NDArray[np.bool_]

LAST, TOGETHER = "last", "depths"


def compare_depths(
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe | None = None,
    *,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> DepthsReport:
    """Cross-validate a logistic head on the features of each depth, and on all together.

    Parameters
    ----------
    data : Dataset or path, or list of paths
        Labelled pictures, from `headway.read`, or what that takes.
    recipe : Recipe, optional
        Which network, how it is fed, and how the data are divided: all but its head and its features.
    cache, offline, max_bad, progress
        As for `headway.fit`.

    Raises
    ------
    UserError
        When the backbone has one depth only, as hand-made descriptors do.
    DataError
        When the pictures or labels do not allow it.

    Examples
    --------
    >>> import headway
    >>> found = compare_depths(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
    >>> [depth.name for depth in found.depths], found.together.dim
    (['block1', 'last'], 64)
    """
    recipe = recipe or Recipe()
    with Session.open(cache, offline=offline, max_bad=max_bad, progress=progress) as session:
        opened = open_features(session, data, recipe, check=check_trainable, check_backbone=_check)
        sets = depths_of(opened.backbone)
        division = divide(opened.dataset, opened.table, recipe, session.progress)
        rows = division.development_rows
        session.progress.start("a head on each depth", len(sets))
        find = partial(_cross_validate, division=division, recipe=recipe)
        results = {}
        for name, outputs in sets.items():
            results[name] = find(opened.table.read(rows, outputs))
            session.progress.advance()
        case = measure_case(division, opened.table, recipe, session.progress)
    labels = division.labels[rows]
    depths = [_depth(name, sets[name], opened.table.dims, results, labels) for name in sets]
    best = max(depths, key=lambda depth: depth.accuracy)  # of equals, the earliest
    earlier, ahead = best_earlier(depths)
    return DepthsReport(
        source=opened.dataset.source,
        backbone=opened.table.backbone,
        precision=opened.table.precision,
        pictures=int(np.count_nonzero(division.are_own(rows))),
        folds=len(np.unique(results[LAST].fold)),
        depths=tuple(depths[:-1]),
        together=depths[-1],
        best=best.name,
        earlier=earlier.name,
        ahead=ahead,
        case=case,
    )


def depths_of(backbone: BackboneInfo) -> dict[str, tuple[str, ...]]:
    """Return the outputs of each depth by its name, the first layers first, and those of all together at the end.

    Examples
    --------
    >>> from headway import backbones
    >>> depths_of(backbones.find("tiny"))["block1"]
    ('block1.mean', 'block1.std')
    """
    stored = backbone.depths
    names = dict.fromkeys(output.rpartition(".")[0] for output in stored[:-1]) if backbone.kind == "network" else {}
    if not names:
        with blaming("backbone"):
            raise UserError(f"{backbone.name} has one depth only, and several are compared: take a network with blocks")
    earlier = {name: tuple(output for output in stored[:-1] if output.rpartition(".")[0] == name) for name in names}
    return {**earlier, LAST: stored[-1:], TOGETHER: stored}


def best_earlier(depths: Sequence[Depth]) -> tuple[Depth, bool]:
    """Return the best of what is not the last layer alone, and whether it is better than that beyond chance.

    Where some are better beyond chance, it is the best of these, though another may have a higher accuracy.
    """
    earlier = [depth for depth in depths if depth.name != LAST]
    ahead = [depth for depth in earlier if depth.lead > 0 and depth.p is not None and depth.p < LEVEL]
    return max(ahead or earlier, key=lambda depth: depth.accuracy), bool(ahead)


def _check(backbone: BackboneInfo) -> None:
    depths_of(backbone)


def _cross_validate(features: FloatArray, division: Division, recipe: Recipe) -> SearchResult:
    return search(
        {"features": features},
        division.labels[division.development_rows],
        division.development_folds(recipe),
        n_classes=division.n_classes,
        head="logistic",
        C=recipe.C,
        **division.ties(division.development_rows, recipe),
        seed=recipe.seed,
        progress=Silent(),
    )


def _depth(
    name: str,
    outputs: tuple[str, ...],
    dims: dict[str, int],
    results: dict[str, SearchResult],
    labels: IntArray,
) -> Depth:
    own, last = results[name], results[LAST]
    lead, p = paired(_right(own, labels), _right(last, labels), last.fold)
    return Depth(
        name=name,
        outputs=outputs,
        dim=sum(dims[output] for output in outputs),
        accuracy=own.score.accuracy,
        low=own.score.low,
        high=own.score.high,
        lead=lead,
        p=None if name == LAST else min(1.0, p * (len(results) - 1)),  # Bonferroni
    )


def _right(result: SearchResult, labels: IntArray) -> BoolArray:
    right: BoolArray = result.logits.argmax(axis=1) == labels[result.rows]
    return right


def paired(right: BoolArray, other: BoolArray, fold: IntArray) -> tuple[float, float]:
    """Compare two sets of out-of-fold predictions; return the lead of the first in accuracy, and its p-value.

    By the corrected resampled t-test on the folds; by McNemar's mid-p where there is one fold only.

    Examples
    --------
    >>> paired(np.array([True] * 8), np.array([False] * 8), np.zeros(8, int))
    (1.0, 0.00390625)
    """
    numbers = np.unique(fold)
    difference = right.astype(np.float64) - other
    if len(numbers) == 1:
        return float(difference.mean()), metrics.mcnemar(int((right & ~other).sum()), int((other & ~right).sum())).mid_p
    by_fold = np.array([difference[fold == number].mean() for number in numbers])
    return float(by_fold.mean()), metrics.corrected_t(by_fold, 1 / (len(numbers) - 1))
