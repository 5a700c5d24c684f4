"""POSIX-only calls and their fallbacks, both forced."""

from __future__ import annotations

import ctypes
import errno
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from headway import posix


def test_where_nothing_tells_everything_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("headway.posix.os.statvfs")
    assert posix.has_storage("/proc")


class TestLock:
    def test_another_process_waits(self, tmp_path: Path) -> None:
        program = "import sys; from headway.posix import lock_file; lock_file(open(sys.argv[1], 'ab')); print('locked')"
        with open(tmp_path / "lock", "ab") as file:
            assert posix.lock_file(file)
            other = subprocess.Popen([sys.executable, "-c", program, tmp_path / "lock"], stdout=subprocess.PIPE)
            with pytest.raises(subprocess.TimeoutExpired):
                other.communicate(timeout=1.0)
        assert other.communicate(timeout=20)[0] == b"locked\n"

    def test_windows_locks_a_byte(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        monkeypatch.setattr(posix, "_fcntl", None)
        monkeypatch.setattr(posix, "_msvcrt", SimpleNamespace(LK_LOCK=1, locking=lambda *given: calls.append(given)))
        with open(tmp_path / "lock", "ab") as file:
            assert posix.lock_file(file)
            assert calls == [(file.fileno(), 1, 1)]

    def test_who_has_to_wait_is_told_first(self, tmp_path: Path) -> None:
        with open(tmp_path / "lock", "ab") as file, open(tmp_path / "lock", "ab") as other:
            told: list[str] = []
            assert posix.lock_file(file, before_waiting=lambda: told.append("first"))
            assert posix.lock_file(other, before_waiting=lambda: (told.append("second"), file.close())[0])
            assert told == ["second"]

    def test_windows_gives_up_after_ten_seconds_and_is_asked_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        results: list[OSError | None] = [OSError(errno.EDEADLK, "")] * 2 + [None]

        def locking(*_: int) -> None:
            if error := results.pop(0):
                raise error

        monkeypatch.setattr(posix, "_fcntl", None)
        monkeypatch.setattr(posix, "_msvcrt", SimpleNamespace(LK_LOCK=1, locking=locking))
        told: list[str] = []
        with open(tmp_path / "lock", "ab") as file:
            assert posix.lock_file(file, before_waiting=lambda: told.append("it waits"))
        assert told == ["it waits"] and results == []

    def test_elsewhere_nothing_is_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posix, "_fcntl", None)
        monkeypatch.setattr(posix, "_msvcrt", None)
        with open(tmp_path / "lock", "ab") as file:
            assert not posix.lock_file(file)

    def test_a_store_works_without_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from headway.store import Store

        monkeypatch.setattr(posix, "_fcntl", None)
        with Store(tmp_path) as store:
            store.put_fact("a", "b")
        with Store(tmp_path) as store:
            assert store.fact("a") == "b"

    def test_files_that_may_be_open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posix, "_resource", SimpleNamespace(RLIMIT_NOFILE=7, getrlimit=lambda which: (-1, -1)))
        assert posix.most_files() == sys.maxsize
        monkeypatch.setattr(posix, "_resource", None)
        assert posix.most_files() == 512

    def test_a_missing_module_is_none(self) -> None:
        assert posix._module("no_such_module_at_all") is None


class TestTimeLimit:
    def test_raises_in_the_body(self) -> None:
        before = signal.getsignal(signal.SIGALRM)
        with pytest.raises(TimeoutError), posix.time_limit(0.05):
            time.sleep(5)
        assert signal.getsignal(signal.SIGALRM) is before
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

    def test_no_limit_without_timers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(signal, "setitimer")
        with posix.time_limit(0.01):
            time.sleep(0.05)

    def test_no_limit_in_another_thread(self) -> None:
        done = []

        def work() -> None:
            with posix.time_limit(0.01):
                time.sleep(0.05)
            done.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert done == [True]


class TestKeepMemory:
    @pytest.fixture(autouse=True)
    def anew(self):
        posix.keep_memory.cache_clear()
        yield
        posix.keep_memory.cache_clear()

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
    def test_it_is_done_where_there_is_glibc(self) -> None:
        assert posix.keep_memory() == hasattr(ctypes.CDLL(None), "gnu_get_libc_version")

    def test_other_systems_and_libraries_are_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        assert not posix.keep_memory()
        posix.keep_memory.cache_clear()
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
        assert not posix.keep_memory()


class TestAtFork:
    def test_a_system_that_cannot_fork_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hooks = {"before": lambda: None, "after_in_parent": lambda: None, "after_in_child": lambda: None}
        registered = []
        monkeypatch.setattr("os.register_at_fork", lambda **given: registered.append(given), raising=False)
        assert posix.at_fork(**hooks)
        assert registered == [hooks]
        monkeypatch.delattr("os.register_at_fork")
        assert not posix.at_fork(**hooks)


def test_memory_is_that_of_the_container_or_a_guess(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = posix.memory_bytes()
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(posix, "_LIMITS", (str(limit),))
    for content, found in (("max\n", None), (f"{1 << 20}\n", 1 << 20)):
        limit.write_text(content)
        assert posix.memory_bytes() == found or (found is None and posix.memory_bytes() >= whole)
    monkeypatch.setattr(posix.os, "sysconf", lambda _: (_ for _ in ()).throw(ValueError("no such name")))
    assert posix.memory_bytes() == 8 << 30
