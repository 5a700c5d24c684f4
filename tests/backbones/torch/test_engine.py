"""The engine for GPUs, on the CPU: the same vectors as OpenVINO's, in order, whatever the batches."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from headway.backbones import Engine, find, open_engine
from headway.backbones.torch import engine as module
from headway.backbones.torch.engine import TorchEngine
from headway.errors import RunError, UserError
from headway.testing import tiny_backbone_onnx
from tests.fitting.test_run import Notes

OUTPUTS = ["block1.mean", "head.mean"]


def pixels(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 32, 32, 3), np.uint8)


def on_cpu(**options: object) -> TorchEngine:
    return TorchEngine(tiny_backbone_onnx(), OUTPUTS, "fp32", device="cpu", **options)  # type: ignore[arg-type]


def test_the_vectors_are_those_of_openvino() -> None:
    own, other = on_cpu(), Engine(tiny_backbone_onnx(), OUTPUTS)
    assert (own.widths, own.width, own.input_size) == (other.widths, other.width, other.input_size)
    np.testing.assert_allclose(own.run(pixels(7)), other.run(pixels(7)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sizes", [[3, 0, 150, 1], [64, 64], [200]])
def test_batches_larger_than_the_gpus_come_back_in_order(sizes: list[int]) -> None:
    engine = on_cpu()
    batches = [(number, pixels(size)) for number, size in enumerate(sizes)]
    results = list(engine.map(iter(batches)))
    assert [tag for tag, _ in results] == list(range(len(sizes)))
    for (_, batch), (_, rows) in zip(batches, results, strict=True):
        assert rows.shape == (len(batch), engine.width)
        if len(batch):
            np.testing.assert_allclose(rows, engine.run(batch), rtol=1e-4, atol=1e-5)


def test_an_endless_run_of_empty_batches_does_not_pile_up() -> None:
    results = on_cpu().map((number, pixels(0)) for number in itertools.count())
    assert [next(results)[0] for _ in range(3000)] == list(range(3000))


def test_half_precision_is_near() -> None:
    half = TorchEngine(tiny_backbone_onnx(), OUTPUTS, "bf16", device="cpu").run(pixels(4))
    np.testing.assert_allclose(half, on_cpu().run(pixels(4)), rtol=0.05, atol=0.02)


def test_too_little_memory_halves_the_batch_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    engine = on_cpu(progress=notes)
    real = engine._parts

    def scarce(images: torch.Tensor) -> list[torch.Tensor]:
        if len(images) > 10:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(images)

    monkeypatch.setattr(engine, "_parts", scarce)
    np.testing.assert_allclose(engine.run(pixels(70)), on_cpu().run(pixels(70)), rtol=1e-4, atol=1e-5)
    assert notes.notes == [f"the GPU is out of memory: going on with batches of {n}" for n in (32, 16, 8)]


def test_no_memory_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = on_cpu()

    def none(images: torch.Tensor) -> list[torch.Tensor]:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(engine, "_parts", none)
    with pytest.raises(RunError, match="--device cpu"):
        engine.run(pixels(3))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_one_line() -> None:
    with pytest.raises(UserError, match="--device cpu"):
        open_engine(find("tiny"), OUTPUTS, "fp32", device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_gpu_computes_the_same() -> None:
    engine = open_engine(find("tiny"), OUTPUTS, "fp32", device="cuda")
    np.testing.assert_allclose(engine.run(pixels(150)), on_cpu().run(pixels(150)), rtol=1e-3, atol=1e-4)
    assert module.BATCH < 150
