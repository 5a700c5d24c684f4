import errno
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from headway.dataset import read
from headway.errors import DataError, OutputError
from headway.images import load
from headway.session import Session
from headway.training.pixels import squares
from headway.types import Silent


@pytest.fixture
def dataset():
    source = np.random.default_rng(0)
    pictures = [source.integers(0, 256, (20 + i, 30, 3), dtype=np.uint8) for i in range(7)]
    pictures[3] = b"no picture"
    return read(pictures, ["a", "b", "a", "b", "a", "b", "a"])


def decode(dataset, rows, *, cache, progress=None, **settings):
    with Session.open(cache, progress=progress) as session:
        return squares(dataset, rows, session=session, **settings)


class Recorder(Silent):
    def __init__(self):
        self.total, self.done = 0, 0

    def start(self, stage, total=None):
        self.total += total

    def advance(self, steps=1):
        self.done += steps

    def note(self, message):
        raise AssertionError(message)


def test_the_pictures_that_can_be_read_in_the_order_asked_for(dataset, tmp_path):
    progress = Recorder()
    found = decode(dataset, np.array([5, 3, 0]), size=16, resize="letterbox", cache=tmp_path, progress=progress)
    assert found.rows.tolist() == [5, 0]
    assert found.pixels.shape == (2, 16, 16, 3) and found.pixels.dtype == np.uint8
    for row, square in zip(found.rows, found.pixels, strict=True):
        assert np.array_equal(square, load(dataset.pictures[row], 16, "letterbox"))
    (bad,) = found.quarantined
    assert (bad.path, bad.reason) == ("picture 3", "not a picture (starts like text)")
    assert progress.total == progress.done == 3


def test_nothing_is_left_on_disk(dataset, tmp_path):
    found = decode(dataset, np.arange(3), size=16, resize="crop", cache=tmp_path / "new")
    if os.name == "posix":  # elsewhere the name goes with the last handle
        assert not list((tmp_path / "new").glob("headway-squares-*"))
    assert found.pixels.any()


def test_on_systems_that_cannot_reserve_room(dataset, tmp_path, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    assert decode(dataset, np.arange(3), size=8, resize="crop", cache=tmp_path).pixels.any()


@pytest.mark.parametrize("rows", [np.array([3]), np.array([], np.int64)])
def test_none_can_be_read(dataset, tmp_path, rows):
    with pytest.raises(DataError, match="pictures to train on are needed, and none of"):
        decode(dataset, rows, size=16, resize="crop", cache=tmp_path)


def test_a_full_disk(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(
        OutputError, match="3 pictures of 16 × 16 pixels need 0.00 GB .* that much is not free.*--image-size"
    ):
        decode(dataset, np.arange(3), size=16, resize="crop", cache=tmp_path)


def test_a_disk_that_fails(dataset, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "posix_fallocate", fail, raising=False)
    with pytest.raises(OutputError, match="during training: Input/output error; name another folder with --cache"):
        decode(dataset, np.arange(3), size=16, resize="crop", cache=tmp_path)
