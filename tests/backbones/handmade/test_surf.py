"""SURF at its interest points."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones.handmade import surf
from tests.backbones.handmade.helpers import described, flat, grey

SIDE = 224


def blobs(*centres: tuple[int, int], radius: int = 8) -> np.ndarray:
    rows, columns = np.indices((SIDE, SIDE))
    plane = np.full((SIDE, SIDE), 20.0)
    for row, column in centres:
        plane += 220 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * radius**2 / 4))
    return grey(np.clip(plane, 0, 255))


def points(picture: np.ndarray) -> np.ndarray:
    return described("surf", picture).reshape(surf.POINTS, surf.LOCAL)


def test_nothing_is_found_where_nothing_is() -> None:
    assert np.isnan(points(flat(size=SIDE))).all()


def test_a_blob_is_found_and_the_rest_of_the_bag_is_missing() -> None:
    bag = points(blobs((112, 112)))
    there = np.isfinite(bag).all(axis=1)
    assert 1 <= there.sum() < surf.POINTS
    assert there[: there.sum()].all()
    np.testing.assert_allclose(np.linalg.norm(bag[there], axis=1), 1, atol=1e-5)


def test_more_blobs_are_more_points() -> None:
    one, four = (
        np.isfinite(points(blobs(*centres))[:, 0]).sum()
        for centres in ([(112, 112)], [(80, 80), (80, 144), (144, 80), (144, 144)])
    )
    assert four > one


def test_the_strongest_come_first_and_ties_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    import mahotas.features.surf

    found = np.zeros((100, 70))
    found[:, 3] = np.arange(100) // 2  # pairs of the same score
    found[:, 0] = np.arange(100)[::-1]
    found[:, 6] = np.arange(100)
    monkeypatch.setattr(mahotas.features.surf, "surf", lambda *_, **__: found)
    kept = points(flat(size=SIDE))[:, 0]
    assert kept[:4].tolist() == [99, 98, 97, 96]
    assert len(kept) == surf.POINTS
