"""Outcomes into the store: none waits long, and long features do not pile up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway.embedding import writer as module
from headway.embedding.extractor import Outcome
from headway.embedding.writer import Writer
from headway.store import Store


def test_long_features_are_stored_before_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FLUSH_BYTES", 3 * 40)
    monkeypatch.setattr(module, "_FLUSH_SECONDS", 1e9)
    stored: list[int] = []
    with Store(tmp_path) as store:
        writer = Writer(store, "space", "policy", lambda digests: stored.append(len(digests)))
        for number in range(7):
            writer.add(Outcome(number, bytes([number]) * 32, features=np.ones((1, 10), np.float32)))
        assert stored == [3, 3]
        writer.flush()
        assert stored == [3, 3, 1] and not store.missing("space", [bytes([6]) * 32])
