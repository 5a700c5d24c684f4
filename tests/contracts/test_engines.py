"""Every engine keeps the same contract: an image's vector is its own, in order, however images come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from headway.backbones import Engine, FeatureEngine, find, handmade, open_engine, read
from headway.backbones.handmade.engine import DescriptorEngine
from headway.errors import UserError
from headway.testing import tiny_backbone_onnx

NETWORK, DESCRIPTORS = ("block1.mean", "head.mean"), ("colour", "hog", "sift.local")


@dataclass(frozen=True)
class Kind:
    """One kind of engine, on two threads."""

    make: Callable[..., FeatureEngine]
    outputs: tuple[str, ...]
    size: int
    ahead: int  # images that it may read before it gives the first back
    exact: bool = True  # whether an image has the same bits in every batch

    def open(self, *outputs: str) -> FeatureEngine:
        return self.make(outputs or self.outputs)

    def images(self, count: int, seed: int = 1) -> np.ndarray:
        return np.random.default_rng(seed).integers(0, 256, (count, self.size, self.size, 3), np.uint8)

    def compare(self, ours: np.ndarray, theirs: np.ndarray) -> None:
        if self.exact:
            assert np.ascontiguousarray(ours).tobytes() == np.ascontiguousarray(theirs).tobytes()
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def openvino(outputs: tuple[str, ...]) -> FeatureEngine:
    return Engine(tiny_backbone_onnx(), outputs, threads=2)


def real_network(outputs: tuple[str, ...]) -> FeatureEngine:
    return Engine(read(find("efficientnet_lite0")), outputs, threads=2)


def pytorch(outputs: tuple[str, ...]) -> FeatureEngine:
    pytest.importorskip("torch")
    from headway.backbones.torch.engine import TorchEngine
    from headway.backbones.torch.lanes import Cpu

    return TorchEngine(tiny_backbone_onnx(), outputs, "fp32", Cpu())


def descriptors(outputs: tuple[str, ...]) -> FeatureEngine:
    return DescriptorEngine(handmade.info("handmade", 64), outputs, 2)


KINDS = {
    "openvino": Kind(openvino, NETWORK, 32, ahead=8),
    "openvino, efficientnet_lite0": Kind(real_network, ("block2.std", "head.mean"), 224, ahead=8),
    "torch": Kind(pytorch, NETWORK, 32, ahead=3 * 256, exact=False),
    "descriptors": Kind(descriptors, DESCRIPTORS, 64, ahead=8),
}


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def engine(kind: Kind) -> FeatureEngine:
    return kind.open()


def test_it_tells_what_it_computes(kind: Kind, engine: FeatureEngine) -> None:
    assert engine.outputs == tuple(engine.widths) == kind.outputs
    assert engine.width == sum(engine.widths.values())
    assert engine.input_size == (kind.size, kind.size)
    assert engine.precision == "fp32"


def test_vectors_are_float32(kind: Kind, engine: FeatureEngine) -> None:
    rows = engine.run(kind.images(3))
    assert (rows.shape, rows.dtype) == ((3, engine.width), np.float32)


def test_the_same_images_have_the_same_bits(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(3)
    rows = engine.run(images)
    assert rows.tobytes() == engine.run(images).tobytes() == kind.open().run(images).tobytes()


def test_an_image_has_the_same_vector_in_every_batch_and_position(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(5)
    together = engine.run(images)
    kind.compare(np.concatenate([engine.run(image[None]) for image in images]), together)
    kind.compare(engine.run(images[::-1])[::-1], together)
    kind.compare(engine.run(np.repeat(images, 3, axis=0))[::3], together)


def test_different_images_have_different_vectors(kind: Kind, engine: FeatureEngine) -> None:
    rows = np.nan_to_num(engine.run(kind.images(4)))
    assert len(np.unique(rows, axis=0)) == 4


def test_outputs_come_in_the_order_asked_for(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(3)
    turned = kind.open(*reversed(kind.outputs))
    edges = np.cumsum([*engine.widths.values()])[:-1]
    parts = np.split(engine.run(images), edges, axis=1)
    kind.compare(turned.run(images), np.concatenate(parts[::-1], axis=1))
    for name, part in zip(kind.outputs, parts, strict=True):
        kind.compare(kind.open(name).run(images), part)


@pytest.mark.parametrize("sizes", [[], [0], [1] * 5, [1, 0, 7, 2, 9, 0, 3], [20]], ids=str)
def test_a_stream_gives_back_tags_in_order_with_the_right_rows(
    kind: Kind, engine: FeatureEngine, sizes: list[int]
) -> None:
    images = kind.images(sum(sizes))
    starts = np.cumsum([0, *sizes])
    batches = ((start, images[start : start + size]) for start, size in zip(starts, sizes, strict=False))
    results = list(engine.map(batches))
    assert [tag for tag, _ in results] == list(starts[:-1])
    assert [rows.shape for _, rows in results] == [(size, engine.width) for size in sizes]
    if sizes:
        kind.compare(np.concatenate([rows for _, rows in results]), engine.run(images))


def test_no_images_have_no_rows(kind: Kind, engine: FeatureEngine) -> None:
    rows = engine.run(kind.images(0))
    assert (rows.shape, rows.dtype) == ((0, engine.width), np.float32)


def test_an_endless_run_of_empty_batches_is_answered(kind: Kind, engine: FeatureEngine) -> None:
    stream = engine.map((0, kind.images(0)) for _ in iter(int, 1))
    assert [next(stream)[0] for _ in range(5)] == [0] * 5


def test_a_stream_is_read_only_a_few_images_ahead(kind: Kind, engine: FeatureEngine) -> None:
    taken = 0

    def endless() -> Iterator[tuple[int, np.ndarray]]:
        nonlocal taken
        while True:
            taken += 1
            yield taken, kind.images(1)

    stream = engine.map(endless())
    for expected in range(1, 11):
        tag, _ = next(stream)
        assert tag == expected
        assert taken <= expected + kind.ahead
    stream.close()


@pytest.mark.parametrize("error", [OSError("disk gone"), KeyboardInterrupt()], ids=repr)
def test_an_error_in_the_stream_reaches_the_caller_and_leaves_the_engine_usable(
    kind: Kind, engine: FeatureEngine, error: BaseException
) -> None:
    images = kind.images(6)
    wanted = engine.run(images)
    before = threading.active_count()

    def broken() -> Iterator[tuple[int, np.ndarray]]:
        yield 0, images
        raise error

    with pytest.raises(type(error)) as caught:
        list(engine.map(broken()))
    assert caught.value is error
    assert threading.active_count() == before
    kind.compare(engine.run(images), wanted)


def test_a_stream_that_is_closed_early_leaves_the_engine_usable(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(8)
    wanted = engine.run(images)
    before = threading.active_count()
    for _ in range(3):
        stream = engine.map((number, image[None]) for number, image in enumerate(images))
        next(stream)
        stream.close()
    assert threading.active_count() == before
    kind.compare(engine.run(images), wanted)


def test_images_can_be_run_while_a_stream_is_open(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(8)
    wanted = engine.run(images)
    for number, rows in engine.map((number, image[None]) for number, image in enumerate(images)):
        kind.compare(rows[0], wanted[number])
        kind.compare(engine.run(images[:2]), wanted[:2])


def test_threads_can_share_an_engine(kind: Kind, engine: FeatureEngine) -> None:
    images = kind.images(12)
    wanted = engine.run(images)
    found: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        found[number] = engine.run(np.roll(images, number, axis=0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        kind.compare(found[number], np.roll(wanted, number, axis=0))


def test_results_do_not_change_when_the_engine_runs_again(kind: Kind, engine: FeatureEngine) -> None:
    rows = engine.run(kind.images(4))
    copy = rows.copy()
    engine.run(255 - kind.images(9))
    np.testing.assert_array_equal(rows, copy)


@pytest.mark.parametrize("wrong", ["type", "axes", "height", "channels"])
def test_images_of_another_kind_are_refused(kind: Kind, engine: FeatureEngine, wrong: str) -> None:
    batch = {
        "type": kind.images(2).astype(np.float32),
        "axes": kind.images(1)[0],
        "height": kind.images(2)[:, 1:],
        "channels": kind.images(2)[..., :1],
    }[wrong]
    with pytest.raises(UserError, match=rf"must be uint8 of shape \(n, {kind.size}, {kind.size}, 3\), they are"):
        engine.run(batch)


def test_outputs_are_named_once_each_and_known(kind: Kind) -> None:
    name = kind.outputs[0]
    with pytest.raises(UserError, match="at least one, each once"):
        kind.make(())
    with pytest.raises(UserError, match=f"each once, they are {name}, {name}"):
        kind.open(name, name)
    with pytest.raises(UserError, match=f"{name}x"):
        kind.open(f"{name}x")


@pytest.mark.parametrize(("name", "outputs"), [("tiny", NETWORK), ("handmade", DESCRIPTORS)])
def test_open_engine_opens_it(name: str, outputs: tuple[str, ...]) -> None:
    info = find(name)
    engine = open_engine(info, outputs, "fp32")
    assert engine.outputs == outputs
    assert engine.input_size == (info.input_size, info.input_size)
    assert engine.widths == {output: info.dims[output] for output in outputs}
