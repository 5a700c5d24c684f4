"""The store: what is put in comes out, by content; several processes and much bad luck."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headway.errors import DataError, StoreError, UnknownNameError
from headway.facts.images import ImageFacts
from headway.store import FeaturesGoneError, Store, fingerprint
from headway.store import store as store_module

SPACE = "tiny:0123/pictures-1/squash/32/fp32/abcd"


def digests(count: int, start: int = 0) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(start, start + count)]


def vectors(count: int, dim: int = 7, start: int = 0) -> np.ndarray:
    return np.arange(start * dim, (start + count) * dim, dtype=np.float32).reshape(count, dim)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path) as opened:
        yield opened


class TestFeatures:
    def test_come_out_in_the_order_asked_for(self, store: Store) -> None:
        store.put(SPACE, digests(1200), vectors(1200))
        order = np.random.default_rng(0).integers(0, 1200, 3000)
        read = store.read(SPACE, [digests(1200)[i] for i in order])
        np.testing.assert_array_equal(read, vectors(1200)[order])
        assert read.dtype == np.float32

    def test_columns(self, store: Store) -> None:
        store.put(SPACE, digests(5), vectors(5))
        np.testing.assert_array_equal(store.read(SPACE, digests(5), slice(2, 4)), vectors(5)[:, 2:4])
        np.testing.assert_array_equal(store.read(SPACE, digests(5), [6, 0]), vectors(5)[:, [6, 0]])

    def test_none_asked_for(self, store: Store) -> None:
        store.put(SPACE, digests(1), vectors(1))
        assert store.read(SPACE, []).shape == (0, 7)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -0.0, 1e-45])
    def test_every_float_is_kept_bit_for_bit(self, store: Store, value: float) -> None:
        put = np.full((1, 3), value, np.float32)
        store.put(SPACE, digests(1), put)
        assert store.read(SPACE, digests(1)).tobytes() == put.tobytes()

    def test_the_first_put_counts_and_nothing_is_kept_twice(self, store: Store) -> None:
        store.put(SPACE, digests(3), vectors(3))
        store.put(SPACE, digests(3), vectors(3) + 1)
        store.put(SPACE, digests(1) * 2, vectors(2))
        np.testing.assert_array_equal(store.read(SPACE, digests(3)), vectors(3))
        assert store.summary()[0].features == 3
        with sqlite3.connect(store.path) as connection:
            assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (3,)
        connection.close()

    def test_spaces_are_apart(self, store: Store) -> None:
        store.put(SPACE, digests(2), vectors(2))
        store.put("other", digests(2), vectors(2, dim=3))
        assert store.read("other", digests(2)).shape == (2, 3)
        assert store.missing("third", digests(2)) == set(digests(2))
        assert store.state("policy", "other", digests(1)[0]) == (None, True)
        assert store.state("policy", "third", digests(1)[0]) == (None, False)
        store.put_failures("policy", [(digests(1)[0], "broken")])
        assert store.state("policy", "other", digests(1)[0]) == ("broken", True)

    def test_missing(self, store: Store) -> None:
        assert store.missing(SPACE, digests(3)) == set(digests(3))
        store.put(SPACE, digests(1100), vectors(1100))
        assert store.missing(SPACE, digests(1103)) == set(digests(3, start=1100))

    def test_what_is_gone_is_said(self, store: Store) -> None:
        with pytest.raises(FeaturesGoneError, match="run again"):
            store.read(SPACE, digests(1))
        store.put(SPACE, digests(1), vectors(1))
        with pytest.raises(FeaturesGoneError, match="1 features are no longer"):
            store.read(SPACE, digests(2))

    def test_survive_closing(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.put(SPACE, digests(2), vectors(2))
            store.put_failures("p", [(digests(1)[0], "broken")])
            store.put_fact("a", "b")
        with Store(tmp_path) as store:
            np.testing.assert_array_equal(store.read(SPACE, digests(2)), vectors(2))
            assert store.failures("p", digests(2)) == {digests(1)[0]: "broken"}
            assert store.fact("a") == "b"
            assert store.fact("c") is None
        with pytest.raises(StoreError, match="closed"):
            store.read(SPACE, digests(2))


class TestFailures:
    def test_are_kept_by_policy(self, store: Store) -> None:
        store.put_failures("one", [(digest, f"reason {digest[0]}") for digest in digests(600)])
        assert store.failures("one", digests(700)) == {digest: f"reason {digest[0]}" for digest in digests(600)}
        assert store.failures("two", digests(700)) == {}


class TestStatIndex:
    def remember(self, store: Store, path: Path, digest: bytes) -> None:
        store.remember([(fingerprint(str(path), path.stat()), digest)])

    def test_an_unchanged_file_is_known(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(b"1234")
        assert store.known([str(path)]) == [None]
        self.remember(store, path, digests(1)[0])
        assert store.known([str(path), str(tmp_path / "none.png")]) == [digests(1)[0], None]

    @pytest.mark.parametrize("change", ["size", "time", "inode"])
    def test_a_changed_file_is_not(self, store: Store, tmp_path: Path, change: str) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(b"1234")
        self.remember(store, path, digests(1)[0])
        before = path.stat()
        if change == "size":
            path.write_bytes(b"12345")
        elif change == "inode":
            other = tmp_path / "b.png"
            other.write_bytes(b"4321")
            other.replace(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + (change == "time")))
        assert store.known([str(path)]) == [None]

    @pytest.mark.skipif(sys.platform == "win32", reason="has no time of change")
    def test_a_file_that_was_edited_in_place_and_dated_back_is_not(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(b"1234")
        self.remember(store, path, digests(1)[0])
        before = path.stat()
        time.sleep(0.03)  # a tick of the clock
        with path.open("r+b") as file:
            file.write(b"4321")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.stat()
        assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
        assert store.known([str(path)]) == [None]

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE files SET hash = CASE hash WHEN x'{0}' THEN x'{1}' ELSE x'{0}' END",  # swapped
            "UPDATE files SET checksum = checksum + 1",
            "UPDATE files SET hash = zeroblob(32)",
            "UPDATE files SET hash = 'text'",
        ],
    )
    def test_a_damaged_row_is_as_good_as_none(self, store: Store, tmp_path: Path, damage: str) -> None:
        paths = [tmp_path / "a.png", tmp_path / "b.png"]
        for path, digest in zip(paths, digests(2), strict=True):
            path.write_bytes(b"x")
            self.remember(store, path, digest)
        names = list(map(str, paths))
        swapped = [digest.hex() for digest in digests(2)]
        assert store.known(names) == digests(2)
        store._database.run(lambda connection: connection.execute(damage.format(*swapped)), write=True)
        assert store.known(names) == [None, None]
        for path, digest in zip(paths, digests(2), strict=True):
            self.remember(store, path, digest)
        assert store.known(names) == digests(2)

    def test_odd_names(self, store: Store, tmp_path: Path) -> None:
        names = ["a b.png", "é.png", "🐕.png", "new\nline.png", os.fsdecode(b"\xff\xfe.png")]
        for number, name in enumerate(names):
            (tmp_path / name).write_bytes(b"x")
            self.remember(store, tmp_path / name, digests(1, number)[0])
        assert store.known([str(tmp_path / name) for name in names]) == digests(len(names))
        assert store.known(["nul\0.png"]) == [None]

    def test_relative_paths_are_those_of_the_present_folder(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a.png").write_bytes(b"x")
        self.remember(store, tmp_path / "a.png", digests(1)[0])
        monkeypatch.chdir(tmp_path)
        assert store.known(["a.png"]) == digests(1)
        (tmp_path / "sub").mkdir()
        monkeypatch.chdir(tmp_path / "sub")
        assert store.known(["a.png"]) == [None]


class TestHousekeeping:
    def fill(self, store: Store) -> None:
        store.put(SPACE, digests(300), vectors(300, dim=500))
        store.put("other", digests(10), vectors(10))
        store.put_failures("p", [(digests(1)[0], "broken")])

    def test_summary(self, store: Store) -> None:
        assert store.summary() == []
        self.fill(store)
        first, second = store.summary()
        assert (first.space, first.features, first.bytes) == (SPACE, 300, 300 * 500 * 4)
        assert (second.space, second.features) == ("other", 10)
        assert first.last_used == time.strftime("%Y-%m-%d", time.gmtime())
        assert store.size() > 300 * 500 * 4

    def test_prune_a_space_gives_its_room_back(self, store: Store) -> None:
        self.fill(store)
        before = store.size()
        assert store.prune(SPACE) == 300
        assert [space.space for space in store.summary()] == ["other"]
        assert store.size() < before / 2
        np.testing.assert_array_equal(store.read("other", digests(10)), vectors(10))

    def test_prune_by_age(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        now = time.time()
        monkeypatch.setattr(store_module.time, "time", lambda: now - 40 * 86_400)
        self.fill(store)
        monkeypatch.setattr(store_module.time, "time", lambda: now)
        assert store.missing(SPACE, digests(20)) == set()  # these are used today
        assert store.prune(older_than=50) == 0
        assert store.prune(older_than=30) == 290
        np.testing.assert_array_equal(store.read(SPACE, digests(20)), vectors(20, dim=500))

    def test_prune_everything(self, store: Store) -> None:
        self.fill(store)
        aside = store.path.with_name("features.sqlite.corrupt-1")
        aside.write_bytes(b"x" * 1000)
        assert store.prune(everything=True) == 310
        assert store.summary() == []
        assert store.failures("p", digests(1)) == {}
        assert not aside.exists()
        assert store.size() < 150_000

    def test_prune_forgets_files_without_features(self, store: Store, tmp_path: Path) -> None:
        self.fill(store)
        for number, name in ((1, "kept"), (5_000, "gone")):
            (tmp_path / name).write_bytes(b"x")
            store.remember([(fingerprint(str(tmp_path / name), (tmp_path / name).stat()), digests(1, number)[0])])
        store.prune("other")
        assert store.known([str(tmp_path / "kept"), str(tmp_path / "gone")]) == [digests(1, 1)[0], None]

    def test_nothing_chosen_or_misspelt(self, store: Store) -> None:
        self.fill(store)
        with pytest.raises(DataError):
            store.prune()
        with pytest.raises(UnknownNameError, match="did you mean other"):
            store.prune("othr")
        assert len(store.summary()) == 2


CHILD = """
    import sys
    from pathlib import Path
    import numpy as np
    import hashlib
    from headway.store import Store
    folder, first, count, batch = Path(sys.argv[1]), *map(int, sys.argv[2:])
    with Store(folder) as store:
        print("open", flush=True)
        for start in range(first, first + count, batch):
            numbers = range(start, start + batch)
            hashes = [hashlib.sha256(str(n).encode()).digest() for n in numbers]
            store.put("space", hashes, np.array([[n] * 500 for n in numbers], np.float32))
"""


def child(folder: Path, *numbers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), *map(str, numbers)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


class TestProcesses:
    def test_two_that_write_the_same(self, tmp_path: Path) -> None:
        both = [child(tmp_path, 0, 600, 20), child(tmp_path, 0, 600, 30), child(tmp_path, 300, 600, 25)]
        for process in both:
            _, error = process.communicate(timeout=60)
            assert process.returncode == 0, error
        with Store(tmp_path) as store:
            assert store.take_notes() == []
            assert store.summary()[0].features == 900
            np.testing.assert_array_equal(store.read("space", digests(900))[:, 0], np.arange(900))

    def test_killed_at_any_moment(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        for delay in rng.uniform(0, 0.25, 8):
            process = child(tmp_path, 0, 20_000, 16)
            assert process.stdout is not None and process.stdout.readline() == "open\n"
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            with Store(tmp_path) as store:
                assert store.take_notes() == []
                if not store.summary():
                    continue
                count = store.summary()[0].features
                assert count % 16 == 0  # whole batches
                np.testing.assert_array_equal(store.read("space", digests(count))[:, 0], np.arange(count))
        assert count > 0
        with sqlite3.connect(tmp_path / "features.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    def test_killed_while_the_file_is_made(self, tmp_path: Path) -> None:
        for number, delay in enumerate(np.linspace(0.1, 0.4, 6)):
            process = child(tmp_path / str(number), 0, 16, 16)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            with Store(tmp_path / str(number)) as store:
                assert store.take_notes() == []
                store.put(SPACE, digests(1), vectors(1))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(flips=[(0.078125, 128)])  # in the layout: what SQLite says of it is no UTF-8
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bits_never_come_out_as_features(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    with Store(folder) as store:
        for start in range(0, 60, 20):
            store.put(SPACE, digests(20, start), vectors(20, dim=40, start=start))
        store.put_failures("p", [(digests(1)[0], "broken")])
        store.remember([(fingerprint(str(store.path), store.path.stat()), digests(1)[0])])
    content = bytearray(store.path.read_bytes())
    for place, mask in flips:
        content[int(place * len(content))] ^= mask
    store.path.write_bytes(content)
    try:
        damaged = Store(folder)
    except StoreError as error:  # the flip made it another program's or a newer version's
        assert str(folder) in str(error)
        return
    with damaged as store:
        store.failures("p", digests(2))
        store.known([str(folder / "a")])
        missing = store.missing(SPACE, digests(60))
        kept = [digest for digest in digests(60) if digest not in missing]
        try:
            read = store.read(SPACE, kept)
        except FeaturesGoneError:
            pass  # all of it was set aside, or the very entries changed their keys
        else:
            truth = dict(zip(digests(60), vectors(60, dim=40), strict=True))
            assert all((row == truth[digest]).all() for digest, row in zip(kept, read, strict=True))
        store.put(SPACE, digests(60), vectors(60, dim=40))
        store.prune(everything=True)


class TestImageFacts:
    def facts(self, number: int) -> ImageFacts:
        return ImageFacts(640, 480, "RGB", None if number % 2 else "JPEG", number / 3, 0.1, 12.5, 7, 2**64 - 1 - number)

    def test_come_out_as_they_went_in_by_policy(self, store: Store) -> None:
        put = {digest: self.facts(number) for number, digest in enumerate(digests(1200))}
        store.put_image_facts("p", list(put.items()))
        store.put_image_facts("q", [(digests(1)[0], self.facts(5))])
        assert store.image_facts("p", digests(1300)) == put
        assert store.image_facts("q", digests(2)) == {digests(1)[0]: self.facts(5)}
        store.put_image_facts("q", [(digests(1)[0], self.facts(6))])
        assert store.image_facts("q", digests(1)) == {digests(1)[0]: self.facts(6)}

    def test_a_damaged_row_is_as_good_as_none(self, store: Store) -> None:
        store.put_image_facts("p", [(digest, self.facts(3)) for digest in digests(2)])
        store._database.run(
            lambda connection: connection.execute("UPDATE images SET width = 1 WHERE hash = ?", digests(1)), write=True
        )
        assert list(store.image_facts("p", digests(2))) == [digests(2)[1]]

    def test_go_with_the_last_feature_of_their_content(self, store: Store) -> None:
        store.put_image_facts("p", [(digest, self.facts(0)) for digest in digests(3)])
        store.put(SPACE, digests(2), vectors(2))
        store.put("other", digests(1), vectors(1))
        store.prune(SPACE)
        assert set(store.image_facts("p", digests(3))) == {digests(3)[0], digests(3)[2]}
        store.prune("other")
        assert set(store.image_facts("p", digests(3))) == {digests(3)[2]}
        store.prune(everything=True)
        assert store.image_facts("p", digests(3)) == {}
