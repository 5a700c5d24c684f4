from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from headway import backbones
from headway.backbones.torch.graph import Graph, untied, write_back
from headway.errors import ModelError, RunError, UserError
from headway.testing import TINY, tiny_backbone_onnx


def small(nodes: list, constants: dict[str, np.ndarray], opset: int = 18) -> bytes:
    """A graph from images (N, 4, 4, 3) to head.mean."""
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Cast", ["images"], ["float"], to=TensorProto.FLOAT),
                helper.make_node("Transpose", ["float"], ["first"], perm=[0, 3, 1, 2]),
                *nodes,
            ],
            "small",
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 4, 4, 3])],
            [helper.make_tensor_value_info("head.mean", TensorProto.FLOAT, ["N", 5])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    return model.SerializeToString()


WEIGHT = np.random.default_rng(0).normal(size=(5, 3, 1, 1)).astype(np.float32)
SPLIT_MEAN = [
    helper.make_node("GlobalAveragePool", ["map"], ["pooled"]),
    helper.make_node("Flatten", ["pooled"], ["head.mean"]),
]


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0"])
def test_a_graph_computes_what_openvino_does(name: str) -> None:
    info = backbones.find(name)
    network = backbones.read(info)
    outputs = [info.depths[0], "head.mean"]
    pictures = np.random.default_rng(0).integers(0, 256, (2, info.input_size, info.input_size, 3), dtype=np.uint8)
    expected = backbones.Engine(network, outputs, "fp32").run(pictures)
    with torch.no_grad():
        found = Graph(network, "images", outputs)(torch.from_numpy(pictures))
    np.testing.assert_allclose(torch.cat(found, dim=1).numpy(), expected, atol=1e-4)


def test_a_part_of_a_graph_goes_on_from_its_tensor() -> None:
    network = tiny_backbone_onnx()
    pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8))
    with torch.no_grad():
        (whole,) = Graph(network, "images", ["head.mean"])(pictures)
        (between,) = Graph(network, "images", ["backbone/block1/relu"])(pictures)
        part = Graph(network, "backbone/block1/relu", ["head.mean"])
        (rest,) = part(between)
    assert torch.equal(whole, rest)
    assert set(part.initializers.values()) == {"backbone/head/conv.weight", "backbone/head/conv.bias"}


def test_trained_weights_go_into_the_file() -> None:
    network = tiny_backbone_onnx()
    graph = Graph(network, "images", ["head.mean"])
    with torch.no_grad():
        for parameter in graph.parameters():
            parameter.mul_(1.5)
    changed = write_back(network, graph.weights())
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    with torch.no_grad():
        (expected,) = graph(torch.from_numpy(pictures))
    np.testing.assert_allclose(backbones.Engine(changed, ["head.mean"]).run(pictures), expected.numpy(), atol=1e-4)
    before, after = onnx.load_from_string(network), onnx.load_from_string(changed)
    assert [o.name for o in before.graph.output] == [o.name for o in after.graph.output]
    assert len(before.graph.node) == len(after.graph.node)


def test_weights_that_were_stored_once_are_trained_each_for_itself() -> None:
    nodes = [
        helper.make_node("Conv", ["first", "weight"], ["one"]),
        helper.make_node("Add", ["one", "zeros"], ["two"]),
        helper.make_node("Conv", ["two", "other"], ["three"]),
        helper.make_node("Add", ["three", "zeros"], ["map"]),
        *SPLIT_MEAN,
    ]
    other = np.random.default_rng(1).normal(size=(5, 5, 1, 1)).astype(np.float32)
    shared = small(nodes, {"weight": WEIGHT, "other": other, "zeros": np.zeros((1, 5, 1, 1), np.float32)})
    network = untied(shared, ["head.mean"])
    part = Graph(network, "two", ["head.mean"])
    assert set(part.initializers.values()) == {"other", "zeros/copy1"}
    changed = write_back(network, {"zeros/copy1": np.ones((1, 5, 1, 1), np.float32)})
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    before, after = (backbones.Engine(one, ["head.mean"]).run(pictures) for one in (shared, changed))
    np.testing.assert_allclose(after, before + 1, rtol=1e-4, atol=1e-3)


def test_float16_behind_a_cast_is_a_parameter_and_stays_float16() -> None:
    nodes = [
        helper.make_node("Cast", ["half"], ["weight"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["first", "weight"], ["map"]),
        *SPLIT_MEAN,
    ]
    network = small(nodes, {"half": WEIGHT.astype(np.float16)})
    graph = Graph(network, "images", ["head.mean"])
    assert list(graph.initializers.values()) == ["half"]
    assert graph.c0.dtype == torch.float32
    (tensor,) = onnx.load_from_string(write_back(network, {"half": WEIGHT})).graph.initializer
    assert tensor.data_type == TensorProto.FLOAT16
    with pytest.raises(RunError, match="too large"):
        write_back(network, {"half": WEIGHT * 1e6})
    with pytest.raises(RunError, match="no numbers"):
        write_back(network, {"half": WEIGHT * np.nan})


def test_what_prepares_the_picture_is_not_trained() -> None:
    nodes = [
        helper.make_node("Sub", ["first", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "weight", "bias"], ["convolved"]),
        helper.make_node("Mul", ["convolved", "gamma"], ["scaled"]),
        helper.make_node("Clip", ["scaled", "zero", "six"], ["map"]),
        *SPLIT_MEAN,
    ]
    constants = {
        "mean": np.ones((3, 1, 1), np.float32),
        "weight": WEIGHT,
        "bias": np.zeros(5, np.float32),
        "gamma": np.ones((5, 1, 1), np.float32),
        "zero": np.array(0, np.float32),
        "six": np.array(6, np.float32),
    }
    graph = Graph(small(nodes, constants), "images", ["head.mean"])
    assert set(graph.initializers.values()) == {"weight", "bias", "gamma"}
    assert len(list(graph.buffers())) == 1


def test_statistics_of_batch_norms_are_not_trained() -> None:
    nodes = [
        helper.make_node("Conv", ["first", "weight"], ["convolved"]),
        helper.make_node("BatchNormalization", ["convolved", "scale", "shift", "mean", "variance"], ["map"]),
        *SPLIT_MEAN,
    ]
    five = np.ones(5, np.float32)
    network = small(nodes, {"weight": WEIGHT, "scale": five, "shift": five, "mean": five, "variance": five})
    graph = Graph(network, "images", ["head.mean"])
    assert set(graph.initializers.values()) == {"weight", "scale", "shift"}


def test_weights_in_constant_nodes_are_trained_and_written_back() -> None:
    nodes = [
        helper.make_node("Constant", [], ["weight"], value=numpy_helper.from_array(WEIGHT, "value")),
        helper.make_node("Constant", [], ["half"], value_float=0.5),
        helper.make_node("Constant", [], ["both"], value_ints=[2, 3]),
        helper.make_node("Conv", ["first", "weight"], ["convolved"]),
        helper.make_node("Mul", ["convolved", "half"], ["map"]),
        helper.make_node("ReduceMean", ["map", "both"], ["head.mean"], keepdims=0),
    ]
    network = small(nodes, {})
    graph = Graph(network, "images", ["head.mean"])
    assert list(graph.initializers.values()) == ["weight"]
    changed = write_back(network, {"weight": WEIGHT * 2})
    pictures = torch.full((1, 4, 4, 3), 9, dtype=torch.uint8)
    with torch.no_grad():
        (before,), (after,) = graph(pictures), Graph(changed, "images", ["head.mean"])(pictures)
    torch.testing.assert_close(after, before * 2)


def test_depths_go_from_first_to_last() -> None:
    graph = Graph(backbones.read(backbones.find("efficientnet_lite0")), "images", ["head.mean"])
    depths = {graph.initializers[name]: depth for name, depth in graph.depths().items()}
    assert depths["backbone/stem.weight"] == 0 and depths["backbone/head.weight.half"] == 1
    assert depths["backbone/block5/3/conv_pw.weight.half"] == depths["backbone/block5/3/conv_pw.bias"]
    assert 0 < depths["backbone/block2/0/conv_pw.weight"] < depths["backbone/block5/3/conv_pw.bias"] < 1


def test_an_operator_that_is_not_known_is_named() -> None:
    network = small([helper.make_node("Det", ["first"], ["head.mean"])], {})
    with pytest.raises(UserError, match="it holds Det: take another backbone"):
        Graph(network, "images", ["head.mean"])


def test_constants_of_text_are_refused() -> None:
    nodes = [
        helper.make_node("Constant", [], ["text"], value_string="a"),
        helper.make_node("Add", ["first", "text"], ["map"]),
        *SPLIT_MEAN,
    ]
    with pytest.raises(UserError, match="Constant with value_string"):
        Graph(small(nodes, {}), "images", ["head.mean"])


def test_a_tensor_from_which_the_output_cannot_be_computed() -> None:
    with pytest.raises(ModelError, match="cannot be computed from 'nothing': 'images' is needed"):
        Graph(tiny_backbone_onnx(), "nothing", ["head.mean"])
    with pytest.raises(ModelError, match="'missing' is needed"):
        Graph(tiny_backbone_onnx(), "images", ["missing"])


def test_what_is_no_onnx_file() -> None:
    with pytest.raises(ModelError, match="must be an ONNX file"):
        Graph(b"\xff\xff no", "images", ["head.mean"])


def test_weights_in_other_files_are_not_read() -> None:
    proto = onnx.load_from_string(tiny_backbone_onnx())
    entry = proto.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    with pytest.raises(ModelError, match="not in other files"):
        Graph(proto.SerializeToString(), "images", ["head.mean"])


def test_no_tensor_is_kept_longer_than_it_is_read() -> None:
    graph = Graph(tiny_backbone_onnx(), "images", ["head.mean"])
    dropped = [name for step in graph.steps for name in step.last_used]
    assert "images" in dropped and len(set(dropped)) == len(dropped)
    assert "head.mean" not in dropped
    assert TINY.dims["head.mean"] == 32


@pytest.mark.parametrize(
    ("operator", "constants", "attributes"),
    [
        ("PRelu", {"slope": np.ones((5, 1, 1), np.float32)}, {}),
        ("GroupNormalization", {"scale": np.ones(5, np.float32), "shift": np.zeros(5, np.float32)}, {"num_groups": 5}),
        ("InstanceNormalization", {"scale": np.ones(5, np.float32), "shift": np.zeros(5, np.float32)}, {}),
    ],
)
def test_slopes_and_scales_are_trained(operator: str, constants: dict, attributes: dict) -> None:
    nodes = [
        helper.make_node("Conv", ["first", "weight"], ["convolved"]),
        helper.make_node(operator, ["convolved", *constants], ["map"], **attributes),
        *SPLIT_MEAN,
    ]
    graph = Graph(small(nodes, {"weight": WEIGHT, **constants}), "images", ["head.mean"])
    assert set(graph.initializers.values()) == {"weight", *constants}
    graph(torch.ones((2, 4, 4, 3), dtype=torch.uint8))[0].sum().backward()
    assert all(parameter.grad is not None for parameter in graph.parameters())


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0"])
def test_a_network_runs_on_one_device(name: str) -> None:
    """The device "meta" has shapes only; it refuses tensors of another device, as CUDA does."""
    info = backbones.find(name)
    graph = Graph(backbones.read(info), "images", list(info.depths)).to("meta")
    empty = torch.empty((2, info.input_size, info.input_size, 3), dtype=torch.uint8, device="meta")
    assert [tuple(each.shape) for each in graph(empty)] == [(2, info.dims[name]) for name in info.depths]
