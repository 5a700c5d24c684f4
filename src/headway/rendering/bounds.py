"""What was left out because of the number of classes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import about, plural

if TYPE_CHECKING:
    from headway.facts.bounds import LeftOut, Needed


def left_out(bound: LeftOut) -> str:
    """Say what a search did not try, and how to have it tried.

    Examples
    --------
    >>> from headway.facts.bounds import LeftOut
    >>> left_out(LeftOut(1000, folds=3))
    'Not tried, as there are 1,000 classes: 3 folds'
    >>> left_out(LeftOut(1000, features=("last",), penalties=7))[-83:]
    'features last, 7 values of C; what is named with --features, --head or --C is tried'
    """
    nameable = bound.features or bound.heads or bound.penalties
    return not_tried(bound) + ("; what is named with --features, --head or --C is tried" if nameable else "")


def needed(head: str, needs: Needed, classes: int) -> str:
    """Say beforehand what a head needs that was named.

    Examples
    --------
    >>> from headway.facts.bounds import Needed
    >>> needed("svm", Needed(2400.0, 9.6), 3000)
    'head svm takes about 40 min and 9.6 GB of memory with 3,000 classes'
    """
    return f"head {head} takes {amount(needs)} with {classes:,} classes"


def amount(needs: Needed) -> str:
    """Say how much time and memory is needed."""
    memory = f" and {needs.gigabytes:.1f} GB of memory" if needs.gigabytes >= 1 else ""
    return f"{about(needs.seconds)}{memory}"


def not_tried(bound: LeftOut) -> str:
    """Say what was not tried.

    Examples
    --------
    >>> from headway.facts.bounds import LeftOut
    >>> not_tried(LeftOut(3000, checks=True))
    'Not tried, as there are 3,000 classes: checks that rest on predictions, such as those of labels'
    """
    what = [
        *(f"features {name}" for name in bound.features),
        *(f"head {name}" for name in bound.heads),
        plural(bound.penalties, "value") + " of C" if bound.penalties else "",
        plural(bound.folds, "fold") if bound.folds else "",
        f"{plural(bound.pictures, 'picture')} of the folds" if bound.pictures else "",
        "the cross-validation over all pictures" if bound.over_all else "",
        "another calibration than a temperature" if bound.calibration else "",
        "checks that rest on predictions, such as those of labels" if bound.checks else "",
    ]
    return f"Not tried, as there are {bound.classes:,} classes: {', '.join(filter(None, what))}"
