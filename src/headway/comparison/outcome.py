"""What is known of a recipe once it has run: plain numbers, and the predictions that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.comparison.timing import measure
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.fitting import Fitted
    from headway.types import IntArray

_SCORES = ("n", "right", "accuracy", "low", "high", "balanced_accuracy", "macro_f1", "log_loss", "ece")
_CV = ("folds", "n", "accuracy", "low", "high", "log_loss", "ece")


@dataclass(frozen=True, eq=False)
class Folds:
    """Predictions of pictures by heads that had not seen them.

    Parameters
    ----------
    rows : int64 array (m,)
        Which pictures.
    fold : int64 array (m,)
        In which fold each was held out.
    predicted : int64 array (m,)
        The most probable class of each.
    """

    rows: IntArray
    fold: IntArray
    predicted: IntArray


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a recipe reached, and what it cost.

    Parameters
    ----------
    test : mapping
        Scores on the test split: ``n``, ``right``, ``accuracy``, ``low``, ``high``, ``macro_f1``, ``log_loss`` …
    cv : mapping or None
        The cross-validated score, where there is one.
    predicted : int64 array (t,)
        The most probable class of each test picture.
    folds : Folds or None
        What the cross-validated score is made of; None for a network that was trained, or a given validation split.
    head : str
        Kind of head.
    features : str
        Name of the feature set, and what it is read from.
    dim : int
        How many features the head reads.
    kind : {"network", "descriptor"}
        Where the features come from.
    fitting : float
        Seconds to fit it where its features are known.
    took : float
        Seconds that it really took here, with what was kept from before.
    ms_per_picture : float
        To predict one, from its file, in milliseconds.
    megabytes : float
        Size of the model's file, 10⁶ bytes.
    reading : float
        Seconds to compute the features, by a rate that recipes share (`headway.comparison.rates`); not kept.
    """

    test: Mapping[str, float]
    cv: Mapping[str, float] | None
    predicted: IntArray
    folds: Folds | None
    head: str
    features: str
    dim: int
    kind: str
    fitting: float
    took: float
    ms_per_picture: float
    megabytes: float
    reading: float = 0.0

    @property
    def seconds(self) -> float:
        """To fit it, from pictures whose features are not known yet."""
        return self.reading + self.fitting

    @classmethod
    def of(cls, fitted: Fitted) -> Outcome:
        """Take from a fit what a comparison needs, and measure how quickly its model predicts."""
        report, out_of_fold = fitted.report, fitted.out_of_fold
        features, cv = report["features"], report["cv"]
        earlier = (report["training"] or {}).get("earlier_s", 0.0)
        folds = None
        if out_of_fold is not None and len(np.unique(out_of_fold.fold)) > 1:
            folds = Folds(out_of_fold.rows, out_of_fold.fold, out_of_fold.logits.argmax(axis=1))
        return cls(
            test={key: report["test"][key] for key in _SCORES},
            cv=None if cv is None or folds is None else {key: cv[key] for key in _CV},
            predicted=fitted.test_logits.argmax(axis=1),
            folds=folds,
            head=report["head"]["kind"],
            features=f"{features['set']} of {features['backbone']}",
            dim=features["dim"],
            kind="descriptor" if fitted.model.is_handmade else "network",
            fitting=report["seconds"]["total"] - report["seconds"]["features"] + earlier,
            took=report["seconds"]["total"],
            ms_per_picture=measure(fitted),
            megabytes=len(fitted.model.content) / 1e6,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "reading"}
        folds = None if self.folds is None else {key: getattr(self.folds, key).tolist() for key in _FOLDS}
        cv = None if self.cv is None else dict(self.cv)
        return values | {"test": dict(self.test), "cv": cv, "predicted": self.predicted.tolist(), "folds": folds}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """Return what `to_dict` was made of.

        Raises
        ------
        DataError
            When these are not such values.
        """
        try:
            folds, cv = values["folds"], values["cv"]
            arrays = {} if folds is None else {key: np.asarray(folds[key], np.int64) for key in _FOLDS}
            if len({len(array) for array in arrays.values()}) > 1:
                raise DataError("what was kept of a recipe is not whole")
            return cls(
                test={key: float(values["test"][key]) for key in _SCORES},
                cv=None if cv is None else {key: float(cv[key]) for key in _CV},
                predicted=np.asarray(values["predicted"], np.int64),
                folds=None if folds is None else Folds(**arrays),
                head=str(values["head"]),
                features=str(values["features"]),
                dim=int(values["dim"]),
                kind=str(values["kind"]),
                fitting=float(values["fitting"]),
                took=float(values["took"]),
                ms_per_picture=float(values["ms_per_picture"]),
                megabytes=float(values["megabytes"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"what was kept of a recipe cannot be read: {error}") from error


_FOLDS = tuple(field.name for field in fields(Folds))
