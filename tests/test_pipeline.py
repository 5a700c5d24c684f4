"""Decoding ahead in threads, and pictures as a stream."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.backbones import Engine
from headway.errors import PictureError
from headway.images import load
from headway.pipeline import parallel, stream
from headway.testing import tiny_backbone_onnx


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(tiny_backbone_onnx(), ["head.mean", "logits"])


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("headway")]


class TestParallel:
    def test_keeps_the_order(self) -> None:
        def work(number: int) -> int:
            time.sleep(0.001 * (number % 5))
            return number

        assert list(parallel(range(200), work, threads=4, ahead=16)) == list(range(200))
        assert running() == []

    def test_takes_no_more_than_ahead(self) -> None:
        taken = []
        numbers = parallel((taken.append(i) or i for i in itertools.count()), lambda i: i, threads=2, ahead=5)
        for done in range(20):
            assert next(numbers) == done
            assert len(taken) <= done + 5
        numbers.close()
        assert running() == []

    @pytest.mark.parametrize("where", ["work", "items"])
    def test_raises_what_was_raised(self, where: str) -> None:
        def work(number: int) -> int:
            if where == "work" and number == 7:
                raise ZeroDivisionError("seven")
            return number

        def items() -> Iterator[int]:
            yield from range(20)
            if where == "items":
                raise ZeroDivisionError("twenty")

        with pytest.raises(ZeroDivisionError):
            list(parallel(items(), work, threads=3, ahead=4))
        assert running() == []

    def test_of_nothing(self) -> None:
        assert list(parallel([], abs, threads=2, ahead=2)) == []


class TestStream:
    def test_in_order_with_bad_ones_in_place(self, pictures: Path, engine: Engine) -> None:
        paths = sorted(pictures.rglob("*.png"))
        mixed: list = [b"no", *paths, Image.open(paths[0]), np.asarray(Image.open(paths[1])), "missing.png"]
        outcomes = list(stream(mixed, lambda: engine, size=32, resize="squash"))
        assert [number for number, _ in outcomes] == list(range(len(mixed)))
        assert isinstance(outcomes[0][1], PictureError) and isinstance(outcomes[-1][1], PictureError)
        for picture, (_, features) in zip(mixed[1:-1], outcomes[1:-1], strict=True):
            np.testing.assert_array_equal(features, engine.run(load(picture, 32, "squash")[np.newaxis])[0])
        assert running() == []

    def test_endless_and_left_early(self, engine: Engine) -> None:
        taken = []

        def forever() -> Iterator[np.ndarray]:
            while True:
                taken.append(1)
                yield np.full((20, 20, 3), len(taken) % 256, np.uint8)

        outcomes = stream(forever(), lambda: engine, size=32, resize="crop", threads=2)
        for expected in range(500):
            number, features = next(outcomes)
            assert number == expected and not isinstance(features, PictureError)
            assert len(taken) < expected + 40
        outcomes.close()  # type: ignore[attr-defined]
        assert running() == []

    def test_one_lazy_pil_image_many_times(self, pictures: Path, engine: Engine) -> None:
        image = Image.open(next(pictures.rglob("*.png")))
        outcomes = [
            features for _, features in stream([image] * 40, lambda: engine, size=32, resize="squash", threads=4)
        ]
        np.testing.assert_array_equal(np.stack(outcomes), np.tile(outcomes[0], (40, 1)))


def test_an_endless_run_of_broken_pictures_is_reported_as_it_comes(engine: Engine) -> None:
    outcomes = stream(itertools.repeat(b"broken"), lambda: engine, size=32, resize="squash")
    first = list(itertools.islice(outcomes, 1000))
    assert all(isinstance(outcome, PictureError) for _, outcome in first)


def test_the_first_image_is_decoded_before_the_engine_is_there(engine: Engine) -> None:
    order: list[str] = []

    def images() -> Iterator[np.ndarray]:
        order.append("image")
        yield np.zeros((9, 9, 3), np.uint8)

    def open_engine() -> Engine:
        order.append("engine")
        return engine

    assert len(list(stream(images(), open_engine, size=32, resize="squash"))) == 1
    assert order == ["image", "engine"]
