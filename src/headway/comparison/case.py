"""Which of the four cases of transfer learning it is, and whether the table agrees with what that suggests.

::

                 similar to ImageNet                 different from it
    small        1 freeze, train a new head          3 features of earlier layers
    large        2 fine-tune the whole network       4 train all of it, from scratch or from the pretrained weights
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.comparison.curve import Point
from headway.comparison.ranking import p_text
from headway.comparison.similarity import Similarity
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.comparison.ranking import Paired, Row

_LEVELLED = 0.01  # accuracy that the last doubling brings where more pictures no longer help a frozen network
_ENOUGH = 300  # training pictures a class, without which a levelled curve is not believed
_PLENTY = 1_000  # training pictures a class that are many whatever the curve says

_SUGGESTED = {
    1: "freeze the network and train a new head",
    2: "fine-tune the whole network",
    3: "read features of earlier layers",
    4: "train the whole network, from scratch or from the pretrained weights",
}
_KINDS = {
    "frozen": "features of the last layer",
    "depths": "features of several depths",
    "tuned-part": "the last block trained",
    "tuned-whole": "the whole network trained",
    "scratch": "from random weights",
}
_FAMILIES = {
    1: ("frozen", "depths"),
    2: ("tuned-whole",),
    3: ("depths",),
    4: ("tuned-whole", "scratch"),
}


@dataclass(frozen=True)
class Case:
    """Size of the data set and its similarity to ImageNet, both measured.

    Parameters
    ----------
    train : int
        Training pictures.
    classes : int
        How many there are.
    curve : tuple of Point
        Accuracy of a logistic head on frozen features against the number of training pictures.
    similarity : Similarity
        To ImageNet.
    agrees : bool or None
        Whether the table bears the suggestion out; None where it cannot tell.
    because : str
        What in the table says so.
    """

    train: int
    classes: int
    curve: tuple[Point, ...]
    similarity: Similarity
    agrees: bool | None = None
    because: str = ""

    @property
    def gain(self) -> float | None:
        """Accuracy that the last doubling of the training pictures brought; None where it could not be measured."""
        return self.curve[-1].accuracy - self.curve[-2].accuracy if len(self.curve) > 1 else None

    @property
    def large(self) -> bool:
        """Whether the data set counts as large: many pictures a class, or enough, and twice as many brought nothing."""
        each = self.train / self.classes
        levelled = self.gain is not None and self.gain < _LEVELLED
        return each >= _PLENTY or (each >= _ENOUGH and levelled)

    @property
    def number(self) -> int:
        """Which of the four it is, 1 to 4."""
        return (2 if self.similarity.similar else 4) if self.large else (1 if self.similarity.similar else 3)

    @property
    def suggestion(self) -> str:
        """What the case suggests."""
        return _SUGGESTED[self.number]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Case:
        """Return the measurements that `to_dict` wrote, without what a table said of them.

        Raises
        ------
        DataError
            When these are not such values.
        """
        try:
            points = tuple(Point(int(point["pictures"]), float(point["accuracy"])) for point in values["curve"])
            like = values["similarity"]
            shift, peakedness, likeness = (float(like[key]) for key in ("shift", "peakedness", "similarity"))
            similarity = Similarity(shift, peakedness, likeness, int(like["pictures"]))
            return cls(int(values["train"]), int(values["classes"]), points, similarity)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"what was kept of a case cannot be read: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "number": self.number,
            "train": self.train,
            "classes": self.classes,
            "large": self.large,
            "curve": [{"pictures": point.pictures, "accuracy": point.accuracy} for point in self.curve],
            "gain": self.gain,
            "similarity": self.similarity.to_dict(),
            "suggestion": self.suggestion,
            "agrees": self.agrees,
            "because": self.because,
        }

    def sentences(self) -> list[str]:
        """Say in words what was measured, what it suggests, and whether the table agrees."""
        like = self.similarity
        each = round(self.train / self.classes)
        size = f"{'large' if self.large else 'small'}: {self.train:,} training pictures, {each:,} a class"
        if self.curve:
            steps = ", ".join(f"{point.accuracy:.3f} with {point.pictures:,}" for point in self.curve)
            size += f"; a logistic head on frozen features gets {steps}"
        likeness = (
            f"{'similar to' if like.similar else 'different from'} ImageNet: similarity {like.similarity:.2f} "
            f"(channels shifted by {like.shift:.2f} standard deviations, predictions {like.peakedness:.2f} certain)"
        )
        verdict = {True: "agrees", False: "does not agree", None: "cannot tell"}[self.agrees]
        lines = [
            f"Case {self.number} of 4, {'large' if self.large else 'small'} and "
            f"{'similar' if like.similar else 'different'}: the rule says to {self.suggestion}.",
            f"  {size}",
            f"  {likeness}",
        ]
        return [*lines, f"  The table {verdict}: {self.because}"] if self.because else lines


def agreement(number: int, rows: Sequence[Row], compare: Callable[[Row, Row], Paired]) -> tuple[bool | None, str]:
    """Say whether the table bears out what a case suggests.

    The best recipe that does what is suggested is compared with the best that uses networks otherwise. What cannot be
    told apart bears out only that training the network is not worth it (case 1).

    Parameters
    ----------
    number : int
        1 to 4.
    rows : sequence of Row
        The best first, at least one.
    compare : callable
        Gives the paired comparison of two of the rows.

    Returns
    -------
    tuple of (bool or None, str)
        None where the table cannot tell; and why.
    """
    own = next((row for row in rows if row.family in _FAMILIES[number]), None)
    other = next((row for row in rows if row.family in _KINDS and row.family not in _FAMILIES[number]), None)
    if own is None:
        return None, "none of the recipes that ran does that."
    if other is None:
        return None, f"no recipe that does otherwise ran, to compare {own.name} with."
    found = compare(own, other)
    if found.level and number == 1:
        return True, f"training is not worth it, {_worded(other)} is no better than {_worded(own)}, {_measured(found)}."
    if found.level:
        return None, f"{_worded(own)} is no better than {_worded(other)}, {_measured(found)}."
    better, worse = (own, other) if found.ahead else (other, own)
    points = f"{100 * abs(found.lead):.1f} points better than"
    return found.ahead, f"{_worded(better)} is {points} {_worded(worse)}, {_measured(found)}."


def _worded(row: Row) -> str:
    return f"{row.name} ({_KINDS[row.family]})"


def _measured(found: Paired) -> str:
    return f"on the {'test pictures' if found.p_folds is None else 'folds'}, {p_text(found.p)}"
