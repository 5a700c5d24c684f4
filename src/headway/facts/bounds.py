"""What was left out because of the number of classes."""

from __future__ import annotations

from dataclasses import dataclass

_LONG_S = 300
_MUCH_GB = 4


@dataclass(frozen=True)
class Needed:
    """What a head that is named is likely to need with so many classes.

    Parameters
    ----------
    seconds : float
        On two cores, to choose and to fit it.
    gigabytes : float
        Of memory, 10⁹ bytes.
    """

    seconds: float
    gigabytes: float = 0.0

    @property
    def is_much(self) -> bool:
        """Whether nobody would want it unasked."""
        return self.seconds > _LONG_S or self.gigabytes > _MUCH_GB


@dataclass(frozen=True)
class LeftOut:
    """What a search did not try, because a head has a weight for each of so many classes and features.

    Parameters
    ----------
    classes : int
        How many classes there are.
    features : tuple of str
        Feature sets.
    heads : tuple of str
        Kinds of heads.
    penalties : int
        How many of the usual values of C.
    folds : int
        How many of the folds of the cross-validation were not predicted.
    pictures : int
        How many pictures of the other folds were not.
    over_all : bool
        Whether the cross-validation over all pictures, which small data sets are scored by, was left out, too.
    calibration : bool
        Whether probabilities are doubtful, and no other calibration than a temperature was tried.
    checks : bool
        Whether checks that rest on predictions, such as those of labels, were: they look at all pairs of classes.
    """

    classes: int
    features: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    penalties: int = 0
    folds: int = 0
    pictures: int = 0
    over_all: bool = False
    calibration: bool = False
    checks: bool = False
