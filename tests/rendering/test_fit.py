"""The report of a fit in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from headway.facts.training import Training, Trial
from headway.rendering import fit as rendering
from headway.rendering.blocks import Caution, Line
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
