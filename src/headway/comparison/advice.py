"""What the measured table advises: which recipe to take, what the next best costs, what a colour histogram says.

Nothing here knows methods, only rows: a table measured elsewhere would be read in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

from headway.facts.comparison import NETWORK_FAMILIES, PRETRAINED_FAMILIES, Advice, AdviceCode, Family, Row

_NEARLY = 0.9  # share of the best's gain over the largest class that counts as nearly as well
_CLOSE = 2.0  # points behind the best that do, too


def pick(rows: Sequence[Row]) -> Row | None:
    """Return the row to take, of rows that begin with the best; None where no pretrained network is among them.

    It is the best, unless one that is not distinguishable from it trains in half of its time or less; and so on from
    there.
    """
    if not any(row.family in PRETRAINED_FAMILIES for row in rows):
        return None
    taken = rows[0]
    for row in rows[1:]:
        if row.verdict != "worse" and row.seconds <= taken.seconds / 2:
            taken = row
    return taken


def advise(rows: Sequence[Row]) -> tuple[Advice, ...]:
    """Return the advice that rows, at least one and the best first, give."""
    best, taken = rows[0], pick(rows)
    advice = [Advice(code="no-pretrained", recipe=best.name)] if taken is None else _recommend(rows, taken)
    majority, colour = _first(rows, "majority"), _first(rows, "colour")
    if majority is not None and majority.verdict != "worse" and len(rows) > 1:
        advice.append(Advice(code="majority-level", recipe=majority.name))
    elif colour is not None and any(row.family in NETWORK_FAMILIES for row in rows):
        advice.append(_compared(_colour(colour, best, majority), colour, best))
    return tuple(advice)


def _recommend(rows: Sequence[Row], taken: Row) -> list[Advice]:
    best = rows[0]
    take = Advice(code="take-best", recipe=best.name) if taken is best else _compared("take-cheaper", taken, best)
    optimism = [Advice(code="optimism", recipe=best.name)] if len(rows) > 1 else []
    # Where the best is not the one to take, the first piece of advice has said enough of it.
    others = [row for row in rows if row is not taken and row is not best]
    return [take, *optimism, *(_compared("next", other, taken) for other in others[:1])]


def _colour(colour: Row, best: Row, majority: Row | None) -> AdviceCode:
    if colour is best:
        return "colour-best"
    floor = 0.0 if majority is None else majority.accuracy
    gained = (colour.accuracy - floor) / (best.accuracy - floor) if best.accuracy > floor else 0.0
    return "colour-close" if colour.points <= _CLOSE or gained >= _NEARLY else "colour-behind"


def _compared(code: AdviceCode, row: Row, other: Row) -> Advice:
    return Advice(
        code=code,
        recipe=row.name,
        other=other.name,
        points=other.points - row.points,
        seconds=row.seconds - other.seconds,
    )


def _first(rows: Sequence[Row], family: Family) -> Row | None:
    return next((row for row in rows if row.family == family), None)
