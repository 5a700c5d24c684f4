"""What a recipe reached, as the cache holds it: numbers, and the predictions that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headway.comparison import timing
from headway.comparison.methods import family
from headway.errors import DataError
from headway.facts.bounds import LeftOut
from headway.facts.comparison import Family
from headway.facts.scores import CrossValidation, PartScores

if TYPE_CHECKING:
    from headway.fitting import Fitted
    from headway.recipe import Recipe


@dataclass(frozen=True)
class FoldPredictions:
    """Predictions of m images by heads that had not seen them."""

    rows: tuple[int, ...]  # which images
    fold: tuple[int, ...]  # in which fold each was held out
    predicted: tuple[int, ...]  # the most probable class of each


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a recipe reached, and what it cost."""

    test: PartScores
    cross_validation: CrossValidation | None  # where `folds` are known
    predicted: tuple[int, ...]  # the most probable class of each test image
    folds: FoldPredictions | None  # None for a network that was trained, or a given validation split
    family: Family
    head: str
    features: str  # the feature set that the head reads
    backbone: str  # what computes it
    parameters: int  # that it has
    dim: int  # how many features the head reads
    fit_s: float  # to fit it where its features are known
    elapsed_s: float  # that it took here, with what was in the cache
    ms_per_picture: float  # to predict one image from its file
    megabytes: float  # size of the model's file, 10⁶ bytes
    left_out: LeftOut | None  # what its search did not try because of the number of classes

    @classmethod
    def of(cls, fitted: Fitted, recipe: Recipe) -> Outcome:
        """Take from a fit what a comparison needs, and measure how quickly its model predicts."""
        report, held_out = fitted.report, fitted.held_out
        if report.test is None:
            raise DataError("a comparison needs test pictures: a test fraction above 0")
        folds = None
        if held_out is not None and held_out.fold is not None and held_out.is_cross_validated:
            arrays = (held_out.rows, held_out.fold, held_out.logits.argmax(axis=1))
            folds = FoldPredictions(*(tuple(array.tolist()) for array in arrays))
        training, seconds = report.training, report.seconds or {}
        fine_tuned = recipe.finetune != "none" and (report.trial is None or report.trial.chosen == "fine-tuned")
        trained: Literal["none", "last-block", "all"] = "none"
        if training is not None and fine_tuned:
            trained = "all" if training.part == "all" else "last-block"
        return cls(
            test=PartScores.of(report.test),
            cross_validation=None if folds is None else report.cross_validation,
            predicted=tuple(fitted.test_logits.argmax(axis=1).tolist()),
            folds=folds,
            family=family(recipe, kind=report.backbone.kind, features=report.features.name, trained=trained),
            head=report.head.kind,
            features=report.features.name,
            backbone=report.backbone.name,
            parameters=report.backbone.parameters,
            dim=report.features.dim,
            fit_s=seconds["total"] - seconds["features"] + ((training and training.earlier_s) or 0.0),
            elapsed_s=seconds["total"],
            ms_per_picture=timing.measure(fitted),
            megabytes=len(fitted.model.content) / 1e6,
            left_out=report.head.left_out,
        )

    def is_of(self, test_pictures: int) -> bool:
        """Say whether the predictions, which come from a file, are as many as they must be."""
        folds = self.folds
        return len(self.predicted) == test_pictures and (
            folds is None or len(folds.rows) == len(folds.fold) == len(folds.predicted)
        )
