from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.errors import OutputError
from headway.training import maps
from headway.training.maps import AREA, MapStore

SHAPE = (2, 3, 4)


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


def records(numbers: list[int]) -> np.ndarray:
    return np.stack([np.full(SHAPE, number, np.float16) for number in numbers])


@pytest.fixture
def space(tmp_path: Path) -> Path:
    return AREA.folder(tmp_path) / "space"


def test_what_is_written_is_read(space: Path) -> None:
    store = MapStore(space, SHAPE)
    store.write([digest(1), digest(2)], records([1, 2]))
    store.write([digest(3)], records([3]))
    for opened in (store, MapStore(space, SHAPE)):
        wanted = [digest(number) for number in (3, 1, 2)]
        assert opened.missing([*wanted, digest(4), digest(4)]) == [3]
        reader = opened.reader(wanted)
        assert reader.take(np.array([0, 2, 0]))[:, 0, 0, 0].tolist() == [3, 2, 3]
        assert reader.take(np.array([1]), [1]).shape == (1, 3, 4)


def test_views_are_told_apart(space: Path) -> None:
    store = MapStore(space, (2, 1))
    store.write([digest(1)], np.array([[[5], [6]]], np.float16))
    assert store.reader([digest(1)]).take(np.array([0, 0]), [1, 0]).tolist() == [[6], [5]]


def test_streams_are_cut_into_segments(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "SEGMENT_BYTES", 2 * 48)
    store = MapStore(space, SHAPE)
    done = list(store.fill((digest(number), records([number])[0]) for number in range(5)))
    assert done == [digest(number) for number in range(5)]
    assert len(list(space.glob("*.maps"))) == 3
    assert store.missing(done) == []


def test_a_stream_that_breaks_keeps_what_came(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "SEGMENT_BYTES", 48)

    def broken():
        yield digest(1), records([1])[0]
        raise OSError("the cable")

    with pytest.raises(OSError):
        list(MapStore(space, SHAPE).fill(broken()))
    assert MapStore(space, SHAPE).missing([digest(1), digest(2)]) == [1]


def test_a_stream_that_is_stopped_keeps_all_that_came(space: Path) -> None:
    stream = MapStore(space, SHAPE).fill((digest(number), records([number])[0]) for number in range(9))
    assert [next(stream) for _ in range(3)] == [digest(0), digest(1), digest(2)]
    stream.close()
    assert MapStore(space, SHAPE).missing([digest(number) for number in range(9)]) == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("damage", ["short maps", "no maps", "odd keys", "a bit of a map", "a bit of a key"])
def test_a_damaged_segment_is_not_read(space: Path, damage: str) -> None:
    MapStore(space, SHAPE).write([digest(1)], records([1]))
    (maps_file,), (keys_file,) = space.glob("*.maps"), space.glob("*.keys")
    if damage == "short maps":
        os.truncate(maps_file, 10)
    elif damage == "no maps":
        maps_file.unlink()
    elif damage == "odd keys":
        os.truncate(keys_file, 31)
    else:
        file = maps_file if damage == "a bit of a map" else keys_file
        file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    assert MapStore(space, SHAPE).missing([digest(1)]) == [0]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        MapStore(AREA.folder(tmp_path) / "space", SHAPE)


def test_segments_that_were_not_used_for_longest_go_first(tmp_path: Path) -> None:
    stores = [MapStore(AREA.folder(tmp_path) / f"space{number}", SHAPE) for number in range(3)]
    for number, store in enumerate(stores):
        store.write([digest(number)], records([number]))
        (path,) = store.space.glob("*.maps")
        os.utime(path, (number, number))
    stores[0].reader([digest(0)])  # in use now
    assert AREA.prune(tmp_path, max_bytes=2 * 48) == 48
    assert [store.space.joinpath().exists() and len(list(store.space.iterdir())) for store in stores] == [2, 0, 2]
    assert AREA.prune(tmp_path, max_bytes=2 * 48) == 0
    assert AREA.prune(tmp_path, max_bytes=0, in_use=stores[2].space.glob("*.maps")) == 48
    assert AREA.clear(tmp_path) == 48 and AREA.clear(tmp_path) == 0


def test_without_room_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MapStore(AREA.folder(tmp_path) / "space", SHAPE)
    store.make_room(1, tmp_path)
    with pytest.raises(OutputError, match=r"the maps of 1,000,000,000,000 pictures need 48000\.0 GB in .*--cache"):
        store.make_room(10**12, tmp_path)


def test_room_is_made_but_not_by_what_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "AREA", replace(AREA, max_bytes=100))
    old, new = (MapStore(AREA.folder(tmp_path) / name, SHAPE) for name in ("old", "new"))
    old.write([digest(1)], records([1]))
    new.write([digest(1)], records([1]))
    new.make_room(1, tmp_path)
    assert MapStore(old.space, SHAPE).missing([digest(1)]) == [0]
    assert MapStore(new.space, SHAPE).missing([digest(1)]) == []
