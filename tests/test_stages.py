"""Lines of progress, by a clock that the test sets."""

from __future__ import annotations

import os
import threading
import time

import pytest

from headway.stages import EVERY, StageLines


class Log:
    """The lines that were said, and the clock that they are said by; no thread wakes up by itself within a test."""

    def __init__(self, every: float = 1000.0) -> None:
        self.said: list[str] = []
        self.seconds = 100.0
        self.lines = StageLines(self.said.append, every=every, now=lambda: self.seconds)

    def later(self, seconds: float) -> str:
        """Return what is said when so much time has passed and the work reported nothing."""
        self.seconds += seconds
        stage = self.lines._stage
        assert stage is not None
        self.lines._remind(stage)
        return self.said[-1]


def test_a_stage_begins_goes_on_and_ends() -> None:
    log = Log()
    log.lines.start("features", 2624)
    assert log.later(25) == "features: 0 of 2,624 (0 %), 25 s so far"
    log.lines.advance(300)
    assert log.later(25) == "features: 300 of 2,624 (11 %), about 6 min left"
    log.lines.advance(2323)
    log.lines.advance()
    assert log.said[-1] == "features: 2,624 of 2,624 (100 %), took 50 s"
    assert log.later(30) == "after features: 30 s so far"
    before = list(log.said)
    log.lines.advance()
    log.lines.finish()
    assert log.said == before, "its end was said"


def test_a_stage_without_a_total() -> None:
    log = Log()
    log.lines.start("converting resnet50 to ONNX")
    log.lines.advance()
    assert log.later(25) == "converting resnet50 to ONNX: 25 s so far"
    log.seconds += 125
    log.lines.finish()
    assert log.said[0] == "converting resnet50 to ONNX"
    assert log.said[-1] == "converting resnet50 to ONNX: took 2 min"


def test_the_next_stage_ends_the_one_before() -> None:
    log = Log()
    log.lines.start("decode", 4)
    log.lines.advance(3)
    log.lines.start("epoch 1 of 2", 8)
    assert log.said == ["decode: 0 of 4 (0 %)", "decode: 3 of 4 (75 %), took 0.0 s", "epoch 1 of 2: 0 of 8 (0 %)"]


def test_nothing_is_said_of_nothing() -> None:
    log = Log()
    log.lines.advance()
    log.lines.finish()
    log.lines.start("features", 0)
    log.lines.advance()
    log.lines.finish()
    log.lines.advance()
    assert log.said == ["features", "features: took 0.0 s"]


def test_a_line_comes_in_time_also_where_the_work_reports_nothing_and_none_after_the_end() -> None:
    assert EVERY < 30
    said: list[str] = []
    third = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            third.set()

    lines = StageLines(say, every=0.01)
    threads = threading.active_count()
    lines.start("choosing a head")
    assert third.wait(60), said
    lines.finish()
    after = list(said)
    assert after[1].endswith(" so far") and " took " in after[-1]
    deadline = time.monotonic() + 60
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.005)
    assert threading.active_count() == threads, "its thread has ended"
    assert said == after


def test_before_the_first_stage_there_are_reminders_only() -> None:
    log = Log()
    log.lines.begin()
    assert log.later(25) == "after the start: 25 s so far"
    log.lines.start("decode", 4)
    assert log.said[1:] == ["decode: 0 of 4 (0 %)"]
    log.lines.finish()
    log.lines.begin()
    log.lines.finish()
    assert len(log.said) == 3


def test_a_reminder_that_comes_too_late_is_not_said() -> None:
    log = Log()
    log.lines.start("decode", 4)
    stage = log.lines._stage
    assert stage is not None
    log.lines.finish()
    log.lines._remind(stage)
    assert len(log.said) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_a_forked_child_says_nothing_of_its_parents_stage() -> None:
    log = Log()
    log.lines.start("features", 3)
    with log.lines._lock:  # as if the other thread were just saying a line
        child = os.fork()
        if not child:
            log.lines.finish()
            log.lines.start("own")
            log.lines.finish()
            os._exit(0 if log.said[1:] == ["own", "own: took 0.0 s"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    log.lines.finish()
    assert log.said[-1] == "features: 0 of 3 (0 %), took 0.0 s"
