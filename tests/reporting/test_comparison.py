"""The report of a comparison."""

from dataclasses import replace

from headway import reporting
from headway.comparison import Comparison
from headway.facts.comparison import Advice, ComparedData, ComparisonReport, LeftOut, Row
from headway.facts.data import Division, Source
from headway.facts.scores import ConfusionCell
from headway.facts.transfer import Case, CurvePoint, Similarity
from headway.recipe import Recipe
from headway.reporting.parts import Figures, Sentences, Snippet
from tests.reporting import making


def row(name, accuracy, **changes):
    facts = {
        "name": name,
        "title": f"what {name} is",
        "family": "frozen",
        "recipe": Recipe().to_dict(),
        "n": 40,
        "right": round(40 * accuracy),
        "accuracy": accuracy,
        "low": accuracy - 0.05,
        "high": accuracy + 0.05,
        "cross_validation": None,
        "macro_f1": accuracy,
        "log_loss": 0.5,
        "ece": 0.05,
        "seconds": 3.0,
        "ms_per_picture": 9.0,
        "megabytes": 7.0,
        "head": "logistic",
        "features": "last",
        "backbone": "tiny",
        "dim": 64,
        "p_test": None,
        "p_folds": None,
        "p": None,
        "verdict": "best",
        "points": 0.0,
    }
    return Row(**(facts | changes))


def comparison(**changes):
    source = Source("class-folders", making.FOLDER, 100, 2)
    facts = {
        "headway": "1.2.3",
        "data": ComparedData(source, 100, ("cat", "dog"), (), Division("stratified", 60, 0, 40, 0.4, 0)),
        "rows": (row("first", 0.9), row("second", 0.8, p_test=0.01, p=0.01, verdict="worse", points=10.0)),
        "left_out": (LeftOut("svm", "failed", f"{making.FOLDER} is full"),),
        "take": "first",
        "command": f"headway fit {making.FOLDER}",
        "advice": (Advice(code="take-best", recipe="first"),),
        "case": Case(
            number=1,
            train=60,
            classes=2,
            large=False,
            curve=(CurvePoint(30, 0.7), CurvePoint(60, 0.9)),
            gain=0.2,
            similarity=Similarity(0.1, 0.5, 0.7, 100, True),
        ),
        "confusion": (ConfusionCell(0, 0, 18), ConfusionCell(0, 1, 2), ConfusionCell(1, 1, 20)),
        "interrupted": False,
    }
    return Comparison(ComparisonReport(**(facts | changes)))


def parts(page, kind):
    return [part for section in page.sections for part in section.parts if isinstance(part, kind)]


def test_sections():
    page = reporting.comparison_page(comparison())
    assert [section.id for section in page.sections] == [
        "verdict", "use", "ranking", "all-figures", "left-out", "which-case", "matrix-of-classes", "learning-curve", "recipes",
    ]  # fmt: skip
    [figures], [sentences] = parts(page, Figures), parts(page, Sentences)
    assert figures.value == "90.0 %"
    assert "first" in figures.what
    assert sentences.texts[0].startswith("Take first")


def test_places_are_not_in_it():
    page = reporting.comparison_page(comparison())
    assert parts(page, Snippet)[0].text.startswith("headway fit PICTURES/")
    assert "/home" not in reporting.to_html(page)


def test_what_was_not_measured_has_no_section():
    page = reporting.comparison_page(comparison(case=None, command=None, take=None, left_out=()))
    ids = [section.id for section in page.sections]
    assert not {"use", "learning-curve", "left-out"} & set(ids)
    case = comparison().report.case
    page = reporting.comparison_page(comparison(case=replace(case, curve=())))
    assert "learning-curve" not in [section.id for section in page.sections]
