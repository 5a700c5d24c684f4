from collections.abc import Sequence

from headway.comparison import advice
from headway.comparison.advice import pick
from headway.facts.comparison import Advice, LeftOut, Row
from headway.rendering import comparison as rendering
from tests.comparison.making import report, row


def advise(rows: Sequence[Row]) -> list[str]:
    """Return the advice in words."""
    return rendering.advice(report(rows))


def test_advice_is_codes_and_numbers() -> None:
    rows = [row("tuned", 0.9, 100, None), row("frozen", 0.85, 5, 0.001), row("colour", 0.7, 2, 0.001, family="colour")]
    assert advice.advise(rows) == (
        Advice(code="take-best", recipe="tuned"),
        Advice(code="optimism", recipe="tuned"),
        Advice(code="next", recipe="frozen", other="tuned", points=rows[0].points - rows[1].points, seconds=-95.0),
        Advice(code="colour-behind", recipe="colour", other="tuned", points=-rows[2].points, seconds=-98.0),
    )


def test_the_best_is_taken_where_nothing_cheaper_is_level_with_it() -> None:
    rows = [row("tuned", 0.9, 100, None), row("frozen", 0.85, 5, 0.001)]
    assert pick(rows).name == "tuned"
    first, optimism, second = advise(rows)
    assert (
        first
        == "Take tuned: 90.0 % of the test pictures right (87.0 to 93.0 %), 100 s to train, the best of the 2 that ran."
    )
    assert optimism.startswith("The figure of the best of 2 is a little too good: it was chosen on these very test")
    assert (
        second
        == "Next is frozen: 5.0 points worse, saves 95 s; behind the best beyond chance on the test pictures, p = 0.001."
    )


def test_a_cheaper_one_that_cannot_be_told_from_the_best_is_taken() -> None:
    rows = [row("tuned", 0.9, 100, None), row("block", 0.895, 80), row("depths", 0.89, 10), row("last", 0.88, 9)]
    assert pick(rows).name == "depths", "not block, nor last: they don't halve the time"
    first, _, second = advise(rows)
    assert first.endswith(
        "The best of the 4 that ran, tuned, is 1.0 points better in this test, which may be chance "
        "(p = 0.3 on the test pictures), and takes 100 s."
    )
    assert second == (
        "Next is block: 0.5 points better, takes 70 s longer; it cannot be told from the best on the test pictures, p = 0.3."
    )


def test_a_best_that_has_no_more_right_is_not_called_better() -> None:
    first, _ = advise([row("tuned", 0.9, 100, None), row("frozen", 0.9, 10, 0.7)])
    assert first.endswith(
        "10 s to train. The best of the 2 that ran, tuned, has as many right, with a lower log-loss, and takes 100 s."
    )


def test_cheap_but_worse_is_not_taken() -> None:
    assert pick([row("tuned", 0.9, 100, None), row("cheap", 0.86, 1, 0.04)]).name == "tuned"


def colour(accuracy: float, **other: object) -> str:
    majority = row("majority", 0.5, 1, 0.0, family="majority")
    rows = [row("best", 0.9, 10, None), row("colour", accuracy, 2, 0.01, family="colour", **other), majority]
    return advise(rows)[-1]


def test_a_colour_histogram_that_does_nearly_as_well_is_a_warning() -> None:
    assert "nearly as well (88.5 %): either the classes differ by colour, or there is a shortcut" in colour(0.885)
    assert "nearly as well" in colour(0.865), "nine tenths of what the best gains over the largest class"
    assert colour(0.7) == "A colour histogram is 20.0 points behind (70.0 %): colour alone does not do it."


def test_a_colour_histogram_that_wins_is_a_louder_one() -> None:
    rows = [row("colour", 0.9, 2, None, family="colour"), row("frozen", 0.7, 10, 0.001)]
    assert "Look at the pictures" in advise(rows)[-1]


def test_without_the_largest_class_only_points_count() -> None:
    rows = [row("best", 0.9, 10, None), row("colour", 0.8, 2, 0.01, family="colour")]
    assert "10.0 points behind" in advise(rows)[-1]


def test_nothing_better_than_the_largest_class() -> None:
    rows = [
        row("frozen", 0.9, 10, None),
        row("majority", 0.89, 1, 0.6, family="majority"),
        row("colour", 0.88, 2, 0.5, family="colour"),
    ]
    said = advise(rows)
    assert "Nothing here can be told from always naming the largest class" in said[-1]
    assert not any("colour histogram" in sentence for sentence in said)


def test_one_row_has_no_next() -> None:
    (only,) = advise([row("only", 0.9, 10, None)])
    assert only.endswith("the only one that ran.")


def test_it_says_which_test_decides() -> None:
    folds = row("frozen", 0.88, 80, 0.031, p_folds=0.072, verdict="level")
    said = advise([row("tuned", 0.9, 100, None), folds])
    assert said[-1].endswith("it cannot be told from the best on the folds, p = 0.072.")
    equal = advise([row("tuned", 0.9, 100, None), row("frozen", 0.9, 80)])
    assert "Next is frozen: level in accuracy, saves 20 s" in equal[-1]


def test_colour_is_not_judged_without_a_network() -> None:
    rows = [row("colour", 0.9, 2, None, family="colour"), row("handmade", 0.7, 10, 0.001, family="handmade")]
    assert not any("colour histogram" in sentence for sentence in advise(rows))


def test_without_a_pretrained_network_nothing_is_recommended() -> None:
    rows = [row("scratch", 0.9, 20, None, family="scratch"), row("handmade", 0.7, 10, 0.001, family="handmade")]
    assert pick(rows) is None
    assert advice.advise(rows) == (Advice(code="no-pretrained", recipe="scratch"),)
    (sentence,) = advise(rows)
    assert sentence.startswith("No pretrained network ran, so nothing is recommended")
    assert sentence.endswith("Compare again, and let frozen-logistic run, too.")
    for reason in ("budget", "stopped"):
        short = report(rows, left_out=[LeftOut("frozen-svm", reason)])
        assert rendering.advice(short)[0].endswith("Compare again, and give it a larger --budget.")


def test_without_a_pretrained_network_warnings_are_given_all_the_same() -> None:
    rows = [row("handmade", 0.9, 20, None, family="handmade"), row("majority", 0.89, 1, 0.6, family="majority")]
    assert [item.code for item in advice.advise(rows)] == ["no-pretrained", "majority-level"]
