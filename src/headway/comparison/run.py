"""The comparison itself: every recipe on the same pictures, split and folds."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.comparison import case as cases
from headway.comparison import curve, kept, similarity
from headway.comparison.budget import Budget
from headway.comparison.methods import DEFAULT, choose, named
from headway.comparison.outcome import Outcome
from headway.comparison.ranking import paired, rank
from headway.comparison.rates import Rates
from headway.comparison.result import Comparison, LeftOut
from headway.dataset import Dataset, check_trainable, read
from headway.embedding import embed, is_features_file
from headway.errors import DataError, HeadwayError, UserError
from headway.fitting import learn
from headway.fitting.division import divide
from headway.recipe import Recipe
from headway.store import Store
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.recipes import NamedRecipe
    from headway.types import Progress


def compare(
    data: Dataset | str | Path,
    recipes: Sequence[NamedRecipe] | Mapping[str, Recipe] | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    budget: float | None = None,
    test_fraction: float = 0.2,
    folds: int = 5,
    seed: int = 0,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Comparison:
    """Run recipes on identical splits and folds, and compare what they reach and what they cost.

    A recipe that cannot be run (an extra that is not installed, weights that are not there) is left out, and why. What
    has finished is kept in the cache: the same comparison with one recipe more runs that recipe only. When it is
    interrupted (KeyboardInterrupt) after at least one recipe, what there is so far is returned.

    Parameters
    ----------
    data : Dataset or path
        Labelled pictures, from `headway.read`, or a path that it takes.
    recipes : mapping of str to Recipe, or sequence of NamedRecipe, optional
        What to compare; by default `headway.comparison.DEFAULT`. Their test_fraction, folds and seed are not used.
    only, skip : iterable of str
        Names of recipes to keep or to leave out.
    budget : float, optional
        Seconds. No recipe is started once they are over, or that is likely to take longer than what is left.
    test_fraction, folds, seed
        As in `headway.Recipe`, the same for all.
    cache : path, optional
        Folder of what is kept, if it is not the usual one.
    offline : bool
        Whether to leave out recipes whose weights would have to be downloaded.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        When the pictures or labels do not allow it.
    UserError
        When there is no such recipe, or none of them could be run.

    Examples
    --------
    >>> import headway
    >>> from headway.comparison import compare
    >>> heads = {head: headway.Recipe(backbone="tiny", head=head) for head in ("centroid", "logistic")}
    >>> comparison = compare(headway.demo.pictures(), heads)
    >>> sorted(row.name for row in comparison.rows)
    ['centroid', 'logistic']
    """
    methods = choose(DEFAULT if recipes is None else named(recipes), only, skip)
    common = Recipe(test_fraction=test_fraction, folds=folds, seed=seed)
    methods = [replace(method, recipe=_shared(method.recipe, common)) for method in methods]
    if budget is not None and not budget > 0:
        raise UserError(f"a budget must be a number of seconds above 0, not {budget!r}")
    if isinstance(data, str | Path) and is_features_file(Path(data)):
        raise UserError(f"{data} holds features, and a comparison needs the pictures: give their folder")
    progress = progress or Silent()
    with Store.open(cache) as store:
        dataset = data if isinstance(data, Dataset) else read(data)
        check_trainable(dataset)
        info = backbones.find(similarity.NETWORK)
        table = embed(dataset, info, resize=common.resize, store=store, max_bad=max_bad, progress=progress)
        division = divide(dataset, table, common, progress)
        run = _Run(division, Budget(budget, len(division.data)), cache, offline, max_bad, progress)
        run.rates.note(replace(common, backbone=info.name), table.computed, table.images_per_s)
        run.all(methods)
        if not run.finished:
            first = run.left_out[0]
            raise UserError(f"none of the recipes could be run; {first.name}: {first.reason}")
        truth = division.labels[division.parts.test]
        rows = rank(run.finished, division.labels, truth)
        found = None if run.interrupted else _case(run, table, info.feature_sets["last"], seed)
    if found is not None:
        outcomes = {method.name: outcome for method, outcome in run.finished}
        agrees, because = cases.agreement(
            found.number, rows, lambda a, b: paired(outcomes[a.name], outcomes[b.name], division.labels, truth)
        )
        found = replace(found, agrees=agrees, because=because)
    return Comparison(
        source=dataset.source,
        split=division.parts.how,
        pictures=len(division.data),
        train=len(division.learnt),
        test=len(division.parts.test),
        classes=division.data.classes,
        quarantined=tuple(table.quarantined),
        rows=rows,
        left_out=tuple(run.left_out),
        case=found,
        interrupted=run.interrupted,
        recipes={method.name: method.recipe for method in methods},
        data=shlex.quote(str(data)) if isinstance(data, str | Path) else "DATA",
    )


def _shared(recipe: Recipe, common: Recipe) -> Recipe:
    """Return a recipe with the split and folds that all have in common."""
    return replace(recipe, test_fraction=common.test_fraction, folds=common.folds, seed=common.seed)


class _Run:
    """A comparison on its way.

    Parameters
    ----------
    division : Division
        The pictures and their split.
    budget : Budget
        How long it may take.
    cache, offline, max_bad, progress
        As in `compare`.
    """

    def __init__(
        self,
        division: Division,
        budget: Budget,
        cache: str | Path | None,
        offline: bool,
        max_bad: float,
        progress: Progress,
    ) -> None:
        self.division = division
        self.budget = budget
        self.cache = cache
        self.offline = offline
        self.max_bad = max_bad
        self.told = _Told(progress)
        self.kept = kept.Kept(kept.data_key(division), cache)
        self.rates = Rates(division.data, self.kept, offline=offline, cache=cache, progress=self.told)
        self.finished: list[tuple[NamedRecipe, Outcome]] = []
        self.left_out: list[LeftOut] = []
        self.interrupted = False

    def all(self, methods: Sequence[NamedRecipe]) -> None:
        """Run one after the other, until all are done, or somebody interrupts."""
        for number, method in enumerate(methods, start=1):
            self.told.about(f"{number}/{len(methods)} {method.name}")
            try:
                outcome = self._one(method)
            except KeyboardInterrupt:
                if not self.finished:
                    raise
                self.interrupted = True
                self.left_out += [LeftOut(left.name, "interrupted") for left in methods[number - 1 :]]
                return
            except (HeadwayError, MemoryError) as error:
                self._leave_out(method, str(error) or "not enough memory")
                continue
            if outcome is not None:
                self.finished.append((method, outcome))
                self.told.note(f"{method.name}: {outcome.test['accuracy']:.3f}")

    def _one(self, method: NamedRecipe) -> Outcome | None:
        """Return what a recipe reaches: what is kept of it, or else what it does now; None without time for it."""
        key = kept.recipe_key(method.recipe)
        outcome = self.kept.get(key, self._read)
        if outcome is None:
            if (refusal := self.budget.refusal(method.recipe)) is not None:
                self._leave_out(method, refusal)
                return None
            outcome = self._new(method)
            self.kept.try_put(key, outcome.to_dict(), self.told)
        self.budget.learn_from(method.recipe, outcome.took)
        return replace(outcome, reading=self.rates.seconds(method.recipe))

    def _new(self, method: NamedRecipe) -> Outcome:
        """Run a recipe."""
        with method.answering():
            fitted = learn(
                self.division.data,
                method.recipe,
                cache=self.cache,
                offline=self.offline,
                max_bad=self.max_bad,
                progress=self.told,
            )
        if kept.data_key(fitted.division) != kept.data_key(self.division):
            raise DataError("the pictures have changed since the comparison began: run it again")
        features = fitted.report["features"]
        self.rates.note(method.recipe, features["computed"], features["images_per_s"])
        self.told.start("timing predictions", None)
        return Outcome.of(fitted)

    def _read(self, values: Mapping[str, object]) -> Outcome:
        outcome = Outcome.from_dict(values)
        if len(outcome.predicted) != len(self.division.parts.test):
            raise DataError("what was kept is of other pictures")
        return outcome

    def _leave_out(self, method: NamedRecipe, reason: str) -> None:
        self.left_out.append(LeftOut(method.name, reason))
        self.told.note(f"left out {method.name}: {reason}")


class _Told:
    """A `Progress` that says which recipe a stage belongs to, and repeats no note."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name = ""
        self._notes: set[str] = set()

    def about(self, name: str) -> None:
        """Say which recipe comes now."""
        self._name = name

    def start(self, stage: str, total: int | None = None) -> None:
        """Say that a stage begins."""
        self._progress.start(f"{self._name}: {stage}", total)

    def advance(self, steps: int = 1) -> None:
        """Say that steps are done."""
        self._progress.advance(steps)

    def note(self, message: str) -> None:
        """Say a line, once."""
        if message not in self._notes:
            self._notes.add(message)
            self._progress.note(message)


def _case(run: _Run, table: FeatureTable, outputs: tuple[str, ...], seed: int) -> cases.Case | None:
    """Measure, or find kept, what tells the four cases apart; None when interrupted meanwhile."""
    division = run.division
    of = f"case, seed {seed}"
    if (known := run.kept.get(of, cases.Case.from_dict)) is not None:
        return known
    run.told.about("which case")
    try:
        points = curve.measure(table, outputs, division, seed=seed, progress=run.told)
        like = similarity.measure(division.data.pictures, seed=seed, progress=run.told)
    except KeyboardInterrupt:
        run.interrupted = True
        return None
    classes = len(np.unique(division.labels[division.learnt]))
    found = cases.Case(len(division.learnt), classes, points, like)
    run.kept.try_put(of, found.to_dict(), run.told)
    return found
