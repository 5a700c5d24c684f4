"""For every test and every example in a docstring: a cache of its own, never the user's."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from headway.facts.transfer import Similarity

# Machines are shared: how long an example takes says nothing.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


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


@pytest.fixture(autouse=True)
def known_similarity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give fits and audits one similarity to ImageNet: to measure it takes half a second, and tests do it often."""
    for module in ("headway.fitting.case", "headway.checks.fitness.similarity_to_imagenet"):
        monkeypatch.setattr(f"{module}.measure", lambda pictures, **_: Similarity(0.4, 0.4, 0.46, 32, False))
