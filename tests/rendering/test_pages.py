"""A whole result: what it begins with, what is on it."""

from __future__ import annotations

from dataclasses import replace

from headway.facts.documents import PairedTest, PairReport
from headway.facts.scores import Mistake
from headway.rendering.pages import comparison, evaluation, fit, page, pair
from tests.comparison.making import report, row
from tests.rendering.test_verdict import MANY, evaluated, fitted, scored

MATRIX = r"| true \\ predicted | birds | fish | trees |"


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_a_page_on_a_fit_says_first_what_to_make_of_it() -> None:
    test = replace(scored(MANY), mistakes=(Mistake("a.png", "fish", "birds", 0.99),))
    text = page("Fit", fit(fitted(test)))
    assert headings(text) == ["# Fit by Headway", "## In short", "## In full", "## What to do next"]
    assert text.index("980 of 1,000 test pictures are right") < text.index(MATRIX) < text.index("Look at the mistake")
    assert headings(page("Fit", fit(fitted(scored(MANY)))))[-1] == "## In full"


def test_a_page_on_an_evaluation() -> None:
    text = page("Evaluation", evaluation(evaluated(scored(MANY))))
    assert headings(text) == ["# Evaluation by Headway", "## In short", "## In full", "## What to do next"]
    assert text.index("980 of 1,000 pictures are right") < text.index(MATRIX)


def test_a_page_on_two_models_has_the_matrix_of_each() -> None:
    one = evaluated(scored(MANY))
    facts = PairReport(models=(one, replace(one, model="n_.onnx")), paired=PairedTest(2, 0, 0, 1.0))
    text = page("Evaluation", pair(facts))
    assert headings(text)[1:] == ["## What m.onnx takes for what", r"## What n\_.onnx takes for what"]
    assert text.count(MATRIX) == 2


def test_a_page_on_a_comparison_has_the_matrix_of_the_best() -> None:
    text = page("Comparison", comparison(report([row("best", 0.9, 10, None)])))
    assert text.index("## What the best, best, takes for what") < text.index("| defective | 90 | 4 |")
