"""Pages of Markdown: what they begin with, what is on them."""

from __future__ import annotations

from dataclasses import replace

from headway.facts.documents import PairedTest, PairReport
from headway.rendering.pages import comparison_page, evaluation_page, fit_page, pair_page
from tests.comparison.making import report as comparison
from tests.comparison.making import row
from tests.rendering.test_verdict import MANY, evaluated, fitted, scored

MATRIX = r"| true \\ predicted | birds | fish | trees |"


def headings(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("#")]


def test_a_page_on_a_fit_says_first_what_to_make_of_it() -> None:
    page = fit_page(fitted(scored(MANY)))
    assert headings(page) == ["# Fit by Headway", "## In short", "## In full", "## What to do next"]
    assert page.index("980 of 1,000 test pictures are right") < page.index(MATRIX) < page.index("Look at the mistakes")


def test_a_page_on_an_evaluation() -> None:
    page = evaluation_page(evaluated(scored(MANY)))
    assert (
        page.startswith("# Evaluation by Headway\n\n## In short\n\n980 of 1,000 pictures are right") and MATRIX in page
    )


def test_a_page_on_two_models_has_the_matrix_of_each() -> None:
    one = evaluated(scored(MANY))
    page = pair_page(PairReport(models=(one, replace(one, model="n_.onnx")), paired=PairedTest(2, 0, 0, 1.0)))
    assert headings(page)[1:] == ["## What m.onnx takes for what", r"## What n\_.onnx takes for what"]
    assert page.count(MATRIX) == 2


def test_a_page_on_a_comparison_has_the_matrix_of_the_best() -> None:
    page = comparison_page(comparison([row("best", 0.9, 10, None)]))
    assert page.index("## What the best, best, takes for what") < page.index("| defective | 90 | 4 |")
