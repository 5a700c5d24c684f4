"""What the steps of a fit hand on, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import softmax
from headway.evaluation.predictions import Predictions
from headway.splits import repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.backbones import BackboneInfo
    from headway.calibration import Calibration
    from headway.clock import Clock
    from headway.embedding import FeatureTable
    from headway.facts.budget import BudgetReport
    from headway.facts.fit import Features, FitReport
    from headway.facts.fit import Head as HeadFacts
    from headway.facts.predictions import PictureResult
    from headway.facts.scores import BinaryScores, CrossValidation, PartScores, Scores
    from headway.facts.training import Training, Trial
    from headway.fitting.division import Division
    from headway.heads import Head
    from headway.model import Model
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.types import FloatArray, IntArray, Precision

_ROWS = 2_000  # whose probabilities are computed at a time


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be trained, and on what.

    Parameters
    ----------
    session : Session
    recipe : Recipe
        What to do.
    backbone : BackboneInfo or None
        Where features come from; None where a network is trained from random weights.
    table : FeatureTable
        The features of all images that could be read.
    division : Division
        Which of them are learned from.
    clock : Clock
        Told how long each stage takes.
    """

    session: Session
    recipe: Recipe
    backbone: BackboneInfo | None
    table: FeatureTable
    division: Division
    clock: Clock


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Predictions of images by classifiers that had not seen them.

    Parameters
    ----------
    rows : int64 array (m,)
        Positions in the division's data set.
    logits : float32 array (m, classes)
        Calibrated.
    fold : int64 array (m,) or None
        In which fold each was held out; None for the validation part of a trained network.
    """

    rows: IntArray
    logits: FloatArray
    fold: IntArray | None = None

    @property
    def is_cross_validated(self) -> bool:
        """Whether there are several folds."""
        return self.fold is not None and len(np.unique(self.fold)) > 1


@dataclass(frozen=True, eq=False)
class TrainedClassifier:
    """A classifier before it is tested.

    Parameters
    ----------
    backbone : BackboneInfo
        What its features come from.
    network : bytes or None
        The ONNX file of that, None for hand-made descriptors.
    outputs : tuple of str
        The outputs that the head reads.
    precision : {"fp32", "bf16"}
        Arithmetic of the network.
    transform : Transform
        From these outputs to what the head reads.
    head : Head
    calibration : Calibration
        What makes probabilities of its logits.
    test_logits : float32 array (t, classes)
        Of the test images, not calibrated.
    earlier_test_logits : float32 array (t, classes) or None
        The same of what was watched on the validation images, before it learned from these, too; None where that was
        not done.
    last_test_logits : float32 array (t, classes) or None
        The same of a network after its last epoch, where another was kept and it did not learn once more.
    features, learned : Features, Head
        Facts of what the head reads, and of the head.
    cross_validation : CrossValidation or None
        How the procedure scores on images that it did not see.
    held_out : HeldOut or None
        What that score, or the one on the validation part, is made of.
    training : Training or None
        How the training of a network, or of a published network's head, went.
    trial : Trial or None
        What fine-tuning was weighed against, where the recipe leaves that to the measurement.
    recipe : Recipe or None
        What it was made by, where that is another than was asked for: within a budget.
    budget : BudgetReport or None
        What was tried within it.
    """

    backbone: BackboneInfo
    network: bytes | None
    outputs: tuple[str, ...]
    precision: Precision
    transform: Transform
    head: Head
    calibration: Calibration
    test_logits: FloatArray
    features: Features
    learned: HeadFacts
    cross_validation: CrossValidation | None = None
    held_out: HeldOut | None = None
    training: Training | None = None
    trial: Trial | None = None
    earlier_test_logits: FloatArray | None = None
    last_test_logits: FloatArray | None = None
    recipe: Recipe | None = None
    budget: BudgetReport | None = None


@dataclass(frozen=True, eq=False)
class Tested:
    """How a classifier does on the test images.

    Parameters
    ----------
    scores : Scores
    before_refit : PartScores or None
        Those of ``earlier_test_logits``.
    last_epoch : PartScores or None
        Those of ``last_test_logits``.
    binary : BinaryScores or None
        What it answers to each class, where its loss is binary cross-entropy.
    """

    scores: Scores
    before_refit: PartScores | None = None
    last_epoch: PartScores | None = None
    binary: BinaryScores | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model, and the predictions that its scores are made of.

    Parameters
    ----------
    model : Model
    division : Division
        The images that could be read, and how they were split.
    test_logits : float32 array (t, classes)
        Of the test images, in the order of ``division.parts.test``, calibrated.
    held_out : HeldOut or None
        Predictions of images that are not test images, by classifiers that had not seen them.
    unreadable : tuple of PictureResult
        The images that could not be read. They have a split where the data set brings one.
    table : FeatureTable or None
        The features of the images, which can be read as long as the session is open.
    """

    model: Model
    division: Division
    test_logits: FloatArray = field(repr=False)
    held_out: HeldOut | None = field(default=None, repr=False)
    unreadable: tuple[PictureResult, ...] = ()
    table: FeatureTable | None = field(default=None, repr=False)

    @property
    def report(self) -> FitReport:
        """How the fit went, as ``headway fit --json`` prints it."""
        return self.model.report

    def results(self) -> Iterator[PictureResult]:
        """Yield a row for each image and source; those that could not be read come last, with the reason."""
        division, test = self.division, self.division.parts.test
        if self.held_out is not None:
            rows = self.held_out.rows
            # Identical files are in one fold, so only a given validation part can hold what was learned from.
            seen = np.zeros(len(rows), np.bool_)
            if not self.held_out.is_cross_validated:
                seen = repeats(division.hashes, rows, np.setdiff1d(division.development_rows, rows))
            yield from self._predictions(rows, self.held_out.logits, seen, self.held_out)
        yield from self._predictions(test, self.test_logits, division.seen_in_training, None)
        yield from self.unreadable

    def _predictions(
        self, rows: IntArray, logits: FloatArray, seen: NDArray[np.bool_], held_out: HeldOut | None
    ) -> Iterator[PictureResult]:
        for start in range(0, len(rows), _ROWS):  # probabilities of all, and of thousands of classes, take gigabytes
            some = slice(start, start + _ROWS)
            yield from self._some_predictions(rows[some], logits[some], seen[some], held_out, some)

    def _some_predictions(
        self, rows: IntArray, logits: FloatArray, seen: NDArray[np.bool_], held_out: HeldOut | None, some: slice
    ) -> Predictions:
        division = self.division
        folds = held_out is not None and held_out.is_cross_validated
        return Predictions(
            source="test" if held_out is None else "cross-validation" if folds else "validation",
            paths=division.data.names(rows),
            labels=division.labels[rows],
            probabilities=softmax(logits),
            classes=division.data.classes,
            seen_in_training=seen,
            split=division.part_of_row[rows],
            fold=held_out.fold[some] if held_out is not None and held_out.fold is not None and folds else None,
        )
