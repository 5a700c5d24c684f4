"""Bursts by EXIF times, whatever the file."""

import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.dataset.grouping.evidence import Names
from headway.dataset.grouping.times import by_times, taken

START = datetime.datetime(2024, 5, 1, 12, 0, 0)


def photo(path, seconds=0.0, model="X100", time=None):
    """Write a photograph that was taken so many seconds after noon."""
    moment = START + datetime.timedelta(seconds=int(seconds))
    exif = Image.Exif()
    exif[0x0110] = model
    inner = exif.get_ifd(0x8769)
    inner[0x9003] = moment.strftime("%Y:%m:%d %H:%M:%S") if time is None else time
    inner[0x9291] = f"{seconds % 1:.3f}"[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path, exif=exif.tobytes())
    return str(path)


def found(files, labels=None):
    labels = np.zeros(len(files), np.int64) if labels is None else np.array(labels)
    return by_times(
        Names(["/".join(file.split("/")[-2:]) for file in files], labels, np.zeros(len(files), np.int64)), files
    )


@pytest.mark.parametrize("ending", ["jpg", "tif", "webp"])
def test_the_time_and_the_camera_are_read(tmp_path, ending):
    first, second = (taken(photo(tmp_path / f"{seconds}.{ending}", seconds)) for seconds in (1.25, 3.5))
    assert second.time - first.time == pytest.approx(2.25)
    assert first.camera == b"X100"


def test_the_block_of_a_large_file_is_found_where_it_is(tmp_path):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8))
    with Image.open(photo(tmp_path / "small.jpg", 1)) as small:
        exif = small.info["exif"]
    for name in ("large.webp", "large.jpg"):
        noise.save(tmp_path / name, exif=exif, quality=90)
        assert (tmp_path / name).stat().st_size > 30_000
        assert taken(str(tmp_path / name)) == taken(str(tmp_path / "small.jpg")) is not None


def test_pictures_within_two_seconds_of_the_one_before_are_a_burst(tmp_path):
    times = [0, 1.5, 3.4, 6, 60, 61, 200]
    files = [photo(tmp_path / f"cat/{row}.jpg", seconds) for row, seconds in enumerate(times)]
    keys = found(files).keys
    assert keys == ["burst 1"] * 3 + [""] + ["burst 2"] * 2 + [""]


def test_other_cameras_folders_and_classes_are_other_bursts(tmp_path):
    files = [
        photo(tmp_path / "cat/1.jpg", 0),
        photo(tmp_path / "cat/2.jpg", 1, model="other"),
        photo(tmp_path / "dog/3.jpg", 1),
        photo(tmp_path / "cat/4.jpg", 1),
    ]
    assert found(files).keys == ["burst 1", "", "", "burst 1"]
    assert found(files, [0, 0, 0, 1]) is None


def test_pictures_without_a_pause_are_no_burst(tmp_path):
    assert found([photo(tmp_path / f"cat/{row:03}.jpg", row) for row in range(60)]) is None


def test_files_without_times_are_not_opened_beyond_a_sample(tmp_path, monkeypatch):
    files = []
    for row in range(300):
        Image.new("RGB", (4, 4)).save(tmp_path / f"{row}.jpg")
        files.append(str(tmp_path / f"{row}.jpg"))
    opened = []
    monkeypatch.setattr("headway.dataset.grouping.times.taken", lambda path: opened.append(path))
    assert found(files) is None
    assert len(opened) <= 150
    assert found([file.replace(".jpg", ".png") for file in files]) is None
    assert len(opened) <= 150


@pytest.mark.parametrize("time", ["", "0000:00:00 00:00:00", "2024:13:45 99:99:99", "yesterday", "    :  :     :  :  "])
def test_a_time_that_is_none_is_none(tmp_path, time):
    assert taken(photo(tmp_path / "1.jpg", time=time)) is None


def test_what_is_no_file_has_no_time(tmp_path):
    assert taken(str(tmp_path)) is None
    assert taken(str(tmp_path / "gone.jpg")) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 250), st.integers(0, 255)), max_size=12), st.integers(0, 300))
def test_a_damaged_block_is_no_error(tmp_path_factory, changes, length):
    folder = tmp_path_factory.getbasetemp() / "damaged"
    content = bytearray(Path(photo(folder / "whole.jpg", 1)).read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    (folder / "x.jpg").write_bytes(content[: length or None])
    found_time = taken(str(folder / "x.jpg"))
    assert found_time is None or found_time.time >= 0
