from __future__ import annotations

import ctypes
import sys

import pytest

from headway.training.memory import keep_memory


@pytest.fixture(autouse=True)
def anew():
    keep_memory.cache_clear()
    yield
    keep_memory.cache_clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_it_is_done_where_there_is_glibc() -> None:
    assert keep_memory() == hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


def test_other_systems_and_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_memory()
    keep_memory.cache_clear()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not keep_memory()
