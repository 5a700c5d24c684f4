"""Whoever listens is told soon, and not too often."""

from __future__ import annotations

import logging
import time

import pytest

from headway.studio.work.announcing import Announcer
from tests.studio.work.making import wait


def test_many_changes_are_told_a_few_times_the_last_of_them_surely() -> None:
    changes = 0
    told: list[tuple[float, int]] = []
    announcer = Announcer(every=0.05)
    announcer.listen(lambda: told.append((time.monotonic(), changes)))
    begun = time.monotonic()
    for changes in range(1, 301):  # noqa: B007 - the listener reads it
        announcer.announce()
        time.sleep(0.001)
    wait(lambda: told and told[-1][1] == 300)
    assert len(told) <= 2 + (told[-1][0] - begun) / 0.05
    announcer.close()


def test_a_listener_that_fails_keeps_nobody_else_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    announcer = Announcer(every=0.0)
    announcer.listen(lambda: 1 / 0)
    announcer.listen(lambda: told.append(1))
    with caplog.at_level(logging.ERROR):
        announcer.announce()
        wait(lambda: told)
    announcer.close()
    assert "a listener failed" in caplog.text


def test_what_was_not_told_yet_is_told_at_the_end() -> None:
    told: list[int] = []
    announcer = Announcer(every=60.0)
    announcer.listen(lambda: told.append(1))
    announcer.announce()
    wait(lambda: told)
    announcer.announce()
    announcer.close()
    assert len(told) == 2
