"""For every test and every example in a docstring: a cache of its own, never the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.facts.transfer import Similarity


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache folder of its own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("HEADWAY_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def known_similarity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each fit the same similarity to ImageNet: to measure it takes half a second, and tests fit all the time."""
    monkeypatch.setattr("headway.fitting.case.measure", lambda pictures, **_: Similarity(0.4, 0.4, 0.46, 32, False))
