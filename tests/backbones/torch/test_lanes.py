"""Lanes: what CUDA is asked for, in an order that is safe, on a GPU that is played; and on a real one, where there is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headway.backbones.torch.engine import IN_FLIGHT, TorchEngine
from headway.backbones.torch.lanes import Cpu, Cuda
from headway.errors import UserError
from headway.testing import tiny_backbone_onnx
from tests.backbones.torch.cuda import play
from tests.helpers import Notes

OUTPUTS = ["block1.mean", "head.mean"]


def pixels(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), np.uint8)


def opened(lane: Cuda | Cpu, batch: int = 4, notes: Notes | None = None) -> TorchEngine:
    engine = TorchEngine(tiny_backbone_onnx(), OUTPUTS, "fp32", lane, notes)
    engine._batch = batch
    return engine


def test_captured_batches_have_the_vectors_of_their_own_images(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(30))
    lane, played = play(monkeypatch)
    rows = [rows for _, rows in opened(lane).map((number, image[None]) for number, image in enumerate(pixels(30)))]
    np.testing.assert_allclose(np.concatenate(rows), wanted, rtol=1e-4, atol=1e-5)
    assert played.counted("captured") == 1  # of seven full batches; the first is computed as usual, and so is the rest
    assert played.counted("put in place") == 6


def test_images_that_cannot_be_read_leave_batches_full(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(20))
    lane, played = play(monkeypatch)
    alternating = [batch for image in pixels(20) for batch in (image[None], pixels(0))]
    results = list(opened(lane).map(enumerate(alternating)))
    assert [tag for tag, _ in results] == list(range(40))
    np.testing.assert_allclose(np.concatenate([rows for _, rows in results]), wanted, rtol=1e-4, atol=1e-5)
    assert played.counted("put in place") == 4


def test_a_batch_of_several_pieces_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(23))
    lane, _ = play(monkeypatch)
    np.testing.assert_allclose(opened(lane).run(pixels(23)), wanted, rtol=1e-4, atol=1e-5)


def test_work_waits_for_images_and_the_caller_for_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, played = play(monkeypatch)
    engine = opened(lane)
    played.calls.clear()
    for number, _ in engine.map((number, image[None]) for number, image in enumerate(pixels(20))):
        assert (f"event {number // 4} waited for", None) in played.calls
    of_a_batch = [("pinned", None), ("sent", "copies"), ("work waits for copies", None), ("kept for work", None)]
    starts = [place for place, (what, _) in enumerate(played.calls) if what == "sent"]
    assert len(starts) == 5
    for number, start in enumerate(starts):
        assert played.calls[start - 1 : start + 3] == of_a_batch
        fetched = played.calls.index(("fetched", "work"), start)
        assert played.calls[fetched + 1] == (f"event {number} recorded", "work")
    waits = [place for place, (what, _) in enumerate(played.calls) if what.endswith("waited for")]
    assert sum(start < waits[0] for start in starts) == IN_FLIGHT


def test_where_capturing_fails_the_vectors_are_the_same_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(30))
    lane, played = play(monkeypatch)
    played.capture_error = RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore")
    notes = Notes()
    np.testing.assert_allclose(opened(lane, notes=notes).run(pixels(30)), wanted, rtol=1e-4, atol=1e-5)
    assert notes.notes == [
        "the network is computed operation by operation, as CUDA cannot capture it: CUDA error: operation not "
        "permitted when stream is capturing"
    ]


def test_where_capturing_takes_too_much_memory_the_batch_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(30))
    lane, played = play(monkeypatch)
    played.capture_error = torch.OutOfMemoryError("CUDA out of memory")
    notes = Notes()
    engine = opened(lane, notes=notes)
    monkeypatch.setattr(
        notes, "note", lambda message: (Notes.note(notes, message), setattr(played, "capture_error", None))
    )
    np.testing.assert_allclose(engine.run(pixels(30)), wanted, rtol=1e-4, atol=1e-5)
    assert notes.notes == ["the GPU is out of memory: going on with batches of 2"]
    assert played.counted("captured") == 1
    assert ("relieved", None) in played.calls


def test_what_was_captured_is_forgotten_with_the_size_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = opened(Cpu()).run(pixels(30))
    lane, played = play(monkeypatch)
    engine = opened(lane)
    engine.run(pixels(12))
    send, errors = lane.send, iter([torch.OutOfMemoryError("CUDA out of memory")])

    def scarce(images: torch.Tensor) -> torch.Tensor:
        if error := next(errors, None):
            raise error
        return send(images)

    monkeypatch.setattr(lane, "send", scarce)
    np.testing.assert_allclose(engine.run(pixels(30)), wanted, rtol=1e-4, atol=1e-5)
    assert (engine._batch, played.counted("captured")) == (2, 2)


def test_the_batch_is_as_large_as_free_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, played = play(monkeypatch)
    played.peak, played.free = 64 << 20, 1 << 30
    assert TorchEngine(tiny_backbone_onnx(), OUTPUTS, "fp32", lane)._batch == 8


def test_float32_is_no_tf32(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, _ = play(monkeypatch)
    before = torch.backends.cudnn.allow_tf32
    with lane.working():
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_one_line() -> None:
    with pytest.raises(UserError, match="--device cpu"):
        Cuda()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("batch", [4, 256])
def test_a_gpu_computes_the_same(batch: int) -> None:
    notes = Notes()
    rows = opened(Cuda(), batch, notes).run(pixels(600))
    np.testing.assert_allclose(rows, opened(Cpu()).run(pixels(600)), rtol=1e-3, atol=1e-4)
    assert not notes.notes
