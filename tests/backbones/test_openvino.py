"""The engine: a picture's features are its own, whatever else goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from headway.backbones import find, read
from headway.backbones.openvino import IN_FLIGHT_PER_THREAD, Engine, best_precision
from headway.errors import ModelError, UnknownNameError, UserError
from headway.testing import tiny_backbone_onnx

PRECISIONS = sorted({"fp32", best_precision()})
NETWORKS = [
    pytest.param(name, precision, id=f"{name}-{precision}")
    for name in ("tiny", "efficientnet_lite0")
    for precision in PRECISIONS
]


def pictures(count: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.fixture(scope="module")
def tiny() -> Engine:
    return Engine(tiny_backbone_onnx(), ["block1.mean", "head.mean"], threads=2)


@pytest.mark.parametrize(("name", "precision"), NETWORKS)
def test_a_picture_has_the_same_bits_in_any_company_position_and_number_of_threads(name: str, precision: str) -> None:
    info = find(name)
    images = pictures(5, info.input_size)
    engine = Engine(read(info), ["head.mean", "logits"], precision, threads=2)
    together = engine.run(images)
    alone = np.concatenate([engine.run(image[None]) for image in images])
    backwards = engine.run(images[::-1])[::-1]
    single = Engine(read(info), ["head.mean", "logits"], precision, threads=1).run(images)
    three = Engine(read(info), ["head.mean", "logits"], precision, threads=3).run(np.repeat(images, 3, axis=0))[::3]
    for other in (alone, backwards, single, three):
        assert together.tobytes() == np.ascontiguousarray(other).tobytes()


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0"])
def test_in_fp32_a_feature_has_the_same_bits_whatever_others_are_asked_for(name: str) -> None:
    info = find(name)
    images = pictures(2, info.input_size)
    alone = Engine(read(info), ["head.mean"]).run(images)
    everything = Engine(read(info), ["head.mean", *(name for name in info.dims if name != "head.mean")])
    np.testing.assert_array_equal(everything.run(images)[:, : alone.shape[1]], alone)


def test_outputs_come_in_the_order_asked_for(tiny: Engine) -> None:
    images = pictures(3)
    other = Engine(tiny_backbone_onnx(), ["head.mean", "block1.mean"])
    assert tiny.widths == {"block1.mean": 16, "head.mean": 32}
    assert tiny.width == 48
    np.testing.assert_array_equal(other.run(images), np.roll(tiny.run(images), 32, axis=1))


def test_a_stream_gives_back_tags_in_order_with_the_right_rows(tiny: Engine) -> None:
    images = pictures(40)
    sizes = [1, 0, 7, 2, 16, 0, 14]
    starts = np.cumsum([0, *sizes])
    stream = ((start, images[start : start + size]) for start, size in zip(starts, sizes, strict=False))
    results = list(tiny.map(stream))
    assert [tag for tag, _ in results] == list(starts[:-1])
    assert [len(rows) for _, rows in results] == sizes
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in results]), tiny.run(images))


def test_a_stream_is_read_only_a_few_pictures_ahead(tiny: Engine) -> None:
    read_so_far = 0

    def endless() -> Iterator[tuple[int, np.ndarray]]:
        nonlocal read_so_far
        while True:
            read_so_far += 1
            yield read_so_far, pictures(1)

    stream = tiny.map(endless())
    for _ in range(10):
        next(stream)
    assert read_so_far <= 10 + IN_FLIGHT_PER_THREAD * tiny.threads
    stream.close()


def test_pictures_can_be_run_while_a_stream_is_open(tiny: Engine) -> None:
    images = pictures(20)
    wanted = tiny.run(images)
    for tag, rows in tiny.map((i, image[None]) for i, image in enumerate(images)):
        np.testing.assert_array_equal(rows[0], wanted[tag])
        np.testing.assert_array_equal(tiny.run(images[:2]), wanted[:2])


def test_threads_can_share_an_engine(tiny: Engine) -> None:
    images = pictures(64)
    wanted = tiny.run(images)
    found: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        found[number] = tiny.run(np.roll(images, number, axis=0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        np.testing.assert_array_equal(found[number], np.roll(wanted, number, axis=0))


def test_an_error_in_the_stream_reaches_the_caller_and_leaves_the_engine_usable(tiny: Engine) -> None:
    def broken() -> Iterator[tuple[int, np.ndarray]]:
        yield 0, pictures(3)
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        list(tiny.map(broken()))
    assert tiny.run(pictures(3)).shape == (3, 48)


def test_results_do_not_change_when_the_engine_runs_again(tiny: Engine) -> None:
    rows = tiny.run(pictures(4))
    kept = rows.copy()
    tiny.run(255 - pictures(16))
    np.testing.assert_array_equal(rows, kept)


def test_the_map_comes_flattened() -> None:
    engine = Engine(tiny_backbone_onnx(), ["map"])
    assert engine.run(pictures(2)).shape == (2, 32 * 4 * 4)


def test_a_file_is_as_good_as_its_content(tmp_path: Path, tiny: Engine) -> None:
    path = tmp_path / "réseau 🙂.onnx"
    path.write_bytes(tiny_backbone_onnx())
    np.testing.assert_array_equal(Engine(path, tiny.outputs).run(pictures(2)), tiny.run(pictures(2)))


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((2, 32, 32, 3), np.float32),
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((2, 31, 32, 3), np.uint8),
        np.zeros((2, 32, 32, 1), np.uint8),
    ],
)
def test_pictures_of_another_kind_are_refused(tiny: Engine, batch: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"must be uint8 of shape \(n, 32, 32, 3\)"):
        tiny.run(batch)


def test_an_unknown_output_is_met_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean .*head\.mean"):
        Engine(tiny_backbone_onnx(), ["head.men"])


@pytest.mark.parametrize("outputs", [[], ["head.mean", "head.mean"]])
def test_outputs_are_named_once_each(outputs: list[str]) -> None:
    with pytest.raises(UserError, match="at least one, each once"):
        Engine(tiny_backbone_onnx(), outputs)


def test_an_unknown_precision_and_no_threads_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean bf16"):
        Engine(tiny_backbone_onnx(), ["head.mean"], "fp16")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="at least 1"):
        Engine(tiny_backbone_onnx(), ["head.mean"], threads=0)


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"no network at all", b"PK\x03\x04"])
def test_what_is_no_network_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(data)
    for model in (path, data):
        with pytest.raises(ModelError, match="must be an ONNX file"):
            Engine(model, ["head.mean"])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx"):
        Engine(tmp_path / "gone.onnx", ["head.mean"])


def test_a_network_that_takes_no_pictures_is_refused() -> None:
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "other",
        [value("x", onnx.TensorProto.FLOAT, ["N", 7])],
        [value("y", onnx.TensorProto.FLOAT, ["N", 7])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(ModelError, match="one input of shape"):
        Engine(model.SerializeToString(), ["y"])


def test_bf16_stays_near_fp32() -> None:
    if best_precision() != "bf16":
        pytest.skip("this CPU has no bfloat16")
    info = find("efficientnet_lite0")
    images = np.stack([gradient(info.input_size, turn) for turn in range(4)])
    full = Engine(read(info), ["head.mean"], "fp32").run(images)
    half = Engine(read(info), ["head.mean"], "bf16").run(images)
    cosine = (full * half).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    assert cosine.min() > 0.95
    assert not np.array_equal(full, half)


def gradient(size: int, turn: int) -> np.ndarray:
    ramp = np.linspace(0, 255, size, dtype=np.float32)
    planes = np.stack([np.add.outer(ramp, ramp) / 2, np.tile(ramp, (size, 1)), np.full((size, size), 128)], axis=-1)
    return np.rot90(planes, turn).astype(np.uint8)


def test_importing_the_catalogue_and_the_engine_loads_no_heavy_library() -> None:
    code = (
        "import sys, headway.backbones\n"
        "heavy = {'openvino', 'onnx', 'torch', 'timm', 'sklearn', 'onnxscript', 'huggingface_hub'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
