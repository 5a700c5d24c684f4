"""For every test and every example in a docstring: a cache of its own, never the user's."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import pytest


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what was loaded for all tests: it stays."""
    gc.freeze()


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of every test's cache: pytest, which numbers folders, looks at all that there are for each."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def own_cache(caches: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache folder of its own."""
    folder = tempfile.mkdtemp(dir=caches)
    monkeypatch.setenv("HEADWAY_CACHE", folder)
    return Path(folder)
