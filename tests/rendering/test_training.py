"""What is said while a network is trained."""

from __future__ import annotations

from headway.facts.training import Epoch
from headway.rendering.training import epoch


def course(epochs: int, validated: bool = True) -> list[Epoch]:
    loss, accuracy = (0.6, 0.75) if validated else (None, None)
    return [Epoch(number, 0.5, 0.8, loss, accuracy, 0.1, 1.0) for number in range(1, epochs + 1)]


def test_an_epoch_is_said_with_what_is_kept_and_what_is_left() -> None:
    assert epoch(course(1), 3, best=1) == (
        "epoch 1 of 3 (best so far, kept): loss 0.500, validation loss 0.600, accuracy 0.750, about 2 s left"
    )
    assert epoch(course(3), 3, best=1) == "epoch 3 of 3: loss 0.500, validation loss 0.600, accuracy 0.750"


def test_without_a_validation_part_nothing_is_chosen() -> None:
    assert epoch(course(2, validated=False), 3, best=2) == (
        "epoch 2 of 3: loss 0.500, accuracy in training 0.800, about 1 s left"
    )


def test_of_hundreds_of_epochs_about_fifty_are_said() -> None:
    for epochs in (50, 51, 99, 400, 10_000):
        every = course(epochs)
        said = [number for number in range(1, epochs + 1) if epoch(every[number - 1 : number], epochs, 0) is not None]
        assert said[0] == 1 and said[-1] == epochs and 25 <= len(said) <= 52
