"""Whether a table of recipes agrees with what a case of transfer learning suggests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from headway.facts.comparison import NETWORK_FAMILIES, Family, Row
from headway.facts.transfer import Agreement

if TYPE_CHECKING:
    from headway.comparison.ranking import PairedComparison

_SUGGESTED: dict[int, tuple[Family, ...]] = {
    1: ("frozen", "depths"),
    2: ("tuned-whole",),
    3: ("depths",),
    4: ("tuned-whole", "scratch"),
}


def agreement(number: int, rows: Sequence[Row], compare: Callable[[Row, Row], PairedComparison]) -> Agreement:
    """Compare the best recipe that does what a case suggests with the best that uses networks otherwise.

    What is not distinguishable bears out only that training the network is not worth it (case 1). Rows come with the
    best first; ``compare`` gives the paired test of two of them.
    """
    own = next((row for row in rows if row.family in _SUGGESTED[number]), None)
    other = next((row for row in rows if row.family in NETWORK_FAMILIES and row.family not in _SUGGESTED[number]), None)
    if own is None:
        return Agreement(agrees=None, code="not-run")
    if other is None:
        return Agreement(agrees=None, code="no-rival", recipe=own.name)
    test = compare(own, other)
    agrees: bool | None = test.ahead
    code: Literal["ahead", "behind", "level", "training-gains-nothing"] = "ahead" if agrees else "behind"
    if test.level:
        agrees, code = (True, "training-gains-nothing") if number == 1 else (None, "level")
    return Agreement(
        agrees=agrees,
        code=code,
        recipe=own.name,
        other=other.name,
        lead=test.lead,
        p=test.p,
        decided_by="test" if test.p_folds is None else "folds",
    )
