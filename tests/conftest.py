"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway import budget
from tests.helpers import Clock, write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with three classes of twelve small coloured pictures, which the tiny backbone tells apart."""
    return write_pictures(tmp_path / "pictures")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of budgets, which stands still until a test moves it."""
    clock = Clock()
    monkeypatch.setattr(budget, "time", clock)
    return clock
