"""What a comparison found out: the document of ``headway compare --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from headway.facts.bounds import LeftOut as NotTried
from headway.facts.bounds import Needed
from headway.facts.data import Division, Source
from headway.facts.descriptors import DescriptorSelection
from headway.facts.fit import Setting
from headway.facts.scores import ConfusionCell, CrossValidation
from headway.facts.transfer import Case, TestKind
from headway.types import Quarantined

Family: TypeAlias = Literal[
    "majority", "colour", "handmade", "scratch", "frozen", "depths", "tuned-part", "tuned-whole"
]
"""Kind of method."""

PRETRAINED_FAMILIES: tuple[Family, ...] = ("frozen", "depths", "tuned-part", "tuned-whole")
NETWORK_FAMILIES: tuple[Family, ...] = ("scratch", *PRETRAINED_FAMILIES)

AdviceCode: TypeAlias = Literal[
    "take-best",
    "take-cheaper",
    "no-pretrained",
    "optimism",
    "next",
    "majority-level",
    "colour-best",
    "colour-close",
    "colour-behind",
]
"""What a piece of advice says."""


@dataclass(frozen=True)
class ComparedData:
    """The images, the same for all recipes.

    Parameters
    ----------
    source : Source
        What was read, and how.
    n : int
        Images that could be read.
    classes : tuple of str
        Names of the classes.
    quarantined : tuple of Quarantined
        Images that could not be read.
    division : Division
        How the images were split.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    """

    source: Source
    n: int
    classes: tuple[str, ...]
    quarantined: tuple[Quarantined, ...]
    division: Division
    value_range: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A recipe that ran.

    Parameters
    ----------
    name : str
        Name of the recipe.
    title : str
        What it is, in a few words.
    family : str
        Kind of method.
    recipe : mapping
        What was asked for, by the fields of `headway.Recipe`.
    n, right : int
        Test images, and how many of them were right.
    accuracy, low, high : float
        Part of the test images that is right, and the ends of its 95 % interval.
    cross_validation : CrossValidation or None
        The cross-validated score; None for a network that was trained, or where the data set has its own validation
        split.
    macro_f1, log_loss, ece : float
        On the test images.
    seconds : float
        What training takes when no features are in the cache.
    ms_per_picture : float
        Median time to predict one image from its file, in milliseconds.
    megabytes : float
        Size of the model's file, in 10⁶ bytes.
    head : str
        Kind of head, as the recipe chose it.
    features : str
        Feature set that the head reads: ``"last"``, ``"depths"`` or ``"flat"``, or the name of a layer or an output.
    backbone : str
        Name of what computes the features.
    dim : int
        How many features the head reads.
    p_test : float or None
        McNemar's mid-p against the best on the test images; None for the best itself.
    p_folds : float or None
        Corrected resampled t-test against the best on the folds; None where one of the two has no folds.
    p : float or None
        The one that decides: ``p_folds`` where there is one.
    verdict : {"best", "level", "worse"}
        The best; not distinguishable from it; or worse beyond chance.
    points : float
        Accuracy below the best on the test images, in percentage points.
    left_out : LeftOut or None
        What its search did not try because of the number of classes; None where that is nothing.
    """

    name: str
    title: str
    family: Family
    recipe: Mapping[str, Setting]
    n: int
    right: int
    accuracy: float
    low: float
    high: float
    cross_validation: CrossValidation | None
    macro_f1: float
    log_loss: float
    ece: float
    seconds: float
    ms_per_picture: float
    megabytes: float
    head: str
    features: str
    backbone: str
    dim: int
    p_test: float | None
    p_folds: float | None
    p: float | None
    verdict: Literal["best", "level", "worse"]
    points: float
    left_out: NotTried | None = None

    @property
    def decided_by(self) -> TestKind:
        """Which of the two tests decides."""
        return "test" if self.p_folds is None else "folds"


@dataclass(frozen=True)
class Overrun:
    """Too little time for a recipe.

    Parameters
    ----------
    budget : float
        Seconds for the whole comparison.
    left : float
        Seconds of them that were left when it was the recipe's turn.
    needed : float
        Seconds that the recipe was likely to take.
    """

    budget: float
    left: float
    needed: float


@dataclass(frozen=True)
class LeftOut:
    """A recipe that did not run, or not to its end.

    Parameters
    ----------
    name : str
        What it is called.
    reason : {"budget", "stopped", "interrupted", "missing-extra", "classes", "memory", "failed"}
        No time for it; it ran until the budget was spent; stopped by the user; something is not installed; too much for
        so many classes, where nobody named it; not enough memory; any other error.
    message : str
        What the error said; empty where there was none.
    overrun : Overrun or None
        How much time there was, where that is the reason.
    needed : Needed or None
        What its head needs, where the number of classes is the reason.
    """

    name: str
    reason: Literal["budget", "stopped", "interrupted", "missing-extra", "classes", "memory", "failed"]
    message: str = ""
    overrun: Overrun | None = None
    needed: Needed | None = None


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One piece of advice.

    Parameters
    ----------
    code : str
        ``"take-best"`` and ``"take-cheaper"``: the recipe to take, the second where the best is no better beyond
        chance and takes twice as long or more. ``"no-pretrained"``: nothing is recommended, as no pretrained network
        ran; it is about the best of what did. ``"optimism"``: the figure of the best is a little too good, as it was
        chosen by it. ``"next"``: what the next best costs. ``"majority-level"``: nothing can be told from always naming
        the largest class. ``"colour-best"``, ``"colour-close"``, ``"colour-behind"``: how a colour histogram does.
    recipe : str
        Name of the recipe that it is about.
    other : str or None
        Name of the recipe that this one is compared with.
    points : float or None
        Accuracy of ``recipe`` above that of ``other`` on the test images, in percentage points.
    seconds : float or None
        How much longer ``recipe`` takes to train than ``other``.
    """

    code: AdviceCode
    recipe: str
    other: str | None = None
    points: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Estimate:
    """How long a comparison is likely to take, as it is said before the first recipe runs.

    Parameters
    ----------
    seconds : float
        For all recipes whose outcome is not in the cache; features in the store are not computed again.
    recipes : int
        How many these are.
    pictures : int
        How many images there are.
    """

    seconds: float
    recipes: int
    pictures: int


@dataclass(frozen=True, kw_only=True)
class ComparisonReport:
    """Recipes compared on the same images.

    Parameters
    ----------
    schema : int
        Number of this form.
    headway : str
        Version of Headway that made it.
    data : ComparedData
        The images, and how they were split.
    rows : tuple of Row
        The recipes that ran, the best first.
    confusion : tuple of ConfusionCell
        The cells of the confusion matrix of the best that are not 0, on the test images.
    left_out : tuple of LeftOut
        The recipes that did not run, or not to their end.
    take : str or None
        Name of the recipe to take; None where no pretrained network ran.
    command : str or None
        Command line that fits it by itself.
    advice : tuple of Advice
        What the table advises.
    case : Case or None
        Which of the four cases of transfer learning it is; None when it was interrupted, or the budget was spent,
        before that was measured.
    interrupted : bool
        Whether the user stopped it.
    estimate : Estimate or None
        How long it was likely to take; None where all recipes had run before.
    selection : DescriptorSelection or None
        How hand-made descriptors were chosen; None where that was not asked for, or stopped meanwhile.
    """

    schema: int = 1
    headway: str
    data: ComparedData
    rows: tuple[Row, ...]
    confusion: tuple[ConfusionCell, ...]
    left_out: tuple[LeftOut, ...]
    take: str | None
    command: str | None
    advice: tuple[Advice, ...]
    case: Case | None
    interrupted: bool
    estimate: Estimate | None = None
    selection: DescriptorSelection | None = None
