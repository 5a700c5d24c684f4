"""What each depth of a network is worth, as a table and sentences."""

from __future__ import annotations

from collections.abc import Iterator

from headway.facts.depths import Depth, DepthsReport
from headway.rendering import reading
from headway.rendering.blocks import Block, Code, Line, table
from headway.rendering.comparison import p_value
from headway.rendering.transfer import SUGGESTION, likeness, size
from headway.rendering.words import percent, percent_range, plural


def depths(report: DepthsReport, command: str = "") -> Iterator[Block]:
    """Yield accuracy by depth, which depth is best, what the case makes of it, and the command that fits it, if any."""
    yield from figures(report)
    yield Line()
    yield Line(verdict(report))
    yield from map(Line, case(report))
    if command:
        yield Line()
        yield Line("To fit and test it:")
        yield Code(command)


def figures(report: DepthsReport) -> Iterator[Block]:
    """Yield accuracy by depth, and how it was measured."""
    yield from reading.source(report.source)
    rows = (*report.depths, report.together)
    bold = [row.name for row in rows].index(report.earlier if report.ahead else "last")  # what is fitted
    yield table(("depth", "features", "accuracy", "95 % interval", "to the last layer"), map(_row, rows), bold=bold)
    pictures = plural(report.pictures, "training and validation picture")
    how = f"cross-validated on {report.folds} folds of {pictures}"
    if report.folds == 1:
        how = f"scored on the data set's own validation split, of {pictures} in all"
    yield Line(
        f"From general to specific: a logistic head on each depth of {report.backbone} ({report.precision}), {how}; "
        "test pictures are not looked at. p: by chance, for as many depths as were tried."
    )


def _row(depth: Depth) -> list[str]:
    against = "" if depth.p is None else f"{100 * depth.lead:+.1f} points, {p_value(depth.p)}"
    name = {"last": "last layer", "depths": "all together"}.get(depth.name, depth.name)
    return [name, f"{depth.dim:,}", percent(depth.accuracy), percent_range(depth.low, depth.high), against]


def verdict(report: DepthsReport) -> str:
    """Say which depth is best, and whether that is more than chance."""
    best = next(depth for depth in (*report.depths, report.together) if depth.name == report.earlier)
    what = "all depths together" if best.name == "depths" else best.name
    measured = f"{abs(100 * best.lead):.1f} points {'ahead of' if best.lead > 0 else 'behind'} the last layer"
    if report.ahead:
        return f"Earlier layers serve these pictures better: {what}, {measured} ({p_value(best.p)})."
    if not best.lead:
        return f"The last layer will do: the best of what is earlier, {what}, is level with it."
    return f"The last layer will do: the best of what is earlier, {what}, is {measured} ({p_value(best.p)})."


def case(report: DepthsReport) -> Iterator[str]:
    """Yield what the case of transfer learning suggests, and whether the depths agree; nothing where it is unknown."""
    if report.case is None:
        return
    found = report.case
    known = (
        f"Case {found.number} of 4, {size(found)} and {likeness(found)} (similarity "
        f"{found.similarity.similarity:.2f}): the rule says to {SUGGESTION[found.number]}."
    )
    if found.number == 3:
        yield f"{known} {'The depths agree' if report.ahead else 'The depths do not show that it helps here'}."
    elif found.number == 1:
        yield f"{known} {'Earlier layers help all the same' if report.ahead else 'The depths agree'}."
    else:
        yield f"{known} Depths of a frozen network do not test that: headway compare does."
