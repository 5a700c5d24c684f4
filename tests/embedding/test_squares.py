"""Small grey squares in the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway.dataset import read
from headway.embedding import grey_squares, read_hashes, squares
from headway.session import Session
from headway.types import AS_USUAL
from tests.helpers import write_pictures


def test_each_content_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "data", 2)
    dataset = read(tmp_path / "data")
    with Session.open(tmp_path / "cache") as session:
        hashes = list(read_hashes(session, dataset).hashes)
        first = grey_squares(session, dataset, hashes, AS_USUAL)
        assert first.shape == (len(dataset), 64, 64) and first.dtype == np.uint8 and first.std() > 0
        monkeypatch.setattr(squares, "load", None)
        assert np.array_equal(grey_squares(session, dataset, hashes, AS_USUAL), first)


def test_what_is_another_picture_now_is_black(tmp_path: Path) -> None:
    write_pictures(tmp_path / "data", 2)
    dataset = read(tmp_path / "data")
    with Session.open(tmp_path / "cache") as session:
        hashes = list(read_hashes(session, dataset).hashes)
        found = grey_squares(session, dataset, [b"\0" * 32, *hashes[1:]], AS_USUAL)
    assert not found[0].any() and found[1].any()
