"""What to do next: at most three sentences about a fit, what gains most first, each with a number."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from headway.facts.alternatives import Alternative
from headway.facts.audit import Finding
from headway.facts.data import Imbalance, Overlap
from headway.facts.documents import EvaluationReport
from headway.facts.fit import FitReport
from headway.facts.forecast import ClassGain, Forecast, LearningCurve
from headway.facts.scores import Mistake, PartScores
from headway.metrics import wilson
from headway.rendering.advice import MOST, advice
from tests.rendering.test_verdict import evaluated, fitted, held_out, of_data, scored

NOW = Forecast(1, 100, 0.80, 0.78, 0.82, 0.0)
TWICE = Forecast(2, 200, 0.84, 0.82, 0.86, 0.04)
CURVE = LearningCurve(pictures=100, now=NOW, forecasts=(TWICE,), classes=(ClassGain("fish", 9, 0.02, 0.005),))
UNSEEN = PartScores(20, 12, 0.6, 0.4, 0.78, 0.6, 0.9, 0.1)
LABELS = Finding(301, "wrong-labels", "warning", 1)


def said(report: FitReport | EvaluationReport, model: str = "MODEL") -> tuple[str, ...]:
    return tuple(map(str, advice(report, model)))


def test_what_gains_most_comes_first_and_three_are_enough() -> None:
    test = replace(scored({(0, 0): 20, (1, 1): 4, (1, 0): 6}), near_training=10, unseen=UNSEEN)
    data = of_data(contradicting=1, imbalance=Imbalance("birds", "fish", 90, 9, "none"))
    lines = said(fitted(test, data=data, forecast=CURVE, findings=(LABELS,)))
    assert len(lines) == MOST == 3
    assert lines[0] == (
        "Keep copies on one side: 10 test pictures are copies of training pictures, and of the others 60.0 % are "
        "right, not 80.0 %: headway audit PICTURES/ --fixes fixes.csv && headway fit PICTURES/ --fixes fixes.csv."
    )
    gains = [one.gain for one in advice(fitted(test, data=data, forecast=CURVE, findings=(LABELS,)))]
    assert gains == sorted(gains, reverse=True)
    assert all(re.search(r"\d", line) for line in lines)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"forecast": CURVE},
            "Add pictures: with twice the pictures (200), accuracy is expected to be 82.0 to 86.0 % (now 78.0 to 82.0 %): "
            "about 4.0 points more than now; more pictures of 'fish' help most: the second half of the 9 pictures of 'fish' "
            "has brought 2.0 points.",
        ),
        (
            {"findings": (LABELS,)},
            "Look at the 1 label that is likely wrong, 11.1 % of all: headway audit PICTURES/ --fixes fixes.csv.",
        ),
        (
            {"data": of_data(contradicting=1)},
            "Correct the labels of the 1 file found under several labels: one of each is wrong: headway audit "
            "PICTURES/ --fixes fixes.csv.",
        ),
        (
            {"data": of_data(imbalance=Imbalance("birds", "fish", 90, 9, "none"))},
            "Let every class count the same in training: the mean recall of the classes is 92.8 %, where 99.0 % of the "
            "pictures are right: headway fit PICTURES/ --balance weights.",
        ),
        (
            {"data": of_data(overlaps=(Overlap("test", ("training",), "group", 2),))},
            "Keep groups whole: 2 test pictures have others of their group in training: headway fit PICTURES/ "
            "--no-splits.",
        ),
    ],
)
def test_advice_is_what_the_facts_bear_out(changes: dict[str, object], sentence: str) -> None:
    test = scored({(0, 0): 480, (1, 1): 510, (2, 2): 8, (2, 0): 2, (1, 0): 8})
    report = replace(fitted(test), **changes)  # type: ignore[arg-type]
    assert sentence in said(report)


BETTER = Alternative(
    kind="fine-tuning", recipe="finetune-all", backbone="resnet50", tuned=True, n=1000, accuracy=0.91, low=0.89,
    high=0.93, gain=0.04, p=0.001, better=True, seconds=240.0, command="headway fit PICTURES/ --finetune all",
)  # fmt: skip
WORSE = replace(BETTER, gain=-0.02, p=0.4, better=False)


@pytest.mark.parametrize(
    ("alternative", "sentence"),
    [
        (
            BETTER,
            "Fine-tune the network: headway compare measured 91.0 % (89.0 to 93.0 %) for that on the same 1,000 pictures, "
            "99.0 % for this model; it took 4 min: headway fit PICTURES/ --finetune all.",
        ),
        (
            replace(BETTER, kind="bigger-network", tuned=False),
            "Take resnet50, a bigger network: headway compare measured 91.0 % (89.0 to 93.0 %) for that on the same 1,000 "
            "pictures, 99.0 % for this model; it took 4 min: headway fit PICTURES/ --finetune all.",
        ),
        (
            replace(BETTER, kind="bigger-network"),
            "Fine-tune resnet50, a bigger network: headway compare measured 91.0 % (89.0 to 93.0 %) for that on the same "
            "1,000 pictures, 99.0 % for this model; it took 4 min: headway fit PICTURES/ --finetune all.",
        ),
        (
            WORSE,
            "Do not expect more of fine-tuning: headway compare measured 91.0 % (89.0 to 93.0 %) for that on the same "
            "1,000 pictures, not better beyond chance than 99.0 % for this model.",
        ),
        (
            replace(WORSE, kind="bigger-network", tuned=False),
            "Do not expect more of resnet50, a bigger network: headway compare measured 91.0 % (89.0 to 93.0 %) for that "
            "on the same 1,000 pictures, not better beyond chance than 99.0 % for this model.",
        ),
        (
            replace(WORSE, kind="bigger-network"),
            "Do not expect more of fine-tuning resnet50, a bigger network: headway compare measured 91.0 % (89.0 to "
            "93.0 %) for that on the same 1,000 pictures, not better beyond chance than 99.0 % for this model.",
        ),
    ],
)
def test_what_a_comparison_measured_is_cited(alternative: Alternative, sentence: str) -> None:
    test = scored({(0, 0): 480, (1, 1): 510, (1, 0): 10})
    assert sentence in said(fitted(test, alternatives=(alternative,)))
    assert not any("compare" in line for line in said(fitted(test)))


def test_another_way_to_transfer_is_ranked_by_its_gain() -> None:
    test = scored({(0, 0): 480, (1, 1): 510, (1, 0): 10})
    both = (BETTER, replace(WORSE, kind="bigger-network"))
    data = of_data(contradicting=1)  # of 9: more than 4 points
    gains = [one.gain for one in advice(fitted(test, data=data, alternatives=both, forecast=CURVE))]
    assert gains == [1 / 9, 0.04, 0.04], "what is not worth trying has no place beside three others"


def test_a_gain_too_small_to_notice_is_no_advice() -> None:
    test = scored({(0, 0): 300, (1, 1): 290, (1, 0): 10})
    flat = replace(CURVE, forecasts=(replace(TWICE, gain=0.0005),))
    assert not any("twice" in line for line in said(fitted(test, forecast=flat)))
    assert not any("twice" in line for line in said(fitted(test, forecast=replace(CURVE, forecasts=()))))


def test_confident_mistakes_and_the_weakest_class() -> None:
    test = scored({(0, 0): 40, (1, 1): 4, (1, 0): 6})
    test = replace(test, mistakes=(Mistake("a.png", "fish", "birds", 0.99), Mistake("b.png", "fish", "birds", 0.7)))
    lines = said(evaluated(test))
    assert lines[0].startswith("Look at the mistake that the model is at least 90.0 % sure of")
    assert lines[1] == "Add pictures of 'fish', the weakest class, with an F1 of 0.57."
    low, high = wilson(44, 50)
    assert f"interval of {100 * low:.1f} to {100 * high:.1f} %" in lines[2]
    assert lines[-1].startswith("See whether another way")
    assert "of which there are" in " ".join(said(fitted(test)))
    assert not any("weakest" in line for line in said(fitted(test, forecast=CURVE)))  # it is said that they help most


def test_copies_in_a_cross_validation() -> None:
    cross_validation = replace(held_out(5), near_training=120, unseen=UNSEEN)
    alike = replace(cross_validation, accuracy=UNSEEN.accuracy)
    assert "of the others 60.0 % are right, too: headway audit" in " ".join(said(fitted(None, cross_validation=alike)))
    assert said(fitted(None, cross_validation=cross_validation))[0].startswith(
        "Keep copies on one side: 120 held-out pictures are copies of training pictures, and of the others 60.0 % are "
    )


def test_copies_without_any_other_picture() -> None:
    test = replace(scored({(0, 0): 300, (1, 1): 300}), near_training=600)
    assert said(fitted(test))[0].startswith(
        "Keep copies on one side: 600 test pictures are copies of training pictures, and there are no others to score"
    )


def test_where_nothing_is_wrong_or_nothing_known() -> None:
    perfect = scored({(0, 0): 300, (1, 1): 300})
    assert said(fitted(perfect), "photos.onnx") == (
        "Test it on pictures of another day, place or camera: all 600 of these are right: headway evaluate "
        "photos.onnx OTHER-PICTURES/.",
    )
    assert said(evaluated(replace(perfect, seen_in_training=9))) == (
        "Test it on pictures that it has not learned from, as it has from 9 of these: headway evaluate MODEL "
        "OTHER-PICTURES/.",
    )
    assert said(fitted(None))[0].startswith("Hold some of the")
