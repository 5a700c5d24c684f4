"""Fixtures that every test may use: a cache of its own, and small coloured pictures that the tiny backbone tells apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import write_pictures


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache folder of its own, never the user's."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("HEADWAY_CACHE", str(folder))
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with three classes of twelve pictures."""
    return write_pictures(tmp_path / "pictures")
