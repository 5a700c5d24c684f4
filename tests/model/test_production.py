"""Models in servers: used by many threads, taken over a fork, copied and pickled."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import headway
from headway import Model, backbones
from headway.backbones import Engine, open_engine
from headway.errors import RunError
from headway.model import engines as model_engines
from headway.model import load
from headway.testing import tiny_backbone_onnx

PICTURES = list(np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3)).astype(np.uint8))
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
LIMIT = 30  # seconds


def in_child(work: Callable[[], Any]) -> Any:
    """Return what a forked child returns, and make sure that it ends, in time and by itself."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(work()))
    child.start()
    sender.close()
    try:
        assert receiver.poll(LIMIT), "the child hangs"
        result = receiver.recv()
        child.join(LIMIT)
        assert child.exitcode == 0
    finally:
        child.kill()
        child.join()
    return result


@pytest.fixture
def fresh(fitted: Model) -> Model:
    """A model that has not predicted yet."""
    return copy.deepcopy(fitted)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """Every engine that models make."""
    found: list[Engine] = []

    def engine(*arguments: Any) -> Engine:
        found.append(Engine(*arguments))
        time.sleep(0.05)  # long enough for every thread to ask
        return found[-1]

    monkeypatch.setattr(model_engines, "Engine", engine)
    return found


@needs_fork
def test_a_model_predicts_in_the_children_of_a_process_in_which_it_predicted(fresh: Model) -> None:
    before = fresh.predict(PICTURES)
    for _ in range(2):
        assert in_child(lambda: fresh.predict(PICTURES)) == before
    assert fresh.predict(PICTURES) == before


@needs_fork
def test_a_model_predicts_in_a_grandchild(fresh: Model) -> None:
    before = fresh.predict(PICTURES)
    assert in_child(lambda: (fresh.predict(PICTURES), in_child(lambda: fresh.predict(PICTURES)))) == (before, before)


@needs_fork
def test_a_model_predicts_in_a_child_when_other_engines_are_gone(fresh: Model) -> None:
    """OpenVINO keeps the threads of those for the next engine, and a child has not got them."""
    Engine(tiny_backbone_onnx(), fresh.features).run(np.zeros((1, 32, 32, 3), np.uint8))
    before = copy.deepcopy(fresh).predict(PICTURES)
    assert in_child(lambda: fresh.predict(PICTURES)) == before


@needs_fork
def test_a_model_predicts_in_a_child_that_was_forked_while_another_thread_predicted(fresh: Model) -> None:
    before = fresh.predict(PICTURES)
    done = threading.Event()
    wrong: list[object] = []

    def predict() -> None:
        while not done.is_set():
            if (found := fresh.predict(PICTURES)) != before:
                wrong.append(found)

    threads = [threading.Thread(target=predict) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            assert in_child(lambda: fresh.predict(PICTURES)) == before
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong


@needs_fork
def test_a_model_of_descriptors_predicts_in_children_of_a_busy_process() -> None:
    """A lock that a thread of the parent holds while it describes would never be released in a child."""
    model = headway.fit(headway.demo.pictures(), backbone="colour", head="centroid")
    before = model.predict(PICTURES)
    done = threading.Event()

    def predict() -> None:
        while not done.is_set():
            model.predict(PICTURES)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            assert in_child(lambda: model.predict(PICTURES)) == before
    finally:
        done.set()
        for thread in threads:
            thread.join()


@needs_fork
def test_a_fork_waits_for_an_engine_that_is_being_made(fresh: Model, engines: list[Engine]) -> None:
    thread = threading.Thread(target=fresh.warm_up)
    thread.start()
    found = in_child(lambda: fresh.predict(PICTURES))
    thread.join()
    assert found == fresh.predict(PICTURES)
    assert len(engines) == 1


@needs_fork
def test_a_child_ends_as_any_other() -> None:
    """Destroying the parent's engine would abort it: its threads are not there to be joined."""
    code = (
        "import os, sys, numpy as np\n"
        "from tests.model.making import linear, made\n"
        "model, picture = made(linear(48)), np.zeros((9, 9), np.uint8)\n"
        "before = model.predict(picture)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    again = model.predict(picture) if sys.argv[1] == 'predicting' else before\n"
        "    del model\n"
        "    sys.exit(7 if again == before else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    for how in ("predicting", "idle"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, how],
            timeout=LIMIT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (7, "")


@needs_fork
def test_what_began_before_a_fork_cannot_go_on_in_the_child(fresh: Model) -> None:
    engine = Engine(tiny_backbone_onnx(), ["head.mean"])
    outcomes = fresh.stream(PICTURES * 20)
    first = next(outcomes)

    def go_on() -> tuple[str, str]:
        with pytest.raises(RunError) as one:
            next(outcomes)
        with pytest.raises(RunError) as other:
            engine.run(np.zeros((1, 32, 32, 3), np.uint8))
        return str(one.value), str(other.value)

    stream, own = in_child(go_on)
    assert "stream" in stream
    assert "engine was made before this process was forked" in own
    assert [first, *outcomes][:3] == fresh.predict(PICTURES)


@needs_fork
def test_pictures_are_decoded_in_a_child_while_a_thread_of_the_parent_decodes(fitted: Model) -> None:
    """PIL images are decoded one at a time, under a lock."""
    held, free = threading.Event(), threading.Event()

    class Slow(Image.Image):
        def load(self) -> Any:
            held.set()
            free.wait()
            return super().load()

    slow = Image.fromarray(PICTURES[0])
    slow.__class__ = Slow
    fitted.warm_up()
    thread = threading.Thread(target=fitted.predict, args=(slow,))
    thread.start()
    assert held.wait(LIMIT)
    try:
        assert in_child(lambda: len(fitted.predict(Image.fromarray(PICTURES[0])))) == 1
    finally:
        free.set()
        thread.join()


@pytest.mark.parametrize("name", ["colour", "sift"])
@needs_fork
def test_hand_made_features_are_computed_in_a_child(name: str) -> None:
    info = backbones.find(name)
    picture = np.random.default_rng(0).integers(0, 256, (2, info.input_size, info.input_size, 3)).astype(np.uint8)
    before = open_engine(info, info.depths, "fp32").run(picture)
    after = in_child(lambda: open_engine(info, info.depths, "fp32").run(picture))
    np.testing.assert_array_equal(after, before)


def test_sixteen_threads_make_one_engine(fresh: Model, engines: list[Engine]) -> None:
    start = threading.Barrier(16)

    def predict(_: int) -> object:
        start.wait()
        return fresh.predict(PICTURES)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(predict, range(16)))
    assert all(predictions == found[0] for predictions in found)
    assert len(engines) == 1


def test_warming_up_makes_the_engine(fresh: Model, engines: list[Engine]) -> None:
    assert fresh.warm_up() is fresh
    assert len(engines) == 1
    fresh.predict(PICTURES)
    assert len(engines) == 1


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_and_pickles_predict(fitted: Model, duplicate: Callable[[Model], Model], tmp_path: Path) -> None:
    before = fitted.predict(PICTURES)
    again = duplicate(fitted)
    assert again.predict(PICTURES) == before
    assert again.content == fitted.content
    loaded = duplicate(load(fitted.save(tmp_path / "m.onnx")))
    assert loaded.predict(PICTURES) == before
