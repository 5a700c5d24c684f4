"""`embed`: every picture once, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway import backbones
from headway.backbones import Engine
from headway.dataset import Dataset, read
from headway.embedding import FeatureTable, content, embed_images, extractor, planner, read_hashes
from headway.errors import DataError, StoreError, UnknownNameError
from headway.facts.images import ImageFacts
from headway.images import load, load_with_facts
from headway.session import Session
from headway.store import Store
from headway.testing import TINY, tiny_backbone_onnx
from headway.types import Progress, Silent

FACTS = ImageFacts(1, 1, "RGB", None, 0.0, 0.0, 0.0, 1, 0)


class Watcher(Silent):
    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.steps = 0
        self.notes: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append((stage, total))

    def advance(self, steps: int = 1) -> None:
        self.steps += steps

    def note(self, message: str) -> None:
        self.notes.append(message)


def session_of(store: Store, max_bad: float = 0.1, progress: Progress | None = None) -> Session:
    return Session(store, offline=True, max_bad=max_bad, progress=progress or Silent())


def run(data: Dataset | Path, store: Store, *, max_bad=0.1, progress=None, **options) -> FeatureTable:
    dataset = data if isinstance(data, Dataset) else read(data)
    session = session_of(store, max_bad, progress)
    return embed_images(session, dataset, TINY, **{"resize": "squash", "precision": "fp32", **options})


def unlabelled(pictures: list) -> Dataset:
    return Dataset(pictures, np.full(len(pictures), -1), ())


def truth(dataset: Dataset) -> np.ndarray:
    engine = Engine(tiny_backbone_onnx(), list(TINY.depths), "fp32")
    return engine.run(np.stack([load(picture, TINY.input_size, "squash") for picture in dataset.pictures]))


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every opening of a picture and every use of the network fail."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("this was not to be used")

    for module, name in ((content, "read"), (extractor, "load_with_facts"), (backbones, "Engine"), (backbones, "read")):
        monkeypatch.setattr(module, name, fail)
    monkeypatch.setattr(backbones, "best_precision", fail)


class TestOnce:
    def test_features_are_those_of_the_network(self, pictures: Path, store: Store) -> None:
        dataset = read(pictures)
        watcher = Watcher()
        table = run(dataset, store, progress=watcher)
        np.testing.assert_array_equal(table.read(), truth(dataset))
        assert (table.computed, table.cached, len(table)) == (36, 0, 36)
        assert table.rows.tolist() == list(range(36))
        assert table.images_per_s is not None and table.images_per_s > 0
        assert table.dims == {name: TINY.dims[name] for name in TINY.depths}
        assert (watcher.stages, watcher.steps) == ([("features", 36)], 36)

    def test_the_second_time_no_picture_is_opened_and_no_network_loaded(
        self, pictures: Path, store: Store, request: pytest.FixtureRequest
    ) -> None:
        first = run(pictures, store, precision="auto")
        request.getfixturevalue("shut")
        watcher = Watcher()
        second = run(pictures, store, precision="auto", progress=watcher)
        assert (second.computed, second.cached, second.images_per_s) == (0, 36, None)
        assert watcher.stages == []
        np.testing.assert_array_equal(second.read(), first.read())

    def test_the_second_time_openvino_is_not_imported(self, pictures: Path, tmp_path: Path) -> None:
        with Store(tmp_path / "store") as store:
            run(pictures, store, precision="auto")
        program = """
            import sys
            from pathlib import Path
            from headway.dataset import read
            from headway.embedding import embed_images
            from headway.session import Session
            from headway.testing import TINY
            with Session.open(Path(sys.argv[2])) as session:
                table = embed_images(session, read(sys.argv[1]), TINY, resize="squash")
                assert table.cached == 36 and table.read().any()
            print(sorted({"openvino", "sklearn", "scipy", "pyarrow", "onnx", "pandas"} & set(sys.modules)))
        """
        command = [sys.executable, "-c", textwrap.dedent(program), str(pictures), str(tmp_path / "store")]
        said = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
        assert said.stdout == "[]\n", said.stderr

    def test_only_what_was_added_is_computed(self, pictures: Path, store: Store) -> None:
        run(pictures, store)
        for number in range(5):
            Image.new("RGB", (30, 30), (number, 0, 0)).save(pictures / "red" / f"new{number}.png")
        watcher = Watcher()
        table = run(pictures, store, progress=watcher)
        assert (table.computed, table.cached, watcher.stages) == (5, 36, [("features", 5)])
        np.testing.assert_array_equal(table.read(), truth(read(pictures)))

    def test_a_picture_that_changed_is_computed(self, pictures: Path, store: Store) -> None:
        run(pictures, store)
        Image.new("RGB", (30, 30)).save(pictures / "red" / "00.png")
        table = run(pictures, store)
        assert (table.computed, table.cached) == (1, 35)
        np.testing.assert_array_equal(table.read(), truth(read(pictures)))

    def test_moved_pictures_are_hashed_but_neither_decoded_nor_computed(
        self, pictures: Path, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(pictures, store)
        shutil.copytree(pictures, tmp_path / "moved")

        def fail(*_: object) -> None:
            raise RuntimeError("this was not to be used")

        monkeypatch.setattr(extractor, "load_with_facts", fail)
        monkeypatch.setattr(backbones, "Engine", fail)
        table = run(tmp_path / "moved", store)
        assert (table.computed, table.cached) == (0, 36)
        assert store.summary()[0].features == 36

    def test_the_same_content_within_a_run_is_decoded_once(
        self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(400):
            shutil.copy(pictures / "red" / f"{number % 2:02}.png", pictures / "red" / f"copy{number}.png")
        decoded = []
        monkeypatch.setattr(extractor, "load_with_facts", lambda *given: decoded.append(1) or load_with_facts(*given))
        table = run(pictures, store)
        assert (len(decoded), table.computed, table.cached) == (36, 36, 400)
        np.testing.assert_array_equal(table.read(), truth(read(pictures)))
        assert len(set(table.hashes)) == 36

    def test_other_ways_of_computing_are_kept_apart(self, pictures: Path, store: Store) -> None:
        dataset = read(pictures)
        squash = run(dataset, store)
        crop = run(dataset, store, resize="crop")
        few = run(dataset, store, outputs=["head.mean"])
        assert crop.computed == few.computed == 36
        assert few.dims == {"head.mean": 32}
        np.testing.assert_array_equal(few.read(), squash.read(names=["head.mean"]))
        assert not np.array_equal(crop.read(), squash.read())
        assert len(store.summary()) == 3

    def test_no_feature_depends_on_the_other_pictures(self, pictures: Path, tmp_path: Path) -> None:
        dataset = read(pictures)
        order = np.random.default_rng(0).permutation(len(dataset))
        with Store(tmp_path / "a") as one, Store(tmp_path / "b") as two:
            together = run(dataset, one).read()
            for part in np.array_split(order, 5):
                run(dataset.subset(part), two)
            table = run(dataset.subset(order), two)
            assert table.computed == 0
            assert table.read().tobytes() == together[order].tobytes()

    def test_pictures_from_memory(self, pictures: Path, store: Store) -> None:
        paths = sorted(pictures.rglob("*.png"))[:6]
        opened = [Image.open(path) for path in paths]
        many = [*map(str, paths), *(path.read_bytes() for path in paths), *opened, *map(np.asarray, opened), *opened]
        table = run(unlabelled(many), store)
        assert table.computed == 18  # files and their bytes are the same content
        expected = truth(unlabelled(list(map(str, paths))))
        np.testing.assert_array_equal(table.read(), np.tile(expected, (5, 1)))
        assert run(unlabelled(many), store).computed == 0


class TestBadPictures:
    def spoil(self, pictures: Path, count: int) -> list[Path]:
        paths = sorted(pictures.rglob("*.png"))[:count]
        for number, path in enumerate(paths):
            path.write_bytes(b"text, not a picture, no. %d" % (number // 2))
        return paths

    def test_are_left_out_and_said(self, pictures: Path, store: Store) -> None:
        bad = self.spoil(pictures, 3)
        table = run(pictures, store)
        assert [Path(one.path) for one in table.quarantined] == bad
        assert all("not a picture" in one.reason for one in table.quarantined)
        assert (table.computed, table.cached, len(table)) == (33, 0, 33)
        good = read(pictures).subset(table.rows)
        assert not {Path(path) for path in good.pictures} & set(bad)
        np.testing.assert_array_equal(table.read(), truth(good))
        assert len(table.hashes) == 33
        assert sorted(pictures.rglob("*.png"))[:3] == bad  # nothing is deleted

    def test_are_not_opened_again(self, pictures: Path, store: Store, request: pytest.FixtureRequest) -> None:
        self.spoil(pictures, 3)
        first = run(pictures, store)
        request.getfixturevalue("shut")
        assert run(pictures, store).quarantined == first.quarantined

    def test_are_tried_again_with_another_decoder(
        self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.spoil(pictures, 3)
        run(pictures, store)
        monkeypatch.setattr(content, "decoders_name", lambda bands: "a better one")
        monkeypatch.setattr(extractor, "load_with_facts", lambda *_: (np.zeros((32, 32, 3), np.uint8), FACTS))
        assert run(pictures, store).quarantined == []

    def test_that_may_only_lack_memory_are_tried_again(
        self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:

            def short(*_: object) -> None:
                from headway.images.source import translate_errors

                with translate_errors("PNG"):
                    raise MemoryError

            patched.setattr(extractor, "load_with_facts", short)
            paths = [str(path) for path in sorted(pictures.rglob("*.png"))[:2]]
            with pytest.raises(DataError, match="not enough memory"):
                run(unlabelled(paths * 2), store)
        assert run(unlabelled(paths * 2), store).computed == 2

    def test_files_that_cannot_be_opened(self, pictures: Path, store: Store) -> None:
        dataset = read(pictures)
        (pictures / "red" / "00.png").unlink()
        (pictures / "red" / "01.png").unlink()
        (pictures / "red" / "01.png").mkdir()
        (pictures / "red" / "02.png").unlink()
        os.mkfifo(pictures / "red" / "02.png")
        table = run(dataset, store)
        assert [one.reason for one in table.quarantined] == [
            "cannot be opened: no such file or directory",
            "a folder, not a file",
            "not a file",
        ]

    def test_that_vanish_or_change_during_the_run(
        self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the listing and the reading of each: what is gone is set apart, what changed counts as it is now."""
        dataset = read(pictures)
        look_up = planner.Planner.look_up

        def meddle(run: planner.Planner) -> None:
            look_up(run)
            (pictures / "red" / "03.png").unlink()
            (pictures / "red" / "04.png").write_bytes(b"")
            shutil.copy(pictures / "blue" / "00.png", pictures / "red" / "05.png")

        with monkeypatch.context() as patched:
            patched.setattr(planner.Planner, "look_up", meddle)
            table = run(dataset, store)
        assert [(Path(one.path).name, one.reason) for one in table.quarantined] == [
            ("03.png", "cannot be opened: no such file or directory"),
            ("04.png", "empty file"),
        ]
        good = dataset.subset(table.rows)
        np.testing.assert_array_equal(table.read(), truth(good))
        again = run(good, store)
        assert again.computed == 0
        np.testing.assert_array_equal(again.read(), truth(good))

    def test_too_many(self, pictures: Path, store: Store) -> None:
        bad = self.spoil(pictures, 6)
        with pytest.raises(DataError) as raised:
            run(pictures, store)
        message = str(raised.value)
        assert "6 of 36 pictures (16.7%) cannot be read, which is more than 10.0%" in message
        assert all(str(path) in message for path in bad[:3]) and str(bad[3]) not in message
        assert "--max-bad" in message and "\n" not in message
        assert store.summary()[0].features == 30  # nothing is lost
        assert len(run(pictures, store, max_bad=0.2)) == 30
        assert len(run(pictures, store, max_bad=6 / 36)) == 30

    def test_nothing_else(self, pictures: Path, store: Store) -> None:
        self.spoil(pictures, 36)
        with pytest.raises(DataError, match="at least one picture is needed, and none of 36 can be read"):
            run(pictures, store, max_bad=1.0)
        with pytest.raises(DataError, match="there are no pictures"):
            run(unlabelled([]), store)


class TestBadLuck:
    @pytest.mark.parametrize("where", ["decode", "engine", "progress"])
    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    def test_what_is_done_is_kept(
        self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch, where: str, error: type[BaseException]
    ) -> None:
        calls = []

        watcher = Watcher()
        one_is_done = threading.Event()

        def failing(after: int) -> None:
            calls.append(1)
            if len(calls) > after:
                if where == "decode":  # far ahead of the engine on a busy machine
                    one_is_done.wait(60)
                raise error

        def advance(steps: int = 1) -> None:
            one_is_done.set()
            if where == "progress":
                failing(30)

        watcher.advance = advance  # type: ignore[method-assign]
        with monkeypatch.context() as patched:
            if where == "decode":
                patched.setattr(extractor, "load_with_facts", lambda *given: failing(30) or load_with_facts(*given))
            elif where == "engine":
                patched.setattr(Engine, "_take_slot", lambda engine, ask=Engine._take_slot: failing(30) or ask(engine))
            with pytest.raises(error):
                run(pictures, store, progress=watcher)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("headway")]
        kept = store.summary()[0].features
        assert 0 < kept <= 36
        table = run(pictures, store)
        assert (table.computed, table.cached) == (36 - kept, kept)
        np.testing.assert_array_equal(table.read(), truth(read(pictures)))

    def test_a_full_disk(self, pictures: Path, store: Store) -> None:
        small = read(pictures).subset(range(4))
        run(small, store)
        (pages,) = store._database.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
        store._database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        with pytest.raises(StoreError, match="the disk is full"):
            run(pictures, store)
        assert run(small, store).read().shape == (4, sum(TINY.dims[name] for name in TINY.depths))
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("headway")]

    @pytest.mark.parametrize("when", ["before", "between", "pruned"])
    def test_damage_costs_time_only(self, pictures: Path, tmp_path: Path, when: str) -> None:
        with Store(tmp_path / "store") as store:
            first = run(pictures, store).read()
        watcher = Watcher()
        with Store(tmp_path / "store") as store:
            if when == "before":
                damage(store.path, first)
            table = run(pictures, store, progress=watcher)
            if when == "between":
                damage(store.path, first)
            elif when == "pruned":
                with Store(tmp_path / "store") as other:
                    other.prune(everything=True)
            np.testing.assert_array_equal(table.read(), first)
            np.testing.assert_array_equal(np.concatenate(list(table.chunks(5))), first)
        assert len(watcher.notes) == (when != "pruned")
        assert watcher.stages == [("features", 36)]


class TestFacts:
    def test_are_stored_with_features(self, pictures: Path, store: Store, request: pytest.FixtureRequest) -> None:
        dataset = read(pictures)
        facts = run(dataset, store).images()
        assert facts == [load_with_facts(picture, TINY.input_size, "squash")[1] for picture in dataset.pictures]
        request.getfixturevalue("shut")
        table = run(dataset, store)
        assert table.images() == facts
        assert table.images([3, -1]) == [facts[3], facts[-1]]

    def test_of_one_colour(self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("headway.embedding.table._FACTS_AT_ONCE", 5)
        assert run(read(pictures), store).of_one_colour(read(pictures)) is None
        (pictures / "blue" / "00.png").write_bytes(b"text")
        for number in range(25):
            Image.new("RGB", (40, 20 + number), (number, 100, 100)).save(pictures / "red" / f"blank{number:02d}.png")
        dataset = read(pictures)
        found = run(dataset, store).of_one_colour(dataset)
        assert found is not None and found.count == 25
        assert found.files == tuple(str(pictures / "red" / f"blank{number:02d}.png") for number in range(20))
        # Features from a file come without facts.
        table = replace(run(dataset, store), fetch_facts=None)
        assert table.of_one_colour(dataset) is None

    def test_of_contents_that_were_known_before_are_missing(self, pictures: Path, store: Store) -> None:
        run(pictures, store)
        store._database.run(lambda connection: connection.execute("DELETE FROM images"), write=True)
        Image.new("RGB", (30, 30)).save(pictures / "red" / "00.png")
        table = run(pictures, store)
        assert table.computed == 1
        assert [fact is not None for fact in table.images()].count(True) == 1


class TestHashes:
    def test_are_those_of_embedding_and_nothing_is_decoded_again(
        self, pictures: Path, store: Store, request: pytest.FixtureRequest
    ) -> None:
        dataset = read(pictures)
        (pictures / "red" / "03.png").write_bytes(b"text")
        shutil.copy(pictures / "red" / "00.png", pictures / "red" / "01.png")
        watcher = Watcher()
        table = read_hashes(session_of(store, progress=watcher), dataset)
        assert (len(table), table.computed, table.cached) == (35, 34, 1)
        assert [one.reason for one in table.quarantined] == ["not a picture (starts like text)"]
        assert (table.dims, table.read().shape, watcher.steps) == ({}, (35, 0), 36)
        assert all(fact is not None and fact.format == "PNG" for fact in table.images())
        assert store.summary() == []
        embedded = run(dataset, store)
        assert list(embedded.hashes) == list(table.hashes) and embedded.rows.tolist() == table.rows.tolist()
        request.getfixturevalue("shut")
        again = read_hashes(session_of(store), dataset)
        assert (again.computed, again.cached, again.quarantined) == (0, 35, table.quarantined)

    def test_no_engine_is_loaded(self, pictures: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backbones, "open_engine", lambda *_, **__: pytest.fail("this was not to be used"))
        assert len(read_hashes(session_of(store), read(pictures), resize="crop")) == 36

    def test_too_many_are_unreadable(self, pictures: Path, store: Store) -> None:
        for path in (pictures / "red").iterdir():
            path.write_bytes(b"")
        with pytest.raises(DataError, match=r"12 of 36 pictures \(33.3%\) cannot be read"):
            read_hashes(session_of(store), read(pictures))


def damage(path: Path, features: np.ndarray) -> None:
    """Flip a bit of a vector in the file."""
    place = path.read_bytes().index(features[20, :20].tobytes())
    with open(path, "r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 16]))


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


CHILD = """
    import sys
    from pathlib import Path
    from headway.dataset import read
    from headway.embedding import embed_images, writer
    from headway.session import Session
    from headway.testing import TINY
    writer._FLUSH_ROWS = 8
    with Session.open(Path(sys.argv[2])) as session:
        print("open", flush=True)
        table = embed_images(session, read(sys.argv[1]), TINY, resize="squash", precision="fp32")
        print(table.read().sum(), flush=True)
"""


def child(pictures: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(pictures), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())


class TestProcesses:
    @pytest.fixture
    def many(self, tmp_path: Path) -> Path:
        rng = np.random.default_rng(0)
        (tmp_path / "many").mkdir()
        for number in range(600):
            Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(
                tmp_path / "many" / f"{number % 2}_{number}.png"
            )
        return tmp_path / "many"

    def test_killed_at_any_moment(self, many: Path, tmp_path: Path) -> None:
        dataset = unlabelled(sorted(map(str, many.iterdir())))
        (tmp_path / "list").mkdir()
        done = []
        for delay in np.random.default_rng(0).uniform(0.0, 0.6, 6):
            process = child(many, tmp_path / "store")
            assert process.stdout is not None and process.stdout.readline() == "open\n", process.stderr
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            with Store(tmp_path / "store") as store:
                assert store.take_notes() == []
                done.append(sum(space.features for space in store.summary()))
        assert done == sorted(done)
        with Store(tmp_path / "store") as store, Store(tmp_path / "undisturbed") as other:
            table = run(dataset, store)
            assert table.cached == done[-1]
            assert table.read().tobytes() == run(dataset, other).read().tobytes()

    def test_two_at_once(self, many: Path, tmp_path: Path) -> None:
        both = [child(many, tmp_path / "store") for _ in range(2)]
        said = [process.communicate(timeout=120) for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        assert said[0][0] == said[1][0]
        with Store(tmp_path / "store") as store:
            assert store.summary()[0].features == 600

    def test_ctrl_c(self, many: Path, tmp_path: Path) -> None:
        process = child(many, tmp_path / "store")
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        said, error = process.communicate(timeout=20)
        assert said or "KeyboardInterrupt" in error


class TestTable:
    @pytest.fixture
    def table(self, pictures: Path, store: Store) -> FeatureTable:
        return run(pictures, store)

    def test_parts(self, table: FeatureTable) -> None:
        everything = table.read()
        np.testing.assert_array_equal(table.read([5, 3, 3, -1]), everything[[5, 3, 3, -1]])
        mask = np.arange(36) % 2 == 0
        np.testing.assert_array_equal(table.read(mask), everything[mask])
        both = table.read(names=["head.mean", "block1.mean"])
        np.testing.assert_array_equal(both, np.hstack([everything[:, 32:64], everything[:, :16]]))
        assert table.read([], names=["block1.std"]).shape == (0, 16)
        assert table.read([0], names=[]).shape == (1, 0)
        np.testing.assert_array_equal(np.vstack(list(table.chunks(7, names=["block1.std"]))), everything[:, 16:32])

    def test_what_is_not_there(self, table: FeatureTable) -> None:
        with pytest.raises(UnknownNameError, match="did you mean head.mean"):
            table.read(names=["head.meen"])
        with pytest.raises(IndexError):
            table.read([36])

    def test_hashes(self, table: FeatureTable) -> None:
        assert len(table.hashes) == 36
        assert isinstance(table.hashes[0], bytes) and len(table.hashes[0]) == 32
        assert list(table.hashes[2:4]) == [table.hashes[2], table.hashes[3]]
