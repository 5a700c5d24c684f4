"""What keeps working after a fork; `tests/model/test_production.py` forks."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

from headway import fork


def test_copies_of_a_value_start_empty() -> None:
    value = fork.PerProcess[object]()
    made = value.get(object)
    for other in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other.get(object) is not made
    assert value.get(object) is made


def test_an_error_is_not_kept() -> None:
    value = fork.PerProcess[int]()
    with pytest.raises(ZeroDivisionError):
        value.get(lambda: 1 // 0)
    assert value.get(lambda: 7) == 7


def test_a_lock_excludes_other_threads_and_can_be_renewed() -> None:
    lock = fork.Lock()
    found: list[bool] = []

    def attempt() -> None:
        found.append(lock.acquire(blocking=False))
        if found[-1]:
            lock.release()

    def attempts() -> bool:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        return found[-1]

    with lock, lock:
        assert not attempts()
    assert attempts()
    lock.acquire()
    lock.renew()
    assert attempts()
