"""The file: newer, foreign, damaged, on a full disk, in a folder that cannot be written."""

from __future__ import annotations

import datetime
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from headway.errors import OutputError, StoreError
from headway.facts.images import ImageFacts
from headway.store import FeaturesGoneError, Store, fingerprint
from headway.store import database as database_module

SPACE = "a space"
HASHES = [bytes([number]) * 32 for number in range(200)]
VECTORS = np.arange(200 * 600, dtype=np.float32).reshape(200, 600)


def filled(folder: Path) -> Path:
    with Store(folder) as store:
        store.put(SPACE, HASHES, VECTORS)
    return store.path


def edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_is_a_file_that_others_can_recognise(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert path == tmp_path / "features.sqlite"
    assert path.read_bytes()[68:72] == b"HEAD"
    assert path.read_bytes()[18:20] == b"\x02\x02"  # write-ahead log


def test_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path)
    edit(path, "CREATE TABLE more (a)")
    edit(path, f"PRAGMA user_version = {database_module.VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(
        StoreError, match=r"written by a newer Headway.*update Headway, or name another folder"
    ) as raised:
        Store(tmp_path)
    assert str(path) in str(raised.value)
    assert raised.value.exit_code == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "number", ["user_version = 999", "user_version = -7", "user_version = 1", "application_id = 3"]
)
def test_a_number_that_is_damaged_is_put_right(tmp_path: Path, number: str) -> None:
    path = filled(tmp_path)
    with Store(tmp_path) as store:
        store.remember([(fingerprint(str(path), path.stat()), HASHES[0])])
    edit(path, f"PRAGMA {number}")
    with Store(tmp_path) as store:
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
        assert store.take_notes() == []
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (database_module.VERSION,)
    assert connection.execute("PRAGMA application_id").fetchone() == (database_module.APPLICATION_ID,)
    assert connection.execute("SELECT count(*) FROM files").fetchone() == (1,)
    connection.close()


BEYOND = [2**63 - 1, -(2**63), 10**12, "'tomorrow'", "x'ff'", "1e300"]


@pytest.mark.parametrize("value", BEYOND)
def test_a_day_out_of_range_is_shown_as_today_and_goes_with_the_rest(tmp_path: Path, value: object) -> None:
    path = filled(tmp_path)
    edit(path, f"UPDATE entries SET used = {value}")
    with Store(tmp_path) as store:
        (space,) = store.summary()
        assert space.last_used == datetime.datetime.now(datetime.UTC).date().isoformat()
        assert store.prune(everything=True) == len(HASHES)
        assert store.take_notes() == []


@pytest.mark.parametrize("value", [*BEYOND, 0, -600])
@pytest.mark.parametrize("place", ["spaces SET dim", "entries SET vector"])
def test_a_counter_out_of_range_is_damage(tmp_path: Path, place: str, value: object) -> None:
    path = filled(tmp_path)
    edit(path, f"UPDATE {place} = {value}")
    with Store(tmp_path) as store:
        with pytest.raises(FeaturesGoneError):
            store.read(SPACE, HASHES)
        assert len(store.take_notes()) == 1


def test_a_space_without_a_size_is_damage(tmp_path: Path) -> None:
    edit(filled(tmp_path), f"UPDATE spaces SET dim = {2**63 - 1}")
    with Store(tmp_path) as store:
        assert store.summary() == []
        assert len(store.take_notes()) == 1


def test_a_reason_that_is_no_text_is_none(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put_failures("p", [(HASHES[0], "broken"), (HASHES[1], "broken")])
        edit(store.path, "UPDATE failures SET reason = x'ff' WHERE hash = x'" + HASHES[0].hex() + "'")
        assert store.failures("p", HASHES[:2]) == {HASHES[1]: "broken"}


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    edit(tmp_path / "features.sqlite", "CREATE TABLE precious (a)")
    before = (tmp_path / "features.sqlite").read_bytes()
    with pytest.raises(StoreError, match="not a feature store of Headway"):
        Store(tmp_path)
    assert (tmp_path / "features.sqlite").read_bytes() == before


def overwrite(path: Path, start: int, content: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(start)
        file.write(content)


def flip_in_a_vector(path: Path) -> None:
    place = path.read_bytes().index(VECTORS[100, 20:60].tobytes())
    overwrite(path, place, bytes([path.read_bytes()[place] ^ 1]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database" * 1000),
        lambda path: overwrite(path, 0, b"\xff" * 16),
        lambda path: overwrite(path, 4096, b"\xff" * 60_000),
        lambda path: flip_in_a_vector(path),
        lambda path: os.truncate(path, path.stat().st_size // 3),
    ],
    ids=["text", "header", "pages", "vector", "cut"],
)
def test_a_damaged_file_is_set_aside_and_replaced(tmp_path: Path, damage) -> None:
    path = filled(tmp_path)
    damage(path)
    bad = path.read_bytes()
    with Store(tmp_path) as store:
        with pytest.raises(FeaturesGoneError):
            store.read(SPACE, HASHES)
        (note,) = store.take_notes()
        assert "set aside as" in note and str(tmp_path / "features.sqlite.corrupt-1") in note
        assert store.take_notes() == []
        assert (tmp_path / "features.sqlite.corrupt-1").read_bytes() == bad
        store.put(SPACE, HASHES, VECTORS)
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
    damage(path)
    with Store(tmp_path) as store, pytest.raises(FeaturesGoneError):
        store.read(SPACE, HASHES)
    assert (tmp_path / "features.sqlite.corrupt-2").exists()


def test_a_process_that_has_the_file_open_goes_on_when_another_sets_it_aside(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with Store(tmp_path) as first:
        flip_in_a_vector(path)
        with Store(tmp_path) as second:
            with pytest.raises(FeaturesGoneError):
                second.read(SPACE, HASHES)
            second.put(SPACE, HASHES, VECTORS)
            # The first finds the damage, too, and moves over to the new file.
            np.testing.assert_array_equal(first.read(SPACE, HASHES), VECTORS)
            assert first.take_notes() == []
    assert not (tmp_path / "features.sqlite.corrupt-2").exists()


def test_a_lost_table_is_damage(tmp_path: Path) -> None:
    path = filled(tmp_path)
    edit(path, "DROP TABLE vectors")
    with Store(tmp_path) as store:
        with pytest.raises(FeaturesGoneError):
            store.read(SPACE, HASHES)
        assert "no such table" in store.take_notes()[0]


def test_a_layout_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = filled(tmp_path)
    overwrite(path, path.read_bytes().index(b"CREATE TABLE entries") + 2, b"\xd5")
    with Store(tmp_path) as store:
        assert store.summary() == []
        assert "set aside as" in store.take_notes()[0]


def test_the_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    for folder in (tmp_path / "cache", tmp_path / "cache" / "below"):
        with pytest.raises(
            OutputError, match="the cache folder cannot be used.*not a folder; name another folder with --cache"
        ) as raised:
            Store(folder)
        assert raised.value.exit_code == 2


@pytest.mark.parametrize("name", ["features.lock", "features.sqlite", "features.sqlite-wal", "features.sqlite-shm"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(OutputError, match="the cache folder cannot be used.*a pipe or a device"):
        Store(tmp_path)


def test_the_first_version_keeps_its_features(tmp_path: Path) -> None:
    path = filled(tmp_path)
    edit(path, "DROP TABLE files")
    edit(path, "CREATE TABLE files (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, hash BLOB)")
    edit(path, "DROP TABLE images")
    edit(path, "PRAGMA user_version = 1")
    with Store(tmp_path) as store:
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
        store.remember([(fingerprint(str(path), path.stat()), HASHES[0])])
        assert store.take_notes() == []
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (database_module.VERSION,)
    connection.close()


def test_the_second_version_gets_a_table_of_images(tmp_path: Path) -> None:
    path = filled(tmp_path)
    edit(path, "DROP TABLE images")
    edit(path, "PRAGMA user_version = 2")
    with Store(tmp_path) as store:
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
        assert store.image_facts("p", HASHES) == {}
        facts = ImageFacts(1, 2, "L", None, 0.0, 0.0, 0.0, 1, 2**63)
        store.put_image_facts("p", [(HASHES[0], facts)])
        assert store.image_facts("p", HASHES) == {HASHES[0]: facts}
        assert store.take_notes() == []


def test_looking_makes_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with Store(folder, create=False) as store:
            assert store.summary() == [] and store.size() == 0
            assert store.path == folder / "features.sqlite"
            assert store.prune(everything=True) == 0
    assert list(tmp_path.iterdir()) == []
    filled(tmp_path)
    with Store(str(tmp_path), create=False) as store:
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
    with pytest.raises(OutputError, match="not a folder"):
        Store(tmp_path / "features.sqlite", create=False)


@pytest.mark.skipif(sys.platform == "win32", reason="folders on Windows have no such permission")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from headway.errors import OutputError
        from headway.store import Store
        if os.geteuid() == 0:
            os.setgid(65534); os.setuid(65534)
        try:
            Store(Path(sys.argv[1]))
        except OutputError as error:
            print(error)
        """
    )
    filled(tmp_path / "full")
    for folder in ("empty", "full"):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for parent in (*place.relative_to(tmp_path.parents[-1]).parents, place):
            parent = tmp_path.parents[-1] / parent
            if os.geteuid() == 0 and parent != place and str(parent).count("/") > 1:
                parent.chmod(0o755)
        place.chmod(0o555)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        run = subprocess.run(
            [sys.executable, "-c", program, str(place)], capture_output=True, text=True, env=environment, check=False
        )
        assert "the cache folder cannot be used" in run.stdout, run.stderr
        assert len(run.stdout.splitlines()) == 1


def full_disk() -> Path | None:
    """Mount a disk of 3 MB, where that is allowed."""
    place = Path("/tmp") / f"headway-full-{os.getpid()}"
    place.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    if mount and os.geteuid() == 0:
        run = subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True, check=False
        )
        if run.returncode == 0:
            return place
    place.rmdir()
    return None


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    place = full_disk() if sys.platform == "linux" else None
    if place is None:
        pytest.skip("needs the right to mount a small disk")
    try:
        with Store(place) as store:
            store.put(SPACE, HASHES[:100], VECTORS[:100])
            with pytest.raises(StoreError, match=r"the disk is full.*what it holds stays usable") as raised:
                for number in range(30):
                    more = [bytes([number, other]) + bytes(30) for other in range(100)]
                    store.put(SPACE, more, VECTORS[:100])
            assert "\n" not in str(raised.value)
            np.testing.assert_array_equal(store.read(SPACE, HASHES[:100]), VECTORS[:100])
            monkeypatch.setattr(
                "headway.store.store._today", lambda: 1
            )  # each look is to be written down, and cannot be
            assert store.missing(SPACE, HASHES) == set(HASHES[100:])
        with Store(place) as store:
            np.testing.assert_array_equal(store.read(SPACE, HASHES[:100]), VECTORS[:100])
            assert store.take_notes() == []
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


def test_a_full_disk_that_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path) as store:
        store.put(SPACE, HASHES[:100], VECTORS[:100])
        (pages,) = store._database.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
        store._database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        with pytest.raises(StoreError, match="the disk is full"):
            store.put(SPACE, HASHES, VECTORS)
        np.testing.assert_array_equal(store.read(SPACE, HASHES[:100]), VECTORS[:100])

    def no_space(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", no_space)
    with pytest.raises(StoreError, match="the disk is full"):
        Store(tmp_path / "other")


def test_another_process_that_does_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    path = filled(tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match="another process kept the feature store busy"):
            store.put(SPACE, [bytes(31) + b"x"], VECTORS[:1])
        np.testing.assert_array_equal(store.read(SPACE, HASHES), VECTORS)
    other.close()


def test_an_interruption_undoes_the_transaction(tmp_path: Path) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO facts VALUES ('a', 'b')")
        raise KeyboardInterrupt

    with Store(tmp_path) as store:
        with pytest.raises(KeyboardInterrupt):
            store._database.run(work, write=True)
        assert store.fact("a") is None
        store.put(SPACE, HASHES, VECTORS)
