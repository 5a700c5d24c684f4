"""Small grey squares in the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway import backbones
from headway.dataset import read
from headway.embedding import content, embed_images, grey_squares, read_hashes, squares
from headway.session import Session
from headway.types import AS_USUAL, ResizePolicy
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


def test_squares_that_come_with_features_are_those_that_are_made_later(tmp_path: Path) -> None:
    write_pictures(tmp_path / "data", 2)
    dataset = read(tmp_path / "data")
    network = backbones.find("efficientnet_lite0")
    found = []
    for with_squares in (True, False):
        with Session.open(tmp_path / f"cache {with_squares}") as session:
            table = embed_images(session, dataset, network, resize="squash", with_squares=with_squares)
            space = content.squares_name(squares.SIDE)
            assert bool(session.store.missing(space, table.hashes)) != with_squares
            found.append(grey_squares(session, dataset, list(table.hashes), AS_USUAL))
    assert np.array_equal(*found) and found[0].std() > 0


@pytest.mark.parametrize(("size", "resize"), [(224, "crop"), (299, "squash")])
def test_other_inputs_bring_no_squares(size: int, resize: ResizePolicy) -> None:
    assert squares.come_with(224, "squash") and not squares.come_with(size, resize)
