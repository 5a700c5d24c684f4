"""Where files may be written: said before the work, and with the option that named the place."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headway.errors import OutputError
from headway.fitting.cache import OutcomeCache
from headway.places import check_output, regular_status, replacing
from headway.store import Store
from headway.training import checkpoint, maps


@pytest.mark.skipif(sys.platform != "linux", reason="has no /proc")
def test_a_folder_that_takes_no_files_is_met_before_the_work() -> None:
    with pytest.raises(
        OutputError, match=r"^/proc/m\.onnx cannot be written: no file can be made in /proc; give .* -o$"
    ):
        check_output(Path("/proc/m.onnx"))


@pytest.mark.skipif(sys.platform != "linux", reason="has no /proc")
def test_a_file_of_the_system_is_no_file() -> None:
    with pytest.raises(OSError, match="the system makes it while it is read, as in /proc"):
        regular_status("/proc/kmsg")
    assert regular_status("/proc/kmsg", own=True).st_size == 0


@pytest.mark.skipif(os.name != "posix", reason="has other permissions")
def test_the_cache_is_its_owners_only(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    with Store(tmp_path / "own" / "cache") as store, Store(shared) as other:
        for each in (store, other):
            each.put_fact("a", "b")
            modes = {path.name: path.stat().st_mode & 0o777 for path in each.path.parent.glob("features.sqlite*")}
            assert set(modes.values()) == {0o600} and len(modes) == 3
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "own" / "cache").stat().st_mode & 0o777 == 0o700
    assert shared.stat().st_mode & 0o777 == 0o755
    OutcomeCache("data", shared).save("a", {"fact": 1})
    assert (shared / "compare").stat().st_mode & 0o777 == 0o700


def test_an_empty_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert regular_status(tmp_path / "empty").st_size == 0


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    assert check_output(tmp_path / "m.onnx") == tmp_path / "m.onnx"
    assert list(tmp_path.iterdir()) == []


def fill_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file that is written meet a full disk at its end."""

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("headway.places.os.fsync", full)


@pytest.mark.parametrize(
    "write",
    [
        lambda cache: maps.MapStore(maps.AREA.folder(cache) / "space", (1,)).write(
            [bytes(32)], np.ones((1, 1), np.float16)
        ),
        lambda cache: checkpoint.Checkpoint.in_cache("0" * 64, cache).save(checkpoint.State({}, {})),
        lambda cache: OutcomeCache("", cache).save("", {}),
    ],
)
def test_what_is_in_the_cache_is_put_elsewhere_with_its_option(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_up(monkeypatch)
    with pytest.raises(OutputError, match="No space left on device; give another place with --cache$"):
        write(tmp_path)


@pytest.mark.parametrize("option", ["-o", "--plots"])
def test_a_failure_names_the_option_and_leaves_what_was_there(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_up(monkeypatch)
    path = tmp_path / "old"
    path.write_text("old")
    with pytest.raises(OutputError, match=f"give another place with {option}$"), replacing(path, option=option) as file:
        file.write(b"new")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("old", "old")]
