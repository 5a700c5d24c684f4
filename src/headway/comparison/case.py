"""Which of the four cases of transfer learning it is, and whether the table agrees with what that suggests.

::

                 similar to ImageNet                 different from it
    small        1 freeze, train a new head          3 features of earlier layers
    large        2 fine-tune the whole network       4 train all of it, from scratch or from the pretrained weights
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.comparison.curve import Point
from headway.comparison.similarity import Similarity
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.comparison.ranking import Row

_LEVELLED = 0.01  # accuracy that the last doubling brings where more pictures no longer help a frozen network
_ENOUGH = 300  # training pictures a class, without which a levelled curve is not believed
_PLENTY = 1_000  # training pictures a class that are many whatever the curve says

_SUGGESTED = {
    1: "freeze the network and train a new head",
    2: "fine-tune the whole network",
    3: "read features of earlier layers",
    4: "train the whole network, from scratch or from the pretrained weights",
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
        Whether the table bears the suggestion out; None where what is suggested was not run.
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
        verdict = {True: "The table agrees: ", False: "The table does not agree: ", None: ""}[self.agrees]
        lines = [
            f"Case {self.number} of 4, {'large' if self.large else 'small'} and "
            f"{'similar' if like.similar else 'different'}: the rule says to {self.suggestion}.",
            f"  {size}",
            f"  {likeness}",
        ]
        return [*lines, f"  {verdict}{self.because}"] if self.because else lines


def agreement(number: int, rows: Sequence[Row]) -> tuple[bool | None, str]:
    """Say whether the table bears out what a case suggests.

    Parameters
    ----------
    number : int
        1 to 4.
    rows : sequence of Row
        The best first, at least one.

    Returns
    -------
    tuple of (bool or None, str)
        None where nothing of what is suggested was run; and why.
    """
    suggested = [row for row in rows if row.family in _FAMILIES[number]]
    if not suggested:
        return None, "none of the recipes that ran does that, so the table cannot tell."
    own, best = suggested[0], rows[0]
    if number == 3:
        return _earlier_layers(own, rows)
    if own is best:
        return True, f"{own.name} is the best."
    if own.level_with_best:
        return True, f"{own.name} cannot be told from the best, {best.name}."
    return False, f"{best.name} is {own.points:.1f} points better than {own.name}."


def _earlier_layers(own: Row, rows: Sequence[Row]) -> tuple[bool | None, str]:
    """Compare features of several depths with those of the last layer."""
    best = rows[0]
    if not own.level_with_best:
        return False, f"{best.name} is {own.points:.1f} points better than {own.name}."
    last = next((row for row in rows if row.family == "frozen"), None)
    if last is None:
        return True, f"{own.name} is {'the best' if own is best else f'level with the best, {best.name}'}."
    ahead = last.points - own.points
    if ahead >= 0:
        return True, f"{own.name} is {ahead:.1f} points better than {last.name}."
    return False, f"{last.name} is {-ahead:.1f} points better than {own.name}."
