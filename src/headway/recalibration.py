"""Whether probabilities can be believed where a classifier ships, and another calibration where they cannot.

One temperature makes probabilities honest on average. Where a class is too sure and another too timid, or where logits
are margins, it does not. So the expected calibration error of predictions for images that were not learned from is held
against what it would be, by chance, if the probabilities were true: labels are drawn from them. The error looks at the
most probable class only, which is right as often as it is probable, so that it is enough to draw whether it is right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from headway import metrics
from headway.calibration import Calibration, Kind, by_rows, fit_calibration, log_softmax
from headway.facts.fit import WORST_ERROR, CalibrationCheck
from headway.heads.parallel import each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

LEVEL = 0.99
_DRAWS = 2_000
_DRAWN_AT_ONCE = 4_000_000  # numbers
_MOST_NUMBERS = 20_000_000  # of logits, for another calibration: of more classes it has too many parameters
_SPREAD = 10.0  # of scales and shifts, about 1 and 0
_PARTS, _INNER_PARTS = 5, 2  # of the images, each calibrated by the others; and of these, to choose by


Other: TypeAlias = Literal["vector", "platt"]


class Predictions(NamedTuple):
    """Predictions of m images by classifiers that had not seen them."""

    logits: FloatArray  # (m, k), before calibration
    labels: IntArray  # (m,)
    weights: FloatArray  # (m,), of the log-loss
    shares: FloatArray  # (m,): what each counts in scores
    contents: IntArray  # (m,): images with the same number are identical, and right or wrong together
    groups: IntArray  # (m,): images with the same number belong together

    @classmethod
    def of(
        cls,
        logits: FloatArray,
        labels: IntArray,
        *,
        weights: FloatArray | None = None,
        shares: FloatArray | None = None,
        contents: IntArray | None = None,
        groups: IntArray | None = None,
    ) -> Predictions:
        """Put predictions together: where nothing else is said, each image counts one, and stands by itself."""
        one, own = np.ones(len(labels), np.float32), np.arange(len(labels))
        return cls(
            logits,
            labels,
            one if weights is None else weights,
            one if shares is None else shares,
            own if contents is None else contents,
            own if groups is None else groups,
        )

    def at(self, rows: NDArray[np.bool_]) -> Predictions:
        """Return those of some images."""
        return Predictions(
            self.logits[rows],
            self.labels[rows],
            self.weights[rows],
            self.shares[rows],
            self.contents[rows],
            self.groups[rows],
        )

    def top(self, calibration: Calibration) -> metrics.Top:
        """Return the most probable class of each image, some at a time: of thousands of classes, all take gigabytes."""

        def some(logits: FloatArray, labels: IntArray) -> metrics.Top:
            return metrics.top(labels, calibration.probabilities(logits))

        return metrics.Top(*by_rows(some, self.logits, self.labels))

    def error(self, log_probabilities: FloatArray) -> float:
        """Return the expected calibration error of probabilities."""
        return metrics.calibration_error(metrics.top(self.labels, np.exp(log_probabilities)), self.shares)

    def losses(self, log_probabilities: FloatArray) -> FloatArray:
        """Return the log-loss of each image."""
        own: FloatArray = -log_probabilities[np.arange(len(self.labels)), self.labels]
        return own


def other_for(head: str) -> Other:
    """Return what is tried for the logits of a kind of head: Platt's for margins, vector scaling for others."""
    return "platt" if head == "svm" else "vector"


class Checked(NamedTuple):
    """A calibration, and how far its probabilities can be believed."""

    calibration: Calibration
    fact: CalibrationCheck
    logits: FloatArray | None = None  # (m, k): calibrated by images of other groups, the choice made by these, too


def chance_error(
    confidence: NDArray[np.float64], shares: FloatArray, contents: IntArray, seed: int, level: float = LEVEL
) -> float:
    """Return a quantile of the calibration errors that probabilities (m,) of the top classes have if they are true.

    Examples
    --------
    >>> rows = np.arange(1000)
    >>> round(chance_error(np.full(1000, 0.9), np.ones(1000, "f4"), rows, seed=0), 3)
    0.025
    """
    random = np.random.default_rng(seed)
    units = np.unique(contents, return_inverse=True)[1]
    bins = metrics.bins_of(confidence)
    order = np.argsort(bins, kind="stable")
    starts = np.searchsorted(bins[order], np.unique(bins))
    confidence, weights, units = confidence[order], (shares / shares.sum()).astype(np.float64)[order], units[order]
    step = max(1, _DRAWN_AT_ONCE // len(order))
    errors = []
    for start in range(0, _DRAWS, step):
        drawn = random.random((min(step, _DRAWS - start), int(units.max()) + 1))[:, units]
        gaps = np.add.reduceat(((drawn < confidence) - confidence) * weights, starts, axis=1)
        errors.append(np.abs(gaps).sum(axis=1))
    return float(np.quantile(np.concatenate(errors), level))


def check(rows: Predictions, calibration: Calibration, other: Other | None, *, seed: int = 0) -> Checked:
    """Check a temperature; where its probabilities are not to be believed, try another calibration, if one is named.

    Both are judged on images of other
    groups than they were fitted to, and the other one is taken where log-loss and calibration error are lower.
    """
    top = rows.top(calibration)
    error = metrics.calibration_error(top, rows.shares)
    limit = _limit(rows, top, seed) if error > WORST_ERROR else None
    fact = CalibrationCheck("temperature", len(rows.labels), error, limit)
    if limit is None or error <= limit:
        return Checked(calibration, fact)
    parts = _parts(rows, seed)
    if other is None or rows.logits.size > _MOST_NUMBERS or len(np.unique(parts)) < 2:
        return Checked(calibration, fact)
    plain = _cross_fitted(rows, parts, "temperature")
    if not _is_better(rows, _cross_fitted(rows, parts, other), plain):
        return Checked(calibration, replace(fact, tried=other))
    nested = _nested(rows, parts, other, seed)
    shipped = log_softmax(nested)
    fact = CalibrationCheck(
        kind=other,
        n=len(rows.labels),
        error=rows.error(shipped),
        limit=_limit(rows, metrics.top(rows.labels, np.exp(shipped)), seed),
        error_before=rows.error(plain),
        log_loss=float(np.average(rows.losses(shipped), weights=rows.weights)),
        log_loss_before=float(np.average(rows.losses(plain), weights=rows.weights)),
    )
    return Checked(fit(rows, other), fact, nested)


def fit(rows: Predictions, kind: Kind) -> Calibration:
    """Fit a calibration of a kind by least log-loss; Platt's logistic functions together, as they are made to sum to 1.

    A normal prior of spread 10 holds scales at 1 and shifts at 0: a temperature may be wrong by so much for a class.
    """
    plain = fit_calibration(rows.logits, rows.labels, rows.weights)
    if kind == "temperature":
        return plain
    from scipy.optimize import minimize

    values = plain.logits(rows.logits.astype(np.float64))
    n, k = values.shape
    share = (rows.weights / rows.weights.sum(dtype=np.float64))[:, None]
    doubt = 1 / (n + 1)  # as for a temperature
    wanted = np.full((n, k), doubt / k)
    wanted[np.arange(n), rows.labels] += 1 - doubt

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, shift = parameters.reshape(2, k)
        logits = values * scale + shift
        calibrated = -np.logaddexp(0, -logits) if kind == "platt" else logits
        logarithms = log_softmax(calibrated)
        losses = -wanted * logarithms
        slope = share * (np.exp(logarithms) - wanted)
        if kind == "platt":  # times the derivative of the logarithm of the logistic function
            slope *= -np.expm1(calibrated)
        off = (parameters - usual) / _SPREAD
        gradient = np.concatenate([(slope * values).sum(axis=0), slope.sum(axis=0)]) + off / _SPREAD / n
        return float((share * losses).sum() + 0.5 * off @ off / n), gradient

    usual = np.repeat([1.0, 0.0], k)
    found = minimize(objective, usual, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    scale, shift = found.astype(np.float32).reshape(2, k).tolist()
    return Calibration(plain.temperature, kind, tuple(scale), tuple(shift))


def _limit(rows: Predictions, top: metrics.Top, seed: int) -> float:
    return chance_error(top.confidence, rows.shares, rows.contents, seed)


def _parts(rows: Predictions, seed: int, count: int = _PARTS) -> IntArray:
    """Deal the images to parts, groups whole."""
    units = np.unique(rows.groups, return_inverse=True)[1]
    dealt: IntArray = np.random.default_rng(seed).permutation(int(units.max()) + 1)[units] % count
    return dealt


def _cross_fitted(rows: Predictions, parts: IntArray, kind: Kind) -> FloatArray:
    """Return log-probabilities of all rows, each by a calibration that was fitted to the other parts."""
    found = np.empty_like(rows.logits)

    def calibrate(part: int) -> None:
        inside = parts == part
        found[inside] = fit(rows.at(~inside), kind).log_probabilities(rows.logits[inside])

    each(calibrate, np.unique(parts).tolist())
    return found


def _is_better(rows: Predictions, other: FloatArray, plain: FloatArray) -> bool:
    gain = float(rows.weights @ (rows.losses(plain) - rows.losses(other)))
    return gain > 0 and rows.error(other) < rows.error(plain)


def _nested(rows: Predictions, parts: IntArray, kind: Kind, seed: int) -> FloatArray:
    """Return calibrated logits of all rows: for each part the kind is chosen, and fitted, by the other parts alone."""
    found = np.empty_like(rows.logits)
    for part in np.unique(parts).tolist():
        others, inside = rows.at(parts != part), parts == part
        inner = _parts(others, seed + 1 + part, _INNER_PARTS)
        chosen: Kind = "temperature"
        if len(np.unique(inner)) > 1:
            plain, other = _cross_fitted(others, inner, "temperature"), _cross_fitted(others, inner, kind)
            chosen = kind if _is_better(others, other, plain) else chosen
        found[inside] = fit(others, chosen).log_probabilities(rows.logits[inside])
    return found
