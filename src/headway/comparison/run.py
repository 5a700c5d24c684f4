"""The comparison itself: every recipe on the same images, split and folds."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones, fitting
from headway._version import __version__
from headway.budget import Budget, OutOfTimeError, PrefixedProgress
from headway.clock import duration
from headway.comparison import curve
from headway.comparison.advice import advise, pick
from headway.comparison.agreement import agreement
from headway.comparison.descriptors import DESCRIPTORS, of_selection, select
from headway.comparison.estimates import Estimates
from headway.comparison.methods import DEFAULT, choose, fit_command, in_turn, with_names, with_network
from headway.comparison.outcome import Outcome
from headway.comparison.ranking import Judged, Ran, compare_pair, rank
from headway.comparison.rates import FeatureRates
from headway.comparison.result import Comparison
from headway.comparison.ways import measured_ways
from headway.dataset import Dataset, check_trainable, read_within
from headway.embedding import choose_reading, embed_images, is_features_file
from headway.errors import DataError, HeadwayError, MissingExtraError, UserError
from headway.evaluation import scoring
from headway.facts.bounds import Needed
from headway.facts.comparison import ComparedData, ComparisonReport, Estimate, LeftOut, Row
from headway.facts.descriptors import DescriptorSelection
from headway.facts.transfer import Agreement, Case
from headway.fitting.alternatives import remember
from headway.fitting.cache import OutcomeCache, data_key, recipe_key
from headway.fitting.division import divide
from headway.fitting.frozen import feature_sets, plan_search
from headway.ranges import AUTO
from headway.recipe import Recipe
from headway.rendering import comparison as wording
from headway.session import Session
from headway.shards import is_feature_dataset, pictures_of
from headway.transfer import similarity
from headway.transfer.case import classify
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.facts.scores import ConfusionCell
    from headway.fitting.division import Division
    from headway.recipes import NamedRecipe
    from headway.types import Bands, Progress


_COMMON = ("test_fraction", "folds", "seed", "bands", "value_range")


def compare(
    data: Dataset | str | Path | Sequence[str | Path],
    recipes: Sequence[NamedRecipe] | Mapping[str, Recipe] | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    descriptors: bool = False,
    budget: float | None = None,
    backbone: str = Recipe.backbone,
    weights: str = "",
    image_size: int = 0,
    test_fraction: float = 0.2,
    folds: int = 5,
    seed: int = 0,
    bands: Bands = (),
    value_range: str = AUTO,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Comparison:
    """Run recipes on identical splits and folds, and compare what they reach and what they cost.

    A recipe that cannot be run (an extra that is not installed, weights that are not there) is left out, with the
    reason. Networks come before hand-made descriptors. How long it is likely to take is told to ``progress`` before the
    first recipe runs. Outcomes are cached: the same comparison with one recipe more runs that recipe only. When
    interrupted (KeyboardInterrupt) after at least one recipe, it returns what there is so far.

    Parameters
    ----------
    data : Dataset or path, or list of paths
        Labelled pictures, from `headway.read`, or what that takes.
    recipes : mapping of str to Recipe, or sequence of NamedRecipe, optional
        What to compare; by default `headway.comparison.DEFAULT`. Their test_fraction, folds, seed, bands and
        value_range are not used.
    only, skip : iterable of str
        Names of recipes to keep or to leave out.
    descriptors : bool
        Whether to choose hand-made descriptors by forward selection, and compare what was chosen, too; without
        ``recipes`` the list is then `headway.comparison.descriptors.DESCRIPTORS`.
    budget : float, optional
        Seconds. No recipe is started that is likely to take longer than what is left of them, and one that does so all
        the same is stopped at its next step; what it computed stays in the cache.
    backbone, weights, image_size
        As in `headway.Recipe`, for the recipes that name no network of their own.
    test_fraction, folds, seed, bands, value_range
        As in `headway.Recipe`, the same for all.
    cache, offline, max_bad, progress
        As in `headway.fit`.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        When the pictures or labels do not allow it.
    UserError
        When there is no such recipe, none of them could be run, or the budget was spent before the first.

    Examples
    --------
    >>> import headway
    >>> from headway.comparison import compare
    >>> heads = {head: headway.Recipe(backbone="tiny", head=head) for head in ("centroid", "logistic")}
    >>> comparison = compare(headway.demo.pictures(), heads)
    >>> sorted(row.name for row in comparison.rows)
    ['centroid', 'logistic']
    """
    usual = DESCRIPTORS if descriptors else DEFAULT
    methods = choose(usual if recipes is None else with_names(recipes), only, skip)
    common = Recipe(test_fraction=test_fraction, folds=folds, seed=seed, bands=bands, value_range=value_range)
    network = Recipe(backbone=backbone, weights=weights, image_size=image_size)
    methods = [with_network(method, network) for method in methods]
    named = {method.name: method for method in methods}
    methods = in_turn(replace(method, recipe=_with_common(method.recipe, common)) for method in methods)
    if budget is not None and not (isinstance(budget, Real) and budget > 0):
        raise UserError(f"a budget must be a number of seconds above 0, not {budget!r}")
    if is_features_file(data):
        raise UserError(f"{data} holds features, and a comparison needs the pictures: give their folder")
    prefixed = PrefixedProgress(Silent() if progress is None else progress)
    limit = Budget() if budget is None else Budget(budget)
    with Session.open(cache, offline=offline, max_bad=max_bad, progress=prefixed) as session:
        if isinstance(data, str | Path) and is_feature_dataset(data):
            dataset = pictures_of(session, data)
        else:
            dataset = read_within(session, data)
        check_trainable(dataset)
        info = backbones.find(similarity.NETWORK)
        try:
            with prefixed.stopping(limit):
                compute = partial(embed_images, session, dataset, info, resize=common.resize)
                table = choose_reading(session, dataset, common, compute)
                division = divide(dataset, table, common, prefixed)
        except OutOfTimeError:
            raise UserError(
                f"a budget must suffice for the features that every comparison needs, and {duration(limit.limit)} did "
                "not: run again with a larger one; what was computed is stored"
            ) from None
        if not len(division.parts.test):
            raise DataError("a comparison needs test pictures: take a test fraction above 0")
        # The training pictures have decided, for all recipes.
        common = common.with_reading(table.reading)
        methods = [replace(method, recipe=_with_common(method.recipe, common)) for method in methods]
        spared = () if only else tuple(method.name for method in usual if recipes is None or method in recipes)
        runner = _Runner(division, limit, session, prefixed, spared)
        runner.rates.record(replace(common, backbone=info.name), table.computed, table.images_per_s)
        estimate = runner.estimate(methods)
        if estimate is not None:
            prefixed.note(wording.estimate(estimate, budget))
        runner.run_all(methods)
        selection = runner.select_descriptors(common) if descriptors and not runner.interrupted else None
        if selection is not None and (chosen := of_selection(selection)) is not None:
            named[chosen.name] = chosen = replace(chosen, recipe=_with_common(chosen.recipe, common))
            methods.append(chosen)
            runner.run_all([chosen])
        if not runner.finished:
            first = runner.left_out[0]
            raise UserError(f"none of the recipes could be run; {first.name}: {wording.why_left_out(first)}")
        remember(runner.cache, measured_ways(runner.finished, named, division), prefixed)
        rows = rank(runner.finished, runner.judged)
        case = None if runner.interrupted else runner.measure_case(table, info.feature_sets["last"], seed)
    if case is not None:
        case = replace(case, agreement=runner.agreement(case, rows))
    taken = pick(rows)
    words = _shell_words(data)
    commands = {method.name: fit_command(method.recipe, words, named[method.name]) for method in methods}
    return Comparison(
        ComparisonReport(
            headway=__version__,
            data=ComparedData(
                source=dataset.source,
                n=len(division.data),
                classes=division.data.classes,
                quarantined=tuple(table.quarantined),
                division=division.parts.division,
                value_range=table.reading.value_range,
            ),
            rows=rows,
            confusion=runner.confusion(rows[0]),
            left_out=tuple(runner.left_out),
            take=None if taken is None else taken.name,
            command=None if taken is None else commands[taken.name],
            advice=advise(rows),
            case=case,
            interrupted=runner.interrupted,
            estimate=estimate,
            selection=selection,
        ),
        None if taken is None else named[taken.name],
    )


def _shell_words(data: Dataset | str | Path | Sequence[str | Path]) -> str:
    """Return the sources as they are typed, or DATA for what is in memory."""
    if isinstance(data, str | Path):
        return shlex.quote(str(data))
    if isinstance(data, list | tuple) and all(isinstance(source, str | Path) for source in data):
        return shlex.join(map(str, data))
    return "DATA"


def _with_common(recipe: Recipe, common: Recipe) -> Recipe:
    """Return a recipe with the bands, range of values, split and folds that all have in common.

    One that decodes as Keras does knows neither bands nor ranges.
    """
    shared = ("test_fraction", "folds", "seed") if recipe.decoding == "keras" else _COMMON
    return replace(recipe, **{name: getattr(common, name) for name in shared})


class _Runner:
    """Runs recipes one after the other, or finds their outcomes in the cache.

    Those that are ``spared``, by their names, are left out where their heads need much with so many classes.
    """

    def __init__(
        self,
        division: Division,
        budget: Budget,
        session: Session,
        progress: PrefixedProgress,
        spared: Collection[str],
    ) -> None:
        self.division = division
        self.judged = Judged(division.labels, division.parts.test, division.counted(Recipe()))
        self.budget = budget
        self.session = session
        self.progress = progress
        self.cache = OutcomeCache(data_key(division), session.cache)
        self.rates = FeatureRates(division.data, self.cache, session)
        self.estimates = Estimates(len(division.data), self.rates, lambda recipe: self._needed(recipe).seconds)
        self.spared = spared
        self.finished: list[Ran] = []
        self.left_out: list[LeftOut] = []
        self.interrupted = False

    def estimate(self, methods: Sequence[NamedRecipe]) -> Estimate | None:
        """Return how long the recipes are likely to take; None where all have run, or the budget was spent on it."""
        seconds = []
        try:
            with self.progress.stopping(self.budget):
                for method in methods:
                    if self._known(method.recipe) is None and not self._is_spared(method):
                        with suppress(MissingExtraError):
                            seconds.append(self.estimates.seconds(method.recipe))
        except OutOfTimeError:
            return None
        return Estimate(sum(seconds), len(seconds), len(self.division.data)) if seconds else None

    def run_all(self, methods: Sequence[NamedRecipe]) -> None:
        """Run the recipes, until all are done or the user interrupts."""
        for number, method in enumerate(methods, start=1):
            self.progress.prefix = f"{number}/{len(methods)} {method.name}"
            try:
                self._run(method)
            except KeyboardInterrupt:
                if not self.finished:
                    raise
                self.interrupted = True
                self.left_out += [LeftOut(left.name, "interrupted") for left in methods[number - 1 :]]
                return
            except MissingExtraError as error:
                self._leave_out(LeftOut(method.name, "missing-extra", str(error)))
            except HeadwayError as error:
                self._leave_out(LeftOut(method.name, "failed", str(error)))
            except MemoryError as error:
                self._leave_out(LeftOut(method.name, "memory", str(error)))

    def _run(self, method: NamedRecipe) -> None:
        outcome = self._known(method.recipe)
        if outcome is None:
            if self._is_spared(method):
                self._leave_out(LeftOut(method.name, "classes", needed=self._needed(method.recipe)))
                return
            overrun = self.budget.beside(self.estimates.seconds(method.recipe))
            if overrun.needed > overrun.left:
                self._leave_out(LeftOut(method.name, "budget", overrun=overrun))
                return
            try:
                outcome = self._fit(method)
            except OutOfTimeError:
                self._leave_out(LeftOut(method.name, "stopped", overrun=overrun))
                return
            self.cache.try_save(recipe_key(method.recipe), outcome, self.progress)
        self.estimates.record(method.recipe, outcome.fit_s)
        self.finished.append(Ran(method, outcome, self.rates.seconds(method.recipe)))
        self.progress.note(f"{method.name}: {outcome.test.accuracy:.3f}")

    def _is_spared(self, method: NamedRecipe) -> bool:
        return method.name in self.spared and self._needed(method.recipe).is_much

    def _needed(self, recipe: Recipe) -> Needed:
        """Return what the head of a recipe needs where it is tried whatever it takes, with many classes."""
        if recipe.trains_network:
            return Needed(0.0)
        try:
            info = backbones.find(recipe.backbone, recipe.image_size)
            n = len(self.division.development_rows)
            sets = feature_sets(info, recipe)
            plan = plan_search(info.dims, sets, recipe, self.division.n_classes, n, recipe.folds)
        except HeadwayError:  # the recipe itself will say why, when it is its turn
            return Needed(0.0)
        return Needed(0.0) if plan is None or plan.needed is None else plan.needed

    def _known(self, recipe: Recipe) -> Outcome | None:
        outcome = self.cache.load(recipe_key(recipe), Outcome)
        return outcome if outcome is not None and outcome.is_of(len(self.division.parts.test)) else None

    def _fit(self, method: NamedRecipe) -> Outcome:
        with method.locating_errors(), self.progress.stopping(self.budget):
            fitted = fitting.fit_recipe(self.session, self.division.data, method.recipe, with_case=False)
        if data_key(fitted.division) != data_key(self.division):
            raise DataError("the pictures have changed since the comparison began: run it again")
        features = fitted.report.features
        self.rates.record(method.recipe, features.computed or 0, features.images_per_s)
        self.progress.start("timing predictions", None)
        return Outcome.of(fitted, method.recipe)

    def _leave_out(self, left: LeftOut) -> None:
        self.left_out.append(left)
        self.progress.note(f"left out {left.name}: {wording.why_left_out(left)}")

    def measure_case(self, table: FeatureTable, outputs: tuple[str, ...], seed: int) -> Case | None:
        """Measure what tells the four cases apart, or find it in the cache; None when it is stopped meanwhile."""
        division = self.division
        name = "case, " + ", ".join([f"seed {seed}", *filter(None, [table.reading.name])])
        if (known := self.cache.load(name, Case)) is not None:
            return known
        self.progress.prefix = "which case"
        try:
            with self.progress.stopping(self.budget):
                points = curve.measure(table, outputs, division, seed=seed, progress=self.progress)
                similar = similarity.measure(
                    division.data.pictures, reading=table.reading, seed=seed, progress=self.progress
                )
        except OutOfTimeError:
            return None
        except KeyboardInterrupt:
            self.interrupted = True
            return None
        classes = len(np.unique(division.labels[division.development_rows]))
        case = classify(len(division.development_rows), classes, points, similar)
        self.cache.try_save(name, case, self.progress)
        return case

    def select_descriptors(self, common: Recipe) -> DescriptorSelection | None:
        """Choose hand-made descriptors, or find the choice in the cache; None when it is stopped meanwhile."""
        name = f"descriptors, {recipe_key(common)}"
        if (known := self.cache.load(name, DescriptorSelection)) is not None:
            return known
        self.progress.prefix = "descriptors"
        try:
            with self.progress.stopping(self.budget):
                selection = select(self.session, self.division, common)
        except OutOfTimeError:
            return None
        except KeyboardInterrupt:
            self.interrupted = True
            return None
        if selection is not None:
            self.cache.try_save(name, selection, self.progress)
        return selection

    def confusion(self, row: Row) -> tuple[ConfusionCell, ...]:
        """Return the confusion matrix of a recipe that ran, on the test images that its score counts."""
        ran = next(ran for ran in self.finished if ran.method.name == row.name)
        test = self.division.parts.test
        counts = self.division.counted(ran.method.recipe)[test]
        predicted = np.array(ran.outcome.predicted)[counts]
        return scoring.confusion(self.division.labels[test][counts], predicted, len(self.division.data.classes))

    def agreement(self, case: Case, rows: Sequence[Row]) -> Agreement:
        """Say whether the table bears out what the case suggests."""
        outcomes = {ran.method.name: ran.outcome for ran in self.finished}
        return agreement(case.number, rows, lambda a, b: compare_pair(outcomes[a.name], outcomes[b.name], self.judged))
