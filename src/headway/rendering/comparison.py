"""A comparison as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headway.clock import duration
from headway.facts.comparison import Advice, ComparisonReport, Estimate, LeftOut, Row
from headway.facts.descriptors import DescriptorSelection
from headway.facts.transfer import Agreement, Case, TestKind
from headway.rendering import bounds, reading
from headway.rendering import data as wording
from headway.rendering.blocks import Block, Code, Heading, Line, table
from headway.rendering.transfer import SUGGESTION, likeness, size
from headway.rendering.words import about, percent, percent_range, plural

_ACCURACY = ("recipe", "test", "95 % interval", "CV", "p test", "p folds")
_COST = ("macro F1", "log-loss", "ECE", "train", "ms/picture", "MB")
_LEGEND = (
    "p: against the best, by McNemar's test on the test pictures and by the corrected t-test on the folds, which "
    "decides where there is one; ≈ no worse beyond chance (p ≥ 0.05, or ahead on the folds). "
    "CV: cross-validated accuracy. train: with nothing in the cache. ms/picture: from the file."
)
_SHORTCUT = (
    "either the classes differ by colour, or there is a shortcut in the data, such as light, background or camera."
)
_FAMILY = {
    "frozen": "features of the last layer",
    "depths": "features of several depths",
    "tuned-part": "the last block trained",
    "tuned-whole": "the whole network trained",
    "scratch": "from random weights",
}


def comparison(report: ComparisonReport, *, wide: bool = True) -> list[Block]:
    """Return the table, what was left out, the advice, the command and the case; two tables where not ``wide``."""
    return [
        *(Line(text) for text in _facts(report)),
        *_tables(report, wide),
        Line(),
        Line(_LEGEND),
        *(() if report.selection is None else _selection(report.selection)),
        *_part("Left out", [*(f"Left out: {text}" for text in left_out(report.left_out)), *_not_tried(report.rows)]),
        *_part("Advice", advice(report)),
        *_part("Which case", _case(report)),
        *(() if report.command is None else (Line(), Line("To fit it:"), Code(report.command))),
    ]


def recipes(report: ComparisonReport) -> list[Block]:
    """Return what each recipe is."""
    return _part("Recipes", [f"{row.name}: {row.title}" for row in report.rows])


def _selection(found: DescriptorSelection) -> Iterator[Block]:
    """Yield which descriptors were chosen, and how."""
    yield Heading("Descriptors one by one")
    rows = [
        (step.added if place == 0 else f"+ {step.added}", f"{step.dim:,}", percent(step.accuracy),
         percent_range(step.low, step.high), f"{step.log_loss:.3f}", "yes" if step.added in found.chosen else "no")
        for place, step in enumerate(found.steps)
    ]  # fmt: skip
    yield table(("descriptor", "features", "CV", "95 % interval", "log-loss", "chosen"), rows)
    yield Line(
        f"Forward selection of {plural(found.tried, 'set')}, each cross-validated by a logistic head on "
        f"{plural(found.pictures, 'training and validation picture')}: what lowers the log-loss most is added, until "
        f"nothing does. So chosen, {'+'.join(found.chosen)} is the row {found.recipe}: its test pictures had no part "
        "in it."
    )


def _part(title: str, lines: list[str]) -> list[Block]:
    return [Line(), Heading(title), *map(Line, lines)] if lines else []


def _facts(report: ComparisonReport) -> Iterator[str]:
    lines = [*reading.source(report.data.source), *reading.value_range(report.data.value_range, settable=True)]
    yield from (line.text for line in lines)
    yield f"Split: {wording.division(report.data.division)}; the same for all recipes"
    if bad := len(report.data.quarantined):
        yield f"Skipped, as unreadable: {bad:,}"


def _tables(report: ComparisonReport, wide: bool) -> Iterator[Block]:
    rows = report.rows
    bold = next((place for place, row in enumerate(rows) if row.name == report.take), None)
    stopped = [[left.name, "stopped"] for left in report.left_out if left.reason == "stopped"]
    if wide:
        cells = [accuracy_cells(row) + cost_cells(row) for row in rows]
        yield table((*_ACCURACY, *_COST), cells + stopped, bold=bold)
    else:
        yield table(_ACCURACY, [*map(accuracy_cells, rows), *stopped], bold=bold)
        yield table(("recipe", *_COST), [[row.name, *cost_cells(row)] for row in rows], bold=bold)


def accuracy_cells(row: Row) -> list[str]:
    """Return the cells of a row that say how good it is, and how it stands against the best."""
    cv = "" if row.cross_validation is None else f"{row.cross_validation.accuracy:.3f}"
    return [row.name, f"{row.accuracy:.3f}", f"{row.low:.3f}-{row.high:.3f}", cv, *_p_cells(row)]


def cost_cells(row: Row) -> list[str]:
    """Return the cells of a row that give its other scores, and what it costs."""
    scores = [f"{score:.3f}" for score in (row.macro_f1, row.log_loss, row.ece)]
    size = f"{row.megabytes:.1f}" if row.megabytes >= 0.1 else "<0.1"
    return [*scores, duration(row.seconds), f"{row.ms_per_picture:.1f}", size]


def _p_cells(row: Row) -> list[str]:
    if row.p is None:
        return ["best", ""]
    cells = ["" if p is None else f"{p:.3f}" if p >= 0.001 else "<0.001" for p in (row.p_test, row.p_folds)]
    if row.verdict == "level":
        deciding = ("test", "folds").index(row.decided_by)
        cells[deciding] = f"≈ {cells[deciding]}"
    return cells


def left_out(recipes: tuple[LeftOut, ...]) -> list[str]:
    """Return a line for each reason why recipes did not run."""
    names: dict[str, list[str]] = {}
    for left in recipes:
        names.setdefault(why_left_out(left), []).append(left.name)
    return [f"{', '.join(of)}: {reason}" for reason, of in names.items()]


def _not_tried(rows: Iterable[Row]) -> Iterator[str]:
    """Yield what searches did not try because of the number of classes, a line for those that left out the same."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.left_out is not None:
            names.setdefault(bounds.not_tried(row.left_out), []).append(row.name)
    yield from (f"{text} ({', '.join(of)})" for text, of in names.items())


def why_left_out(left: LeftOut) -> str:
    """Say why a recipe did not run.

    Examples
    --------
    >>> why_left_out(LeftOut("svm", "interrupted"))
    'interrupted'
    """
    if left.overrun is not None:
        budget = f"the budget of {duration(left.overrun.budget)} was spent"
        if not left.overrun.left:
            return budget
        needed, remaining = about(left.overrun.needed), duration(left.overrun.left)
        if left.reason == "stopped":
            return (
                f"stopped after {remaining} ({needed} were expected), when {budget}; what it computed is stored: run "
                "again with a larger one to go on"
            )
        return f"it takes {needed}, and {remaining} of the budget were left"
    if left.needed is not None:
        return f"with so many classes it takes {bounds.amount(left.needed)}; --only {left.name} runs it all the same"
    return left.message or {"memory": "not enough memory"}.get(left.reason, left.reason)


def estimate(expected: Estimate, budget: float | None) -> str:
    """Say how long a comparison is likely to take.

    Examples
    --------
    >>> estimate(Estimate(240.0, 7, 2624), None)
    'about 4 min for 7 recipes on 2,624 pictures, by rates measured here; features in the store are not computed again'
    """
    what = f"{plural(expected.recipes, 'recipe')} on {plural(expected.pictures, 'picture')}"
    limit = "" if budget is None else f"; the budget is {duration(budget)}"
    return (
        f"{about(expected.seconds)} for {what}, by rates measured here; features in the store are not computed "
        f"again{limit}"
    )


def advice(report: ComparisonReport) -> list[str]:
    """Return the advice, a sentence or two to an entry."""
    rows = {row.name: row for row in report.rows}
    return [_no_pretrained(report) if item.code == "no-pretrained" else _advice(item, rows) for item in report.advice]


def _no_pretrained(report: ComparisonReport) -> str:
    short = any(left.reason in ("budget", "stopped") for left in report.left_out)
    remedy = "give it a larger --budget" if short else "let frozen-logistic run, too"
    return (
        "No pretrained network ran, so nothing is recommended: what the others reach does not say what one would. "
        f"Compare again, and {remedy}."
    )


def _advice(item: Advice, rows: dict[str, Row]) -> str:
    row = rows[item.recipe]
    if item.code in ("take-best", "take-cheaper"):
        return _take(item, row, rows)
    if item.code == "optimism":
        return (
            f"The figure of the best of {len(rows)} is a little too good: it was chosen on these very test pictures, "
            "so part of its lead is luck. Expect slightly less on new pictures."
        )
    if item.code == "next":
        return _next(item, row)
    if item.code == "majority-level":
        return "Nothing here can be told from always naming the largest class: no recipe has surely learned a thing."
    if item.code == "colour-best":
        return f"A colour histogram ({row.name}) does best: {_SHORTCUT} Look at the pictures before you trust this."
    if item.code == "colour-close":
        return f"A colour histogram does nearly as well ({100 * row.accuracy:.1f} %): {_SHORTCUT}"
    behind = f"{row.points:.1f} points behind ({100 * row.accuracy:.1f} %)"
    return f"A colour histogram is {behind}: colour alone does not do it."


def _take(item: Advice, row: Row, rows: dict[str, Row]) -> str:
    score = f"{100 * row.accuracy:.1f} % of the test pictures right ({100 * row.low:.1f} to {100 * row.high:.1f} %)"
    what = f"Take {row.name}: {score}, {duration(row.seconds)} to train"
    if item.other is None:
        return f"{what}, {f'the best of the {len(rows)} that ran' if len(rows) > 1 else 'the only one that ran'}."
    best = rows[item.other]
    what, price = f"{what}. The best of the {len(rows)} that ran, {best.name},", duration(best.seconds)
    if not row.points:
        return f"{what} has as many right, with a lower log-loss, and takes {price}."
    chance = f"{p_value(row.p)} {_where(row.decided_by)}"
    return f"{what} is {row.points:.1f} points better in this test, which may be chance ({chance}), and takes {price}."


def _next(item: Advice, row: Row) -> str:
    points, seconds = item.points or 0.0, item.seconds or 0.0
    gap = f"{abs(points):.1f} points {'better' if points > 0 else 'worse'}" if round(points, 1) else "level in accuracy"
    price = f"takes {duration(seconds)} longer" if seconds > 0 else f"saves {duration(-seconds)}"
    how = "it cannot be told from the best" if row.verdict == "level" else "behind the best beyond chance"
    return f"Next is {row.name}: {gap}, {price}; {how} {_where(row.decided_by)}, {p_value(row.p)}."


def _case(report: ComparisonReport) -> list[str]:
    """Say what was measured, what it suggests, and whether the table agrees."""
    if report.case is None:
        return [] if report.interrupted else ["Which case it is was not measured, as the budget was spent."]
    return _case_lines(report.case, report.rows)


def _case_lines(case: Case, rows: tuple[Row, ...]) -> list[str]:
    similar = case.similarity
    counts = f"  {size(case)}: {case.train:,} training pictures, {round(case.train / case.classes):,} a class"
    if case.curve:
        steps = ", ".join(f"{point.accuracy:.3f} with {point.pictures:,}" for point in case.curve)
        counts += f"; a logistic head on frozen features gets {steps}"
    lines = [
        f"Case {case.number} of 4, {size(case)} and {'similar' if similar.similar else 'different'}: the rule says to "
        f"{SUGGESTION[case.number]}.",
        counts,
        f"  {likeness(case)}: similarity {similar.similarity:.2f} "
        f"(channels shifted by {similar.shift:.2f} standard deviations, predictions {similar.peakedness:.2f} certain)",
    ]
    if case.agreement is not None:
        verdict = {True: "agrees", False: "does not agree", None: "cannot tell"}[case.agreement.agrees]
        lines.append(f"  The table {verdict}: {_agreement(case.agreement, rows)}.")
    return lines


def _agreement(found: Agreement, rows: tuple[Row, ...]) -> str:
    if found.code == "not-run":
        return "no recipe that ran does that"
    if found.code == "no-rival":
        return f"no recipe that does otherwise ran, to compare {found.recipe} with"
    by_name = {row.name: row for row in rows}
    own, other = (f"{name} ({_FAMILY[by_name[name].family]})" for name in (found.recipe, found.other) if name)
    measured = f"{_where(found.decided_by)}, {p_value(found.p)}"
    if found.code == "training-gains-nothing":
        return f"training is not worth it, {other} is no better than {own}, {measured}"
    if found.code == "level":
        return f"{own} is no better than {other}, {measured}"
    better, worse = (own, other) if found.code == "ahead" else (other, own)
    return f"{better} is {100 * abs(found.lead or 0):.1f} points better than {worse}, {measured}"


def _where(kind: TestKind | None) -> str:
    return "on the folds" if kind == "folds" else "on the test pictures"


def p_value(p: float | None) -> str:
    """Return a p-value in words; empty for none.

    Examples
    --------
    >>> p_value(0.0301), p_value(1e-9)
    ('p = 0.03', 'p < 0.001')
    """
    if p is None:
        return ""
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"
