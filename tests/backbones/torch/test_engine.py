"""The engine for GPUs, on the CPU: the same vectors as OpenVINO's, in order, whatever the batches, faults and all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from headway.backbones import Engine, find, open_engine, read
from headway.backbones.resizing import resize
from headway.backbones.torch.engine import IN_FLIGHT, TorchEngine
from headway.backbones.torch.lanes import Cpu, Fetched
from headway.errors import RunError, UserError
from headway.testing import tiny_backbone_onnx
from tests.helpers import Notes

OUTPUTS = ["block1.mean", "head.mean"]


def pixels(count: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, size, size, 3), np.uint8)


class Late(Cpu):
    """A device whose vectors are there when they were waited for, and that has memory for so many images at a time."""

    def __init__(self, memory: int = 10**6) -> None:
        self.memory = memory
        self.in_flight = self.most_in_flight = 0
        self.staged: list[tuple[Any, Any]] = []

    def staging(self, shape: Sequence[int]) -> Any:
        images = super().staging(shape)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return images

    def send(self, images: Any) -> Any:
        assert images.dtype == torch.uint8
        self.staged.append((images, images.clone()))
        if len(images) > self.memory:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return images.clone()

    def fetch(self, rows: Any) -> Fetched:
        later = torch.full_like(rows, torch.nan)

        def wait() -> None:
            with torch.inference_mode():
                later.copy_(rows)
            self.in_flight -= 1

        return Fetched(later, wait)


class Shared(Cpu):
    """A device that captures: every batch is computed where the one before stood, and takes a while."""

    def capture(self, compute: Any, images: Any) -> Any:
        still = images.clone()

        def replay(images: Any) -> Any:
            still.copy_(images)
            time.sleep(0.005)
            return compute(still)

        return replay


def on_cpu(lane: Cpu | None = None, notes: Notes | None = None, batch: int = 64) -> TorchEngine:
    engine = TorchEngine(tiny_backbone_onnx(), OUTPUTS, "fp32", lane or Cpu(), notes)
    engine._batch = batch
    return engine


def close(rows: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(rows, wanted, rtol=1e-4, atol=1e-5)


def test_the_vectors_are_those_of_openvino() -> None:
    own, other = on_cpu(), Engine(tiny_backbone_onnx(), OUTPUTS)
    assert (own.widths, own.width, own.input_size) == (other.widths, other.width, other.input_size)
    close(own.run(pixels(7)), other.run(pixels(7)))


def test_those_of_the_carried_network_are_too() -> None:
    network = resize(read(find("efficientnet_lite0")), 64)
    outputs = ["block2.std", "head.mean"]
    images = pixels(3, 64)
    wanted = Engine(network, outputs).run(images)
    np.testing.assert_allclose(TorchEngine(network, outputs, "fp32", Cpu()).run(images), wanted, rtol=1e-3, atol=1e-4)
    halves = TorchEngine(network, outputs, "bf16", Cpu()).run(images)
    cosines = (halves * wanted).sum(1) / np.linalg.norm(halves, axis=1) / np.linalg.norm(wanted, axis=1)
    assert cosines.min() > 0.99


@pytest.mark.parametrize("sizes", [[3, 0, 150, 1], [64, 64], [200], [1] * 300])
def test_batches_of_any_size_come_back_in_order_and_are_waited_for(sizes: list[int]) -> None:
    lane = Late()
    batches = [(number, pixels(size)) for number, size in enumerate(sizes)]
    results = list(on_cpu(lane).map(iter(batches)))
    assert [tag for tag, _ in results] == list(range(len(sizes)))
    wanted = on_cpu().run(np.concatenate([batch for _, batch in batches]))
    assert [len(rows) for _, rows in results] == sizes
    close(np.concatenate([rows for _, rows in results]), wanted)
    assert lane.in_flight == 0
    assert lane.most_in_flight <= IN_FLIGHT


def test_several_batches_are_in_flight_and_their_images_stay_as_they_were_sent() -> None:
    lane = Late()
    stream = on_cpu(lane, batch=4).map((number, pixels(1)) for number in range(40))
    next(stream)
    assert lane.most_in_flight == IN_FLIGHT
    list(stream)
    assert all(torch.equal(staged, copy) for staged, copy in lane.staged)


def test_an_endless_run_of_empty_batches_does_not_pile_up() -> None:
    results = on_cpu().map((number, pixels(0)) for number in itertools.count())
    assert [next(results)[0] for _ in range(3000)] == list(range(3000))


def test_an_error_among_the_images_is_raised_and_the_engine_goes_on() -> None:
    engine = on_cpu(Late(), batch=4)

    def broken() -> Iterator[tuple[int, np.ndarray]]:
        yield from ((number, pixels(1)) for number in range(10))
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        list(engine.map(broken()))
    with pytest.raises(UserError, match="uint8"):
        list(engine.map([(0, pixels(9)), (1, pixels(9).astype(np.float32))]))  # type: ignore[list-item]
    close(engine.run(pixels(9)), on_cpu().run(pixels(9)))


def test_threads_do_not_get_in_each_others_way() -> None:
    engine = on_cpu(Shared(), batch=4)
    sizes = [3, 9, 17, 4, 8, 12, 5, 21]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda size: engine.run(pixels(size)), sizes))
    for size, rows in zip(sizes, found, strict=True):
        close(rows, on_cpu().run(pixels(size)))


def test_half_precision_is_near_and_as_autocast_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    half = TorchEngine(tiny_backbone_onnx(), OUTPUTS, "bf16", Cpu()).run(pixels(4))
    np.testing.assert_allclose(half, on_cpu().run(pixels(4)), rtol=0.05, atol=0.02)
    monkeypatch.setattr("headway.backbones.torch.engine.halve_weights", lambda network: None)
    by_autocast = TorchEngine(tiny_backbone_onnx(), OUTPUTS, "bf16", Cpu()).run(pixels(4))
    assert half.tobytes() == by_autocast.tobytes()


def test_too_little_memory_halves_the_batch_and_says_so() -> None:
    notes = Notes()
    engine = on_cpu(Late(memory=10), notes)
    close(engine.run(pixels(70)), on_cpu().run(pixels(70)))
    assert notes.notes == [f"the GPU is out of memory: going on with batches of {n}" for n in (32, 16, 8)]
    close(engine.run(pixels(30)), on_cpu().run(pixels(30)))
    assert len(notes.notes) == 3


def test_memory_may_run_out_in_the_network_too(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    engine = on_cpu(notes=notes)
    real = engine._parts

    def scarce(images: torch.Tensor) -> list[torch.Tensor]:
        if len(images) > 40:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.")
        return real(images)

    monkeypatch.setattr(engine, "_parts", scarce)
    close(engine.run(pixels(70)), on_cpu().run(pixels(70)))
    assert notes.notes == ["the GPU is out of memory: going on with batches of 32"]


def test_no_memory_at_all_is_one_line() -> None:
    with pytest.raises(RunError, match="for a single picture: take --device cpu"):
        on_cpu(Late(memory=0)).run(pixels(3))


@pytest.mark.parametrize("when", ["send", "fetch"])
def test_a_gpu_that_fails_is_one_line_and_lasts_no_longer(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = Late()
    engine = on_cpu(lane)

    def failing(*_: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be …")

    if when == "fetch":
        monkeypatch.setattr(lane, "fetch", lambda rows: Fetched(rows, failing))
    else:
        monkeypatch.setattr(lane, "send", failing)
    with pytest.raises(RunError, match=r"\(CUDA error: an illegal memory access was encountered\): take --device cpu$"):
        engine.run(pixels(3))
    monkeypatch.undo()
    close(engine.run(pixels(3)), on_cpu().run(pixels(3)))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_one_line() -> None:
    with pytest.raises(UserError, match="--device cpu"):
        open_engine(find("tiny"), OUTPUTS, "fp32", device="cuda")
