"""What to label next, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering import scores
from headway.rendering.blocks import Block, Line, Table, table
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.suggest import SuggestReport


def suggest(report: SuggestReport) -> Iterator[Block]:
    """Yield what there was to choose from, and what was chosen, the most useful first."""
    yield Line(_pool(report))
    yield from scores.quarantined(report.quarantined)
    if (few := _too_few(report)) is not None:
        yield Line(few)
    yield Line(_chosen(report))
    if report.target is None:
        yield _table(report)
    elif report.written == "links":
        yield Line(f"Linked in {report.target}, named by rank: sort the links into a folder for each class")
    else:
        yield Line(f"Written to {report.target}: fill in its column label, and delete the rows that stay without one")


def _pool(report: SuggestReport) -> str:
    left_out = [
        part
        for count, part in (
            (report.copies, plural(report.copies, "copy of another", "copies of others")),
            (report.known, f"{report.known:,} that {report.model} knows"),
        )
        if count
    ]
    return f"{plural(report.pool, 'picture')} to choose from" + (
        f"; left out: {', '.join(left_out)}" if left_out else ""
    )


def _too_few(report: SuggestReport) -> str | None:
    """Say why there are fewer than were asked for; None where there are not."""
    found = len(report.suggestions)
    if found == report.wanted:
        return None
    if found == report.pool:
        return f"That is fewer than the {report.wanted:,} asked for: these are all of them"
    return f"{report.wanted:,} were asked for: the others are nearly identical with one of these"


def _chosen(report: SuggestReport) -> str:
    one = len(report.suggestions) == 1
    these = "this picture" if one else f"these {len(report.suggestions):,} pictures"
    if report.model is None:
        return f"Label {these} first: " + (
            "it stands for the whole pool"
            if one
            else "together they stand for the whole pool, the largest clusters first"
        )
    unlike = "" if one else ", and they are unlike each other"
    return f"Label {these} next: {report.model} is least certain of {'it' if one else 'them'}{unlike}"


def _table(report: SuggestReport) -> Table:
    if report.model is None:
        rows = [[str(one.rank), one.path, f"{one.stands_for:,}"] for one in report.suggestions]
        return table(["rank", "picture", "stands for"], rows, left=2)
    rows = [
        [
            str(one.rank),
            one.path,
            f"{one.predicted_class} or {one.second_class}",
            f"{one.probability:.2f}",
            f"{one.margin:.2f}",
        ]
        for one in report.suggestions
    ]
    return table(["rank", "picture", "looks like", "probability", "margin"], rows, left=3)
