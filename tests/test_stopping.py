"""Work that is stopped at its next safe point, in threads, too."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from headway.heads import fit_mlp, fit_published, kernel, parallel, standardise
from headway.search import Choice, refit, search
from headway.stopping import StoppedError, safe_point, stoppable
from headway.types import Silent


class Enough(Exception):
    pass


class Patience(Silent):
    """A `Progress` that stops the work when it is told to, or after so many steps; one thread alone may use it."""

    def __init__(self, steps: float = float("inf")) -> None:
        self.steps, self.thread = steps, threading.get_ident()

    def advance(self, steps: int = 1) -> None:
        assert threading.get_ident() == self.thread
        self.steps -= 1
        if self.steps < 0:
            raise Enough


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "cpu_count", lambda: 2)


def test_without_a_progress_nothing_stops() -> None:
    safe_point()
    with stoppable(Silent()):
        safe_point()
    with pytest.raises(Enough), stoppable(Patience(0)):
        safe_point()
    safe_point()


def test_the_innermost_progress_decides() -> None:
    with stoppable(Patience(0)), stoppable(Silent()):
        safe_point()


def test_what_waits_in_other_threads_never_begins_and_what_runs_there_ends_at_its_next_point() -> None:
    progress, begun, stopped = Patience(), threading.Event(), []

    def work(item: int) -> None:
        progress.steps = 0
        begun.set()
        try:
            while True:
                safe_point()
        except StoppedError:
            stopped.append(item)
            raise

    with pytest.raises(Enough), stoppable(progress):
        parallel.each(work, range(50))
    assert begun.is_set()
    assert 1 <= len(stopped) <= 2, "one for each thread"


def test_on_one_core_it_stops_before_the_next_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "cpu_count", lambda: 1)
    done: list[int] = []
    with pytest.raises(Enough), stoppable(Patience(3)):
        parallel.each(done.append, range(50))
    assert done == [0, 1, 2]


ROWS = np.arange(60)
LABELS = ROWS % 3
FEATURES = (np.random.default_rng(0).standard_normal((60, 5)) + 3 * LABELS[:, None]).astype(np.float32)
FOLDS = [(ROWS[fold != ROWS // 12], ROWS[fold == ROWS // 12]) for fold in range(5)]


def test_a_slow_search_is_stopped_between_two_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    told, fitted = threading.Event(), []

    class Telling(Patience):
        def advance(self, steps: int = 1) -> None:
            try:
                super().advance(steps)
            except Enough:
                told.set()
                raise

    progress = Telling()
    real = kernel.SvmPath._fit_machine

    def fit(self: kernel.SvmPath, C: float, label: int) -> object:
        fitted.append(label)
        progress.steps = 0
        if len(fitted) > 10:
            told.wait(20)  # these machines are so small that a busy processor would fit all of them before it asks
        return real(self, C, label)

    monkeypatch.setattr(kernel.SvmPath, "_fit_machine", fit)
    with pytest.raises(Enough):
        search({"last": FEATURES}, LABELS, FOLDS, n_classes=3, head="svm", progress=progress)
    assert 1 <= len(fitted) < 5 * 3 * 3


@pytest.mark.parametrize("head", ["logistic", "mlp", "dense100"])
def test_any_head_can_be_stopped(head: str) -> None:
    with pytest.raises(Enough):
        search({"last": FEATURES}, LABELS, FOLDS, n_classes=3, head=head, progress=Patience(0))  # type: ignore[arg-type]


def test_so_can_the_last_fit() -> None:
    with pytest.raises(Enough):
        refit(Choice("svm", "last", 1.0), FEATURES, LABELS, n_classes=3, progress=Patience(0))


@pytest.mark.parametrize("fit", [fit_mlp, fit_published])
def test_small_networks_stop_between_epochs(fit: object) -> None:
    with pytest.raises(Enough), stoppable(Patience(2)):
        fit(standardise(FEATURES), LABELS, np.ones(60, np.float32), 3, 0)  # type: ignore[operator]
