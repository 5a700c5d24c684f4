"""What a budget buys: networks, views and sizes beyond the recipe's, as long as there is time.

The ladder is climbed step by step, each with what the ones below have and one thing more. A step is taken where what it
takes, by the speed that is measured on these images, fits into the time that is left. What was taken is then so many
feature sets more of one search, which chooses among them by the same folds as among heads, and whose score is corrected
for all of that choice (docs/adr/0039-budget.md). No test image is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING

from headway import backbones
from headway.backbones import BackboneInfo, composing, converted, handmade
from headway.backbones.published import PUBLISHED
from headway.budget import MOST, Budget, OutOfTimeError, PrefixedProgress
from headway.embedding import embed_images
from headway.embedding.opening import obtain_backbone
from headway.embedding.timing import measure_rate, rate_of_all
from headway.errors import DataError, HeadwayError, MissingExtraError, UserError
from headway.facts.budget import BudgetReport, Step, StepName, StepOutcome
from headway.fitting import frozen, refusals, tuning
from headway.fitting.frozen import Heads, Reader, is_scored_over_all, outputs_to_compute
from headway.fitting.reserve import TIMED, after_search, passes_to_make
from headway.fitting.rungs import Rung, heads_of, outputs_to_read
from headway.recipe import FieldError, Recipe
from headway.rendering import budget as wording
from headway.search import kinds_of, plan

if TYPE_CHECKING:
    from pathlib import Path

    from headway.embedding import FeatureTable
    from headway.facts.fit import Candidate
    from headway.fitting.outcome import Job, TrainedClassifier
    from headway.search import SearchResult
    from headway.session import Session
    from headway.types import IntArray

SECOND, THIRD = "efficientnet_lite2", "efficientnet_lite1"
FROM_HUB = "dinov2_small"  # may be downloaded besides: it was trained in another way, and its licence is Apache-2.0
SIZE = 224  # pixels: what all of them take
_PUBLISHED = tuple(network.name for network in sorted(PUBLISHED, key=lambda network: network.parameters))
LARGER = 288  # pixels: what EfficientNet-Lite0 sees of it halves to whole numbers, as of its own 224


@dataclass(frozen=True)
class Ladder:
    """What may be tried.

    Parameters
    ----------
    budget : Budget
        Seconds for the whole fit.
    fixed : frozenset of str
        Fields of the recipe that were asked for, and stay.
    downloads : bool
        Whether networks may be downloaded.
    """

    budget: Budget
    fixed: frozenset[str] = frozenset()
    downloads: bool = False

    def check(self, recipe: Recipe) -> None:
        """Refuse a recipe that leaves nothing to choose, or that is chosen in another way."""
        for name, value in (("finetune", recipe.finetune), ("scratch", recipe.scratch)):
            if value != "none":
                raise FieldError(name, f"a budget tries by itself whether to train a network: leave {{{name}}} out")
        if recipe.solver or recipe.is_as_published:
            raise UserError("a budget is not for published recipes, which say all: leave --budget out")
        if handmade.is_name(recipe.backbone):
            raise FieldError("backbone", f"a budget chooses networks, and {recipe.backbone} is none: leave one out")
        if not any(self.steps(recipe)):
            raise UserError("a budget chooses networks, views and sizes: what was asked for leaves nothing to choose")

    def steps(self, recipe: Recipe, cache: Path | None = None) -> Iterator[tuple[StepName, dict[str, object]]]:
        """Yield what each step changes of the recipe, in the order of what it is expected to bring in a second."""
        if not self._is_fixed("backbone", recipe):
            hub = (FROM_HUB,) if self.downloads else ()
            for name in dict.fromkeys([SECOND, THIRD, *(name for name in _PUBLISHED if is_here(name, cache)), *hub]):
                yield "another-network", {"backbone": name}
        if not self._is_fixed("tta", recipe):
            yield "mirrored-views", {"tta": True}
        if not self._is_fixed("image_size", recipe) and not self._is_fixed("backbone", recipe):
            yield "larger-pictures", {"image_size": LARGER}

    def tuned(self, recipe: Recipe, backbone: BackboneInfo) -> Recipe | None:
        """Return the recipe of the last step, which trains the network, too; None where there is none."""
        return None if self._is_fixed("finetune", recipe) else tuning.tuned_recipe(recipe, backbone)

    def _is_fixed(self, name: str, recipe: Recipe) -> bool:
        return name in self.fixed or getattr(recipe, name) != getattr(Recipe(), name)


@dataclass(eq=False, repr=False)
class Climb:
    """The steps of a ladder, as they are taken.

    Parameters
    ----------
    job : Job
        With the ladder.
    ladder : Ladder

    Attributes
    ----------
    heads : Heads
        On the features of the recipe, the first rung, and of all rungs once they are chosen among.
    """

    job: Job
    ladder: Ladder
    heads: Heads = field(init=False)
    rungs: dict[int, Rung] = field(default_factory=dict)  # by number of the step
    steps: list[Step] = field(default_factory=list)
    _rates: dict[str, float] = field(default_factory=dict)
    _search_s: float = 0.0
    _after_s: float = 0.0  # what follows the search
    _found: SearchResult = field(init=False)

    def train(self) -> TrainedClassifier:
        """Do what `frozen.train` does, with all that there is time for."""
        assert self.job.backbone is not None
        classifier = frozen.train(self.job, self.job.backbone, self)
        rung = self._rung(classifier.features.name)
        report = self._report(classifier.learned.candidates, rung)
        recipe = rung.recipe if len(self.rungs) == 1 else _settled(rung.recipe, classifier)
        classifier = replace(classifier, recipe=recipe, budget=report)
        last = self.ladder.tuned(self.job.recipe, self.job.backbone)
        if last is None:
            return classifier
        tuned, step = tuning.fine_tune(self.job, last, self.ladder.budget.keeping(self._after_s), self._found)
        if tuned is None:
            return replace(classifier, budget=report.then(step))
        return replace(tuned, recipe=last, budget=report.overtaken().then(replace(step, outcome="chosen")))

    def choose(self, rows: IntArray, folds: list[tuple[IntArray, IntArray]], *, watches: bool) -> SearchResult:
        """Take the steps that there is time for, and choose among them by folds of these rows."""
        job, begin = self.job, time.perf_counter()
        assert job.backbone is not None
        self.heads = Heads(job.division, job.table, job.backbone, job.recipe, job.session.progress)
        self.rungs[0] = Rung(job.recipe, job.backbone, job.table, self.heads.sets)
        first = self.heads.choose(rows, folds, watches=watches)
        self._search_s = time.perf_counter() - begin
        self._after_s = after_search(len(job.division.labels), self._search_s)
        spent = job.clock.seconds().get("features", 0.0) + self._search_s
        self.steps.append(self._step("default", job.recipe, job.backbone, "no-better", seconds=spent))
        recipe = job.recipe
        for name, changes in self.ladder.steps(job.recipe, job.session.cache):
            recipe = self._try(name, recipe, changes)
        self._found = first
        if len(self.rungs) > 1:
            self.heads = heads_of(self.rungs, self.heads)
            begin = time.perf_counter()
            self._found = self.heads.choose(rows, folds, watches=watches)
            self._search_s = time.perf_counter() - begin
        return self._found

    def _try(self, name: StepName, recipe: Recipe, changes: dict[str, object]) -> Recipe:
        """Take a step if there is time; return the recipe from which the next one goes on."""
        wanted = _with(recipe, changes)
        session, budget = self.job.session, self.ladder.budget
        info = self._obtain(wanted)
        if not isinstance(info, BackboneInfo):
            size = wanted.image_size or self.rungs[0].backbone.input_size
            self.steps.append(Step(name, wanted.backbone, size, wanted.tta, info))
            return recipe
        if self._is_too_wide(info, wanted):
            self.steps.append(self._step(name, wanted, info, "too-many-classes"))
            return recipe
        progress = PrefixedProgress(session.progress)
        progress.prefix = wording.prefix(name)
        limited = replace(session, progress=progress)
        left = budget.left
        if left <= self._rest():  # no step is quick enough, so its speed is not measured
            self.steps.append(self._step(name, wanted, info, "no-time", left=left))
            return recipe
        expected = self._expected(limited, wanted, info)
        step = self._step(name, wanted, info, "no-time", expected=expected, left=left)
        if expected + self._rest() <= left:
            begin = time.perf_counter()
            try:
                with progress.stopping(budget.keeping(self._rest())), self.job.clock("features"):
                    table = self._embed(limited, wanted, info)
            except OutOfTimeError:
                step = replace(step, outcome="stopped", seconds=time.perf_counter() - begin)
            else:
                sets = {f"{wanted.features} of step {len(self.steps) + 1}": outputs_to_read(info, wanted)}
                self.rungs[len(self.steps)] = Rung(wanted, info, table, sets)
                step = replace(step, outcome="no-better", seconds=time.perf_counter() - begin)
        self.steps.append(step)
        session.progress.note(wording.taken(step))
        return wanted if step.outcome == "no-better" else recipe

    def _step(
        self,
        name: StepName,
        recipe: Recipe,
        info: BackboneInfo,
        outcome: StepOutcome,
        *,
        expected: float | None = None,
        left: float | None = None,
        seconds: float | None = None,
    ) -> Step:
        return Step(name, info.name, info.input_size, recipe.tta, outcome, expected, left, seconds)

    def _obtain(self, recipe: Recipe) -> BackboneInfo | StepOutcome:
        """Return a network that is here or may be downloaded, or why it is not to be had."""
        session = self.job.session
        missing = [name for name in recipe.backbone.split(composing.JOIN) if not is_here(name, session.cache)]
        if missing and (session.offline or not self.ladder.downloads) and recipe.backbone != self.job.recipe.backbone:
            return "not-here"
        if missing and any(step.outcome == "too-many-classes" for step in self.steps):
            return "too-many-classes"  # another network would be fetched for nothing
        try:
            for name in missing:
                network = next((network for network in backbones.listed() if network.name == name), None)
                if network is not None:
                    session.progress.note(wording.download(name, network.parameters, network.licence))
            info = obtain_backbone(session, recipe)
            refusals.check_backbone(session, recipe, info)
        except MissingExtraError:
            return "not-installed"
        except HeadwayError as error:
            session.progress.note(str(error))
            return "failed"
        return info

    def _is_too_wide(self, info: BackboneInfo, recipe: Recipe) -> bool:
        """Say whether a search with a step would leave so much out that nothing would be compared with the step.

        So it is where the search without a budget leaves something out: what it took says nothing of a whole one.
        """
        width = sum(info.dims[name] for name in outputs_to_read(info, recipe))
        heads, n_classes = kinds_of(recipe.head), self.job.division.n_classes
        whole = plan({recipe.features: width}, heads, n_classes, n=1, n_folds=1, C=recipe.C, measured=True) is None
        return not whole or self.heads.plan(n=1, n_folds=1) is not None

    def _expected(self, session: Session, recipe: Recipe, info: BackboneInfo) -> float:
        """Return the seconds that a step's features take, and the choice of a head among them."""
        data, seconds = self.job.division.data, 0.0
        for part, missing in passes_to_make(session, data, info, recipe, self.job.table.reading):
            if missing and part.sha256 not in self._rates:
                measured = measure_rate(session, data.pictures, part, recipe, TIMED)
                self._rates[part.sha256] = min(measured, rate_of_all(self.job.table))
            seconds += missing / self._rates[part.sha256] if missing else 0.0
        return seconds + self._search_s * self._searches * self._share(info, recipe)

    def _rest(self) -> float:
        """Return the seconds that the rest of the fit takes without another step."""
        taken = sum(self._share(rung.backbone, rung.recipe) for rung in list(self.rungs.values())[1:])
        return self._after_s + self._search_s * (1 + self._searches * (1 + taken))

    @property
    def _searches(self) -> int:
        """How often a head is chosen: for the model, and of few images once more, for the score."""
        return 2 if is_scored_over_all(self.job.division) else 1

    def _share(self, info: BackboneInfo, recipe: Recipe) -> float:
        """Return how many features a step adds to the search, beside those of the first."""
        first = sum(self.rungs[0].backbone.dims[name] for outputs in self.rungs[0].sets.values() for name in outputs)
        return sum(info.dims[name] for name in outputs_to_read(info, recipe)) / first

    def _embed(self, session: Session, recipe: Recipe, info: BackboneInfo) -> FeatureTable:
        table = embed_images(
            session,
            self.job.division.data,
            info,
            resize=recipe.resize,
            reading=self.job.table.reading,
            precision=recipe.precision,
            outputs=outputs_to_compute(info, recipe),
            device=recipe.device,
        )
        if len(table) != len(self.job.table):
            raise DataError("the pictures changed while their features were computed: run it again")
        return table

    def reader(self, features: str) -> Reader:
        """Return what a feature set is."""
        rung = self._rung(features)
        return Reader(rung.backbone, rung.table, rung.sets[features])

    def _rung(self, features: str) -> Rung:
        return next(rung for rung in self.rungs.values() if features in rung.sets)

    def _report(self, candidates: Sequence[Candidate], chosen: Rung) -> BudgetReport:
        """Return what each step brought and cost."""
        shares = {
            place: self._share(rung.backbone, rung.recipe) if place else 1.0 for place, rung in self.rungs.items()
        }
        steps = list(self.steps)
        for place, rung in self.rungs.items():
            best = min((one for one in candidates if one.features in rung.sets), key=lambda one: one.log_loss)
            searched = self._search_s * shares[place] / sum(shares.values()) if place else 0.0
            steps[place] = replace(
                steps[place],
                outcome="chosen" if rung is chosen else "no-better",
                seconds=(steps[place].seconds or 0.0) + searched,
                accuracy=best.accuracy,
                log_loss=best.log_loss,
            )
        return BudgetReport(self.ladder.budget.limit, tuple(steps))


def _with(recipe: Recipe, changes: dict[str, object]) -> Recipe:
    """Return a recipe with a step's changes; another network stands beside those that there are."""
    changed = dict(changes)
    if "backbone" in changed:
        changed["backbone"] = f"{recipe.backbone}{composing.JOIN}{changed['backbone']}"
    if recipe.features == "auto":
        changed["features"] = "depths"
    return replace(recipe, **changed)  # type: ignore[arg-type]


def _settled(recipe: Recipe, classifier: TrainedClassifier) -> Recipe:
    """Return a step's recipe with the head that was chosen among those of all steps, so that it gives this one again.

    Alone, the step might choose another one.
    """
    features = classifier.features.name if recipe.features == "auto" else recipe.features
    penalty = () if classifier.learned.C is None else (classifier.learned.C,)
    return replace(recipe, features=features, head=classifier.learned.kind, C=penalty)  # type: ignore[arg-type]


def is_here(name: str, cache: Path | None) -> bool:
    """Say whether a network is on this machine, for pictures of the size that all in a ladder take.

    Examples
    --------
    >>> is_here("efficientnet_lite0", None)
    True
    """
    if any(info.name == name for info in backbones.CATALOGUE):
        return backbones.is_available(backbones.find(name), cache)
    usual = converted.lookup(name, cache)
    of_size = converted.lookup(converted.key(name, image_size=SIZE), cache)
    return of_size is not None or (usual is not None and usual.input_size == SIZE)


def ladder_of(budget: float | None, fixed: Iterable[str], *, allow_download: bool) -> Ladder | None:
    """Return what a budget, in seconds, may try while the settings ``fixed`` stay; None without a budget."""
    if budget is None:
        if allow_download:
            raise UserError(
                "allow_download (--allow-download) is for a budget (--budget), which chooses networks: give both"
            )
        return None
    if isinstance(budget, bool) or not isinstance(budget, Real) or not 0 < budget <= MOST:
        raise UserError(
            f"a budget must be a number of seconds above 0, and 30 days ({MOST:.0f}) at most, not {budget!r}"
        )
    return Ladder(Budget(float(budget)), frozenset(fixed), allow_download)
