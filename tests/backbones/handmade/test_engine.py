"""The engine: a picture's descriptors are its own, whatever else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.backbones import handmade
from headway.backbones.handmade.engine import DescriptorEngine
from headway.backbones.openvino import IN_FLIGHT_PER_THREAD
from headway.errors import UnknownNameError, UserError
from tests.backbones.handmade.helpers import SIZE, checkerboard, flat, halves, noise

INFO = handmade.info("handmade", SIZE)
PICTURES = np.stack([flat(), noise(), halves(), checkerboard(), checkerboard(7), noise(3)])


def colours(threads: int | None = 2) -> DescriptorEngine:
    return DescriptorEngine(INFO, ["colour"], threads)


def alive() -> int:
    return sum(thread.name.startswith("headway-describe") for thread in threading.enumerate())


def test_a_picture_has_the_same_bits_in_any_company_position_and_number_of_threads() -> None:
    engine = DescriptorEngine(INFO, INFO.depths, threads=3)
    together = engine.run(PICTURES)
    alone = np.concatenate([DescriptorEngine(INFO, INFO.depths, 1).run(picture[None]) for picture in PICTURES])
    backwards = engine.run(PICTURES[::-1])[::-1]
    for other in (alone, backwards):
        assert together.tobytes() == np.ascontiguousarray(other).tobytes()


@pytest.mark.parametrize("size", [SIZE, 101, 224])
def test_outputs_do_not_depend_on_which_others_are_asked_for(size: int) -> None:
    info = handmade.info("handmade", size)
    together = DescriptorEngine(info, info.depths).run(noise(size=size)[None])
    parts = [DescriptorEngine(handmade.info(name, size), [output]).run(noise(size=size)[None])
             for name, output in zip(handmade.NAMES, info.depths, strict=False)]  # fmt: skip
    np.testing.assert_array_equal(together, np.concatenate(parts, axis=1))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), grain=st.integers(1, 12), contrast=st.integers(0, 255), dark=st.integers(0, 255))
def test_any_picture_has_finite_numbers_or_no_local_descriptor(seed: int, grain: int, contrast: int, dark: int) -> None:
    coarse = np.random.default_rng(seed).integers(0, contrast + 1, (grain, grain, 3))
    coarse = np.clip(coarse + dark, 0, 255).astype(np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((SIZE, SIZE)))
    engine = DescriptorEngine(INFO, INFO.depths, threads=1)
    row = engine.run(picture[None])[0]
    assert row.dtype == np.float32
    assert row.tobytes() == engine.run(picture[None])[0].tobytes()
    start = 0
    for name, width in engine.widths.items():
        part = row[start : start + width]
        start += width
        if name in INFO.local:
            points = part.reshape(-1, INFO.local[name])
            missing = np.isnan(points).any(axis=1)
            assert np.isnan(points[missing]).all()
            part = points[~missing]
        assert np.isfinite(part).all()
        assert np.abs(part).max(initial=0) < 10_000


def test_a_flat_picture_has_no_local_descriptor() -> None:
    bags = [name for name in INFO.depths if name in INFO.local]
    assert np.isnan(DescriptorEngine(INFO, bags).run(flat()[None])).all()


def test_a_stream_gives_back_tags_in_order_with_the_right_rows() -> None:
    engine = colours()
    sizes = [1, 0, 7, 2, 16, 0, 14]
    images = np.stack([noise(seed) for seed in range(sum(sizes))])
    starts = np.cumsum([0, *sizes])
    stream = ((start, images[start : start + size]) for start, size in zip(starts, sizes, strict=False))
    results = list(engine.map(stream))
    assert [tag for tag, _ in results] == list(starts[:-1])
    assert [len(rows) for _, rows in results] == sizes
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in results]), engine.run(images))
    assert engine.run(images[:0]).shape == (0, engine.width)


def test_a_stream_is_read_only_a_few_pictures_ahead() -> None:
    taken = 0

    def endless() -> Iterator[tuple[int, np.ndarray]]:
        nonlocal taken
        while True:
            taken += 1
            yield taken, flat()[None]

    stream = colours().map(endless())
    for expected in range(1, 20):
        tag, _ = next(stream)
        assert tag == expected
        assert taken <= expected + 2 * IN_FLIGHT_PER_THREAD
    stream.close()
    assert not alive()


def test_an_endless_run_of_empty_batches_is_answered() -> None:
    stream = colours().map((number, np.empty((0, SIZE, SIZE, 3), np.uint8)) for number in iter(int, 1))
    assert [next(stream)[0] for _ in range(5)] == [0] * 5


def test_no_thread_outlives_a_stream_that_fails() -> None:
    def failing() -> Iterator[tuple[None, np.ndarray]]:
        yield None, PICTURES
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(colours().map(failing()))
    assert not alive()


def test_several_threads_may_use_one_engine() -> None:
    engine = colours()
    expected = engine.run(PICTURES)
    results: list[np.ndarray] = []
    workers = [threading.Thread(target=lambda: results.append(engine.run(PICTURES))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    for rows in results:
        np.testing.assert_array_equal(rows, expected)


def test_what_it_says_of_itself() -> None:
    engine = DescriptorEngine(INFO, ["colour", "sift.local"], 2)
    assert engine.precision == "fp32"
    assert engine.input_size == (SIZE, SIZE)
    assert engine.width == sum(engine.widths.values()) == INFO.dims["colour"] + INFO.dims["sift.local"]
    assert repr(engine) == "DescriptorEngine(colour, sift.local; 2 threads)"


def test_wrong_input_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no output of handmade is called 'sift'"):
        DescriptorEngine(INFO, ["sift"])
    with pytest.raises(UserError, match=r"each once, they are colour, colour"):
        DescriptorEngine(INFO, ["colour", "colour"])
    with pytest.raises(UserError, match="at least one"):
        DescriptorEngine(INFO, [])
    with pytest.raises(UserError, match="threads must be at least 1"):
        DescriptorEngine(INFO, ["colour"], 0)
    with pytest.raises(UserError, match=r"uint8 of shape \(n, 64, 64, 3\), they are float32"):
        colours().run(PICTURES.astype(np.float32))
