"""One job at a time, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from headway.errors import DataError
from headway.facts.studio import JobKind
from headway.studio.work.jobs import Jobs, Watch
from headway.studio.work.refusals import BusyError
from tests.studio.work.making import wait


class Bench:
    """Work that goes on until it is let go, and notes what it did."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.begun: list[JobKind] = []
        self.ended: list[JobKind] = []
        self.go_on = threading.Event()
        self.error = error

    def __call__(self, kind: JobKind, watch: Watch) -> str | None:
        self.begun.append(kind)
        watch.start("a stage", 10)
        while not self.go_on.wait(0.002):
            watch.advance(0)
        watch.advance(3)
        if self.error is not None:
            raise self.error
        self.ended.append(kind)
        return "that was it"


@contextmanager
def running(bench: Callable[[JobKind, Watch], str | None], quiet: float = 0.0) -> Iterator[Jobs]:
    jobs = Jobs(bench, lambda: None, quiet=quiet)
    try:
        yield jobs
    finally:
        jobs.close()


def state(jobs: Jobs) -> str:
    return "" if jobs.job is None else jobs.job.state


def test_a_job_runs_to_its_end_and_says_how_far_it_is() -> None:
    bench = Bench()
    with running(bench) as jobs:
        assert jobs.job is None and jobs.asked is None
        job = jobs.start("train")
        assert (job.kind, job.state) == ("train", "running")
        wait(lambda: jobs.job is not None and jobs.job.stage == "a stage")
        bench.go_on.set()
        wait(lambda: state(jobs) == "done")
        assert jobs.job == jobs.asked
        assert jobs.job is not None
        assert (jobs.job.id, jobs.job.done, jobs.job.total, jobs.job.message) == (job.id, 3, 10, "that was it")


def test_a_second_click_is_refused_until_the_first_job_has_ended() -> None:
    bench = Bench()
    with running(bench) as jobs:
        jobs.start("train")
        with pytest.raises(BusyError, match="a training runs"):
            jobs.start("train")
        wait(lambda: bench.begun)
        with pytest.raises(BusyError, match="a training runs"):
            jobs.start("compare")
        bench.go_on.set()
        wait(lambda: state(jobs) == "done")
        jobs.start("compare")


def test_only_one_of_many_clicks_at_once_is_taken() -> None:
    bench = Bench()
    with running(bench) as jobs:
        taken, refused = [], []

        def click() -> None:
            try:
                taken.append(jobs.start("train"))
            except BusyError as error:
                refused.append(error)

        threads = [threading.Thread(target=click) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(taken), len(refused)) == (1, 19)


def test_it_is_stopped_in_the_middle_and_another_can_begin() -> None:
    bench = Bench()
    with running(bench) as jobs:
        jobs.start("compare")
        wait(lambda: bench.begun)
        jobs.stop()
        wait(lambda: state(jobs) == "stopped")
        assert not bench.ended
        jobs.start("train")
        bench.go_on.set()
        wait(lambda: state(jobs) == "done")
        assert bench.ended == ["train"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DataError("there are\n  too few pictures"), "there are too few pictures"),
        (OSError(28, "No space left on device", "model.onnx"), "model.onnx: No space left on device"),
        (MemoryError(), "there is not enough memory: close other programs, and try again"),
        (ZeroDivisionError("by zero"), "something went wrong that Headway did not expect: ZeroDivisionError: by zero"),
    ],
)
def test_an_error_becomes_one_plain_line(error: Exception, message: str, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(error)
    bench.go_on.set()
    with running(bench) as jobs, caplog.at_level(logging.ERROR):
        jobs.start("train")
        wait(lambda: state(jobs) == "failed")
        assert jobs.job is not None and jobs.job.message == message
        assert bool(caplog.records) == isinstance(error, ZeroDivisionError)  # that is for us
        bench.error = None
        jobs.start("train")
        wait(lambda: state(jobs) == "done")


def test_what_is_done_unasked_makes_way_and_is_done_afterwards() -> None:
    bench = Bench()
    with running(bench) as jobs:
        jobs.touch()
        wait(lambda: bench.begun == ["prepare"])
        asked = jobs.start("train")
        assert jobs.job is not None and jobs.job.kind == "train"
        wait(lambda: bench.begun == ["prepare", "train"])
        bench.go_on.set()
        wait(lambda: bench.ended == ["train", "prepare"])
        assert jobs.asked is not None
        assert (jobs.asked.id, jobs.asked.state) == (asked.id, "done")


def test_many_changes_are_prepared_once() -> None:
    bench = Bench()
    bench.go_on.set()
    with running(bench, quiet=0.05) as jobs:
        for _ in range(20):
            jobs.touch()
        wait(lambda: state(jobs) == "done")
        assert bench.begun == ["prepare"]


def test_changes_without_end_do_not_put_it_off_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.studio.work.jobs._LONGEST", 0.1)
    bench = Bench()
    bench.go_on.set()
    with running(bench, quiet=60.0) as jobs:
        jobs.touch()
        jobs.touch()
        wait(lambda: state(jobs) == "done", 10)


def test_work_learns_that_pictures_have_changed() -> None:
    seen: list[bool] = []
    changed = threading.Event()

    def work(kind: JobKind, watch: Watch) -> None:
        seen.append(watch.is_outdated)
        changed.wait(10)
        seen.append(watch.is_outdated)

    with running(work, quiet=0.0) as jobs:
        jobs.start("train")
        wait(lambda: seen)
        jobs.touch()
        changed.set()
        wait(lambda: len(seen) >= 2)
        assert seen[:2] == [False, True]


def test_a_job_that_waits_never_begins_when_it_is_stopped() -> None:
    held, go_on = threading.Event(), threading.Event()
    begun: list[JobKind] = []

    def work(kind: JobKind, watch: Watch) -> None:
        begun.append(kind)
        held.set()
        go_on.wait(10)  # between two steps
        watch.advance()

    with running(work) as jobs:
        jobs.touch()
        assert held.wait(10)
        jobs.start("train")
        jobs.stop()
        assert jobs.asked is not None and jobs.asked.state == "stopped"
        go_on.set()
        wait(lambda: state(jobs) == "done")
        assert begun == ["prepare", "prepare"]  # what made way is done again


def test_what_follows_a_result_makes_way() -> None:
    turned, go_on = threading.Event(), threading.Event()

    def work(kind: JobKind, watch: Watch) -> None:
        if kind == "train":
            watch.turn_over("the report")
            turned.set()
            go_on.wait(10)
            watch.start("more")

    with running(work, quiet=60.0) as jobs:
        first = jobs.start("train")
        assert turned.wait(10)
        assert jobs.asked is not None and (jobs.asked.id, jobs.asked.state) == (first.id, "done")
        assert jobs.job is not None and (jobs.job.kind, jobs.job.stage) == ("prepare", "the report")
        second = jobs.start("train")
        turned.clear()
        go_on.set()
        assert turned.wait(10)
        wait(lambda: jobs.asked is not None and jobs.asked.state == "done")
        assert jobs.asked.id == second.id


def test_what_fails_because_of_the_end_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    closed = threading.Event()

    def work(kind: JobKind, watch: Watch) -> str | None:
        closed.wait()
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    with running(work) as jobs:
        jobs.start("train")
        threading.Timer(0.05, closed.set).start()
        jobs.close()
        assert state(jobs) == "stopped"
    assert not caplog.records


def test_closing_ends_work_that_goes_on() -> None:
    bench = Bench()
    with running(bench) as jobs:
        jobs.start("compare")
        wait(lambda: bench.begun)
    assert state(jobs) == "stopped"
    assert not [thread for thread in threading.enumerate() if thread.name == "headway-work"]
