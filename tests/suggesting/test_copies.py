"""Copies are left out, whoever comes first stays."""

from __future__ import annotations

import numpy as np

from headway.suggesting.copies import first_of_each, first_unlike


def test_the_first_of_each_content() -> None:
    assert first_of_each([b"x", b"y", b"x", b"z", b"y"]).tolist() == [0, 1, 3]
    assert first_of_each([]).tolist() == []


def test_nearly_identical_ones_are_left_out_in_any_order() -> None:
    random = np.random.default_rng(0)
    directions = random.normal(size=(20, 50)).astype(np.float32)
    directions = np.concatenate([directions, directions + random.normal(0, 0.01, directions.shape).astype(np.float32)])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    order = random.permutation(40).tolist()
    chosen = first_unlike(order, directions, 40)
    assert sorted(row % 20 for row in chosen) == list(range(20))
    assert chosen == [row for place, row in enumerate(order) if row % 20 not in [one % 20 for one in order[:place]]]


def test_the_limit_holds() -> None:
    assert first_unlike(range(5), np.eye(5, dtype=np.float32), 3) == [0, 1, 2]


def test_more_may_be_wanted_than_memory_holds() -> None:
    assert first_unlike(range(5), np.eye(5, dtype=np.float32), 10**12) == [0, 1, 2, 3, 4]
