"""An analysis of features as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from headway.facts.analysis import ENOUGH_PICTURES, AnalysisReport
from headway.rendering import reading
from headway.rendering.blocks import Block, Line, Table, table

_NOT_FOR_CHOOSING = (
    "This used all labels, also those of test pictures, and is for your eyes only. To leave features out of a model, "
    "headway fit --select chooses inside the cross-validation."
)
_NO_LABELS = "No picture has a label, so nothing is said about classes: good is what varies and repeats no other."


def analysis(report: AnalysisReport) -> Iterator[Block]:
    """Yield the table of verdicts, and what it is made of."""
    yield from reading.source(report.data.source)
    features = report.features
    yield Line(
        f"Features: {features.backbone} ({features.precision}), {features.n:,} features of each of "
        f"{report.data.n:,} pictures"
    )
    yield from reading.value_range(features.value_range, settable=True)
    yield _table(report)
    limits = report.limits
    has_classes = report.data.n_classes > 0
    uninformative = (
        f"; no information shown: ANOVA F and mutual information find none, at a false discovery rate of "
        f"{limits.false_discovery_rate:g}"
    )
    yield Line(
        f"near-constant: below {limits.spread:g} of the median standard deviation of its output; repeats another: "
        f"|r| from {limits.correlation:g}{uninformative if has_classes else ''}"
    )
    yield Line(
        f"Directions: effective rank {report.effective_rank:,.1f} of at most {report.directions:,}, "
        f"participation ratio {report.participation_ratio:,.1f}, 90 % of the variance in {report.directions_90:,}"
    )
    yield from map(Line, _samples(report))
    yield Line(_NOT_FOR_CHOOSING if has_classes else _NO_LABELS)
    if report.files:
        files = [Path(file) for file in report.files]
        yield Line(f"Saved {', '.join(file.name for file in files)} in {files[0].parent}")


def _table(report: AnalysisReport) -> Table:
    rows = [
        [name, f"{one.features:,}", *(f"{count:,}" for count in one.verdicts.values()), f"{one.effective_rank:,.1f}"]
        for name, one in report.outputs.items()
    ]
    if len(rows) > 1:
        counts = [f"{count:,}" for count in report.verdicts.values()]
        rows.append(["all", f"{report.features.n:,}", *counts, f"{report.effective_rank:,.1f}"])
    return table(["output", "features", *report.verdicts, "effective rank"], rows)


def _samples(report: AnalysisReport) -> Iterator[str]:
    data, sampled = report.data, report.sampled
    for what, count in (
        ("correlations", sampled.correlation),
        ("mutual information", sampled.mutual_information),
        ("effective rank", sampled.effective_rank),
        ("the map", sampled.map),
    ):
        if count is not None and count < data.n:
            yield f"To save time, {what}: of {count:,} pictures drawn at random"
    if data.n < data.readable:
        yield f"To save memory, all of it: of {data.n:,} of {data.readable:,} pictures, drawn at random"


def cautions(report: AnalysisReport) -> Iterator[str]:
    """Yield what makes the result doubtful."""
    data = report.data
    if report.few_pictures:
        yield (
            f"Few pictures, {data.n:,} of {data.n_classes:,} classes: no information shown does not mean that there is "
            f"none; from about {ENOUGH_PICTURES} pictures of a class on, more features can show theirs"
        )
    for bad in data.quarantined:
        yield f"could not be read: {bad.path}: {bad.reason}"
