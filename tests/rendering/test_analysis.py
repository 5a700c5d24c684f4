"""The sentences of an analysis of features."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headway.facts.analysis import (
    AnalysedData,
    AnalysedFeatures,
    AnalysisReport,
    Limits,
    OutputAnalysis,
    Sampled,
    Verdict,
)
from headway.facts.data import Source
from headway.rendering.analysis import analysis, cautions
from headway.rendering.blocks import Line, Table
from headway.types import Quarantined


@pytest.fixture
def report() -> AnalysisReport:
    counts: dict[Verdict, int] = {
        "constant": 1,
        "near-constant": 0,
        "repeats another": 2,
        "no information shown": 0,
        "good": 7,
    }
    return AnalysisReport(
        data=AnalysedData(
            Source("class-folders", "photos", 100, 2), 90, 100, ("a", "b"), 2, (Quarantined("x.png", "it is empty"),)
        ),
        features=AnalysedFeatures("tiny", "fp32", "squash", (), 20, 90, 0),
        limits=Limits(),
        verdicts={verdict: 2 * count for verdict, count in counts.items()},
        outputs={name: OutputAnalysis(10, counts, 3.21) for name in ("block1.mean", "head.mean")},
        few_pictures=True,
        effective_rank=5.55,
        directions=20,
        participation_ratio=2.5,
        directions_90=4,
        sampled=Sampled(correlation=90, mutual_information=60, effective_rank=90, map=90),
        best=("head.mean[3]",),
        files=("out/features.csv", "out/map.csv"),
    )


def lines(report: AnalysisReport) -> list[str]:
    return [block.text for block in analysis(report) if isinstance(block, Line)]


def test_the_table_has_a_row_for_each_output_and_one_for_all(report: AnalysisReport) -> None:
    [table] = [block for block in analysis(report) if isinstance(block, Table)]
    assert table.columns[2:-1] == tuple(report.verdicts)
    assert table.rows[0] == ("block1.mean", "10", "1", "0", "2", "0", "7", "3.2")
    assert table.rows[2] == ("all", "20", "2", "0", "4", "0", "14", "5.5")
    one = replace(report, outputs={"head.mean": report.outputs["head.mean"]})
    assert [len(block.rows) for block in analysis(one) if isinstance(block, Table)] == [1]


def test_samples_and_files_are_named(report: AnalysisReport) -> None:
    said = lines(report)
    assert [line for line in said if line.startswith("To save")] == [
        "To save time, mutual information: of 60 pictures drawn at random",
        "To save memory, all of it: of 90 of 100 pictures, drawn at random",
    ]
    assert said[-1] == "Saved features.csv, map.csv in out"
    assert "--select" in said[-2]


def test_without_labels_nothing_is_said_about_classes(report: AnalysisReport) -> None:
    sampled = replace(report.sampled, mutual_information=None)
    data = replace(report.data, classes=(), n_classes=0)
    unlabelled = replace(report, data=data, few_pictures=None, sampled=sampled, best=())
    said = lines(unlabelled)
    assert [line for line in said if "class" in line and "No picture has a label" in line]
    assert not [line for line in said if "information" in line or "--select" in line]
    assert [line for line in cautions(unlabelled) if "Few" in line] == []


def test_doubts(report: AnalysisReport) -> None:
    few, unreadable = cautions(report)
    assert few.startswith("Few pictures, 90 of 2 classes: no information shown does not mean")
    assert unreadable == "could not be read: x.png: it is empty"
    assert len(list(cautions(replace(report, few_pictures=False)))) == 1
