"""What the measured table advises: which to take, what the next best costs, what a colour histogram says of the data.

Nothing here knows methods, only rows: a table measured elsewhere would be read in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headway.comparison.budget import spoken

if TYPE_CHECKING:
    from headway.comparison.ranking import Row

_NEARLY = 0.9  # share of the best's gain over the largest class that counts as nearly as well
_CLOSE = 2.0  # points behind the best that do, too
_NETWORKS = ("frozen", "depths", "tuned-part", "tuned-whole", "scratch")


def pick(rows: Sequence[Row]) -> Row:
    """Return the row to take.

    It is the best, unless one that cannot be told from it trains in half of its time or less; and so on from there.

    Parameters
    ----------
    rows : sequence of Row
        The best first, at least one.
    """
    taken = rows[0]
    for row in rows[1:]:
        if row.level_with_best and row.seconds <= taken.seconds / 2:
            taken = row
    return taken


def advise(rows: Sequence[Row]) -> list[str]:
    """Return the advice, a sentence or two to an entry.

    Parameters
    ----------
    rows : sequence of Row
        The best first, at least one.
    """
    best, taken = rows[0], pick(rows)
    said = [_which(best, taken, len(rows))]
    if len(rows) > 1:
        said.append(
            f"The figure of the best of {len(rows)} is a little too good: it was chosen on these very test pictures, "
            "so luck with them had a part. Expect slightly less on new pictures."
        )
    if (next_best := _next(rows, taken)) is not None:
        said.append(_cost(next_best, taken))
    majority, colour = _first(rows, "majority"), _first(rows, "colour")
    if majority is not None and majority.level_with_best and len(rows) > 1:
        said.append(
            "Nothing here can be told from always naming the largest class: no recipe has surely learnt a thing."
        )
    elif colour is not None and any(row.family in _NETWORKS for row in rows):
        said.append(_colour(colour, best, majority))
    return said


def _which(best: Row, taken: Row, ran: int) -> str:
    score = f"{_percent(taken)} of the test pictures right ({taken.low:.1%} to {taken.high:.1%})"
    what = f"Take {taken.name}: {score}, {spoken(taken.seconds)} to train"
    if taken is best:
        return f"{what}, {f'the best of the {ran} that ran' if ran > 1 else 'the only one that ran'}."
    if not taken.points:
        return (
            f"{what}. The best of the {ran} that ran, {best.name}, has as many right, with a lower log-loss, and takes "
            f"{spoken(best.seconds)}."
        )
    return (
        f"{what}. The best of the {ran} that ran, {best.name}, is {taken.points:.1f} points better in this test, which "
        f"may be chance ({taken.p_text} {_where(taken)}), and takes {spoken(best.seconds)}."
    )


def _next(rows: Sequence[Row], taken: Row) -> Row | None:
    """Return the best of the other rows; where the advice has said enough of that one, the one after it."""
    others = [row for row in rows if row is not taken and row is not rows[0]]
    return others[0] if others else None


def _cost(row: Row, taken: Row) -> str:
    points = row.points - taken.points
    gap = f"{abs(points):.1f} points {'worse' if points > 0 else 'better'}" if round(points, 1) else "level in accuracy"
    time = row.seconds - taken.seconds
    price = f"takes {spoken(time)} longer" if time > 0 else f"saves {spoken(-time)}"
    return f"Next is {row.name}: {gap}, {price}; {_certainty(row)}."


def _certainty(row: Row) -> str:
    """Say whether a row is behind the best by chance."""
    if row.p is None:
        return "the best of all"
    how = "it cannot be told from the best" if row.level_with_best else "behind the best beyond chance"
    return f"{how} {_where(row)}, {row.p_text}"


def _where(row: Row) -> str:
    """Say which of the two tests decides."""
    return "on the test pictures" if row.p_folds is None else "on the folds"


def _colour(colour: Row, best: Row, majority: Row | None) -> str:
    if colour is best:
        return (
            f"A colour histogram ({colour.name}) does best: either the classes differ by colour, or there is a "
            "shortcut in the data, such as light, background or camera. Look at the pictures before you trust this."
        )
    floor = 0.0 if majority is None else majority.accuracy
    gained = (colour.accuracy - floor) / (best.accuracy - floor) if best.accuracy > floor else 0.0
    if colour.points <= _CLOSE or gained >= _NEARLY:
        return (
            f"A colour histogram does nearly as well ({_percent(colour)}): either the classes differ by colour, or "
            "there is a shortcut in the data, such as light, background or camera."
        )
    return f"A colour histogram is {colour.points:.1f} points behind ({_percent(colour)}): colour alone does not do it."


def _first(rows: Sequence[Row], family: str) -> Row | None:
    return next((row for row in rows if row.family == family), None)


def _percent(row: Row) -> str:
    return f"{row.accuracy:.1%}"
