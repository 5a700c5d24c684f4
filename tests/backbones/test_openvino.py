"""What OpenVINO's engine adds to the contract in tests/contracts/test_engines.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from headway.backbones import find, read
from headway.backbones.openvino import Engine, best_precision
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


def test_the_map_comes_flattened() -> None:
    engine = Engine(tiny_backbone_onnx(), ["map"])
    assert engine.run(pictures(2)).shape == (2, 32 * 4 * 4)


def test_a_file_is_as_good_as_its_content(tmp_path: Path, tiny: Engine) -> None:
    path = tmp_path / "réseau 🙂.onnx"
    path.write_bytes(tiny_backbone_onnx())
    np.testing.assert_array_equal(Engine(path, tiny.outputs).run(pictures(2)), tiny.run(pictures(2)))


def test_an_unknown_output_is_met_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean .*head\.mean"):
        Engine(tiny_backbone_onnx(), ["head.men"])


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


def test_an_output_whose_length_depends_on_the_picture_is_refused() -> None:
    value = onnx.helper.make_tensor_value_info
    nodes = [
        onnx.helper.make_node("NonZero", ["images"], ["places"]),
        onnx.helper.make_node("Cast", ["places"], ["bright"], to=onnx.TensorProto.FLOAT),
    ]
    images = value("images", onnx.TensorProto.UINT8, ["N", 8, 8, 3])
    graph = onnx.helper.make_graph(nodes, "other", [images], [value("bright", onnx.TensorProto.FLOAT, [4, "n"])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(ModelError, match="the output bright must be as long for every picture"):
        Engine(model.SerializeToString(), ["bright"])


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
