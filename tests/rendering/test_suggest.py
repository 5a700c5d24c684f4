"""What to label next, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headway.facts.data import Source
from headway.facts.suggest import Suggestion, SuggestReport
from headway.rendering.blocks import Line, Table
from headway.rendering.suggest import suggest

TWO = (Suggestion(1, "a.png", 3, "cat", 0.5, "dog", 0.1), Suggestion(2, "b.png", 1, "dog", 0.6, "cat", 0.2))
REPORT = SuggestReport(
    headway="1", source=Source("list", None, 9, 0), model="m.onnx", backbone="tiny", wanted=2, pool=6, copies=1,
    known=2, suggestions=TWO, quarantined=(), seed=0,
)  # fmt: skip


def lines(report: SuggestReport) -> list[str]:
    return [block.text for block in suggest(report) if isinstance(block, Line)]


def test_with_a_model() -> None:
    assert lines(REPORT) == [
        "6 pictures to choose from; left out: 1 copy of another, 2 that m.onnx knows",
        "Label these 2 pictures next: m.onnx is least certain of them, and they are unlike each other",
    ]
    [found] = [block for block in suggest(REPORT) if isinstance(block, Table)]
    assert found.rows[0] == ("1", "a.png", "cat or dog", "0.50", "0.10")


def test_without_a_model() -> None:
    plain = tuple(Suggestion(one.rank, one.path, one.stands_for) for one in TWO)
    report = replace(REPORT, model=None, known=0, copies=0, suggestions=plain)
    assert lines(report) == [
        "6 pictures to choose from",
        "Label these 2 pictures first: together they stand for the whole pool, the largest clusters first",
    ]
    [found] = [block for block in suggest(report) if isinstance(block, Table)]
    assert found.rows[0] == ("1", "a.png", "3")


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        (2, "That is fewer than the 50 asked for: these are all of them"),
        (6, "50 were asked for: the others are nearly identical with one of these"),
    ],
)
def test_fewer_than_were_asked_for(pool: int, said: str) -> None:
    assert lines(replace(REPORT, wanted=50, pool=pool))[1] == said


def test_a_single_one() -> None:
    one = replace(REPORT, wanted=1, suggestions=TWO[:1])
    assert lines(one)[1] == "Label this picture next: m.onnx is least certain of it"
    assert lines(replace(one, model=None))[1] == "Label this picture first: it stands for the whole pool"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("links", "Linked in next, named by rank: sort the links into a folder for each class"),
        ("table", "Written to next: fill in its column label, and delete the rows that stay without one"),
    ],
)
def test_what_was_written_is_not_listed(written: str, said: str) -> None:
    report = replace(REPORT, target="next", written=written)
    assert lines(report)[-1] == said
    assert not [block for block in suggest(report) if isinstance(block, Table)]
