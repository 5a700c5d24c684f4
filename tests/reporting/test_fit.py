"""Which sections the report of a fit has, and what stands in them where there is nothing to show."""

from dataclasses import replace

import pytest

from headway import reporting
from headway.facts.data import Contradiction, Imbalance, Overlap
from headway.facts.fit import Candidate
from headway.facts.training import Epoch, Training, Trial
from headway.rendering import report as wording
from headway.rendering.blocks import Line
from headway.reporting.parts import Cells, Figures, Gallery, Map, Matrix, Sentences, Snippet, Sortable, Sparse
from tests.reporting import making

CLASSES = [f"kind {place}" for place in range(12)]


def page_of(classes=CLASSES, *, changes=(), **options):
    facts = {key: options[key] for key in ("n", "tested", "skill") if key in options}
    report = making.fit_report(classes, **facts)
    return reporting.fit_page(replace(report, **dict(changes)), making.pictures(classes, **options))


def section(page, name):
    return next(section for section in page.sections if section.id == name)


def of_kind(page, name, kind):
    return [part for part in section(page, name).parts if isinstance(part, kind)]


def texts(page, name):
    return [part.text for part in of_kind(page, name, Line)]


def test_sections():
    assert [section.id for section in page_of().sections] == [
        "verdict", "next", "scores", "matrix-of-classes", "mistakes", "classes", "trust", "pictures", "map-of-pictures",
        "training", "tried", "use", "repeat",
    ]  # fmt: skip
    assert page_of().title == "photos.onnx"


def test_the_figure_comes_first():
    report = making.fit_report(CLASSES)
    [figures] = of_kind(reporting.fit_page(report), "verdict", Figures)
    assert figures.value == f"{100 * report.test.accuracy:.1f} %"
    assert (figures.low, figures.high) == (report.test.low, report.test.high)
    assert figures.baseline == report.test.majority_accuracy


def test_cells_lead_to_their_pictures():
    page = page_of()
    [matrix], [cells] = of_kind(page, "matrix-of-classes", Matrix), of_kind(page, "matrix-of-classes", Cells)
    linked = {cell.key: cell.count for _, row in matrix.rows for cell in row if cell is not None and cell.has_pictures}
    assert {cell.key for cell in cells.cells} == set(linked)
    assert sum(cell.count for _, row in matrix.rows for cell in row if cell is not None) == 60
    for cell in cells.cells:
        assert len(cell.gallery.pictures) == linked[cell.key]


def test_without_pictures_the_cells_lead_nowhere():
    page = reporting.fit_page(making.fit_report(CLASSES))
    [matrix] = of_kind(page, "matrix-of-classes", Matrix)
    assert not any(cell.has_pictures for _, row in matrix.rows for cell in row if cell is not None)
    assert "map-of-pictures" not in [section.id for section in page.sections]
    assert of_kind(page, "mistakes", Sortable)


def test_names_left_out_leave_a_table_of_mistakes():
    [table] = of_kind(page_of(has_names=False), "mistakes", Sortable)
    assert table.columns == ("true", "predicted", "probability")


def test_many_classes_have_pairs_in_place_of_a_matrix():
    page = page_of([f"kind {place}" for place in range(200)], n=800, tested=400)
    assert of_kind(page, "matrix-of-classes", Sparse)
    [pairs] = of_kind(page, "matrix-of-classes", Sortable)
    counts = [int(count) for *_, count in pairs.rows]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 60
    assert all(pairs.links)


def test_many_classes_without_a_mistake():
    page = page_of([f"kind {place}" for place in range(40)], skill=90.0)
    assert texts(page, "matrix-of-classes") == [wording.ALL_RIGHT]


@pytest.mark.parametrize("classes", [CLASSES[:2], CLASSES])
def test_everything_right(classes):
    page = page_of(classes, skill=90.0)
    assert texts(page, "mistakes") == [wording.ALL_RIGHT]
    assert texts(reporting.fit_page(making.fit_report(classes, skill=90.0)), "mistakes") == [wording.ALL_RIGHT]
    [figures] = of_kind(page, "verdict", Figures)
    assert figures.value == "100 %"


@pytest.mark.parametrize("classes", [CLASSES[:2], CLASSES])
def test_everything_wrong(classes):
    page = page_of(classes, skill=-90.0)
    [figures] = of_kind(page, "verdict", Figures)
    assert figures.value == "0 %"
    [gallery] = of_kind(page, "mistakes", Gallery)
    assert len(gallery.pictures) == 24
    assert gallery.remark == "and 36 more"


def test_without_a_test_it_is_of_what_was_held_out():
    page = page_of(tested=0)
    assert wording.NO_TEST in texts(page, "scores")
    [matrix] = of_kind(page, "matrix-of-classes", Matrix)
    assert sum(cell.count for _, row in matrix.rows for cell in row if cell is not None) == 200
    assert "classes" not in [section.id for section in page.sections]
    assert "mistakes on pictures that were held out, " in of_kind(page, "verdict", Sentences)[0].texts[2]
    bare = reporting.fit_page(making.fit_report(CLASSES, tested=0))
    assert texts(bare, "mistakes") == texts(bare, "matrix-of-classes") == [wording.NO_SCORES]
    assert "was not scored" in of_kind(bare, "verdict", Sentences)[0].texts[2]


def test_that_a_choice_is_corrected_for_is_said_where_there_was_one():
    assert wording.CORRECTED in texts(page_of(), "scores")
    chosen = replace(making.fit_report(CLASSES).head, candidates=())
    assert wording.CORRECTED not in texts(page_of(changes={"head": chosen}), "scores")


def test_where_nothing_was_measured_there_is_no_empty_table():
    page = reporting.fit_page(making.fit_report(CLASSES, tested=0, cross_validation=None))
    assert section(page, "scores").parts == (Line(wording.NO_SCORES),)


def test_what_to_type_next_is_code_with_the_name_of_the_model():
    html = reporting.to_html(reporting.fit_page(making.fit_report(CLASSES, model="/home/ada/my photos.onnx")))
    assert "<code>headway evaluate &#39;my photos.onnx&#39; MORE-PICTURES/</code></li>" in html
    assert "Test on more pictures, as 60 leave an interval" in html


def test_the_map_shows_every_picture_and_rings_the_wrong_ones():
    [shown] = of_kind(page_of(), "map-of-pictures", Map)
    assert sum(layer.count for layer in shown.layers) == 200
    assert sum(layer.path.count("M") for layer in shown.layers) == 200
    assert 0 < shown.wrong.count("M") < 200
    assert texts(page_of(has_map=False), "map-of-pictures") == [wording.NO_MAP]


def test_the_map_says_which_mistakes_are_of_no_test_and_when_colours_repeat():
    [many], [few] = (of_kind(page_of(CLASSES[:k]), "map-of-pictures", Map) for k in (12, 8))
    assert "of them while held out of training" in many.label
    assert wording.COLOURS_REPEAT in many.caption
    assert few.caption == wording.BY_FEATURES
    [untested] = of_kind(page_of(tested=0), "map-of-pictures", Map)
    assert "held out" not in untested.label


def test_where_nothing_was_set_aside_it_is_said():
    report = making.fit_report(CLASSES)
    data = replace(report.data, skipped={}, unreadable=0, quarantined=(), one_colour=None)
    assert wording.NOTHING_SET_ASIDE in texts(reporting.fit_page(replace(report, data=data)), "pictures")


def test_what_was_set_aside_is_named():
    page = page_of()
    html = reporting.to_html(page)
    assert "kind 0/bad.jpg" in html
    assert "it ends early" in html
    report = making.fit_report(CLASSES)
    data = replace(
        report.data,
        contradicting=1,
        contradictions=(Contradiction((f"{making.FOLDER}/a/1.jpg", f"{making.FOLDER}/b/2.jpg"), ("a", "b")),),
        overlaps=(Overlap("test", ("training",), "content", 1),),
        imbalance=Imbalance("kind 0", "kind 1", 90, 3, "none"),
    )
    html = reporting.to_html(reporting.fit_page(replace(report, data=data), making.pictures(CLASSES)))
    for text in ("a/1.jpg", "also in training", "very unequal size"):
        assert text in html
    assert "a/1.jpg" not in reporting.to_html(reporting.fit_page(replace(report, data=data)))


def test_a_trained_network_has_its_history():
    epochs = tuple(Epoch(number, 0.9 / number, 0.7, 0.8 / number, 0.7, 0.001, 1.0) for number in (1, 2, 3))
    training = Training("last-block", 1000, 100, 3, 3, (), False, epochs, None)
    trial = Trial("last-block", 0.4, 0.5, True, "fine-tuned")
    page = page_of(changes={"training": training, "trial": trial})
    assert wording.NO_CURVES not in texts(page, "training")
    assert texts(page, "tried")[-1].startswith("Fine-tuning was tried")


def test_heads_that_were_tried_are_in_order_and_the_chosen_one_is_marked():
    tried = tuple(Candidate("logistic", "last", c, 0.8, loss) for c, loss in ((1.0, 0.5), (0.1, 0.4), (10.0, 0.6)))
    report = making.fit_report(CLASSES)
    head = replace(report.head, kind="logistic", C=1.0, candidates=tried)
    report = replace(report, head=head, features=replace(report.features, name="last"))
    [table] = of_kind(reporting.fit_page(report), "tried", Sortable)
    # The simplest within a standard error of the best need not be the best.
    assert [(row[2], row[-1]) for row in table.rows] == [("0.1", ""), ("1", "chosen"), ("10", "")]


def test_a_published_grid_search_names_the_solvers():
    tried = (
        Candidate("logistic", "last", 0.1, 0.8, 0.4, ("newton-cg", "lbfgs")),
        Candidate("logistic", "last", 1.0, 0.9, 0.5, ("newton-cg",)),
        Candidate("logistic", "last", 1.0, 0.8, 0.6, ("lbfgs",)),
    )
    report = making.fit_report(CLASSES)
    head = replace(report.head, kind="logistic", C=1.0, candidates=tried, solver="newton-cg")
    report = replace(report, head=head, features=replace(report.features, name="last"))
    [table] = of_kind(reporting.fit_page(report), "tried", Sortable)
    assert [(row[2], row[-1]) for row in table.rows] == [
        ("0.1, newton-cg, lbfgs", ""),
        ("1, newton-cg", "chosen"),
        ("1, lbfgs", ""),
    ]


def test_a_head_that_was_not_chosen_has_no_table_of_what_was_tried():
    report = making.fit_report(CLASSES)
    only = (Candidate("logistic", "last", 1.0, 0.9, 0.5, ("lbfgs",)),)
    page = reporting.fit_page(replace(report, head=replace(report.head, candidates=only, solver="lbfgs")))
    assert "tried" not in [section.id for section in page.sections]


def test_it_can_be_repeated():
    report = making.fit_report(CLASSES)
    recipe = dict(report.recipe) | {"backbone": "/home/ada/nets/mine.onnx", "head": "logistic"}
    snippets = of_kind(reporting.fit_page(replace(report, recipe=recipe)), "repeat", Snippet)
    assert snippets[0].text == 'backbone = "mine.onnx"\nhead = "logistic"'
    assert snippets[1].text == "headway fit PICTURES/ --recipe recipe.toml"
    bare = of_kind(reporting.fit_page(report), "repeat", Snippet)
    assert bare[1].text == "headway fit PICTURES/"


def test_times_are_left_out():
    report = making.fit_report(CLASSES)
    slower = replace(report, seconds={"total": 99.0})
    assert reporting.to_html(reporting.fit_page(report)) == reporting.to_html(reporting.fit_page(slower))


def test_what_is_black_and_white_of_many_bits_is_said():
    given = replace(making.fit_report(CLASSES).input, value_range=(0.0, 4095.0))
    page = page_of(changes={"input": given})
    assert any("(12 bits)" in text for text in texts(page, "pictures"))
    assert "value_range=(0.0, 4095.0)" in of_kind(page, "use", Snippet)[-1].text
    report = replace(making.evaluation_report(CLASSES), value_range=(0.0, 4095.0))
    assert "(12 bits)" in reporting.to_html(reporting.evaluation_page(report))


def test_of_very_many_classes_the_worst_are_listed_and_the_page_stays_small():
    classes = [f"kind {place}" for place in range(800)]
    page = reporting.fit_page(making.fit_report(classes, 1600, tested=1600))
    [table] = of_kind(page, "classes", Sortable)
    assert len(table.rows) == 500 and table.caption == "Scores of the 500 worst of 800 classes"
    assert len(reporting.to_html(page)) < 300_000
