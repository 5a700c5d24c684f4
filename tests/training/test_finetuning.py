from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import pytest

import headway
from headway.backbones import Engine
from headway.dataset import Dataset
from headway.errors import DataError, MissingExtraError, UserError
from headway.heads import DenseHead
from headway.heads.logistic import fit_logistic
from headway.heads.standardising import standardise
from headway.images import load
from headway.session import Session
from headway.testing import TINY, tiny_backbone_onnx
from headway.training import FineTunedNetwork, TrainingSettings, checkpoint, finetune, finetuning, job, loop, maps
from headway.types import Silent
from tests.helpers import write_pictures

NETWORK = tiny_backbone_onnx()


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "cpu_count", lambda: 1)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return headway.read(write_pictures(tmp_path_factory.mktemp("data") / "pictures", per_class=24))


TRAIN, VALIDATION = np.arange(0, 72, 2), np.arange(1, 72, 2)


def features(dataset: Dataset, network: bytes, rows: np.ndarray) -> np.ndarray:
    pictures = np.stack([load(dataset.pictures[row], 32, "squash") for row in rows])
    return Engine(network, ["head.mean"]).run(pictures)


@pytest.fixture(scope="module")
def probe(dataset: Dataset) -> DenseHead:
    data = standardise(features(dataset, NETWORK, TRAIN))
    return fit_logistic(data, dataset.labels[TRAIN], np.ones(len(TRAIN), np.float32), 3, 1e-4)


SETTINGS = TrainingSettings(resize="squash", epochs=3, learning_rate=0.01, precision="fp32")


def tuned(
    dataset: Dataset, probe: DenseHead, train=TRAIN, validation=VALIDATION, cache=None, progress=None, **changes
) -> FineTunedNetwork:
    arguments = {"info": TINY, "network": NETWORK, "head": probe, "part": "last-block"}
    settings = replace(SETTINGS, **{name: changes.pop(name) for name in set(changes) & set(asdict(SETTINGS))})
    with Session.open(cache, progress=progress) as session:
        return finetune(dataset, train, validation, settings=settings, session=session, **(arguments | changes))


class Stages(Silent):
    """Remembers the stages and the epochs that ended; a run is killed once, in the n-th epoch of all."""

    def __init__(self, killed_in: int = 0) -> None:
        self.maps: list[str] = []
        self.epochs: list[str] = []
        self.killed_in = killed_in

    def start(self, stage: str, total: int | None = None) -> None:
        if stage != "training":
            self.maps.append(stage)

    def note(self, message: str) -> None:
        if found := re.match(r"epoch \d+ of \d+", message):
            self.epochs.append(found[0])

    def advance(self, steps: int = 1) -> None:
        if steps and len(self.epochs) + 1 == self.killed_in:
            self.killed_in = 0
            raise Killed


NOTHING = DenseHead("centroid", (np.zeros((32, 3), np.float32),), (np.zeros(3, np.float32),))


@pytest.mark.parametrize("part", ["last-block", "all"])
def test_what_is_trained_is_what_is_shipped(dataset: Dataset, part: str) -> None:
    made = tuned(dataset, NOTHING, part=part, augment=("hflip",))
    assert made.part == part and made.best > 0 and made.beats_frozen and not made.diverged
    assert len(made.history) == 4 and made.history[-1].validation_accuracy >= made.history[0].validation_accuracy
    expected = made.head.logits(features(dataset, made.network, VALIDATION))
    np.testing.assert_allclose(made.validation_logits, expected, rtol=1e-4, atol=1e-4)
    before, after = onnx.load_from_string(NETWORK), onnx.load_from_string(made.network)
    changed = {b.name for b, a in zip(before.graph.initializer, after.graph.initializer, strict=True) if b != a}
    learned = {"backbone/head/conv.weight", "backbone/head/conv.bias"}
    learned |= {"backbone/block1/conv.weight", "backbone/block1/conv.bias"} if part == "all" else set()
    assert changed == learned
    assert (
        made.trained_parameters
        == sum(int(np.prod(tensor.dims)) for tensor in before.graph.initializer if tensor.name in learned) + 33 * 3
    )
    assert before.graph.output == after.graph.output and before.graph.node == after.graph.node
    assert set(made.seconds) == {"inputs", "training", "again", "total"}


def test_the_start_is_the_probe(dataset: Dataset, probe: DenseHead) -> None:
    made = tuned(dataset, probe, learning_rate=1e-9)
    accuracy = (probe.logits(features(dataset, NETWORK, VALIDATION)).argmax(1) == dataset.labels[VALIDATION]).mean()
    assert made.history[0].validation_accuracy == pytest.approx(accuracy, abs=0.03)


def test_the_same_seed_gives_the_same_bytes(dataset: Dataset, tmp_path: Path) -> None:
    one, two = (tuned(dataset, NOTHING, augment=("rotate=20",), cache=tmp_path / name) for name in "ab")
    other = tuned(dataset, NOTHING, augment=("rotate=20",), seed=1)
    assert one.network == two.network != other.network
    np.testing.assert_array_equal(one.head.weights[0], two.head.weights[0])


def test_maps_are_computed_once(dataset: Dataset, tmp_path: Path) -> None:
    stages = Stages()
    tuned(dataset, NOTHING, cache=tmp_path, progress=stages)
    assert len(list(maps.AREA.folder(tmp_path).glob("*/*.maps"))) == 1
    tuned(dataset, NOTHING, cache=tmp_path, epochs=2, progress=stages)
    assert stages.maps == ["maps of the frozen part"]


def test_a_training_that_was_done_before_is_not_done_again(dataset: Dataset, tmp_path: Path) -> None:
    first = tuned(dataset, NOTHING, development_head=NOTHING, cache=tmp_path)
    stages = Stages()
    again = tuned(dataset, NOTHING, development_head=NOTHING, cache=tmp_path, progress=stages)
    assert again.network == first.network and again.history == first.history and not stages.epochs
    assert again.seconds["training"] == first.seconds["training"] and again.seconds["again"] == first.seconds["again"]


def test_old_states_are_forgotten_and_the_oldest_of_too_many(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "training").mkdir()
    paths = [checkpoint.AREA.folder(tmp_path) / f"{number:024x}.npz" for number in range(3)]
    for age, path in enumerate(paths):
        path.write_bytes(bytes(10))
        os.utime(path, (time.time() - 1000 * age,) * 2)
    os.utime(paths[2], (0, 0))
    foreign = tmp_path / "training" / "mine.npz"
    foreign.write_bytes(b"")
    monkeypatch.setattr(checkpoint, "AREA", replace(checkpoint.AREA, max_bytes=15))
    tuned(dataset, NOTHING, cache=tmp_path, epochs=1)
    assert [path.exists() for path in paths] == [True, False, False] and foreign.exists()


class Killed(BaseException):
    pass


def test_an_interrupted_run_ends_as_an_undisturbed_one(dataset: Dataset, tmp_path: Path) -> None:
    expected = tuned(dataset, NOTHING)
    stages = Stages(killed_in=3)
    with pytest.raises(Killed):
        tuned(dataset, NOTHING, cache=tmp_path, progress=stages)
    assert tuned(dataset, NOTHING, cache=tmp_path, progress=stages).network == expected.network
    assert len(stages.epochs) == 3


SCRIPT = """
import sys
import time
import numpy as np
import headway
from pathlib import Path
from headway.heads import DenseHead
from headway.session import Session
from headway.testing import TINY, tiny_backbone_onnx
from headway.training import TrainingSettings, finetune
from headway.types import Silent

class Loud(Silent):
    def start(self, stage, total=None): print(f"{stage}:", flush=True)
    def advance(self, steps=1): time.sleep(0.1)  # so that the kill falls into the epoch
    def note(self, message): print(message, flush=True)

dataset = headway.read(sys.argv[1])
rows = np.arange(len(dataset))
head = DenseHead("centroid", (np.zeros((32, 3), "float32"),), (np.zeros(3, "float32"),))
settings = TrainingSettings(resize="squash", augment=("hflip",), epochs=5, learning_rate=0.01)
with Session.open(sys.argv[2], progress=Loud()) as session:
    tuned = finetune(dataset, rows[::2], rows[1::2], info=TINY, network=tiny_backbone_onnx(), head=head,
                     part="last-block", settings=settings, session=session)
Path(sys.argv[3]).write_bytes(tuned.network + tuned.head.weights[0].tobytes())
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_kill_9_in_the_middle_of_epochs(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", per_class=60)

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", SCRIPT, str(pictures), str(tmp_path / name), str(tmp_path / f"{name}.out")]

    subprocess.run(command("undisturbed"), check=True, stdout=subprocess.DEVNULL)
    expected = (tmp_path / "undisturbed.out").read_bytes()
    for number in (1, 3, 5):
        killed = subprocess.Popen(command("killed"), stdout=subprocess.PIPE, text=True)
        assert killed.stdout is not None
        for line in killed.stdout:
            if line.startswith("training:" if number == 1 else f"epoch {number - 1} "):
                time.sleep(0.02)
                os.kill(killed.pid, signal.SIGKILL)
                break
        killed.stdout.close()
        killed.wait()
        assert list((tmp_path / "killed" / "training").glob("*.npz")) or number == 1
    last = subprocess.run(command("killed"), check=True, stdout=subprocess.PIPE, text=True)
    assert "epoch 4 " not in last.stdout and "epoch 5 " in last.stdout
    assert (tmp_path / "killed.out").read_bytes() == expected


def test_a_start_that_is_never_beaten_is_kept(dataset: Dataset, probe: DenseHead) -> None:
    labels = [dataset.classes[label] for label in dataset.labels]
    names = np.array([*dataset.classes[1:], dataset.classes[0]])
    for row in TRAIN:  # what is learned is wrong
        labels[row] = names[dataset.labels[row]]
    made = tuned(headway.read(list(dataset.pictures), labels), probe)
    assert made.best == 0 and not made.beats_frozen and not made.diverged
    assert made.network == NETWORK and made.head is probe


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None, int]]:
    """Pictures to learn from, pictures to validate on, and epochs of every training."""
    trainings = []
    train = loop.train

    def recording(module, training, validation, plan, **settings):
        trainings.append((len(training.labels), validation and len(validation.labels), plan.epochs))
        return train(module, training, validation, plan, **settings)

    monkeypatch.setattr(loop, "train", recording)
    return trainings


def test_training_once_more_on_all(dataset: Dataset, seen: list, tmp_path: Path) -> None:
    first = tuned(dataset, NOTHING)
    both = tuned(dataset, NOTHING, development_head=NOTHING, cache=tmp_path)
    assert seen == [(36, 36, 3), (36, 36, 3), (72, None, first.best)]
    assert both.validation_network == first.network != both.network
    np.testing.assert_array_equal(both.validation_logits, first.validation_logits)
    assert both.history[1].validation_loss == first.history[1].validation_loss


def test_a_run_that_dies_while_training_once_more_does_not_choose_again(dataset: Dataset, tmp_path: Path) -> None:
    expected = tuned(dataset, NOTHING, development_head=NOTHING)
    stages = Stages(killed_in=5)
    with pytest.raises(Killed):
        tuned(dataset, NOTHING, development_head=NOTHING, cache=tmp_path, progress=stages)
    again = tuned(dataset, NOTHING, development_head=NOTHING, cache=tmp_path, progress=stages)
    assert again.network == expected.network and again.validation_network == expected.validation_network
    best = expected.best
    once = [f"epoch {number} of 3" for number in (1, 2, 3)]
    assert stages.epochs == once + [f"epoch {number} of {best}" for number in range(1, best + 1)]


def test_a_start_that_was_best_is_fitted_on_all(dataset: Dataset, probe: DenseHead, seen: list) -> None:
    other = DenseHead("logistic", probe.weights, probe.biases)
    made = tuned(dataset, probe, development_head=other, learning_rate=1e30)
    assert (
        made.best == 0
        and made.head is other
        and made.validation_network == NETWORK
        and made.validation_head is probe
        and len(seen) == 1
    )


def test_what_diverges_on_all_is_not_shipped(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    train = loop.train

    def too_fast(module, training, validation, plan, **settings):
        plan = plan if validation else replace(plan, learning_rate=1e30)
        return train(module, training, validation, plan, **settings)

    monkeypatch.setattr(loop, "train", too_fast)
    made = tuned(dataset, NOTHING, development_head=NOTHING)
    assert made.best > 0 and made.network == made.validation_network and made.head is made.validation_head


def test_auto_compares_with_the_frozen_model(dataset: Dataset) -> None:
    labels = dataset.labels[VALIDATION]
    perfect = (20 * np.eye(3)[labels]).astype(np.float32)
    made = tuned(dataset, NOTHING, part="auto", frozen_logits=perfect)
    assert made.part == "last-block" and made.best > 0 and not made.beats_frozen
    assert tuned(dataset, NOTHING, part="auto", frozen_logits=np.zeros_like(perfect)).beats_frozen


def test_auto_gives_up_where_it_stays_behind_and_does_not_learn_once_more(
    dataset: Dataset, seen: list, tmp_path: Path
) -> None:
    perfect = (20 * np.eye(3)[dataset.labels[VALIDATION]]).astype(np.float32)
    notes: list[str] = []
    progress = Silent()
    progress.note = notes.append  # type: ignore[method-assign]
    how = {"part": "auto", "development_head": NOTHING, "epochs": 9, "learning_rate": 1e-12, "cache": tmp_path}
    made = tuned(dataset, NOTHING, frozen_logits=perfect, progress=progress, **how)
    assert made.gave_up and not made.beats_frozen and not made.repeated
    assert [epoch.number for epoch in made.history] == [0, 1, 2, 3, 4, 5] and len(seen) == 1
    assert any(
        note.startswith("fine-tuning ends after epoch 5 of 9: on the validation pictures its log-loss is")
        for note in notes
    )
    again = tuned(dataset, NOTHING, frozen_logits=perfect, **how)
    assert again.gave_up and again.history == made.history, "as it was, from the cache"
    assert not tuned(dataset, NOTHING, frozen_logits=np.zeros_like(perfect), **how).gave_up, "another rival"


def test_auto_tries_all_for_many_pictures_on_a_gpu(
    dataset: Dataset, probe: DenseHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    run = job.Job.run

    def on_the_cpu(self, part):
        tried.append(part)
        return run(replace(self, settings=replace(self.settings, device="cpu")), part)

    monkeypatch.setattr(job.Job, "run", on_the_cpu)
    monkeypatch.setattr(finetuning, "ALL_FROM", len(TRAIN))
    tuned(dataset, probe, part="auto", device="cuda", epochs=1)
    assert tried == ["last-block", "all"]


def test_balanced_classes_weigh_the_same(dataset: Dataset, probe: DenseHead, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    train = loop.train

    def recording(*arguments, **settings):
        seen.append(settings["class_weights"])
        return train(*arguments, **settings)

    monkeypatch.setattr(loop, "train", recording)
    rows = np.concatenate([np.arange(0, 24), np.arange(24, 36), np.arange(48, 60)])
    tuned(dataset, probe, train=rows, balance="weights", epochs=1)
    np.testing.assert_allclose(seen[0], [48 / 3 / 24, 48 / 3 / 12, 48 / 3 / 12])
    tuned(dataset, probe, epochs=1)
    assert seen[1] is None


@pytest.mark.parametrize("part", ["last-block", "all"])
def test_a_picture_that_cannot_be_read_is_named(part: str, probe: DenseHead, tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "pictures")
    found = headway.read(root)
    (root / "green" / "03.png").write_bytes(b"\x89PNG nothing")
    rows = np.arange(36)
    with pytest.raises(DataError, match=r"every picture to (train|validate) on must be readable, and .*03\.png is not"):
        tuned(found, probe, rows[::2], rows[1::2], part=part)


def test_mixing_needs_whole_pictures(dataset: Dataset, probe: DenseHead) -> None:
    with pytest.raises(UserError, match="take --finetune all"):
        tuned(dataset, probe, augment=("mixup",))
    assert tuned(dataset, probe, part="all", augment=("mixup",), epochs=1).part == "all"


def test_a_head_of_another_size_is_refused(dataset: Dataset) -> None:
    wrong = DenseHead("logistic", (np.zeros((9, 3), np.float32),), (np.zeros(3, np.float32),))
    with pytest.raises(DataError, match=r"must read head\.mean"):
        tuned(dataset, wrong)
    wrong = DenseHead("logistic", (np.zeros((32, 2), np.float32),), (np.zeros(2, np.float32),))
    with pytest.raises(DataError, match="3 classes"):
        tuned(dataset, wrong)


def test_without_torch_the_extra_is_named(dataset: Dataset, probe: DenseHead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"headway\[torch\]"):
        tuned(dataset, probe)


def test_importing_the_package_loads_no_torch() -> None:
    code = "import sys, headway.training; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
