"""A few pictures of a data set, to be looked at."""

from __future__ import annotations

import numpy as np
import pytest

from headway.dataset import read, samples
from headway.dataset.samples import by_class, choose
from headway.errors import DataError
from headway.images import load


def dataset(labels, broken=()):
    source = np.random.default_rng(0)
    pictures = [source.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in labels]
    return read([b"no picture" if row in broken else picture for row, picture in enumerate(pictures)], labels)


def test_each_class_has_its_turn_and_the_seed_decides():
    data = dataset([*"aaaaabbc"], broken=(0,))
    rows, pixels = choose(data, 3, resize="squash", size=16)
    assert sorted(data.labels[rows]) == [0, 1, 2]
    for row, image in zip(rows, pixels, strict=True):
        assert np.array_equal(image, load(data.pictures[row], 16, "squash"))
    assert choose(data, 5, resize="squash")[0] == choose(data, 5, resize="squash")[0]
    assert choose(data, 5, resize="squash", seed=3)[0] != choose(data, 5, resize="squash")[0]
    assert len(choose(data, 99, resize="squash")[0]) == 7


def test_nothing_to_show():
    with pytest.raises(DataError, match="there is none: picture 0: not a picture"):
        choose(dataset(["a"], broken=(0,)), 3, resize="crop")


def test_pictures_by_class(monkeypatch):
    monkeypatch.setattr(samples, "_CLASSES", 3)
    monkeypatch.setattr(samples, "_OF_CLASS", 2)
    found = by_class(dataset([*"aabbbbcccdd"], broken=(6, 7, 8)), resize="squash")
    assert {place: len(own) for place, own in found.items()} == {0: 2, 1: 2}, "c cannot be read, d is the smallest"


def test_pictures_without_labels_have_no_class():
    assert by_class(read([np.zeros((8, 8, 3), np.uint8)]), resize="squash") == {}
