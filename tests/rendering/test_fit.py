"""The report of a fit in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from headway.facts.fit import CalibrationCheck, Candidate, LeftOut
from headway.facts.scores import BinaryScores, PartScores
from headway.facts.training import Epoch, Training, Trial
from headway.rendering import fit as rendering
from headway.rendering.blocks import Caution, Line, Table
from tests.model.making import report


def lines(changed) -> list[str]:
    return [block.text for block in rendering.fit(changed) if isinstance(block, Line)]


def test_what_was_trained_is_said() -> None:
    training = Training("all", 20, 10, 3, 0, ("rotate=40", "hflip"), True, (), None)
    said = lines(replace(report(), training=training))
    for line in (
        "Trained: all, 10 of 20 parameters, 3 epochs, no epoch was better than the start; the network is unchanged",
        "Augmented: rotate=40, hflip",
        "Features are averaged over mirrored views (tta)",
    ):
        assert line in said
    assert any("1 epoch, no epoch" in line for line in lines(replace(report(), training=replace(training, epochs=1))))
    assert any("3 epochs, best 2" in line for line in lines(replace(report(), training=replace(training, best=2))))
    kept_last = lines(replace(report(), training=replace(training, best=3)))
    assert any(line.endswith("parameters, 3 epochs") for line in kept_last)


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (
            Trial("all", 0.5, 0.4, True, "frozen"),
            "Fine-tuning was tried: log-loss 0.500 against 0.400 of the frozen network on the validation part; "
            "the frozen network is kept",
        ),
        (
            Trial("all", 0.4, 0.4, False, "frozen"),
            "Fine-tuning was tried: no epoch was better than the start; the frozen network is kept",
        ),
        (
            Trial("all", 0.5, 0.4, True, "frozen", given_up_after=2),
            "Fine-tuning was tried and given up after 2 epochs, when it would stay behind: log-loss 0.500 against "
            "0.400 of the frozen network on the validation part; the frozen network is kept",
        ),
    ],
)
def test_what_fine_tuning_was_weighed_against_is_said(trial: Trial, said: str) -> None:
    assert said in lines(replace(report(), trial=trial))


def test_training_that_went_astray_is_said() -> None:
    training = Training("all", 20, 10, 3, 2, (), False, (), None)
    fine = replace(report(), training=training)
    assert rendering.astray(fine) is None
    far_off = replace(fine, test=replace(fine.test, log_loss=2_034_000.0), recipe={"learning_rate": 10.0})
    said = rendering.astray(far_off)
    assert said == (
        f"training went astray: a log-loss of 2.03e+06 is far worse than the {math.log(len(fine.classes)):.3g} of "
        "guessing; try a lower rate than 10 (--learning-rate)"
    )
    assert said in [block.text for block in rendering.fit(far_off) if isinstance(block, Caution)]
    assert rendering.astray(replace(far_off, training=None)) is None
    assert rendering.astray(replace(far_off, classes=("one",))) is None
    assert "try a low rate" in (rendering.astray(replace(far_off, recipe={})) or "")


def test_a_model_in_few_words() -> None:
    assert rendering.accuracy(report()) == "test accuracy 0.500"
    assert rendering.accuracy(replace(report(), test=None)) == "not tested"


def test_the_recipe_says_what_is_left_out_on_purpose() -> None:
    asked = {"backbone": "tiny", "finetune": "none", "refit": False, "tta": False, "test_fraction": 0.0, "weights": ""}
    said = rendering.recipe(replace(report(), recipe=asked)).text
    assert said == "Recipe: backbone = tiny, refit = False, test_fraction = 0.0"


def test_a_head_that_learnt_nothing_is_said_with_what_to_try() -> None:
    history = (Epoch(1, 0.51, 0.2, 0.4982, 0.24, 0.01, None), Epoch(2, 0.5, 0.2, 0.4991, 0.24, 0.01, None))
    training = Training("dense256 head", 20, 10, 2, 1, (), False, history, None, frequencies_loss=0.4981)
    as_asked = replace(report(), training=training)
    said = rendering.learnt_nothing(as_asked)
    assert said == (
        "the head learnt nothing: its validation loss must be 1 % below the 0.498 of always answering how frequent "
        "the classes are, and is 0.498 at a learning rate of 0.01; without learning_rate and optimizer in the recipe, "
        "lower rates are tried"
    )
    assert said in [block.text for block in rendering.fit(as_asked) if isinstance(block, Caution)]
    tried = replace(report(), training=replace(training, abandoned_rates=(0.01, 0.0001)))
    assert "lower rates than it did no better" in (rendering.learnt_nothing(tried) or "")
    assert "Nothing was learnt at a learning rate of 0.01 and 0.0001; this is the best of all that were tried" in lines(
        tried
    )
    falling = replace(report(), training=replace(training, best=2))
    assert "still falling: take more epochs (--epochs)" in (rendering.learnt_nothing(falling) or "")
    learnt = replace(training, history=(replace(history[0], validation_loss=0.4),))
    assert rendering.learnt_nothing(replace(report(), training=learnt)) is None
    assert list(rendering.doubts(report())) == []


def test_figures_before_the_last_learning_and_of_yes_and_no_are_said() -> None:
    assert report().test is not None
    earlier = replace(PartScores.of(report().test), accuracy=0.845, right=169)
    said = lines(replace(report(), before_refit=earlier, binary=BinaryScores(0.8, 0.4983, 0.8, 0.5004)))
    assert "Test accuracy before learning on the validation pictures, too: 0.845 (169 right)" in said
    assert (
        "Binary accuracy, as Keras reports it: 0.800 at a loss of 0.498; saying no to every class is 0.800 at 0.500"
        in said
    )


@pytest.mark.parametrize(
    ("tried", "has_table"),
    [
        ((Candidate("logistic", "flat", 1.0, 0.9531, 0.1, ("lbfgs",)),), False),
        ((Candidate("logistic", "flat", 1.0, 0.9531, 0.1, ("newton-cg", "lbfgs")),), True),
        (tuple(Candidate("logistic", "flat", C, 0.9531, 0.1, ("lbfgs",)) for C in (0.1, 1.0)), True),
    ],
)
def test_a_published_grid_is_a_table_where_there_was_a_choice(tried: tuple[Candidate, ...], has_table: bool) -> None:
    head = replace(report().head, kind="logistic", C=1.0, solver="lbfgs", candidates=tried)
    blocks = rendering.learned(replace(report(), head=head))
    assert any(isinstance(block, Table) for block in blocks) is has_table


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        ("finetuned", "dense256", "finetuned dense256 on"),
        ("finetuned", "auto", "finetuned on"),
        ("logistic", "auto", "logistic on"),  # a trial kept the frozen network
    ],
)
def test_a_head_that_was_trained_with_its_network_says_what_it_is(kind: str, asked: str, said: str) -> None:
    changed = replace(report(), head=replace(report().head, kind=kind), recipe={"head": asked})
    assert rendering.head(changed).startswith(said)


def test_probabilities_that_are_not_to_be_believed_are_named() -> None:
    known = report()
    doubtful = CalibrationCheck("temperature", 500, error=0.12, limit=0.04, tried="vector")
    assert list(rendering.doubts(known)) == []
    [doubt] = rendering.doubts(replace(known, head=replace(known.head, calibration=doubtful)))
    assert "off by 0.120" in doubt and "0.040" in doubt


def test_another_calibration_and_what_was_not_tried_are_said() -> None:
    known = report()
    mended = CalibrationCheck("vector", 500, 0.02, 0.04, error_before=0.1, log_loss=0.4, log_loss_before=0.5)
    bound = LeftOut(1000, features=("last",), heads=("mlp",), penalties=7, folds=3, over_all=True)
    said = lines(replace(known, head=replace(known.head, calibration=mended, left_out=bound)))
    assert any("vector scaling" in line and "0.100" in line and "0.020" in line for line in said)
    assert any("1,000 classes: features last, head mlp, 7 values of C, 3 folds" in line for line in said)
