"""What a fit found out. A model's file carries it, all but times, rates, cache counts and paths."""

from __future__ import annotations

import ntpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from headway.facts.alternatives import Alternative
from headway.facts.audit import Finding
from headway.facts.bounds import LeftOut
from headway.facts.budget import BudgetReport
from headway.facts.data import Data
from headway.facts.forecast import LearningCurve
from headway.facts.scores import BinaryScores, CrossValidation, PartScores, Scores
from headway.facts.streaming import Streamed
from headway.facts.training import Training, Trial
from headway.facts.transfer import Case

WORST_ERROR = 0.05  # expected calibration error that does no harm
MOST_CELLS = 100_000  # of a confusion matrix in a model's file
_FILES = ("backbone", "weights")  # settings that may be paths; of those a model's file has the last part
_HUB = "hf:"

Setting: TypeAlias = str | bool | int | float | tuple[str | float, ...]
"""A value of a recipe."""


@dataclass(frozen=True)
class Backbone:
    """What the features come from.

    Parameters
    ----------
    name : str
        As users type it.
    kind : {"network", "descriptor"}
        Whether it is an ONNX network, or hand-made formulas that only Headway computes.
    sha256 : str
        Of the network's ONNX file, or of the formulas, in hexadecimal.
    licence : str
        SPDX identifier of the weights' licence; empty where it is not known.
    parameters : int
        Number of learned parameters; 0 for hand-made descriptors.
    source : str
        Of a network of the Hugging Face hub, its repository with the commit, its file and that one's digest; empty for
        others.
    """

    name: str
    kind: Literal["network", "descriptor"]
    sha256: str
    licence: str
    parameters: int
    source: str = ""


@dataclass(frozen=True)
class Input:
    """How a picture becomes the input of the network.

    Parameters
    ----------
    size : int
        Height and width in pixels.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    decoding : str
        Name of the decoding policy: ``docs/pictures.md``.
    bands : tuple of int
        Which bands of a picture are read, from 1; empty for the usual ones.
    value_range : tuple of float
        Of more than 8 bits, the value that becomes black and the one that becomes white; empty for what formats say.
    """

    size: int
    resize: Literal["crop", "squash", "letterbox"]
    decoding: str
    bands: tuple[int, ...] = ()
    value_range: tuple[float, ...] = ()

    @property
    def is_as_keras(self) -> bool:
        """Whether pictures are decoded as Keras does, and not by Headway's own policy."""
        return self.decoding.partition("-")[0] == "keras"


@dataclass(frozen=True)
class Selection:
    """Which features were left out.

    Parameters
    ----------
    method : str
        The recipe's ``select``.
    total : int
        Features before.
    selected : int
        Features after.
    removed : mapping of str to int
        How many of each output of the backbone went.
    """

    method: str
    total: int
    selected: int
    removed: Mapping[str, int]


@dataclass(frozen=True)
class Features:
    """What the head reads, and what it cost to compute it.

    Parameters
    ----------
    name : str
        The feature set: ``"last"``, ``"depths"`` or ``"flat"``, or the name of a layer or an output.
    outputs : tuple of str
        The backbone's outputs that it is made of, in order.
    dim : int
        How many numbers of a picture the head reads.
    words : tuple of int
        Sizes of the vocabularies of visual words, for local descriptors.
    selection : Selection or None
        Which were left out; None where none was.
    precision : {"fp32", "bf16"}
        Arithmetic of the network.
    computed : int or None
        Pictures whose features were computed in this run; None in a model's file.
    cached : int or None
        Pictures whose features were stored before; None in a model's file.
    images_per_s : float or None
        Rate of those computed; None if none was, and in a model's file.
    """

    name: str
    outputs: tuple[str, ...]
    dim: int
    words: tuple[int, ...]
    selection: Selection | None
    precision: Literal["fp32", "bf16"]
    computed: int | None = None
    cached: int | None = None
    images_per_s: float | None = None


@dataclass(frozen=True)
class Candidate:
    """A head that was tried.

    Parameters
    ----------
    kind : str
        ``"logistic"``, ``"mlp"``, ``"centroid"``, …
    features : str
        The feature set that it read.
    C : float or None
        Inverse strength of the penalty, where the kind has one.
    accuracy : float
        Out of fold; that of the best of several is optimistic.
    log_loss : float
        Out of fold, after calibration; what is chosen by.
    solver : tuple of str
        Where a published grid search chose by accuracy: scikit-learn's solvers that predict this; otherwise none.
    """

    kind: str
    features: str
    C: float | None
    accuracy: float
    log_loss: float
    solver: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalibrationCheck:
    """Whether probabilities of pictures that were not learned from can be believed.

    Parameters
    ----------
    kind : {"temperature", "vector", "platt"}
        The calibration that the model has: one number; two for each class; or these two within a logistic function.
    n : int
        Pictures that were looked at.
    error : float
        Expected calibration error of these, from 0 to 1; where there are numbers for each class, fitted to, and chosen
        by, other pictures.
    limit : float or None
        The 99 % quantile of that error, if the probabilities were true; None where the error is 0.05 or less.
    error_before : float or None
        The error with one temperature, where another calibration took its place.
    log_loss, log_loss_before : float or None
        Of both, in nats.
    tried : {"vector", "platt"} or None
        Another calibration that did not mend the error, and was left.
    """

    kind: Literal["temperature", "vector", "platt"]
    n: int
    error: float
    limit: float | None = None
    error_before: float | None = None
    log_loss: float | None = None
    log_loss_before: float | None = None
    tried: Literal["vector", "platt"] | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the error is beyond chance, and large enough to matter."""
        return self.limit is not None and self.error > max(self.limit, WORST_ERROR)


@dataclass(frozen=True)
class Head:
    """The head, and what it was chosen from.

    Parameters
    ----------
    kind : str
        ``"logistic"``, ``"mlp"``, ``"centroid"``, …
    C : float or None
        Inverse strength of the penalty, where the kind has one.
    temperature : float
        What logits are divided by before the softmax.
    candidates : tuple of Candidate
        All that were tried, in order; empty for a network that was trained.
    solver : str
        That of scikit-learn's in a published grid search, otherwise empty.
    calibration : CalibrationCheck or None
        How far probabilities can be believed; None in files of older versions.
    left_out : LeftOut or None
        What was not tried because of the number of classes; None where that is nothing.
    streamed : Streamed or None
        How it learned where the features are more than memory is to hold; None where they were in memory.
    """

    kind: str
    C: float | None
    temperature: float
    candidates: tuple[Candidate, ...] = ()
    solver: str = ""
    calibration: CalibrationCheck | None = None
    left_out: LeftOut | None = None
    streamed: Streamed | None = None


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """What a fit did, and how good the result is.

    Parameters
    ----------
    schema : int
        Number of this form; it changes when a reader of the old one would be misled.
    headway : str
        Version of Headway that made it.
    classes : tuple of str
        Names of the classes, in the order of the probabilities.
    recipe : mapping
        Everything that was asked for, by the fields of `headway.Recipe`.
    data : Data
        What was learned from.
    input : Input
        What the model takes.
    backbone : Backbone
        What its features come from.
    features : Features
        What the head reads.
    head : Head
        What was learned on them.
    training : Training or None
        How a network was trained; None where the features stayed as they were.
    trial : Trial or None
        What fine-tuning was weighed against, where the recipe leaves that to the measurement.
    cross_validation : CrossValidation or None
        How the procedure scores on pictures that it did not see; None for a network that was trained.
    test : Scores or None
        How the model scores on the test pictures; None where none were held back.
    case : Case or None
        Which of the four cases of transfer learning it is, by a sample of the pictures; None for fewer training
        pictures than that, for hand-made descriptors and raw pixels, and for a file of features.
    findings : tuple of Finding
        What checks of the data found, of those that a fit makes; ``headway audit`` makes all. Empty for hand-made
        descriptors, raw pixels and files of features.
    forecast : LearningCurve or None
        What more pictures would bring; None where that was not looked into, as for hand-made descriptors.
    alternatives : tuple of Alternative
        What ``headway compare`` measured of fine-tuning and of bigger networks, on exactly these pictures, labels and
        division; empty where it did not, and in a model's file.
    before_refit : PartScores or None
        How what was watched on the validation pictures scored on the test pictures, before it learnt from the
        validation pictures, too; None where the model's file holds that itself, or nothing was watched.
    last_epoch : PartScores or None
        How a network scored on the test pictures after its last epoch, as publications report it; None where that epoch
        is the one that was kept, or where it learnt once more.
    binary : BinaryScores or None
        How the model answers yes or no to each class of the test pictures, where its loss is binary cross-entropy.
    test_calibration : CalibrationCheck or None
        Whether its probabilities of the test pictures can be believed.
    budget : BudgetReport or None
        What was tried within a budget, where there was one.
    seconds : mapping of str to float or None
        By stage, and in all (``total``); None in a model's file.
    model : str or None
        Where the model was saved; None before it is, and in the file itself.
    """

    schema: int = 1
    headway: str
    classes: tuple[str, ...]
    recipe: Mapping[str, Setting]
    data: Data
    input: Input
    backbone: Backbone
    features: Features
    head: Head
    training: Training | None = None
    trial: Trial | None = None
    cross_validation: CrossValidation | None = None
    test: Scores | None = None
    case: Case | None = None
    findings: tuple[Finding, ...] = ()
    forecast: LearningCurve | None = None
    alternatives: tuple[Alternative, ...] = ()
    before_refit: PartScores | None = None
    last_epoch: PartScores | None = None
    binary: BinaryScores | None = None
    test_calibration: CalibrationCheck | None = None
    budget: BudgetReport | None = None
    seconds: Mapping[str, float] | None = None
    model: str | None = None

    def to_publish(self) -> FitReport:
        """Return what a model's file may carry: no times, rates, cache counts or paths."""
        training, test = self.training, self.test
        if training is not None:
            history = tuple(replace(epoch, seconds=None) for epoch in training.history)
            training = replace(training, history=history, earlier_s=None, expected=None)
        if test is not None:
            cells = test.confusion
            if len(cells) > MOST_CELLS:
                largest = sorted(cells, key=lambda cell: -cell.count)[:MOST_CELLS]
                cells = tuple(sorted(largest, key=lambda cell: (cell.true, cell.predicted)))
            test = replace(test, mistakes=(), confusion=cells)
        one_colour = self.data.one_colour and replace(self.data.one_colour, files=())
        named = {name: _without_folders(str(self.recipe[name])) for name in _FILES if name in self.recipe}
        return replace(
            self,
            recipe={**self.recipe, **named},
            data=replace(self.data, source=None, quarantined=(), contradictions=(), one_colour=one_colour),
            findings=tuple(replace(finding, pictures=()) for finding in self.findings),
            features=replace(self.features, computed=None, cached=None, images_per_s=None),
            training=training,
            alternatives=(),
            test=test,
            budget=None if self.budget is None else self.budget.to_publish(),
            seconds=None,
            model=None,
        )


def _without_folders(name: str) -> str:
    """Return the last part of what may be a path; the name of a network of the hub is none."""
    return name if name.startswith(_HUB) else ntpath.basename(name)
