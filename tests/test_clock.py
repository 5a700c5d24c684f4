"""Times of stages."""

from __future__ import annotations

import time

import pytest

from headway.clock import Clock


def test_a_stage_that_is_entered_twice_adds_up() -> None:
    clock = Clock()
    for _ in range(3):
        with clock("test"):
            time.sleep(0.02)
    assert clock.seconds()["test"] >= 0.06
    assert clock.seconds()["total"] >= clock.seconds()["test"]


def test_a_stage_that_fails_is_counted() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="inside"), clock("search"):
        time.sleep(0.01)
        raise ValueError("inside")
    assert clock.seconds()["search"] >= 0.01
